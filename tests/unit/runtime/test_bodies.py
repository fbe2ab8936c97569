from __future__ import annotations

import gc
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic_core import from_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from rapide.runtime import bodies, uncollected
from rapide.runtime.bodies import (
    body_member,
    decode_body,
    is_json,
    parse_json,
    read_body,
    read_request_body,
    valid_document,
)
from rapide.runtime.extraction import MISSING, ValueMissing
from rapide.runtime.uncollected import call_uncollected

NUMBERS = (
    "0 -0 -0.0 1e5 1E+5 1e-400 1e999 -1e999 NaN Infinity -Infinity 01 1. .5 +1 - 0x1 1_0 "
    "9007199254740993 9223372036854775808 -9223372036854775809 2.2250738585072011e-308 "
    "0.1000000000000000055511151231257827 123456789012345678901234567890.5e-10"
)
STRINGS = [r'"\ud800"', r'"\udc00\ud800"', r'"\ud83d\ude00"', r'"\u0000"', r'"\x"', r'"\u12"']
DAMAGED = ['"\x00"', '"\x1f"', '"\x7f"', '"\t"', '"\n"', '"', "'a'", '"a\\']

numbers = st.sampled_from(NUMBERS.split()) | st.integers().map(str) | st.floats().map(repr)
strings = st.one_of(
    st.text().map(json.dumps),
    st.text().map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.sampled_from([*STRINGS, *DAMAGED]),
)
space = st.sampled_from(["", " ", "\n", "\t\r ", "\x0b", "\u00a0", "/**/"])
scalars = st.sampled_from(["null", "true", "false", "nul", "True", ""]) | numbers | strings


def nested(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.tuples(st.sampled_from(['"a"', '"b"', '""', "a", "1"]) | strings, values)
    return st.one_of(
        st.lists(values, max_size=4).map(lambda items: f"[{','.join(items)}]"),
        st.lists(values, max_size=3).map(lambda items: f"[{','.join(items)},]"),
        st.lists(members, max_size=4).map(
            lambda pairs: "{" + ",".join(f"{key}:{value}" for key, value in pairs) + "}"
        ),
        st.builds("{}{}{}".format, space, values, space),
    )


documents = st.recursive(scalars, nested, max_leaves=12)
encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be", "latin-1"])
encoded = st.builds(lambda text, name: text.encode(name, "replace"), documents, encodings)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A document in which a few bytes were changed, taken out or put in."""
    body = bytearray(draw(encoded))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(body)))
        body[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(body)


def outcome(parse: Callable[[bytes], Any], body: bytes) -> Any:
    """Everything about a value or an error: types, the order of keys, positions, words."""
    try:
        return repr(parse(body))
    except (ValueError, RecursionError) as error:
        return type(error), error.args


@given(documents.map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b'{"a": 1, "b": 2, "a": 3}')
@example(b"1" * 4300)
@example(b"1" * 4301)
@example(b"-" + b"1" * 4300)
@example(b"1" * 400 + b".5")
@example(b"0e99999999999999999999")
@example(b"")
@example(b" ")
@example(b"[1] x")
@example(b"[1]\x00")
@example(b'{"a": {"b": [tru]}}')
@example('"\ud800"'.encode("utf-8", "surrogatepass"))
@example(b'"\xff"')
@example(b'"\xc0\x80"')
def test_documents_are_parsed_as_the_standard_library_does(body: bytes) -> None:
    assert outcome(parse_json, body) == outcome(json.loads, body)


@given(encoded | mutated())
@example(b"\xef\xbb\xbf[1]")
@example("[1]".encode("utf-16"))
@example("[1]".encode("utf-32"))
@example(b"1\x00")
def test_damaged_and_oddly_encoded_documents_are_judged_as_by_the_standard_library(
    body: bytes,
) -> None:
    assert outcome(parse_json, body) == outcome(json.loads, body)


@pytest.mark.parametrize("depth", [100, 199, 200, 201, 500])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_deep_documents_are_parsed(depth: int, opening: str, closing: str) -> None:
    body = (opening * depth + "1" + closing * depth).encode()
    assert outcome(parse_json, body) == repr(json.loads(body))


def test_documents_beyond_the_recursion_limit_are_refused_as_by_the_standard_library() -> None:
    body = b"[" * 100_000 + b"]" * 100_000
    assert outcome(parse_json, body) == outcome(json.loads, body)
    assert outcome(parse_json, body)[0] is RecursionError


def test_the_standard_library_decides_what_the_fast_parser_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(body: bytes) -> Any:
        raise ValueError("not this one")

    monkeypatch.setattr(bodies, "from_json", refuse)
    assert parse_json(b"[1]") == [1]


def receiving(*messages: Any) -> Callable[[], Awaitable[Any]]:
    """A `receive` that gives these messages, and raises those that are exceptions."""
    waiting = iter(messages)

    async def receive() -> Any:
        message = next(waiting)
        if isinstance(message, Exception):
            raise message
        return message

    return receive


def part(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([part(b"abc", False)], b"abc"),
        ([{"type": "http.request"}], b""),
        ([{"type": "http.request", "body": b"abc"}], b"abc"),
        ([part(b"a"), part(b"b"), part(b"c", False)], b"abc"),
        ([part(b"a"), part(b""), {"type": "http.request"}], b"a"),
        ([part(b""), part(b"", False)], b""),
        ([{"type": "x.unknown"}, part(b"a", False)], b"a"),
    ],
)
async def test_a_body_is_read_in_as_many_messages_as_it_takes(
    messages: list[Any], expected: bytes
) -> None:
    # One message too many would be a StopIteration.
    assert await read_body(receiving(*messages)) == expected
    request = Request({"type": "http", "headers": []}, receiving(*messages))
    assert await read_request_body(request) == expected
    assert await request.body() == expected


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
@pytest.mark.parametrize(
    ("last", "cause"),
    [({"type": "http.disconnect"}, ClientDisconnect), (OSError("gone"), OSError)],
)
@pytest.mark.parametrize("parts", [0, 2])
async def test_a_client_that_leaves_before_its_body_is_complete_is_a_bad_request(
    parts: int, last: Any, cause: type[Exception]
) -> None:
    messages = [part(b"x")] * parts
    for reading in (
        read_body(receiving(*messages, last)),
        read_request_body(Request({"type": "http", "headers": []}, receiving(*messages, last))),
    ):
        with pytest.raises(HTTPException) as caught:
            await reading
        assert caught.value.status_code == 400
        assert caught.value.detail == "There was an error parsing the body"
        assert isinstance(caught.value.__cause__, cause)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_an_http_error_of_a_middleware_that_limits_bodies_is_left_as_it_is() -> None:
    error = HTTPException(413)
    request = Request({"type": "http", "headers": []}, receiving(part(b"x"), error))
    for reading in (read_body(receiving(part(b"x"), error)), read_request_body(request)):
        with pytest.raises(HTTPException) as caught:
            await reading
        assert caught.value is error


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("APPLICATION/JSON", True),
        ("Application/Json;v=1", True),
        (" application/json", True),
        ("application/json;", True),
        ("application/geo+json", True),
        ("application/hal+JSON", True),
        ("application/vnd.api+json;v=1", True),
        ("application/+json", True),
        ("application/jsonx", False),
        ("application/problem+json+xml", False),
        ("application/", False),
        ("text/json", False),
        ("text/x+json", False),
        ("text/plain", False),
        ("json", False),
        ("*/*", False),
        ("multipart/form-data; boundary=application/json", False),
        ("application/json, text/plain", False),
        ("application/json/x", False),
    ],
)
def test_json_is_known_by_its_media_type(content_type: str, expected: bool) -> None:
    assert is_json(content_type) is expected
    headers = [(b"accept", b"application/json"), (b"content-type", content_type.encode())]
    for strict in (True, False):
        decoded = decode_body(b"[1]", headers, strict)
        assert decoded == ([1] if expected else b"[1]")


@pytest.mark.parametrize(
    "headers", [[], [(b"content-type", b"")], [(b"accept", b"application/json")]]
)
def test_a_body_without_a_content_type_is_json_only_where_that_is_not_asked_strictly(
    headers: list[tuple[bytes, bytes]],
) -> None:
    assert decode_body(b"[1]", headers, strict_content_type=True) == b"[1]"
    assert decode_body(b"[1]", headers, strict_content_type=False) == [1]


def test_of_several_content_types_the_first_counts() -> None:
    kinds = [(b"content-type", b"text/plain"), (b"content-type", b"application/json")]
    assert decode_body(b"[1]", kinds, True) == b"[1]"
    assert decode_body(b"[1]", kinds[::-1], True) == [1]


def test_headers_may_be_any_iterable() -> None:
    assert decode_body(b"[1]", iter([(b"content-type", b"application/json")]), True) == [1]


@pytest.mark.parametrize(
    ("kind", "strict", "is_json"),
    [
        (b"application/json", True, True),
        (b"application/geo+json; a=1", True, True),
        (b"text/plain", False, False),
        (b"", False, False),
        (None, True, False),
        (None, False, True),
    ],
)
def test_a_document_is_validated_where_a_body_is_parsed(
    kind: bytes | None, strict: bool, is_json: bool
) -> None:
    headers = [] if kind is None else [(b"content-type", kind), (b"content-type", b"text/x")]
    found = valid_document(from_json, b"[1]", headers, strict)
    assert found == ([1] if is_json else MISSING)
    assert valid_document(from_json, b"[1", headers, strict) is MISSING
    assert valid_document(from_json, b"", headers, strict) is MISSING


def test_a_document_is_not_validated_if_a_tool_reads_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "loads", lambda body: 2)
    assert valid_document(from_json, b"[1]", [], False) is MISSING


@pytest.mark.parametrize("before", range(20))
def test_a_document_with_an_integer_too_large_for_a_float_is_parsed(before: int) -> None:
    document = b"[" + b" " * before + b"1" * 309 + b"]"
    assert valid_document(from_json, document, [], False) is MISSING
    assert valid_document(from_json, document[1:-1], [], False) is MISSING
    assert valid_document(from_json, b"[%s]" % (b"1, " * 309 + b"1"), [], False) == [1] * 310


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("kind", [b"application/json", b"text/plain", b""])
def test_an_empty_body_is_missing_whatever_its_type(kind: bytes, strict: bool) -> None:
    assert decode_body(b"", [(b"content-type", kind)], strict) is MISSING


def test_a_body_that_says_json_and_is_not_says_where_it_is_wrong() -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        decode_body(b'{"a": tru}', [(b"content-type", b"application/json")], True)
    assert (caught.value.msg, caught.value.pos) == ("Expecting value", 6)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"a": 1, "b": 2}, 1),
        ({"b": 2}, 2),
        ({"a": None}, None),
        ({}, MISSING),
        ({"c": 3}, MISSING),
        (MISSING, MISSING),
        (b"bytes", MISSING),
    ],
)
def test_the_member_of_a_body_is_that_of_the_first_key_it_has(body: Any, expected: Any) -> None:
    assert body_member(body, ("a", "b")) is expected


@pytest.mark.parametrize("body", [[], [1], "a", 1, None, True])
def test_json_that_is_no_object_has_no_members(body: Any) -> None:
    with pytest.raises(ValueMissing):
        body_member(body, ("a",))


@pytest.mark.parametrize("end", [b"]", b"", b",NaN]"], ids=["JSON", "not JSON", "JSON for Python"])
@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_collector_is_as_before_once_a_large_document_is_parsed(
    end: bytes, is_enabled: bool
) -> None:
    document = b"[" + b"[]," * 25_000 + b"[]" + end
    collections: list[str] = []
    before = gc.isenabled()
    (gc.enable if is_enabled else gc.disable)()
    gc.callbacks.append(lambda phase, info: collections.append(phase))
    try:
        try:
            call_uncollected(bodies.from_json, document)
        except ValueError:
            assert end != b"]"
        during = len(collections)
        assert outcome(parse_json, document) == outcome(json.loads, document)
        assert gc.isenabled() == is_enabled
    finally:
        gc.callbacks.pop()
        (gc.enable if before else gc.disable)()
    assert uncollected.__file__ is not None
    if not uncollected.__file__.endswith(".py"):
        assert during <= 2  # at most one that was due before, or is due afterwards
