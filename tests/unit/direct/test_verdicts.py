"""What `rapide explain` says of a route is what happens to its requests, in random applications."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute, Host, Mount, Route, WebSocketRoute

from rapide import APIRouter, BackgroundTasks, Depends, FastAPI, Form, Request, WebSocket
from rapide.cli.verdict import advice_on_roads, verdict_of
from rapide.direct.eligibility import OWN_SERVING, UNASKED
from rapide.http11.outcomes import Reason, ViaAsgi
from rapide.limits import RequestLimits
from rapide.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from rapide.routing import APIRoute, iter_route_contexts
from tests.unit.direct.over_sockets import call, counting_asgi


async def pass_on(request: Request, call_next: Any) -> Response:
    response: Response = await call_next(request)
    response.headers["x-passed"] = "on"
    return response


async def pass_on_in_a_block(request: Request, call_next: Any) -> Response:
    with nullcontext():
        response: Response = await call_next(request)
    return response


class Passing:
    async def on(self, request: Request, call_next: Any) -> Response:
        return await pass_on(request, call_next)


class Passed(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: Any) -> Response:
        return await pass_on(request, call_next)


class OwnCors(CORSMiddleware): ...


class OwnGzip(GZipMiddleware): ...


@asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:
    yield


class Audited(APIRoute):
    def get_route_handler(self) -> Any:
        return super().get_route_handler()


class Handling(APIRoute):
    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        await super().handle(scope, receive, send)


class Matching(APIRoute):
    def matches(self, scope: Any) -> Any:
        return super().matches(scope)


class OwnRouter(APIRouter):
    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        await super().handle(scope, receive, send)


class OwnCall(FastAPI):
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await super().__call__(scope, receive, send)


async def plain() -> int:
    return 1


def in_a_thread(size: int = 1) -> int:
    return size


async def stream() -> AsyncIterator[int]:
    yield 1


async def later(tasks: BackgroundTasks) -> int:
    return 1


def opened() -> Iterator[int]:
    yield 1


async def entered(value: int = Depends(opened)) -> int:
    return value


class Unhashable:
    __hash__ = None  # type: ignore[assignment]

    def __call__(self) -> int:
        return 1


async def depends(value: int = Depends(Unhashable())) -> int:
    return value


async def has_request(request: Request, response: Response) -> int:
    return 1


async def returns_response() -> Response:
    return StreamingResponse(iter([b"1"]))


async def reads_form(field: str = Form("x")) -> int:
    return 1


class OwnJson(JSONResponse):
    def render(self, content: Any) -> bytes:
        return b"1"


async def live(socket: WebSocket) -> None: ...


def other_application() -> FastAPI:
    app = FastAPI()
    app.get("/inner")(plain)
    app.websocket("/live")(live)
    return app


def callbacks() -> list[BaseRoute]:
    router = APIRouter()
    router.post("{$callback_url}/done")(plain)
    return router.routes


ENDPOINTS = [
    plain,
    in_a_thread,
    stream,
    later,
    entered,
    depends,
    has_request,
    returns_response,
    reads_form,
    partial(in_a_thread, size=2),
]
OPTIONS: list[dict[str, Any]] = [
    {},
    {},
    {"response_class": HTMLResponse},
    {"response_class": OwnJson},
    {"strict_content_type": False},
    {"callbacks": callbacks()},
    {"response_model": None},
    {"status_code": 204, "response_model": None},
    {"max_body_size": 100},
    {"limits": RequestLimits(timeout=60)},
    {"dependencies": [Depends(opened)]},
    {"methods": ["OPTIONS"]},
    {"methods": ["POST", "DELETE"]},
]
#: Paths as declared, and a request for each.
PATHS = {
    "/a": "/a",
    "/a/{name}": "/a/x",
    "/b/{number:int}": "/b/1",
    "/c/{rest:path}": "/c/x/y",
    "/d/{price:float}-{id:uuid}": f"/d/1-{'0' * 32}",
    "/with space/é": "/with%20space/%C3%A9",
    "/{name}.txt": "/z.txt",
}
MIDDLEWARE: list[Any] = [
    pass_on,
    Passing().on,
    Passed,
    partial(pass_on),
    OwnCors,
    pass_on_in_a_block,
    CORSMiddleware,
    GZipMiddleware,
    TrustedHostMiddleware,
    OwnGzip,
]
APPLICATIONS: list[dict[str, Any]] = [
    {},
    {},
    {},
    {"max_body_size": 100},
    {"form_limits": {}},
    {"default_response_class": OwnJson},
    {"strict_content_type": False},
    {"lifespan": lifespan},
    {"redirect_slashes": False},
    {"exception_handlers": {404: lambda request, error: Response(status_code=404)}},
    {"dependencies": [Depends(opened)]},
]
BEFORE: list[Any] = [
    Host("elsewhere.example", app=Starlette()),
    Mount("/a", app=Starlette()),
    Mount("/{tenant}", app=other_application()),
    Mount("/r", app=APIRouter(lifespan=lifespan)),
    Route("/a", returns_response, methods=["PATCH"]),
    WebSocketRoute("/a", live),
]


def rarely(values: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.one_of(st.just([]), st.just([]), st.lists(st.sampled_from(values), max_size=3))


@st.composite
def applications(draw: st.DrawFn) -> FastAPI:
    cls = draw(st.sampled_from([FastAPI, FastAPI, FastAPI, OwnCall]))
    app: FastAPI = cls(openapi_url=None, **draw(st.sampled_from(APPLICATIONS)))
    app.router.routes.extend(draw(rarely(BEFORE)))
    app.router.route_class = draw(st.sampled_from([APIRoute] * 5 + [Audited, Handling, Matching]))
    for path in draw(st.lists(st.sampled_from(list(PATHS)), min_size=1, unique=True)):
        router: Any = app.router
        if draw(st.booleans()):
            router = draw(st.sampled_from([APIRouter, APIRouter, OwnRouter]))()
        options = {"methods": ["GET"], **draw(st.sampled_from(OPTIONS))}
        router.add_api_route(path, draw(st.sampled_from(ENDPOINTS)), **options)
        if router is not app.router:
            app.include_router(router)
    if draw(st.integers(0, 5)) == 0:
        app.mount("/inner", other_application())
        app.websocket("/live")(live)
        app.frontend("/front", directory=Path(__file__).parent, check_dir=False)
    for middleware in draw(rarely(MIDDLEWARE)):
        if isinstance(middleware, type):
            app.add_middleware(middleware)  # type: ignore[arg-type]
        else:
            app.middleware("http")(middleware)
    if draw(st.integers(0, 9)) == 0:
        app.root_path = "/api"
    if draw(st.integers(0, 9)) == 0:
        app.dependency_overrides = MappingProxyType({})  # type: ignore[assignment]
    elif draw(st.integers(0, 5)) == 0:
        app.dependency_overrides[opened] = draw(st.sampled_from([plain, Unhashable(), 1]))
    return app


#: A route that must be asked itself is found like one behind another that must be asked.
ALIKE = {UNASKED: OWN_SERVING}


def is_told(app: FastAPI, method: str, path: str, told: tuple[Reason, ...]) -> bool:
    """Return whether the reason by which a request goes is one that was told, or there is none."""
    outcome = app._rapide_direct.find(method, unquote(path))
    if not isinstance(outcome, ViaAsgi):
        return not told
    return outcome.reason in told or ALIKE.get(outcome.reason) in told


@given(applications())
@settings(max_examples=150)
def test_what_is_said_of_a_route_is_what_happens_to_its_requests(app: FastAPI) -> None:
    routes = [
        route
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
    ]
    before = [verdict_of(app, route) for route in routes]
    requests = [(min(route.methods or ["GET"]), PATHS[str(route.path)]) for route in routes]
    with counting_asgi() as by_asgi:
        call(app, *requests)
    after = [verdict_of(app, route) for route in routes]
    for said in (before, after):
        roads = {
            path: bool(verdict.by_asgi) for (_, path), verdict in zip(requests, said, strict=True)
        }
        assert roads == {path: unquote(path) in by_asgi for _, path in requests}
        for (method, path), verdict in zip(requests, said, strict=True):
            assert is_told(app, method, path, verdict.by_asgi)
            assert (verdict.kind == "generic") == (verdict.fallback is not None)
            advice = "\n".join(advice_on_roads([verdict]))
            assert all(reason.advice in advice for reason in verdict.told_reasons)
            assert verdict.fallback is None or verdict.fallback.advice in advice
