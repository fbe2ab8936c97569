"""Header lines that are looked up or matched: read as llhttp reads them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapide.http11 import lines
from rapide.http11.limits import Limits
from rapide.http11.lines import FieldReader, KnownLines, Line
from rapide.http11.parser import RequestParser

from .test_repeated_heads import LINES, Connection, described, feed


@pytest.fixture(autouse=True)
def shared() -> Iterator[KnownLines]:
    """The lines that connections share, empty at first."""
    lines._shared.clear()
    yield lines._shared
    lines._shared.clear()


POOL = [
    b"Host: example.org",
    b"host:example.org:80",
    b"Host: a/b",
    b"Accept: */*",
    b"accept:text/html",
    b"X-Forwarded-For: 10.0.0.1",
    b"X-Forwarded-Proto: https",
    b"Cookie: a=b; c=\xe9",
    b"Authorization: Bearer abc",
    b"Connection: keep-alive",
    b"Connection: Keep-Alive",
    b"Connection: close",
    b"Connection: keep-alive, close",
    b"Connection: Upgrade",
    b"Proxy-Connection: close",
    b"Upgrade: h2c",
    b"Expect: 100-continue",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: gzip",
    b"Content-Length: 0",
    b"Content-Length: 00",
    b"Content-Length: 5",
    b"content-length:5",
    b"Content-Length: 5 ",
    b"Content-Length: 05",
    b"Content-Length: +5",
    b"Content-Length: 99999999999999999999",
    b"X-Empty:",
    b"X-Blank: ",
    b"X-Blanks:   a  ",
    b"X-Tab:\ta",
    b"X : a",
    b" folded",
    b"no colon",
    b": no name",
    b"X: a\nY: b",
    b"X: a\rb",
]
TOKENS = st.text("abcXYZ-_.!~0", min_size=1, max_size=8).map(str.encode)
FIELD_LINES = st.one_of(
    *[st.sampled_from(POOL[:12])] * 3,
    st.sampled_from(POOL),
    st.builds(lambda name, value: name + b": " + value, TOKENS, st.binary(max_size=12)),
    st.uuids().map(lambda each: b"X-Request-Id: " + str(each).encode()),
)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A request, often with `Host`, and sometimes with a byte that was changed."""
    first = draw(
        st.sampled_from([b"GET /a?b=c HTTP/1.1", b"GET /%41 HTTP/1.1", b"POST /a HTTP/1.1"]) | LINES
    )
    fields = draw(st.lists(FIELD_LINES, max_size=5))
    if draw(st.integers(0, 5)):
        fields.insert(draw(st.integers(0, len(fields))), b"Host: example.org")
    has_length = any(line.lower().startswith(b"content-length") for line in fields)
    body = draw(st.sampled_from([b"12345"] * 4 + [b"", b"1234", b"123456"])) if has_length else b""
    data = b"\r\n".join([first, *fields, b"", body])
    if not draw(st.integers(0, 4)):
        place = draw(st.integers(0, len(data)))
        changed = draw(st.binary(max_size=2))
        data = data[:place] + changed + data[place + draw(st.integers(0, 2)) :]
    return data


VALUES = st.one_of(
    st.uuids().map(lambda each: str(each).encode()),
    st.sampled_from(
        [b"", b" ", b"a ", b" a", b"a\tb", b"close", b"5", b"05", b"a\r\nb: c", b"\r\n"]
    ),
    st.sampled_from([b"keep-alive", b"example.org", b"a b", b"100-continue", b"chunked"]),
    st.binary(max_size=5),
)


@st.composite
def conversations(draw: st.DrawFn) -> list[bytes]:
    """Requests on one connection whose fields are the same, but for the value of one."""
    plain = b"Accept: */*", b"X-Forwarded-Proto: https", b"Connection: keep-alive", b"Cookie: a=b"
    fields = draw(st.lists(st.sampled_from(plain), max_size=3))
    place = draw(st.integers(0, len(fields)))
    odd = b"Connection", b"Host", b"Expect", b"Content-Length", b"X Y", b"Upgrade"
    name = draw(st.sampled_from([b"X-Request-Id", b"X-Forwarded-For", b"Cookie"] * 6 + [*odd]))
    body = draw(st.sampled_from([None, b"", b"12345"]))
    if body is not None:
        fields.append(b"Content-Length: %d" % len(body))
    if draw(st.integers(0, 9)):
        fields.append(b"Host: example.org")
    sent = []
    for value in [b"a", b"b", *draw(st.lists(VALUES, min_size=1, max_size=3))]:
        first = draw(st.sampled_from([b"GET / HTTP/1.1"] * 6 + [b"POST /a?b HTTP/1.1", b"A"]))
        separator = draw(st.sampled_from([b": "] * 16 + [b":", b":  "]))
        lines = [*fields[:place], name + separator + value, *fields[place:]]
        size = draw(st.sampled_from([5] * 8 + [4, 6]))
        sent.append(
            b"\r\n".join([first, *lines, b"", (body or b"").ljust(size)[:size] if body else b""])
        )
    return sent


@settings(max_examples=500, deadline=None)
@given(
    st.lists(messages(), min_size=1, max_size=4) | conversations() | conversations(),
    st.just([]) | st.lists(st.integers(0, 600), max_size=2),
    st.sampled_from([Limits(), Limits(), Limits(header_bytes=90), Limits(header_fields=3)]),
    st.sampled_from([True, None]),
)
def test_requests_are_read_as_by_llhttp_alone(
    sent: list[bytes], cuts: list[int], limits: Limits, forward: Any
) -> None:
    whole = b"".join(sent)
    ends = {sum(map(len, sent[:n])) for n in range(len(sent) + 1)}
    places = sorted(ends | {cut % (len(whole) + 1) for cut in cuts})
    parts = [whole[a:b] for a, b in pairwise(places)]
    expected = feed(*parts, limits=limits, forward=forward, by_llhttp=True)
    found = feed(*parts, limits=limits, forward=forward)
    assert [described(each) for each in found] == [described(each) for each in expected]


def read_by_llhttp(line: bytes) -> list[tuple[bytes, bytes]] | None:
    fields: list[tuple[bytes, bytes]] = []

    class Seen:
        def on_header(self, name: bytes, value: bytes) -> None:
            fields.append((name.lower(), value))

    try:
        httptools.HttpRequestParser(Seen()).feed_data(b"GET / HTTP/1.1\r\n" + line + b"\r\n\r\n")
    except httptools.HttpParserError:
        return None
    return fields


def test_every_byte_of_a_line_is_held_to_what_llhttp_accepts() -> None:
    forms = [b"%c: v", b"%cx: v", b"x%c: v", b"x%cy: v", b"x%cv", b"x:%cv", b"x: %c", b"x: %cv"]
    forms += [b"x: v%c", b"x: v%cw", b"x: v %c w", b"x:%c", b"x%c"]
    taken = 0
    for form in forms:
        for byte in range(256):
            line = form % byte
            fields = FieldReader().read(line)
            if fields is not None:
                taken += 1
                assert fields.headers == read_by_llhttp(line)
    assert taken > 1000


def parser_of(connection: Any) -> RequestParser:
    return RequestParser(connection, connection.context)


def get(*fields: bytes, line: bytes = b"GET / HTTP/1.1") -> bytes:
    return b"\r\n".join([line, b"Host: example.org", *fields, b"", b""])


def test_what_changes_in_a_request_does_not_need_llhttp() -> None:
    connection: Any = Connection()
    parser = parser_of(connection)
    for number in range(100):
        assert parser.feed_repeated(get(b"X-Request-Id: %d" % number, b"Accept: */*"))
        assert parser.feed_repeated(get(line=b"GET /items/%d?page=%d HTTP/1.1" % (number, number)))
    assert [each.path for each in connection.found[-3:]] == ["/items/98", "/", "/items/99"]


def test_what_a_handler_does_to_the_fields_is_not_seen_by_other_connections() -> None:
    for _ in range(3):
        connection: Any = Connection()
        parser = parser_of(connection)
        for number in range(3):
            assert parser.feed_repeated(get(b"Accept: */*", b"X-Request-Id: %d" % number))
            assert len(connection.found[-1].headers) == 3
            connection.found[-1].headers.clear()


def test_connections_share_only_lines_that_carry_nothing_private(shared: KnownLines) -> None:
    private = [b"Cookie: a=b", b"Authorization: Bearer abc", b"X-Api-Key: abc", b"Referer: /?token"]
    public = [b"Accept: */*", b"User-Agent: test"]
    reader = FieldReader()
    assert reader.read(b"\r\n".join([*private, *public])) is not None
    assert [line for line in [*private, *public] if shared.get(line)] == public


def test_what_is_kept_of_lines_is_bounded(shared: KnownLines) -> None:
    reader = FieldReader()
    for number in range(5 * lines.MOST_SHARED):
        assert reader.read(b"User-Agent: %d\r\nCookie: %d" % (number, number)) is not None
    assert len(shared) <= 2 * lines.MOST_SHARED
    assert reader._own is not None
    assert len(reader._own) <= 2 * lines.MOST_OWN
    for name, longest in ((b"User-Agent: ", lines.LONGEST_SHARED), (b"Cookie: ", 1024)):
        long = name + b"a" * longest
        assert reader.read(long) is not None
        assert shared.get(long) is None
        assert reader._own.get(long) is None


def test_a_line_in_use_outlives_many_that_are_not() -> None:
    known = KnownLines(4)
    used = Line(b"a", b"b", lines.PLAIN, 0)
    known.keep(b"a: b", used)
    for number in range(100):
        known.keep(b"%d" % number, Line(b"x", b"y", lines.PLAIN, 0))
        if number % 3 == 0:
            assert known.get(b"a: b") is used
