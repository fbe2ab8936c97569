"""The table of raw requests: what is sent, and what must come back.

Sections are RFC 9112's unless named.
"""

from __future__ import annotations

from collections.abc import Sequence

from .cases_of_bodies import CHUNKS, CODINGS, LENGTHS
from .cases_of_heads import HEADERS, HOSTS, LINES, TARGETS
from .client import Answer
from .requests import SECOND, Case, body_is, get, head, post, refused, refused_each, served


def _no_framing(answers: Sequence[Answer]) -> None:
    assert answers[0].header(b"content-length") is None
    assert answers[0].header(b"transfer-encoding") is None


def _no_coding(answers: Sequence[Answer]) -> None:
    assert answers[0].header(b"transfer-encoding") is None
    assert answers[0].body == b"onetwothree"


def _chunked_coding(answers: Sequence[Answer]) -> None:
    assert answers[0].header(b"transfer-encoding") == b"chunked"
    assert answers[0].chunks == (3, 3, 5)


def _closing(answers: Sequence[Answer]) -> None:
    assert answers[-1].header(b"connection") == b"close"


ANSWERS = [
    served(
        "a stream on HTTP/1.0",
        head(b"GET /stream HTTP/1.0"),
        "stream",
        closes=True,
        check=_no_coding,
    ),
    served("a stream", get(target=b"/stream"), "stream", check=_chunked_coding),
    served("HEAD", head(b"HEAD /first HTTP/1.1"), "first", heads=(0,)),
    served("HEAD of a stream", head(b"HEAD /stream HTTP/1.1"), "stream", heads=(0,)),
    Case("HEAD of nothing", head(b"HEAD /none HTTP/1.1"), (frozenset({404}),), heads=(0,)),
    Case("HEAD not allowed", head(b"HEAD /json HTTP/1.1"), (frozenset({405}),), heads=(0,)),
    served(
        "204 with content",
        get(target=b"/no-content-but-some"),
        "no-content-but-some",
        status=204,
        check=_no_framing,
    ),
    served("304 with content", get(target=b"/not-modified-but-some"), "not-modified", status=304),
    served(
        "HTTP/1.0 with keep-alive",
        head(b"GET /first HTTP/1.0", b"Connection: keep-alive"),
        "first",
        closes=True,
    ),
    Case(
        "errors between good requests",
        get()
        + post(
            b"Content-Length: 3", b"Content-Type: application/json", body=b"{a}", target=b"/json"
        )
        + get(target=b"/none")
        + get(target=b"/json")
        + get(),
        tuple(frozenset({status}) for status in (200, 422, 404, 405, 200)),
        ("first", "first"),
    ),
    served(
        "204",
        get(target=b"/no-content"),
        "no-content",
        status=204,
        check=_no_framing,
    ),
    served(
        "HEAD and 204",
        head(b"HEAD /no-content HTTP/1.1"),
        "no-content",
        status=204,
        heads=(0,),
        check=_no_framing,
    ),
    served("304", get(target=b"/not-modified"), "not-modified", status=304),
    served(
        "HEAD and 304",
        head(b"HEAD /not-modified HTTP/1.1"),
        "not-modified",
        status=304,
        heads=(0,),
    ),
    Case(
        "Expect, and the handler reads",
        post(b"Expect: 100-continue", b"Content-Length: 5", body=b"hello"),
        (frozenset({100}), frozenset({200})),
        ("body",),
        closes=False,
    ),
    Case(
        "Expect, and a model is read",
        post(
            b"Expect: 100-Continue",
            b"Content-Length: 8",
            b"Content-Type: application/json",
            body=b'{"a": 1}',
            target=b"/json",
        ),
        (frozenset({100}), frozenset({200})),
        ("json",),
        closes=False,
    ),
    served(
        "Expect, answered without reading",
        post(b"Expect: 100-continue", b"Content-Length: 5", body=b"hello", target=b"/unread"),
        "unread",
        closes=True,
        check=_closing,
    ),
    served("Expect, and no body", get(b"Expect: 100-continue"), "first"),
    served(
        "Expect, and a body of length 0",
        post(b"Expect: 100-continue", b"Content-Length: 0"),
        "body",
    ),
    served(
        "Expect on HTTP/1.0",
        head(b"POST /body HTTP/1.0", b"Expect: 100-continue", b"Content-Length: 5") + b"hello",
        "body",
        closes=True,
    ),
    served(
        "a short body that nobody reads",
        post(b"Content-Length: 5", body=b"hello", target=b"/unread"),
        "unread",
        closes=None,
    ),
    served("slow, then fast", get(target=b"/slow") + get(), "slow", "first"),
    served("three in a row", get() + get(target=b"/slow") + get(), "first", "slow", "first"),
    Case(
        "slow, then garbage",
        get(target=b"/slow") + b"\xff\xfe garbage\r\n\r\n",
        (frozenset({200}), frozenset({400})),
        ("slow",),
        closes=True,
        check=_closing,
    ),
    served("many in a row", get() * 40, *("first",) * 40),
    served("close", get(b"Connection: close"), "first", closes=True, check=_closing),
    served(
        "close among other options",
        get(b"Connection: x, Close , y"),
        "first",
        closes=True,
        check=_closing,
    ),
]


def _upgrade(protocol: bytes, *fields: bytes, body: bytes = b"") -> bytes:
    return post(b"Connection: Upgrade", b"Upgrade: " + protocol, *fields, body=body)


def _websocket(*fields: bytes, body: bytes = b"") -> bytes:
    return (
        get(
            b"Connection: Upgrade",
            b"Upgrade: websocket",
            b"Sec-WebSocket-Version: 13",
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            *fields,
            target=b"/ws",
        )
        + body
    )


UPGRADES = [
    served("an unknown upgrade", get(b"Connection: Upgrade", b"Upgrade: h2c"), "first"),
    served(
        "an unknown upgrade with a body (RFC 9110, 7.8)",
        _upgrade(b"h2c", b"Content-Length: 5", body=b"hello"),
        "body",
        check=body_is(b"hello"),
    ),
    served(
        "an unknown upgrade with a body that looks like a request",
        _upgrade(b"h2c", b"Content-Length: %d" % len(SECOND), body=SECOND),
        "body",
        check=body_is(SECOND),
    ),
    served(
        "an unknown upgrade with chunks",
        _upgrade(b"foo/2", b"Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n\r\n"),
        "body",
        check=body_is(b"hello"),
    ),
    served("Connection: upgrade, and none named", get(b"Connection: upgrade"), "first"),
    Case(
        "many unknown upgrades in a row",
        get(b"Connection: Upgrade", b"Upgrade: x") * 100,
        (frozenset({200}),) * 100,
        ("first",) * 100,
    ),
    served(
        "an upgrade to a WebSocket on HTTP/1.0 (RFC 9110, 7.8)",
        _websocket().replace(b"/ws HTTP/1.1", b"/first HTTP/1.0"),
        "first",
        closes=True,
    ),
    served(
        "an upgrade to a WebSocket by POST (RFC 6455, 4.1)",
        _websocket(b"Content-Length: 5", body=b"hello").replace(b"GET /ws", b"POST /body"),
        "body",
        check=body_is(b"hello"),
    ),
    refused(
        "a WebSocket with a body",
        _websocket(b"Content-Length: 5", body=b"hello"),
        closes=None,
    ),
    refused(
        "a WebSocket with chunks",
        _websocket(b"Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n\r\n"),
        closes=None,
    ),
    *refused_each(
        "the subprotocol is",
        [b"a b", b"a,,b c", b"caf\xe9", b"(", b"a/b"],
        lambda text: _websocket(b"Sec-WebSocket-Protocol: " + text),
    ),
]

CASES = [
    *HOSTS,
    *LENGTHS,
    *CODINGS,
    *CHUNKS,
    *HEADERS,
    *TARGETS,
    *LINES,
    *ANSWERS,
    *UPGRADES,
]
