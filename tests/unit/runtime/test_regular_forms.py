"""Forms read in one pass are those of Starlette's parsers; anything odd is left to them."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from rapide.runtime.regular_forms import (
    LONGEST_HEAD,
    FormLimitValues,
    announced_form,
    read_multipart,
    read_urlencoded,
)

BOUNDARY = b"b0-_x"
CONTENT_TYPE = "multipart/form-data; boundary=" + BOUNDARY.decode()


def part(head: bytes, content: bytes = b"x") -> bytes:
    return b"--" + BOUNDARY + b"\r\n" + head + b"\r\n\r\n" + content + b"\r\n"


def form(*parts: bytes, end: bytes = b"--" + BOUNDARY + b"--\r\n") -> bytes:
    return b"".join(parts) + end


def field(name: bytes, content: bytes = b"x") -> bytes:
    return part(b'Content-Disposition: form-data; name="' + name + b'"', content)


def file(filename: bytes, content: bytes = b"x") -> bytes:
    head = b'Content-Disposition: form-data; name="f"; filename="' + filename + b'"'
    return part(head + b"\r\nContent-Type: text/plain", content)


def shown(value: Any) -> Any:
    """Everything that can be seen of a value of a form."""
    if not isinstance(value, UploadFile):
        return value
    spooled: Any = value.file
    position = spooled.tell()
    seen = (
        value.filename,
        value.size,
        value.content_type,
        value.headers.raw,
        type(spooled),
        spooled._max_size,
        spooled._rolled,
        position,
        spooled.read(),
    )
    spooled.close()
    return seen


def shown_form(read: FormData | None) -> list[Any] | None:
    return None if read is None else [(name, shown(value)) for name, value in read.multi_items()]


def is_read(read: FormData | None) -> bool:
    """Whether there is a form; closes it."""
    return shown_form(read) is not None


def run(coroutine: Any) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")


def by_starlette(
    kind: Any, body: bytes, limits: FormLimitValues, sizes: list[int] | None = None
) -> Any:
    """What Starlette's parser makes of a body that comes in parts of these sizes."""

    async def stream() -> AsyncGenerator[bytes, None]:
        start = 0
        for size in sizes or []:
            yield body[start : start + size]
            start += size
        yield body[start:]
        yield b""

    options = {
        name: value
        for name, value in limits.items()
        if kind is not FormParser or "files" not in name
    }
    headers = Headers({"content-type": CONTENT_TYPE})
    try:
        return shown_form(run(kind(headers, stream(), **options).parse()))
    except MultiPartException as error:
        return error.message


LIMITS = st.just({}) | st.fixed_dictionaries(
    {},
    optional={
        "max_files": st.integers(0, 3),
        "max_fields": st.integers(0, 4),
        "max_part_size": st.integers(0, 30),
    },
)
SIZES = st.lists(st.integers(0, 60), max_size=6)
#: What a parser could stumble over, in random order.
FRAGMENTS = st.lists(
    st.sampled_from(
        [
            b"\r",
            b"\n",
            b"\r\n",
            b"-",
            b"--",
            BOUNDARY,
            b"\r\n--" + BOUNDARY,
            b"\r\n\r\n",
            b" ",
            b"\t",
            b"a",
            b"\xc3\xa9",
            b"\xff",
            b'"',
            b";",
            b"=",
            b":",
            b"\\",
            b"\x00",
            b"%41",
            b"*",
            b"'",
            b"Content-Disposition: form-data",
            b'; name="n"',
            b'; filename="C:\\f"',
            b"charset",
        ]
    ),
    max_size=6,
).map(b"".join)
TEXT = st.one_of(
    st.text("abc .-_'%é", max_size=6).map(str.encode),
    st.sampled_from([b"a\\\\b", b'a\\"b', b"C:\\a", b"a;b", b"a;b=c", b'";x="']),
    st.binary(max_size=8),
    FRAGMENTS,
)
PARTS = st.one_of(
    st.builds(field, TEXT, TEXT),
    st.builds(field, st.sampled_from([b"a", b"b"]), TEXT),
    st.builds(file, TEXT, TEXT),
    st.builds(file, st.sampled_from([b"", b"a.txt", "é.png".encode()]), TEXT),
    st.builds(part, TEXT, TEXT),
    st.builds(
        lambda start, middle, end, content: part(start + middle + end, content),
        st.sampled_from(
            [b"Content-Disposition: ", b"content-disposition: ", b"CONTENT-Disposition:"]
        ),
        st.sampled_from(
            [b'form-data; name="n"', b"form-data; name=n", b'form-data;name="n"', b'x; name="n"']
        ),
        st.sampled_from(
            [b"", b'; filename="f"', b"; filename=f", b"\r\nContent-Type: a/b ", b"\r\nX: y"]
        ),
        TEXT,
    ),
)
CLOSING = b"--" + BOUNDARY
ENDS = st.one_of(
    st.just(CLOSING + b"--\r\n"),
    st.just(CLOSING + b"--\r\n"),
    st.sampled_from([CLOSING + end for end in (b"--", b"--\r\nmore", b"-", b"", b"\r\n")]),
    TEXT,
)


def insert(body: bytes, at: int, text: bytes) -> bytes:
    at %= len(body)
    return body[:at] + text + body[at:]


REGULAR = st.lists(PARTS, min_size=1, max_size=3).map(lambda parts: form(*parts))
BODIES = st.one_of(
    REGULAR,
    st.builds(lambda parts, end: form(*parts, end=end), st.lists(PARTS, max_size=4), ENDS),
    st.builds(insert, REGULAR, st.integers(0, 200), TEXT),
)


@given(BODIES, LIMITS, SIZES)
@example(form(field(b"a"), file(b"f", b"\r\n--" + BOUNDARY + b"-")), {}, [])
@example(form(field(b"a", b"")), {"max_part_size": 0}, [])
def test_what_is_read_from_a_multipart_form_is_what_starlette_reads(
    body: bytes, limits: dict[str, int], sizes: list[int]
) -> None:
    read = shown_form(read_multipart(body, BOUNDARY, limits))
    if read is not None:
        assert read == by_starlette(MultiPartParser, body, limits)
        assert read == by_starlette(MultiPartParser, body, limits, sizes)


@given(
    st.one_of(
        st.lists(
            st.sampled_from([b"a", b"=", b"&", b"+", b"%", b"%41", b"%ff", b"\xe9", b";", b"b"])
        ).map(b"".join),
        st.binary(max_size=30),
    ),
    LIMITS,
    SIZES,
)
def test_what_is_read_from_encoded_fields_is_what_starlette_reads(
    body: bytes, limits: dict[str, int], sizes: list[int]
) -> None:
    read = shown_form(read_urlencoded(body, limits))
    if read is not None:
        assert read == by_starlette(FormParser, body, limits)
        assert read == by_starlette(FormParser, body, limits, sizes)
    elif not limits and b";" not in body:
        pytest.fail("a regular form was left to Starlette")


NAMES = st.text(
    st.characters(min_codepoint=32, exclude_characters='"\\;\x7f', exclude_categories=["Cs"]),
    max_size=8,
).map(str.encode)
CONTENTS = st.binary(max_size=60).filter(lambda content: b"\r\n--" + BOUNDARY not in content)


@given(
    st.lists(
        st.one_of(st.builds(field, NAMES, CONTENTS), st.builds(file, NAMES, CONTENTS)), min_size=1
    )
)
def test_usual_names_and_any_contents_are_read_in_one_pass(parts: list[bytes]) -> None:
    assert is_read(read_multipart(form(*parts), BOUNDARY, {}))


@pytest.mark.parametrize(
    "body",
    [
        form(),
        form(field(b"a"), end=b""),
        form(field(b"a"), end=b"--" + BOUNDARY),
        form(field(b"a"), end=b"--" + BOUNDARY + b"--\r\nepilogue"),
        form(field(b"a"), end=b"--" + BOUNDARY + b" \t\r\n"),
        b"preamble\r\n" + form(field(b"a")),
        b"\r\n" + form(field(b"a")),
        form(field(b"a")).replace(b"\r\n", b"\n"),
        form(field(b'a\\"b')),
        form(field(b"a;b")),
        form(field(b"\xff")),
        form(file(b"C:\\folder\\file")),
        form(part(b"Content-Disposition: form-data; name=a")),
        form(part(b'Content-Disposition: form-data; name="a"; name="b"')),
        form(part(b"Content-Disposition: form-data; name*=utf-8''a; name=\"a\"")),
        form(part(b'Content-Disposition: form-data; filename="f"; name="a"')),
        form(part(b'Content-Disposition: form-data; name="a"\r\nX-Other: 1')),
        form(part(b'Content-Type: text/plain\r\nContent-Disposition: form-data; name="a"')),
        form(part(b'Content-Disposition: form-data; name="a"\r\nContent-Disposition: x')),
        form(part(b"Content-Type: text/plain")),
        form(part(b"")),
        form(field(b"a" * LONGEST_HEAD)),
    ],
)
def test_what_is_odd_is_left_to_starlette(body: bytes) -> None:
    assert read_multipart(body, BOUNDARY, {}) is None


@pytest.mark.parametrize(
    ("limits", "body"),
    [
        ({"max_fields": 1}, form(field(b"a"), field(b"b"))),
        ({"max_files": 1}, form(file(b"a"), file(b"b"))),
        ({"max_part_size": 3}, form(field(b"a", b"1234"))),
        ({}, form(*[field(b"a")] * 1001)),
        ({}, form(*[file(b"a")] * 1001)),
    ],
)
def test_what_is_over_a_limit_is_left_to_starlette(limits: dict[str, int], body: bytes) -> None:
    assert read_multipart(body, BOUNDARY, limits) is None
    assert is_read(read_multipart(body, BOUNDARY, {"max_fields": 2000, "max_files": 2000}))


def test_files_that_would_be_moved_to_a_disk_are_left_to_starlette(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(MultiPartParser, "spool_max_size", 4)
    assert is_read(read_multipart(form(file(b"f", b"1234")), BOUNDARY, {}))
    assert read_multipart(form(file(b"f", b"12345")), BOUNDARY, {}) is None
    monkeypatch.setattr(MultiPartParser, "spool_max_size", 0)
    assert is_read(read_multipart(form(file(b"f", b"12345")), BOUNDARY, {}))


@pytest.mark.parametrize("body", [b"a=1&b=2", b"a=1;b=2"])
def test_a_limit_of_fields_counts_for_encoded_ones(body: bytes) -> None:
    assert read_urlencoded(body, {"max_fields": 1}) is None


def test_an_uploaded_file_can_be_written_and_grows_onto_a_disk() -> None:
    read = read_multipart(form(file(b"f", b"abc")), BOUNDARY, {})
    assert read is not None
    upload: Any = read["f"]
    upload.file.seek(1)
    upload.file.write(b"X")
    upload.file.seek(0)
    assert upload.file.read() == b"aXc"
    upload.file.write(bytes(1024 * 1024))
    assert upload.file._rolled
    upload.file.seek(0)
    assert upload.file.read() == b"aXc" + bytes(1024 * 1024)
    upload.file.close()


def headers(content_type: str, length: str | None = "5") -> list[tuple[bytes, bytes]]:
    found = [(b"host", b"x"), (b"content-type", content_type.encode())]
    return found if length is None else [*found, (b"content-length", length.encode())]


@pytest.mark.parametrize(
    "content_type",
    [
        CONTENT_TYPE,
        'multipart/form-data; boundary="abc"',
        "multipart/form-data;boundary=abc",
        "multipart/form-data; boundary=----WebKitFormBoundaryAbC1",
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=UTF-8",
    ],
)
def test_the_head_of_a_request_announces_a_form(content_type: str) -> None:
    announced = announced_form(headers(content_type), 10)
    assert announced is not None
    assert announced.length == 5


@pytest.mark.parametrize(
    ("content_type", "length"),
    [
        (CONTENT_TYPE, None),
        (CONTENT_TYPE, "11"),
        (CONTENT_TYPE, "-1"),
        (CONTENT_TYPE, "x"),
        (CONTENT_TYPE + "; charset=latin-1", "5"),
        ("multipart/form-data", "5"),
        ("multipart/form-data; boundary=a b", "5"),
        ("multipart/form-data; boundary=" + "a" * 71, "5"),
        ("Multipart/Form-Data; boundary=abc", "5"),
        ("multipart/mixed; boundary=abc", "5"),
        ("application/json", "5"),
        ("", "5"),
    ],
)
def test_other_heads_announce_nothing_that_is_known_here(
    content_type: str, length: str | None
) -> None:
    assert announced_form(headers(content_type, length), 10) is None


def test_of_repeated_headers_the_first_counts() -> None:
    doubled = [*headers("application/json"), *headers(CONTENT_TYPE)]
    assert announced_form(doubled, 10) is None


@pytest.mark.parametrize(
    "files",
    [
        [("f", ("é.png", b"\x00\r\n--x", "image/png"))],
        [("f", ("a.txt", b"1")), ("f", ("b.txt", b"2"))],
        [("f", ("", b""))],
    ],
)
def test_forms_of_httpx_are_read_in_one_pass(files: Any) -> None:
    request = httpx.Request("POST", "http://x/", data={"name": "Ada ü"}, files=files)
    raw = [(name.lower(), value) for name, value in request.headers.raw]
    announced = announced_form(raw, 10_000)
    assert announced is not None
    assert is_read(announced.read(request.read(), {}))


def test_a_form_of_a_browser_is_read_in_one_pass() -> None:
    boundary = "----WebKitFormBoundaryvXb5DPLfTmLwMGSj"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\nEmma\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="cover"; filename="emma.png"\r\n'
        f"Content-Type: image/png\r\n\r\n\x7fPNG\r\n--{boundary}--\r\n"
    ).encode()
    read = read_multipart(body, boundary.encode(), {})
    assert read is not None
    cover: Any = read["cover"]
    assert (read["title"], cover.filename, cover.content_type) == ("Emma", "emma.png", "image/png")
    cover.file.close()


def test_many_near_boundaries_take_time_in_proportion() -> None:
    """Counted in searches, not in seconds: each part is searched once."""

    class Counting(bytes):
        searched = 0

        def find(self, sub: Any, start: Any = None, end: Any = None, /) -> int:
            found = super().find(sub, start, end)
            stop = len(self) if end is None else end
            Counting.searched += (found if found >= 0 else stop) - start
            return found

    near = b"\r\n--" + BOUNDARY[:-1]
    body = Counting(form(*[field(b"a", near * 20)] * 100, field(b"a", near * 1000)))
    assert is_read(read_multipart(body, BOUNDARY, {}))
    assert Counting.searched <= 2 * len(body)
