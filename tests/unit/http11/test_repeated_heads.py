"""Requests with the header fields of an earlier one: read as llhttp reads them."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import httptools
from hypothesis import given, settings
from hypothesis import strategies as st

from rapide.http11.limits import Limits
from rapide.http11.parser import RequestParser
from rapide.http11.repeated import PLAIN_LINE

FIELDS = b"\r\nHost: example.org\r\nX-Forwarded-For: 10.0.0.1\r\nAccept: */*\r\n\r\n"
BODY_FIELDS = b"\r\nHost: example.org\r\nContent-Length: %b\r\nAccept: */*\r\n\r\n"
LINES = st.one_of(
    st.from_regex(PLAIN_LINE, fullmatch=True),
    st.binary(max_size=40),
    st.builds(
        b"%b %b HTTP/1.%d".__mod__,
        st.tuples(
            st.sampled_from([b"GET", b"get", b"GET ", b"PRI", b"CONNECT", b"PURGE", b"POST"]),
            st.binary(min_size=1, max_size=12).map(b"/".__add__),
            st.integers(0, 2),
        ),
    ),
)


class Connection:
    """Keeps what a parser finds."""

    def __init__(self) -> None:
        self.context: Any = SimpleNamespace(
            limits=Limits(),
            forward=True,
            knows_host=lambda host: True,
            config=SimpleNamespace(ws_protocol_class=None),
        )
        self.found: list[Any] = []

    def may_accept(self) -> bool:
        return all(not isinstance(each, int) and each.keep_alive for each in self.found)

    def accept(self, exchange: Any) -> None:
        self.found.append(exchange)

    def accept_whole(self, exchange: Any, size: int) -> None:
        self.found.append(exchange)

    def on_body(self, exchange: Any, part: bytes) -> None:
        exchange.add_body(part)

    def on_request_end(self, exchange: Any) -> None:
        exchange.complete_request()

    def refuse(self, status: int) -> None:
        self.found.append(status)

    def on_parse_error(self, incoming: Any, status: int) -> None:
        self.found.append(status)


def feed(
    *inputs: bytes, limits: Limits = Limits(), by_llhttp: bool = False, forward: Any = True
) -> list[Any]:
    connection: Any = Connection()
    connection.context.forward = forward
    connection.context.limits = limits
    parser = RequestParser(connection, connection.context)
    found = connection.found
    for data in inputs:
        is_refused = any(isinstance(each, int) for each in found)
        if not is_refused and (by_llhttp or not parser.feed_repeated(data)):
            parser.feed(data)
    # A connection reads no further than to the last request, or to what it refuses.
    last = [n for n, each in enumerate(found) if isinstance(each, int) or not each.keep_alive]
    return found[: last[0] + 1] if last else found


def described(found: Any) -> Any:
    if isinstance(found, int):
        return found
    return (
        found.method,
        found.path,
        found.raw_path,
        found.query_string,
        found.headers,
        found.http_version,
        found.keep_alive,
        found.request_complete,
        found.is_forwarded,
        found.announced,
        b"".join(found._chunks or []),
    )


@settings(max_examples=500)
@given(LINES)
def test_a_repeated_head_is_read_as_the_first_time(line: bytes) -> None:
    inputs = b"GET /first HTTP/1.1" + FIELDS, line + FIELDS
    expected = [described(each) for each in feed(*inputs, by_llhttp=True)]
    assert [described(each) for each in feed(*inputs)] == expected


@settings(max_examples=500)
@given(st.from_regex(PLAIN_LINE, fullmatch=True))
def test_every_line_taken_without_llhttp_is_one_that_llhttp_takes(line: bytes) -> None:
    urls: list[bytes] = []
    parser = httptools.HttpRequestParser(SimpleNamespace(on_url=urls.append))
    parser.feed_data(line + FIELDS)
    method, url, _ = line.split(b" ")
    assert parser.get_method() == method
    assert urls == [url]


def test_what_a_handler_does_to_the_headers_is_not_seen_by_the_next_request() -> None:
    connection: Any = Connection()
    parser = RequestParser(connection, connection.context)
    for _ in range(3):
        if not parser.feed_repeated(b"GET / HTTP/1.1" + FIELDS):
            parser.feed(b"GET / HTTP/1.1" + FIELDS)
        assert len(connection.found[-1].headers) == 3
        connection.found[-1].headers.clear()


def post(body: bytes, line: bytes = b"POST /items HTTP/1.1", length: bytes = b"%d") -> bytes:
    return line + BODY_FIELDS % (length % len(body)) + body


@settings(max_examples=500)
@given(
    st.binary(max_size=30),
    st.lists(st.tuples(LINES | st.just(b"POST /a HTTP/1.1"), st.binary(max_size=30)), max_size=3),
    st.sampled_from([b"%d"] * 6 + [b"0%d", b" %d", b"+%d", b"%d ", b"%d,1", b"1%d"]),
    st.lists(st.integers(0, 400), max_size=2),
)
def test_a_repeated_head_with_a_body_is_read_as_the_first_time(
    first: bytes, others: list[tuple[bytes, bytes]], length: bytes, cuts: list[int]
) -> None:
    messages = [post(first)] + [post(body, line, length) for line, body in others]
    whole = b"".join(messages)
    expected = [described(each) for each in feed(whole, by_llhttp=True)]
    ends = {sum(map(len, messages[:n])) for n in range(len(messages) + 1)}
    places = sorted(ends | {cut % (len(whole) + 1) for cut in cuts})
    parts = [whole[a:b] for a, b in pairwise(places)]
    assert [described(each) for each in feed(*parts)] == expected


def test_a_counted_body_ends_where_the_next_request_begins() -> None:
    inputs = post(b"one"), post(b"second")[:-4], b"cond" + post(b"3")
    found = feed(*inputs)
    assert [b"".join(each._chunks) for each in found] == [b"one", b"second", b"3"]
    assert [each.request_complete for each in found] == [True] * 3


def test_a_repeated_head_is_held_to_the_limits() -> None:
    limits = Limits(header_bytes=200)
    long = b"/" + b"a" * 300
    for head in (b"GET %b HTTP/1.1" + FIELDS, b"POST %b HTTP/1.1" + BODY_FIELDS % b"1" + b"x"):
        *_, last = feed(head % b"/", head % long, limits=limits)
        assert last == 414


def test_requests_with_and_without_a_body_are_remembered_side_by_side() -> None:
    connection: Any = Connection()
    parser = RequestParser(connection, connection.context)
    for data in (b"GET / HTTP/1.1" + FIELDS, post(b"body")):
        parser.feed(data)
    for _ in range(2):
        assert parser.feed_repeated(b"GET / HTTP/1.1" + FIELDS)
        assert parser.feed_repeated(post(b"a longer body"))
    assert [each.announced for each in connection.found] == [0, 4, 0, 13, 0, 13]
