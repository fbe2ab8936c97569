"""Requests that differ from the last one in their first line alone: read as llhttp reads them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import httptools
from hypothesis import given, settings
from hypothesis import strategies as st

from rapide.transport.limits import Limits
from rapide.transport.parsing import _PLAIN_LINE, RequestParser

FIELDS = b"\r\nHost: example.org\r\nX-Forwarded-For: 10.0.0.1\r\nAccept: */*\r\n\r\n"
LINES = st.one_of(
    st.from_regex(_PLAIN_LINE, fullmatch=True),
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
        self.service: Any = SimpleNamespace(
            limits=Limits(),
            forward=True,
            knows_host=lambda host: True,
            config=SimpleNamespace(ws_protocol_class=None),
        )
        self.found: list[Any] = []

    def may_accept(self) -> bool:
        return True

    def accept(self, exchange: Any) -> None:
        self.found.append(exchange)

    def complete(self, exchange: Any) -> None:
        exchange.is_whole = True

    def refuse(self, status: int) -> None:
        self.found.append(status)

    def fail(self, incoming: Any, status: int) -> None:
        self.found.append(status)


def read(*inputs: bytes) -> Any:
    connection: Any = Connection()
    parser = RequestParser(connection)
    for data in inputs:
        parser.feed(data)
    found = connection.found[-1] if connection.found else None
    if found is None or isinstance(found, int):
        return found
    return (
        found.method,
        found.path,
        found.raw_path,
        found.query_string,
        found.headers,
        found.http_version,
        found.keep_alive,
        found.is_whole,
        found.is_forwarded,
    )


@settings(max_examples=500)
@given(LINES)
def test_a_repeated_head_is_read_as_the_first_time(line: bytes) -> None:
    fresh = read(line + FIELDS)
    again = read(b"GET /first HTTP/1.1" + FIELDS, line + FIELDS)
    first = read(b"GET /first HTTP/1.1" + FIELDS)
    assert again == (fresh if fresh is not None else first)


@settings(max_examples=500)
@given(st.from_regex(_PLAIN_LINE, fullmatch=True))
def test_every_line_taken_without_llhttp_is_one_that_llhttp_takes(line: bytes) -> None:
    urls: list[bytes] = []
    parser = httptools.HttpRequestParser(SimpleNamespace(on_url=urls.append))
    parser.feed_data(line + FIELDS)
    method, url, _ = line.split(b" ")
    assert parser.get_method() == method
    assert urls == [url]


def test_what_a_handler_does_to_the_headers_is_not_seen_by_the_next_request() -> None:
    connection: Any = Connection()
    parser = RequestParser(connection)
    for _ in range(3):
        parser.feed(b"GET / HTTP/1.1" + FIELDS)
        assert len(connection.found[-1].headers) == 3
        connection.found[-1].headers.clear()
