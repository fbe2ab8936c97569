"""Requests whose length, coding or chunks are unusual."""

from __future__ import annotations

from .requests import (
    SECOND,
    Case,
    body_is,
    chunked,
    get,
    head,
    json_is,
    post,
    refused,
    refused_each,
    served,
)


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
    *refused_each(
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
    *refused_each(
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
    *refused_each(
        "the chunk's size is",
        [b"z", b"0x5", b"+5", b"-5", b"0_5", b"5 ", b" 5", b"10000000000000005", b""],
        lambda size: chunked(size + b"\r\nhello\r\n0\r\n\r\n"),
    ),
    *refused_each(
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
