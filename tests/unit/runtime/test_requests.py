"""The request object that code of users sees, against what Starlette makes of the same scope."""

import asyncio
import gc
import weakref
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from rapide import FastAPI
from rapide.runtime.requests import FileStack, request_of, show_request
from rapide.scope_keys import FILE_STACK, KEPT_BODY

NAMES = st.sampled_from([b"cookie", b"x-a", b"accept", b"content-type"])
VALUES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([b"a=1; b=2", b'a="quoted"', b"a=1;a=2", b"; =x;y", b"a=%20"]),
)
QUERIES = st.one_of(
    st.binary(max_size=30),
    st.sampled_from([b"a=1&b=2&a=3", b"a", b"&&a=&=b", b"a=%20+%zz", b"a=1;b=2", b"%FF=\xff"]),
)


def make_scope(query: bytes, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": query,
        "headers": headers,
        "path_params": {},
    }


@given(QUERIES, st.lists(st.tuples(NAMES, VALUES), max_size=4))
def test_a_shown_request_is_the_one_that_starlette_makes(
    query: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    scope = make_scope(query, headers)
    shown: Any = show_request(scope, None, None)  # type: ignore[arg-type]
    theirs: Any = Request(make_scope(query, headers))
    assert type(shown) is Request
    for name in ("query_params", "headers", "cookies"):
        ours, expected = getattr(shown, name), getattr(theirs, name)
        assert (type(ours), ours) == (type(expected), expected)
        assert vars(ours) == vars(expected) if name != "cookies" else True
    assert shown.headers._list is scope["headers"]
    assert scope["headers"] is not headers


def test_the_request_of_a_route_is_the_one_that_it_has_shown() -> None:
    scope = make_scope(b"", [])
    stack = scope[FILE_STACK] = FileStack()
    stack.kept = shown = show_request(scope, None, None)  # type: ignore[arg-type]
    assert request_of(scope, None, None) is shown  # type: ignore[arg-type]


def test_a_request_made_late_knows_what_was_read_of_the_body() -> None:
    body = {"a": 1}
    scope = make_scope(b"", [])
    scope[KEPT_BODY] = b'{"a": 1}', body
    made: Any = request_of(scope, None, None)  # type: ignore[arg-type]
    assert (made._body, made._json) == (b'{"a": 1}', body)
    assert made._json is body
    assert KEPT_BODY not in scope


def test_a_request_is_freed_when_an_asgi_server_has_its_answer() -> None:
    app = FastAPI()
    seen: list[weakref.ref[Request]] = []

    @app.post("/")
    async def length(request: Request) -> int:
        seen.append(weakref.ref(request))
        return len(await request.body())

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"1"}

    async def send(message: Any) -> None:
        pass

    gc.disable()
    try:
        scope = {**make_scope(b"", []), "method": "POST", "http_version": "1.1"}
        asyncio.run(app(scope, receive, send))
        del scope
        assert seen[0]() is None
    finally:
        gc.enable()
