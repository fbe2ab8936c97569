"""Requests whose host, header fields, target or first line is unusual."""

from __future__ import annotations

from .requests import Case, get, head, json_is, refused, refused_each, served

HOSTS = [
    refused("HTTP/1.1 without Host (3.2)", get(host=None), closes=None),
    refused("two Hosts (3.2)", get(b"Host: b"), closes=None),
    refused("two equal Hosts (3.2)", get(b"Host: a"), closes=None),
    *refused_each(
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
    *refused_each(
        "the absolute target is",
        [b"http://", b"http:///first", b"http://u@b/first", b"ftp://b/first", b"http://a b/"],
        lambda target: get(target=target),
    ),
    refused("an absolute target without Host (3.2)", get(target=b"http://b/first", host=None)),
]

HEADERS = [
    refused("all lines end by LF", get().replace(b"\r\n", b"\n"), closes=None),
    refused("one line ends by LF", b"GET /first HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", closes=None),
    refused("the first line ends by LF", b"GET /first HTTP/1.1\nHost: a\r\n\r\n", closes=None),
    refused("the last line ends by LF", b"GET /first HTTP/1.1\r\nHost: a\r\n\n", closes=None),
    refused("a lone CR in a value", get(b"X: a\rb"), closes=None),
    refused("a lone CR before the end", get(b"X: a\r"), closes=None),
    refused("CR LF CR X", b"GET /first HTTP/1.1\r\nHost: a\r\n\rX", closes=None),
    *refused_each(
        "in a value",
        [b"\x00", b"\x01", b"\x08", b"\x0b", b"\x0c", b"\x1b", b"\x1c", b"\x7f"],
        lambda text: get(b"X: a" + text + b"b"),
    ),
    *refused_each(
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
    *refused_each(
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
    *refused_each(
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
