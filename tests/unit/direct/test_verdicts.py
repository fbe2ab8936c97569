"""What `rapide explain` says of a route is what happens to its requests, in random applications."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext
from types import MappingProxyType
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Host, Mount

from rapide import APIRouter, BackgroundTasks, Depends, FastAPI, Request
from rapide.cli.verdict import verdict_of
from rapide.limits import RequestLimits
from rapide.responses import Response
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


ENDPOINTS = [plain, in_a_thread, stream, later, entered]
OPTIONS: list[dict[str, Any]] = [
    {},
    {},
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
}
MIDDLEWARE: list[Any] = [
    pass_on,
    pass_on_in_a_block,
    CORSMiddleware,
    GZipMiddleware,
    TrustedHostMiddleware,
]
APPLICATIONS: list[dict[str, Any]] = [{}, {}, {}, {"max_body_size": 100}, {"form_limits": {}}]
BEFORE: list[Any] = [
    Host("elsewhere.example", app=Starlette()),
    Mount("/a", app=Starlette()),
    Mount("/{tenant}", app=Starlette()),
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
        router: Any = app
        if draw(st.booleans()):
            router = draw(st.sampled_from([APIRouter, APIRouter, OwnRouter]))()
        options = {"methods": ["GET"], **draw(st.sampled_from(OPTIONS))}
        router.api_route(path, **options)(draw(st.sampled_from(ENDPOINTS)))
        if router is not app:
            app.include_router(router)
    for middleware in draw(rarely(MIDDLEWARE)):
        if isinstance(middleware, type):
            app.add_middleware(middleware)  # type: ignore[arg-type]
        else:
            app.middleware("http")(middleware)
    if draw(st.integers(0, 9)) == 0:
        app.root_path = "/api"
    if draw(st.integers(0, 9)) == 0:
        app.dependency_overrides = MappingProxyType({})  # type: ignore[assignment]
    return app


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
        assert roads == {path: path in by_asgi for _, path in requests}
