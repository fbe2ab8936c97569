"""`request.url` in a function of middleware is the URL that Starlette makes."""

from itertools import product
from typing import Any

import pytest
from starlette.datastructures import URL

from rapide.middleware import request_url
from rapide.middleware.request_url import url_of

HOSTS = (
    None,
    b"",
    b"example.com",
    b"Example.COM:8080",
    b"example.com:99999",
    b"[::1]:8000",
    b"user@example.com",
    b"bad host",
    b"\xff\xfe",
    b"x" * 300,
)
SERVERS = (None, ("127.0.0.1", 80), ("::1", 8000), ["127.0.0.1", 8000], ("/tmp/socket", None))
PATHS = ("", "/", "//double", "/a/b", "/a?b", "/a#b", "/a\\b", "/ä b", "relative", "/a;b=c%2F")
QUERIES = (b"", b"a=1&b=%20", b"?", b"a#b", "ä".encode())


def outcome(make: Any, scope: dict[str, Any]) -> object:
    try:
        url = make(scope)
        return type(url), str(url), url.path, url.query, url.netloc
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("scheme", ["http", "https", "HTTP", "ftp", ""])
def test_urls_are_those_of_starlette(scheme: str) -> None:
    for host, server, path, query in product(HOSTS, SERVERS, PATHS, QUERIES):
        headers = [(b"accept", b"*/*"), *([] if host is None else [(b"host", host)])]
        scope = {"scheme": scheme, "server": server, "path": path, "query_string": query}
        scope["headers"] = headers
        expected = outcome(lambda scope: URL(scope=scope), scope)
        assert outcome(url_of, scope) == expected, scope
        assert outcome(url_of, scope) == expected, scope


def test_what_is_not_in_the_scope_has_starlettes_default() -> None:
    scope: dict[str, Any] = {"path": "/a", "headers": [(b"host", b"example.com"), (b"host", b"b")]}
    assert url_of(scope) == URL(scope=scope) == "http://example.com/a"
    assert outcome(url_of, {"headers": []}) == outcome(lambda s: URL(scope=s), {"headers": []})


def test_not_every_host_of_a_client_is_kept() -> None:
    for number in range(1000):
        host = b"host%d.example" % number
        url = url_of({"path": "/", "headers": [(b"host", host)]})
        assert url == f"http://{host.decode()}/"
    assert len(request_url._origins) <= 100
