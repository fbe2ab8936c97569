from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request

from rapide.runtime.extraction import (
    MISSING,
    cookie_values,
    first_present,
    header_lists,
    header_values,
    query_lists,
)
from rapide.runtime.query_string import query_pairs, query_values

RawHeaders = list[tuple[bytes, bytes]]

PIECES = b"a b = == & && + % %2 %20 %41 %C3%A9 %ff %26 %3D %2B %00 ; # ? \xe9 \xff a[]".split(b" ")
pieces = st.sampled_from([*PIECES, b" ", b"\n", b""])
queries = st.lists(pieces, max_size=12).map(b"".join) | st.binary(max_size=12)

names = st.sampled_from([b"a", b"x-token", b"x_token", b"cookie", b"accept", b""])
values = st.binary(max_size=6) | st.sampled_from([b"", b"1, 2", b"\xe9", b" spaced "])
headers = st.lists(st.tuples(names, values), max_size=8)

COOKIES = [
    "a=1",
    "b=2",
    "a=3",
    "a",
    "=",
    "=v",
    "a=",
    'a="quoted; text"',
    r'a="\054"',
    "é=ü",
    "a=b=c",
]
SEPARATORS = ["; ", ";", ";;", " ", ",", "$Path=/", "a =1", "a= 1", "\x00"]
cookie_parts = st.sampled_from([*COOKIES, *SEPARATORS])
cookie_lines = st.lists(cookie_parts, max_size=8).map(
    lambda parts: "".join(parts).encode("latin-1")
)


@given(queries)
@example(b"a=1&a=2&b")
@example(b"a=%C3%A9&%61=+&;=%3B")
@example(b"&=&==&a")
@example(b"%&a=%4&%4g=%g4&a%")
@example(b"%c3\xa9=\xc3%a9&%C3+%A9=%e2%82%ac%f0%9f%98%80%ed%a0%80&+=\xe9")
@example(b"a=" + b"%41" * 300 + b"+" * 300)
def test_query_strings_are_read_as_starlette_reads_them(raw: bytes) -> None:
    params = QueryParams(raw)
    assert query_pairs(raw) == params.multi_items()
    assert query_values(raw) == dict(params)
    assert query_lists(raw) == {name: params.getlist(name) for name in params}


@pytest.mark.parametrize("raw", [bytearray(b"a=%41&b"), bytearray(), memoryview(b"a"), "a=1", 1])
def test_query_strings_that_are_not_bytes_are_read_or_refused_as_by_starlette(raw: Any) -> None:
    try:
        expected: Any = QueryParams(raw.decode("latin-1")).multi_items()
    except AttributeError as error:
        expected = str(error)
    try:
        pairs: Any = query_pairs(raw)
    except AttributeError as error:
        pairs = str(error)
    assert pairs == expected


@given(queries)
def test_names_in_a_query_string_keep_their_order(raw: bytes) -> None:
    assert list(query_values(raw)) == list(query_lists(raw)) == list(QueryParams(raw))


@given(headers)
@example([(b"a", b"1"), (b"x-token", b"\xe9"), (b"a", b"2")])
def test_headers_are_read_as_starlette_reads_them(raw: RawHeaders) -> None:
    expected = Headers(raw=raw)
    lists = header_lists(raw)
    first = header_values(raw)
    assert set(lists) == set(first) == {name for name, _ in raw}
    for name in first:
        text = name.decode("latin-1")
        assert first[name].decode("latin-1") == expected[text]
        assert lists[name] == expected.getlist(text)


@given(st.lists(cookie_lines, max_size=3), headers)
@example([b"a=1; b=2", b"a=3"], [])
@example([b'a="\\054 \\303"'], [])
def test_cookies_are_read_as_starlette_reads_them(lines: list[bytes], others: RawHeaders) -> None:
    raw = [*others, *((b"cookie", line) for line in lines)]
    assert cookie_values(raw) == Request({"type": "http", "headers": raw}).cookies


@pytest.mark.parametrize("kind", [list, tuple, iter])
def test_headers_may_come_in_any_iterable(kind: Any) -> None:
    raw = [(b"a", b"1"), (b"cookie", b"c=2"), (b"a", b"3")]
    assert header_values(kind(raw)) == {b"a": b"1", b"cookie": b"c=2"}
    assert header_lists(kind(raw)) == {b"a": ["1", "3"], b"cookie": ["c=2"]}
    assert cookie_values(kind(raw)) == {"c": "2"}


def test_reading_leaves_the_headers_of_the_scope_alone() -> None:
    raw = [(b"a", b"1"), (b"a", b"2")]
    header_values(raw)
    header_lists(raw)["a"] = []  # type: ignore[index]
    assert raw == [(b"a", b"1"), (b"a", b"2")]


def test_the_first_key_that_is_there_counts_even_if_its_value_is_false() -> None:
    assert first_present({"b": "", "c": 1}, ("a", "b", "c")) == ""
    assert first_present({"b": None}, ("b", "a")) is None
    assert first_present({"b": 1}, ("a",)) is MISSING
    assert first_present({"b": 1}, ()) is MISSING


def test_missing_is_false_and_says_its_name() -> None:
    assert not MISSING
    assert repr(MISSING) == "MISSING"
