"""Our transport looks for the route of a request once, whichever way the request is served."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from unittest import mock

import pytest
from starlette.convertors import CONVERTOR_TYPES, StringConvertor
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Host, Route

from rapide import APIRouter, Depends, FastAPI, Query, Request, WebSocket, exception_handlers
from rapide.direct.entry import Around, Direct
from rapide.direct.misses import LONGEST_MISS, MOST_MISSES
from rapide.http11.outcomes import Compiled
from rapide.responses import PlainTextResponse
from rapide.routing import APIRoute
from rapide.routing.runner import Runner
from rapide.routing.table import RouteTable
from rapide.signature.errors import DefaultInAnnotatedError
from rapide.testclient import TestClient
from tests.unit.direct.over_sockets import call

Build = Callable[[FastAPI], None]


class Shout(StringConvertor):
    """A convertor that counts what it converts, and may fail."""

    converted: list[str] = []

    def convert(self, value: str) -> str:
        self.converted.append(value)
        if value == "broken":
            raise RuntimeError("cannot be converted")
        return value.upper()


def guard() -> str:
    return "guard"


def misdeclared(page: Annotated[int, Query(1)]) -> str:
    return "misdeclared"


class Counts:
    """How often something was looked up."""

    def __init__(self) -> None:
        self.direct: list[str] = []
        self.tables: list[str] = []


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    seen = Counts()
    find_direct, search, find_any = Direct.find, RouteTable._search, RouteTable.find_any

    def counted_direct(self: Direct, method: str, path: str) -> Any:
        if self.app.middleware_stack is not None:
            seen.direct.append(path)
        return find_direct(self, method, path)

    def counted(self: RouteTable, method: str, path: str, scope: Any, begun: Any) -> Any:
        if begun is None:
            seen.tables.append(path)
        return search(self, method, path, scope, begun)

    def counted_for_a_redirect(
        self: RouteTable, method: object, path: str, scope: Any, begun: Any = None
    ) -> Any:
        if begun is None:
            seen.tables.append(path)
        return find_any(self, method, path, scope, begun)

    monkeypatch.setattr(Direct, "find", counted_direct)
    monkeypatch.setattr(RouteTable, "find_any", counted_for_a_redirect)
    monkeypatch.setattr(RouteTable, "_search", counted)
    monkeypatch.setitem(CONVERTOR_TYPES, "shout", Shout())
    Shout.converted.clear()
    return seen


def compiled(app: FastAPI) -> None:
    @app.get("/items/{name}")
    @app.options("/items/{name}")
    async def read(name: str) -> str:
        return name


def generic(app: FastAPI) -> None:
    class Own(APIRoute):
        def get_route_handler(self) -> Any:
            return super().get_route_handler()

    app.router.route_class = Own
    compiled(app)


def included(app: FastAPI) -> None:
    router = APIRouter()
    compiled(router)  # type: ignore[arg-type]
    outer = APIRouter(prefix="/inner")
    outer.include_router(router)
    app.include_router(outer, prefix="/outer")


def mounted(app: FastAPI) -> None:
    inner = FastAPI()
    compiled(inner)
    app.mount("/mounted", inner)


def behind_a_host(app: FastAPI) -> None:
    app.router.routes.append(Host("elsewhere.example", app=FastAPI()))
    compiled(app)


def with_an_own_convertor(app: FastAPI) -> None:
    @app.get("/shout/{name:shout}")
    async def shout(name: str) -> str:
        return name


def with_an_own_convertor_and_generic(app: FastAPI) -> None:
    generic(app)
    with_an_own_convertor(app)


class OwnGzip(GZipMiddleware): ...


def behind_asgi_middleware(app: FastAPI) -> None:
    compiled(app)
    app.add_middleware(OwnGzip)


def behind_gzip(app: FastAPI) -> None:
    compiled(app)
    app.add_middleware(GZipMiddleware)


def behind_cors(app: FastAPI) -> None:
    compiled(app)
    app.add_middleware(CORSMiddleware, allow_origins=["*"])


async def pass_on(request: Request, call_next: Callable[[Request], Awaitable[Any]]) -> Any:
    return await call_next(request)


async def call_in_a_task(request: Request, call_next: Callable[[Request], Awaitable[Any]]) -> Any:
    return await asyncio.create_task(call_next(request))  # type: ignore[arg-type]


async def change_headers(request: Request, call_next: Callable[[Request], Awaitable[Any]]) -> Any:
    request.scope["headers"] = [*request.scope["headers"], (b"x-token", b"given")]
    return await call_next(request)


def behind(*functions: Any) -> Build:
    def build(app: FastAPI) -> None:
        compiled(app)
        for function in functions:
            app.middleware("http")(function)

    return build


def with_a_handler_of_404(app: FastAPI) -> None:
    compiled(app)

    @app.exception_handler(404)
    async def answer(request: Request, error: Exception) -> Any:
        return PlainTextResponse("answered", 404)


def with_a_slash(app: FastAPI) -> None:
    @app.get("/books/")
    async def list_books() -> list[str]:
        return []


@pytest.mark.parametrize(
    ("build", "method", "path", "status", "looked_up"),
    [
        (compiled, "GET", "/items/a", 200, ["/items/a"]),
        (compiled, "OPTIONS", "/items/a", 200, ["/items/a"]),
        (compiled, "HEAD", "/items/a", 405, []),
        (compiled, "PUT", "/items/a", 405, []),
        (compiled, "GET", "/nowhere", 404, []),
        (with_a_handler_of_404, "GET", "/nowhere", 404, ["/nowhere", "/nowhere/"]),
        (with_a_slash, "GET", "/books", 307, ["/books", "/books/"]),
        (compiled, "GET", "/openapi.json", 200, ["/openapi.json"]),
        (generic, "GET", "/items/a", 200, ["/items/a"]),
        (generic, "HEAD", "/items/a", 405, ["/items/a"]),
        (with_an_own_convertor, "PUT", "/items/a", 404, []),
        (with_an_own_convertor, "PUT", "/shout/a", 405, ["/shout/a"]),
        (included, "GET", "/outer/inner/items/a", 200, ["/outer/inner/items/a"]),
        (mounted, "GET", "/mounted/items/a", 200, ["/mounted/items/a", "/items/a"]),
        (mounted, "GET", "/mounted", 307, ["/mounted", "/mounted/"]),
        (behind_a_host, "GET", "/items/a", 200, ["/items/a"]),
        (with_an_own_convertor, "GET", "/shout/a", 200, ["/shout/a"]),
        (behind_asgi_middleware, "GET", "/items/a", 200, ["/items/a"]),
        (behind_asgi_middleware, "GET", "/nowhere", 404, ["/nowhere", "/nowhere/"]),
        (behind_gzip, "GET", "/items/a", 200, ["/items/a"]),
        (behind_gzip, "GET", "/nowhere", 404, []),
        (behind_cors, "GET", "/items/a", 200, ["/items/a"]),
        (behind_cors, "GET", "/nowhere", 404, []),
        (behind_cors, "OPTIONS", "/items/a", 200, ["/items/a"]),
        (behind(pass_on), "GET", "/items/a", 200, ["/items/a"]),
        (behind(pass_on), "HEAD", "/items/a", 405, []),
        (behind(pass_on), "GET", "/nowhere", 404, []),
        (behind(change_headers), "GET", "/nowhere", 404, []),
        (behind(pass_on, pass_on), "GET", "/items/a", 200, ["/items/a"]),
        (behind(call_in_a_task), "GET", "/items/a", 200, ["/items/a"]),
        (behind(change_headers), "GET", "/items/a", 200, ["/items/a"]),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_each_path_is_looked_up_once(
    counts: Counts, build: Build, method: str, path: str, status: int, looked_up: list[str]
) -> None:
    app = FastAPI()
    build(app)
    call(app, (method, path))  # compiles, and remembers what can be remembered
    for _ in range(2):
        counts.direct.clear()
        counts.tables.clear()
        (answer,) = call(app, (method, path))
        assert answer[0] == status
        of_the_request = counts.tables[len(counts.tables) - len(looked_up) :]
        assert of_the_request == looked_up
        assert counts.tables.count(path) == looked_up.count(path)
        assert counts.direct == ["/first", path]


def test_a_websocket_session_is_looked_up_once(counts: Counts) -> None:
    app = FastAPI()

    @app.websocket("/ws")
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    with TestClient(app) as client, client.websocket_connect("/ws"):
        pass
    assert counts.tables == ["/ws"]


@pytest.mark.parametrize("build", [with_an_own_convertor, with_an_own_convertor_and_generic])
def test_a_path_parameter_is_converted_once(counts: Counts, build: Build) -> None:
    app = FastAPI()
    build(app)
    app.mount("/other", FastAPI())
    assert call(app, ("GET", "/shout/a")) == [(200, b'"A"')]
    assert Shout.converted == ["a"]


@pytest.mark.parametrize("build", [with_an_own_convertor, with_an_own_convertor_and_generic])
def test_an_error_of_a_lookup_is_raised_once_inside_of_the_error_handlers(
    counts: Counts, build: Build
) -> None:
    app = FastAPI()
    build(app)

    @app.exception_handler(RuntimeError)
    async def answer(request: Request, error: Exception) -> Any:
        assert "path_params" not in request.scope
        return PlainTextResponse(str(error), 418)

    assert call(app, ("GET", "/shout/broken")) == [(418, b"cannot be converted")]
    assert Shout.converted == ["broken"]


def test_an_error_of_preparing_a_route_is_raised_once_inside_of_the_error_handlers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prepared: list[Runner] = []
    prepare = Runner.prepare

    def counted(self: Runner) -> Any:
        prepared.append(self)
        return prepare(self)

    app = FastAPI()

    @app.get("/{item}")
    async def read(item: str, name: Annotated[str, Depends(guard)]) -> str:
        return name

    @app.exception_handler(DefaultInAnnotatedError)
    async def answer(request: Request, error: Exception) -> Any:
        return PlainTextResponse(str(request.path_params), 418)

    app.dependency_overrides[guard] = misdeclared
    monkeypatch.setattr(Runner, "prepare", counted)
    assert call(app, ("GET", "/a")) == [(418, b"{'item': 'a'}")]
    assert len(prepared) == 2  # one for each request


def test_an_error_of_building_the_application_is_raised_once_for_each_request() -> None:
    class Broken:
        built: list[Any] = []

        def __init__(self, app: Any) -> None:
            self.built.append(app)
            raise LookupError("no key")

    app = FastAPI()
    compiled(app)
    app.add_middleware(Broken)
    assert call(app, ("GET", "/items/a")) == [(500, b"Internal Server Error")]
    assert len(Broken.built) == 2


class Rewriting:
    """Middleware that changes what a request is for."""

    def __init__(self, app: Any, **changes: Any) -> None:
        self.app = app
        self.changes = changes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] != "/first":
            scope = {**scope, **self.changes}
        await self.app(scope, receive, send)


@pytest.mark.parametrize(
    ("changes", "status", "content"),
    [
        ({"path": "/items/b"}, 200, b'"b"'),
        ({"method": "PUT"}, 405, b'{"detail":"Method Not Allowed"}'),
        ({"root_path": "/items"}, 404, b'{"detail":"Not Found"}'),
        ({"headers": []}, 200, b'"a"'),
    ],
)
@pytest.mark.parametrize("build", [compiled, generic])
def test_a_request_that_middleware_has_changed_gets_its_own_route(
    build: Build, changes: dict[str, Any], status: int, content: bytes
) -> None:
    app = FastAPI()
    build(app)
    app.add_middleware(Rewriting, **changes)
    assert call(app, ("GET", "/items/a")) == [(status, content)]


async def change_path(request: Request, call_next: Callable[[Request], Awaitable[Any]]) -> Any:
    request.scope["path"] = request.scope["path"].replace("/items/a", "/items/b")
    return await call_next(request)


async def call_twice(request: Request, call_next: Callable[[Request], Awaitable[Any]]) -> Any:
    await call_next(request)
    return await call_next(request)


@pytest.mark.parametrize(
    ("functions", "content"), [((change_path,), b'"b"'), ((pass_on, change_path), b'"b"')]
)
def test_a_request_that_a_function_has_changed_gets_its_own_route(
    functions: Any, content: bytes
) -> None:
    app = FastAPI()
    behind(*functions)(app)
    assert call(app, ("GET", "/items/a")) == [(200, content)]


def test_a_route_that_was_added_meanwhile_is_found(counts: Counts) -> None:
    app = FastAPI()

    async def add(request: Request, call_next: Callable[[Request], Awaitable[Any]]) -> Any:
        if request.url.path == "/items/a":
            request.scope["headers"] = [*request.scope["headers"]]
            compiled(app)
        return await call_next(request)

    app.get("/first")(lambda: 1)
    app.middleware("http")(add)
    app.middleware("http")(pass_on)
    assert call(app, ("GET", "/items/a")) == [(200, b'"a"')]


def test_an_error_before_the_lookup_is_raised_in_the_request() -> None:
    class Own(FastAPI):
        @property
        def root_path(self) -> str:
            raise LookupError("no root path")

        @root_path.setter
        def root_path(self, value: str) -> None:
            """Take what the constructor assigns."""

    app = Own()
    compiled(app)
    app._rapide_build_stack_once()
    assert call(app, ("GET", "/items/a")) == [(500, b"Internal Server Error")]


def test_answers_of_an_older_version_are_not_kept_with_newer_ones() -> None:
    """Another thread may have looked up a path before a change, and keep its answer after it."""

    async def handle(exchange: Any) -> None:
        """Serve nothing."""

    around = Around()
    old, new = Compiled(handle, None), Compiled(handle, None)
    around.remember(1, "GET", "/", old)
    kept = around.answers
    around.remember(2, "GET", "/", new)
    assert around.answers == (2, {("GET", "/"): new}, {})
    assert kept == (1, {("GET", "/"): old}, {})
    around.remember(1, "GET", "/x", old)
    assert around.answers == (1, {("GET", "/x"): old}, {})
    assert Around().answers[1:] == ({}, {})


def test_clients_cannot_fill_the_memory_with_paths_that_no_route_has() -> None:
    app = FastAPI()
    compiled(app)
    app._rapide_build_stack_once()
    find = app._rapide_direct.find
    assert find("GET", "/" + "x" * LONGEST_MISS) == find("GET", "/nowhere")
    misses = app._rapide_direct._around.answers[2]
    assert list(misses) == [("GET", "/nowhere")]
    for number in range(3 * MOST_MISSES):
        assert find("GET", f"/invented/{number}") == find("GET", "/nowhere")
        assert len(misses) <= MOST_MISSES


def leave_a_route(app: FastAPI) -> int:
    compiled(app)
    return 200


def add_a_slash(app: FastAPI) -> int:
    app.get("/items/a/")(guard)
    return 307


def mount(app: FastAPI) -> int:
    app.mount("/items", PlainTextResponse("mounted", 418))
    return 418


def replace_the_default(app: FastAPI) -> int:
    app.router.default = PlainTextResponse("default", 418)
    return 418


def handle_the_status(app: FastAPI) -> int:
    inner: Any = app.middleware_stack
    while not hasattr(inner, "handlers"):
        inner = inner.app
    inner.handlers[1][404] = lambda request, error: PlainTextResponse("handled", 418)
    return 418


def add_a_route_behind_all_others(app: FastAPI) -> int:
    answer = PlainTextResponse("behind", 418)
    app.router._low_priority_routes.append(Route("/items/a", lambda request: answer))
    return 418


@pytest.mark.parametrize("around", [(), (pass_on,)])
@pytest.mark.parametrize(
    "change",
    [
        leave_a_route,
        add_a_slash,
        mount,
        replace_the_default,
        handle_the_status,
        add_a_route_behind_all_others,
    ],
)
def test_a_path_that_no_route_had_is_answered_anew_once_something_has_changed(
    change: Callable[[FastAPI], int], around: Any
) -> None:
    app = FastAPI()
    for function in around:
        app.middleware("http")(function)
    app.get("/first")(guard)
    before = call(app, ("GET", "/items/a"), ("GET", "/items/a"))
    assert before == [(404, b'{"detail":"Not Found"}')] * 2
    status = change(app)
    ((after, _),) = call(app, ("GET", "/items/a"))
    assert after == status


def test_replaced_names_are_used_for_paths_that_were_not_found_before() -> None:
    app = FastAPI()
    compiled(app)
    assert call(app, ("GET", "/nowhere"))[0][0] == 404
    with mock.patch.object(exception_handlers, "JSONResponse", PlainTextResponse):
        assert call(app, ("GET", "/nowhere"))[0] != (404, b'{"detail":"Not Found"}')
    with mock.patch.object(json, "dumps", return_value="replaced"):
        assert call(app, ("GET", "/nowhere")) == [(404, b"replaced")]
    assert call(app, ("GET", "/nowhere")) == [(404, b'{"detail":"Not Found"}')]
