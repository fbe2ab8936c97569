"""The table of raw requests: what is sent, and what must come back.

Sections are RFC 9112's unless named.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .client import Answer

#: What follows each case, on the same connection.
SECOND = b"GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

Statuses = frozenset[int]


@dataclass(frozen=True)
class Case:
    """One row, or a part of one.

    Attributes:
        answers: For each answer, the statuses that are right.
        calls: The handlers that are called, one name each.
        closes: Whether the connection is closed, so that a second request is not executed.
            `None`: it may be.
        heads: The places of answers to HEAD.
        check: Looks at the answers.
        may_be_silent: Whether closing without an answer is right, too.
    """

    name: str
    data: bytes
    answers: tuple[Statuses, ...]
    calls: tuple[str, ...] = ()
    closes: bool | None = False
    heads: tuple[int, ...] = ()
    check: Callable[[Sequence[Answer]], None] | None = None
    may_be_silent: bool = False


def head(line: bytes, *fields: bytes, host: bytes | None = b"a") -> bytes:
    """A request's head."""
    hosts = [] if host is None else [b"Host: " + host]
    return b"\r\n".join([line, *hosts, *fields, b"", b""])


def get(*fields: bytes, target: bytes = b"/first", host: bytes | None = b"a") -> bytes:
    return head(b"GET " + target + b" HTTP/1.1", *fields, host=host)


def post(*fields: bytes, body: bytes = b"", target: bytes = b"/body") -> bytes:
    return head(b"POST " + target + b" HTTP/1.1", *fields) + body


def chunked(body: bytes, *fields: bytes, target: bytes = b"/body") -> bytes:
    return post(b"Transfer-Encoding: chunked", *fields, body=body, target=target)


def refused(name: str, data: bytes, *statuses: int, closes: bool | None = True) -> Case:
    """A case that no handler sees; 400 unless said otherwise."""
    return Case(name, data, (frozenset(statuses or {400}),), closes=closes)


def served(
    name: str,
    data: bytes,
    *calls: str,
    status: int = 200,
    closes: bool | None = False,
    heads: tuple[int, ...] = (),
    check: Callable[[Sequence[Answer]], None] | None = None,
) -> Case:
    """A case whose every request gets the same status from its handler."""
    answers = (frozenset({status}),) * len(calls)
    return Case(name, data, answers, calls, closes, heads, check)


def body_is(body: bytes) -> Callable[[Sequence[Answer]], None]:
    def check(answers: Sequence[Answer]) -> None:
        assert answers[0].body == body

    return check


def json_is(value: object) -> Callable[[Sequence[Answer]], None]:
    def check(answers: Sequence[Answer]) -> None:
        assert json.loads(answers[0].body) == value

    return check


def _refused_each(name: str, texts: Sequence[bytes], make: Callable[[bytes], bytes]) -> list[Case]:
    return [refused(f"{name} {text!r}", make(text), closes=None) for text in texts]


HOSTS = [
    refused("HTTP/1.1 without Host (3.2)", get(host=None), closes=None),
    refused("two Hosts (3.2)", get(b"Host: b"), closes=None),
    refused("two equal Hosts (3.2)", get(b"Host: a"), closes=None),
    *_refused_each(
        "the Host is", [b"a/?x", b"a b", b"a@b", b"a/b", b"a?b", b"a#b"], lambda h: get(host=h)
    ),
    served("HTTP/1.0 without Host", head(b"GET /first HTTP/1.0", host=None), "first", closes=True),
    served(
        "the target's authority wins over Host (3.2.2)",
        get(target=b"http://b/where"),
        "where",
        check=json_is(["http://b/where", "b"]),
    ),
    served("an authority and no path is the root", get(target=b"http://b"), "root"),
    *_refused_each(
        "the absolute target is",
        [b"http://", b"http:///first", b"http://u@b/first", b"ftp://b/first", b"http://a b/"],
        lambda target: get(target=target),
    ),
    refused("an absolute target without Host (3.2)", get(target=b"http://b/first", host=None)),
]


def _with_length(*values: bytes) -> bytes:
    return post(*(b"Content-Length: " + value for value in values), body=b"hello")


LENGTHS = [
    refused(
        "Content-Length with Transfer-Encoding (6.1, 6.3)",
        chunked(b"5\r\nhello\r\n0\r\n\r\n", b"Content-Length: 5"),
    ),
    refused(
        "Content-Length before Transfer-Encoding (6.1, 6.3)",
        post(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"5\r\nhello\r\n0\r\n\r\n"),
    ),
    refused("two lengths", _with_length(b"5", b"6"), closes=None),
    refused("a length twice", _with_length(b"5", b"5"), closes=None),
    *_refused_each(
        "the length is",
        [b"5, 6", b"+5", b"-1", b"0x5", b"1_0", b"", b"5 5", b"18446744073709551617", b"\xb2"],
        _with_length,
    ),
    refused(
        "space before the colon (5.1)", post(b"Content-Length : 5", body=b"hello"), closes=None
    ),
    refused(
        "space before the colon of Transfer-Encoding (5.1)",
        post(b"Transfer-Encoding : chunked", body=b"5\r\nhello\r\n0\r\n\r\n"),
        closes=None,
    ),
    refused("header folding (5.2)", get(b"X-Folded: a", b" b"), closes=None),
    refused("header folding by a tab (5.2)", get(b"X-Folded: a", b"\tb"), closes=None),
    refused(
        "folding in Transfer-Encoding (5.2)",
        post(b"Transfer-Encoding:", b" chunked", body=b"5\r\nhello\r\n0\r\n\r\n"),
        closes=None,
    ),
    served(
        "a body with its length",
        post(b"Content-Length: 5", body=b"hello"),
        "body",
        check=body_is(b"hello"),
    ),
    served(
        "a JSON body with its length",
        post(
            b"Content-Length: 8",
            b"Content-Type: application/json",
            body=b'{"a": 1}',
            target=b"/json",
        ),
        "json",
        check=json_is({"a": 1}),
    ),
    served(
        "a body that looks like a request",
        post(b"Content-Length: %d" % len(SECOND), body=SECOND),
        "body",
        check=body_is(SECOND),
    ),
    served("a body of length 0", post(b"Content-Length: 0"), "body", check=body_is(b"")),
    served("no length", post(), "body", check=body_is(b"")),
    served(
        "a GET with a body",
        get(b"Content-Length: %d" % len(SECOND)) + SECOND,
        "first",
    ),
]


def _with_coding(*values: bytes) -> bytes:
    fields = (b"Transfer-Encoding: " + value for value in values)
    return post(*fields, body=b"5\r\nhello\r\n0\r\n\r\n")


CODINGS = [
    *_refused_each(
        "the coding is",
        [
            *(b"xchunked", b"\x0bchunked", b"identity", b"chunked, gzip", b"chunked, chunked", b""),
            *(b"chunked;q=1", b'"chunked"', b"chunked,", b"chunked x", b"chun ked"),
        ],
        _with_coding,
    ),
    served("the coding in capitals", _with_coding(b"Chunked"), "body", check=body_is(b"hello")),
    refused("Transfer-Encoding twice", _with_coding(b"chunked", b"chunked"), closes=None),
    refused("chunked, then identity", _with_coding(b"chunked", b"identity"), closes=None),
    refused("an unknown coding, then chunked", _with_coding(b"gzip, chunked"), 501, closes=None),
    refused(
        "an unknown coding, then chunked in a field of its own",
        _with_coding(b"gzip", b"chunked"),
        *(400, 501),
        closes=None,
    ),
    refused("identity, then chunked", _with_coding(b"identity", b"chunked"), 501, closes=None),
    refused("an empty coding, then chunked", _with_coding(b",chunked"), 501, closes=None),
    refused("nothing, then chunked", _with_coding(b"", b"chunked"), closes=None),
    refused(
        "Transfer-Encoding on HTTP/1.0",
        head(b"POST /body HTTP/1.0", b"Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n",
    ),
    served(
        "chunks",
        chunked(b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n"),
        "body",
        check=body_is(b"hello world"),
    ),
    Case(
        "chunks, then a request of two spaces with the right line in a header",
        chunked(b"5\r\nhello\r\n0\r\n\r\n")
        + head(b"GET  /first HTTP/1.1", b"X: GET /first HTTP/1.1"),
        (frozenset({200}), frozenset({400})),
        ("body",),
        closes=True,
    ),
    Case(
        "a body that has the right line, then a request of two spaces",
        post(b"Content-Length: 23", body=b"\nGET /first HTTP/1.1\r\n\n")
        + head(b"GET  /first HTTP/1.1"),
        (frozenset({200}), frozenset({400})),
        ("body",),
        closes=True,
    ),
    served(
        "a GET with chunks",
        chunked(b"5\r\nhello\r\n0\r\n\r\n").replace(b"POST", b"GET"),
        "body",
    ),
    served(
        "chunks of JSON",
        chunked(
            b'4\r\n{"a"\r\n4\r\n: 1}\r\n0\r\n\r\n',
            b"Content-Type: application/json",
            target=b"/json",
        ),
        "json",
        check=json_is({"a": 1}),
    ),
]


def _with_chunks(body: bytes) -> bytes:
    return chunked(body)


CHUNKS = [
    *_refused_each(
        "the chunk's size is",
        [b"z", b"0x5", b"+5", b"-5", b"0_5", b"5 ", b" 5", b"10000000000000005", b""],
        lambda size: chunked(size + b"\r\nhello\r\n0\r\n\r\n"),
    ),
    *_refused_each(
        "the chunks are",
        [
            b"5\r\nhello world\r\n0\r\n\r\n",
            b"5\r\nhell\r\n0\r\n\r\n",
            b"5\r\nhello0\r\n\r\n",
            b"5\r\nhello\n0\r\n\r\n",
            b"5;a\nhello\r\n0\r\n\r\n",
            b"5\nhello\r\n0\r\n\r\n",
            b"5\r\nhello\r\nz\r\n\r\n",
        ],
        _with_chunks,
    ),
    refused(
        "a chunk extension of a megabyte",
        chunked(b"5;" + b"a" * 1_000_000 + b"\r\nhello\r\n0\r\n\r\n"),
        *range(400, 500),
    ),
    refused(
        "a megabyte of trailers",
        chunked(b"5\r\nhello\r\n0\r\n" + b"X-Trailer: aaaaaaaaaaaaaaaa\r\n" * 34_000 + b"\r\n"),
        *range(400, 500),
    ),
    refused(
        "a trailer Content-Length",
        chunked(b"5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n"),
        closes=None,
    ),
    refused(
        "a trailer Transfer-Encoding",
        chunked(b"5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        closes=None,
    ),
    served(
        "a trailer is no header",
        chunked(b"0\r\nX-Trailer: a\r\n\r\n", target=b"/headers"),
        "headers",
        check=json_is([["host", "a"], ["transfer-encoding", "chunked"]]),
    ),
]

HEADERS = [
    refused("all lines end by LF", get().replace(b"\r\n", b"\n"), closes=None),
    refused("one line ends by LF", b"GET /first HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", closes=None),
    refused("the first line ends by LF", b"GET /first HTTP/1.1\nHost: a\r\n\r\n", closes=None),
    refused("the last line ends by LF", b"GET /first HTTP/1.1\r\nHost: a\r\n\n", closes=None),
    refused("a lone CR in a value", get(b"X: a\rb"), closes=None),
    refused("a lone CR before the end", get(b"X: a\r"), closes=None),
    refused("CR LF CR X", b"GET /first HTTP/1.1\r\nHost: a\r\n\rX", closes=None),
    *_refused_each(
        "in a value",
        [b"\x00", b"\x01", b"\x08", b"\x0b", b"\x0c", b"\x1b", b"\x1c", b"\x7f"],
        lambda text: get(b"X: a" + text + b"b"),
    ),
    *_refused_each(
        "in a name",
        [b"\x00", b"\x01", b"\x0b", b"\x7f", b"\x80", b"(", b"[", b"@", b" "],
        lambda text: get(b"X" + text + b"Y: a"),
    ),
    refused("an empty name", get(b": a"), closes=None),
    refused("no colon", get(b"X"), closes=None),
    refused(
        "space before the first header",
        b"GET /first HTTP/1.1\r\n Host: a\r\n\r\n",
        closes=None,
    ),
    refused("a header of a megabyte", get(b"X: " + b"a" * 1_000_000), 431),
    refused("a name of a megabyte", get(b"x" * 1_000_000 + b": a"), 431, 400),
    refused("20,000 headers", get(*(b"X-%d: a" % n for n in range(20_000))), 431),
    refused("101 headers", get(*(b"X-%d: a" % n for n in range(100))), 431),
    served("100 headers", get(*(b"X-%d: a" % n for n in range(99))), "first"),
    served("obs-text and tabs in a value", get(b"X: a\t\xe9 b "), "first"),
]

TARGETS = [
    refused("a target of a megabyte", get(target=b"/" + b"a" * 1_000_000), 414, 400),
    refused("GET of an authority", get(target=b"a:80"), 400, 405, 501, closes=None),
    *(
        refused(f"CONNECT {target!r}", head(b"CONNECT " + target + b" HTTP/1.1"), 400, 501)
        for target in (b"a:80", b"/first", b"http://a/first", b"*")
    ),
    Case(
        "OPTIONS *",
        head(b"OPTIONS * HTTP/1.1"),
        (frozenset({200, 204, 404}),),
        closes=None,
    ),
    *_refused_each(
        "the target is",
        [b"*", b"@evil", b"/first#b", "/é".encode(), b"first", b"?a", b"/a\x7fb", b"/a\x00b"],
        lambda target: get(target=target),
    ),
    refused("two spaces before the target", head(b"GET  /first HTTP/1.1"), closes=None),
    refused("two spaces after the target", head(b"GET /first  HTTP/1.1"), closes=None),
    Case(
        "two spaces, after a good request",
        get() + head(b"GET  /first HTTP/1.1"),
        (frozenset({200}), frozenset({400})),
        ("first",),
        closes=True,
    ),
    Case(
        "two spaces, and a header with the right line",
        head(b"GET  /first HTTP/1.1", b"X: GET /first HTTP/1.1"),
        (frozenset({400}),),
        closes=None,
    ),
    refused("a tab after the method", head(b"GET\t/first HTTP/1.1"), closes=None),
    served("a query", get(target=b"/first?a=b&c=%20?/"), "first"),
]

LINES = [
    Case("HTTP/0.9", b"GET /\r\n", (frozenset({400}),), closes=True, may_be_silent=True),
    refused("HTTP/0.9 with headers", b"GET /\r\nHost: a\r\n\r\n", closes=True),
    Case(
        "HTTP/1.2",
        head(b"GET /first HTTP/1.2"),
        (frozenset({400, 505}),),
        closes=None,
    ),
    Case(
        "another protocol, after a good request",
        get() + head(b"GET /first ICE/1.1"),
        (frozenset({200}), frozenset({400})),
        ("first",),
        closes=True,
    ),
    refused("HTTP/2.0", head(b"GET /first HTTP/2.0"), 400, 505, closes=None),
    refused("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 505, closes=None),
    *_refused_each(
        "the version is",
        [b"HTTP/1.a", b"HTTP/1", b"HTTP/1.", b"HTTP/11.1", b"http/1.1", b"HTTP/ 1.1", b"FTP/1.1"],
        lambda version: head(b"GET /first " + version),
    ),
    refused("a method in small letters", head(b"get /first HTTP/1.1"), 400, 405, 501, closes=None),
    refused("an unknown method", head(b"FOO /first HTTP/1.1"), 400, 405, 501, closes=None),
    served("empty lines before the request", b"\r\n\r\n" + get(), "first"),
    refused("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 40),
    refused("garbage", b"\xff\xfe\x00\x01" * 8),
    refused("text that is no request", b"hello\r\n\r\n"),
]


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
    *_refused_each(
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
