"""Every reason why requests go by ASGI is the one that `rapide explain` gives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import MappingProxyType
from typing import Any
from unittest import mock

import pytest
from opentelemetry.sdk.trace import TracerProvider
from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.middleware.base import BaseHTTPMiddleware as StarletteHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Host, Mount

from rapide import APIRouter, BackgroundTasks, Depends, FastAPI, Request, WebSocket
from rapide.cli.explain import explain_route, list_routes, shown
from rapide.cli.verdict import verdict_of
from rapide.direct import eligibility
from rapide.distributed.cache import Cache
from rapide.distributed.streams import Streams
from rapide.http11.outcomes import Reason, ViaAsgi
from rapide.limits import RequestLimits
from rapide.responses import Response
from rapide.routing import APIRoute, iter_route_contexts
from rapide.runtime import instrumentation
from tests.unit.direct.over_sockets import call, counting_asgi

Build = Callable[[], Any]


@pytest.fixture(autouse=True)
def _unobserved() -> Iterator[None]:
    yield
    instrumentation.switch_off()


CASES: list[tuple[str, Build, Callable[[], AbstractContextManager[Any]]]] = []


def case(
    reason: Reason | ViaAsgi | str, around: Callable[[], AbstractContextManager[Any]] = nullcontext
) -> Callable[[Build], Build]:
    """Add an application with a route `/a` that goes by ASGI for this reason."""

    def add(build: Build) -> Build:
        found = reason.reason if isinstance(reason, ViaAsgi) else reason
        CASES.append((found if isinstance(found, str) else found.sentence, build, around))
        return build

    return add


def plain(app: Any, **options: Any) -> Any:
    @app.get("/a", **options)
    async def read() -> int:
        return 1

    return app


async def pass_on(request: Request, call_next: Any) -> Response:
    response: Response = await call_next(request)
    return response


async def pass_on_in_a_block(request: Request, call_next: Any) -> Response:
    with nullcontext():
        response: Response = await call_next(request)
    return response


class PassingOn:
    """A callable object as a function of middleware."""

    async def __call__(self, request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        return response


# The application


@case(eligibility.ROOT_PATH)
def has_a_root_path() -> Any:
    app = plain(FastAPI())
    app.root_path = "/api"
    return app


class Own(FastAPI):
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await super().__call__(scope, receive, send)


@case("Own.__call__ is called with each request")
def overrides_call() -> Any:
    return plain(Own())


@case(eligibility.TELEMETRY)
def has_a_provider() -> Any:
    return plain(FastAPI(telemetry={"tracer_provider": TracerProvider()}))


@contextmanager
def replacing_a_method() -> Iterator[None]:
    original = Request.body

    async def body(self: Request) -> bytes:
        return await original(self)

    with mock.patch.object(Request, "body", body):
        yield


@case("starlette.requests.Request.body was replaced by body of tests.unit.direct.test_reasons")
def uses_what_is_not_replaced() -> Any:
    return plain(FastAPI())


CASES[-1] = (CASES[-1][0], CASES[-1][1], replacing_a_method)


# The layers


@case(eligibility.OWN_STACK)
def builds_its_layers() -> Any:
    app = plain(FastAPI())
    build = app.build_middleware_stack

    def wrapped() -> Any:
        inner = build()

        async def stack(scope: Any, receive: Any, send: Any) -> None:
            await inner(scope, receive, send)

        return stack

    app.build_middleware_stack = wrapped
    return app


@case(eligibility.BODY_LIMIT)
def limits_bodies() -> Any:
    return plain(FastAPI(max_body_size=100))


@case(eligibility.CONSOLE)
def has_a_console() -> Any:
    return plain(FastAPI(console=True))


class OwnRouter(APIRouter):
    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        await super().app(scope, receive, send)


@case(eligibility.OWN_ROUTER)
def has_its_own_router() -> Any:
    app = FastAPI()
    app.router = OwnRouter()
    return plain(app)


@case(eligibility.OWN_ROUTER)
def limits_forms() -> Any:
    return plain(FastAPI(form_limits={"max_fields": 3}))


class OwnGzip(GZipMiddleware): ...


@case("the middleware tests.unit.direct.test_reasons.OwnGzip has an interface of ASGI only")
def has_asgi_middleware() -> Any:
    app = plain(FastAPI())
    app.add_middleware(OwnGzip)
    return app


def passing_through(app: Any) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)

    return application


@case("the middleware tests.unit.direct.test_reasons.passing_through")
def has_middleware_that_a_function_makes() -> Any:
    app = plain(FastAPI())
    app.add_middleware(passing_through)
    return app


class CalledOtherwise(StarletteHTTPMiddleware):
    """A class of functions with its own way to be called."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await super().__call__(scope, receive, send)

    async def dispatch(self, request: Request, call_next: Any) -> Response:
        return await pass_on(request, call_next)


@case("CalledOtherwise has an interface of ASGI only")
def has_a_function_that_is_called_in_its_own_way() -> Any:
    app = plain(FastAPI())
    app.add_middleware(CalledOtherwise)
    return app


@case("pass_on_in_a_block has a `with` block or is not a plain function")
def has_a_function_with_a_block() -> Any:
    app = plain(FastAPI())
    app.middleware("http")(pass_on_in_a_block)
    return app


@case("PassingOn has a `with` block or is not a plain function")
def has_an_object_as_function() -> Any:
    app = plain(FastAPI())
    app.middleware("http")(PassingOn())
    return app


# The route


class Audited(APIRoute):
    def get_route_handler(self) -> Any:
        return super().get_route_handler()


@case("Audited overrides get_route_handler")
def is_generic() -> Any:
    app = FastAPI()
    app.router.route_class = Audited
    return plain(app)


@case(eligibility.UNREPORTED_OVERRIDES)
def has_other_overrides() -> Any:
    app = FastAPI()

    def get_one() -> int:
        return 1

    plain(app, dependencies=[Depends(get_one)])
    app.dependency_overrides = MappingProxyType({})  # type: ignore[assignment]
    return app


@case(eligibility.ROUTES_BODY_LIMIT)
def limits_bodies_of_the_route() -> Any:
    return plain(FastAPI(), max_body_size=100)


@case(eligibility.GUARDED)
def can_be_resumed() -> Any:
    app = FastAPI()

    @app.get("/a")
    @Streams().resumable
    async def stream() -> AsyncIterator[int]:
        yield 1

    return app


@case(eligibility.KEPT)
def has_a_cache() -> Any:
    return plain(FastAPI(), cache=Cache(60))


@case(eligibility.GOES_ON)
def streams_within_a_function() -> Any:
    app = FastAPI()
    app.middleware("http")(pass_on)

    @app.get("/a")
    async def stream() -> AsyncIterator[int]:
        yield 1

    return app


@case(eligibility.GOES_ON)
def has_background_tasks_within_a_function() -> Any:
    app = FastAPI()
    app.middleware("http")(pass_on)

    @app.get("/a")
    async def read(tasks: BackgroundTasks) -> int:
        return 1

    return app


@case(eligibility.GOES_ON)
def has_limits_within_a_function() -> Any:
    app = plain(FastAPI(), limits=RequestLimits(timeout=10))
    app.middleware("http")(pass_on)
    return app


class Handling(APIRoute):
    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        await super().handle(scope, receive, send)


@case(eligibility.OWN_SERVING)
def handles_itself() -> Any:
    app = FastAPI()
    app.router.route_class = Handling
    return plain(app)


class Matching(APIRoute):
    def matches(self, scope: Any) -> Any:
        return super().matches(scope)


@case(eligibility.OWN_SERVING)
def matches_itself() -> Any:
    app = FastAPI()
    app.router.route_class = Matching
    return plain(app)


@case(eligibility.OWN_SERVING)
def has_another_application_in_its_place() -> Any:
    app = plain(FastAPI())
    route: Any = app.routes[-1]

    async def other(scope: Any, receive: Any, send: Any) -> None:
        await Response("other")(scope, receive, send)

    route.app = other
    return app


@case(eligibility.UNASKED)
def stands_behind_a_host() -> Any:
    app = FastAPI()
    app.router.routes.append(Host("elsewhere.example", app=Starlette()))
    return plain(app)


@case(eligibility.UNASKED)
def stands_behind_a_mount_of_everything() -> Any:
    app = FastAPI()
    app.router.routes.append(Mount("/{tenant}", app=Starlette()))
    return plain(app)


@pytest.mark.parametrize(
    ("sentence", "build", "around"), [pytest.param(*item, id=item[1].__name__) for item in CASES]
)
def test_explain_gives_the_reason_why_requests_go_by_asgi(
    sentence: str, build: Build, around: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with around():
        app = build()
        list_routes(app)
        before = capsys.readouterr().out
        with counting_asgi() as by_asgi:
            ((_, content),) = call(app, ("GET", "/a"))
        assert content
        assert "/a" in by_asgi
        list_routes(app)
        after = capsys.readouterr().out
        explain_route(app, "GET /a")
        alone = capsys.readouterr().out
    for output in (before, after):
        (row,) = [line for line in output.splitlines() if " /a " in line]
        assert " by ASGI: " in row
        assert sentence in row
    assert sentence in alone.splitlines()[1]


def test_each_reason_comes_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    told = set()
    for sentence, build, around in CASES:
        with around():
            list_routes(build())
        output = capsys.readouterr().out
        advice = [line for line in output.splitlines() if line.startswith("By ASGI, as ")]
        told.update(advice)
        # What keeps a route from being compiled is on the page about that.
        assert build is is_generic or any(sentence in line for line in advice), sentence
    assert len(told) >= 15


#: What concerns single requests of a route that is direct otherwise, or what is no route's.
OF_REQUESTS = {
    eligibility.FAILED,
    eligibility.OTHER_METHOD,
    eligibility.MISSING,
    eligibility.PREFLIGHT.reason,
}
#: What has a test of its own below, or is what the generic path is told by.
ELSEWHERE = {
    eligibility.OWN_CONVERTOR,
    eligibility.GENERIC,
    eligibility.INSTRUMENTED,
    eligibility.MOUNTED,
    eligibility.NO_API_ROUTE,
    eligibility.NOT_OURS,
    eligibility.OBSERVED,
    eligibility.UNBUILT_STACK,
    eligibility.WATCHED_LAYERS,
    eligibility.WILL_BE_OBSERVED,
}


def test_no_reason_is_without_a_case() -> None:
    known = {sentence for sentence, _, _ in CASES}
    for value in vars(eligibility).values():
        reason = value.reason if isinstance(value, ViaAsgi) else value
        if isinstance(reason, Reason) and reason not in OF_REQUESTS | ELSEWHERE:
            assert reason.sentence in known


def found(app: FastAPI, method: str, path: str) -> str:
    app._rapide_direct.build()
    outcome = app._rapide_direct.find(method, path)
    assert isinstance(outcome, ViaAsgi)
    return outcome.reason.sentence


def test_single_requests_have_their_reasons() -> None:
    app = plain(FastAPI())
    app.exception_handler(404)(pass_on)
    assert found(app, "GET", "/b") == eligibility.MISSING.sentence
    assert found(app, "PUT", "/a") == eligibility.OTHER_METHOD.sentence
    app = plain(FastAPI())
    app.add_middleware(CORSMiddleware)
    assert found(app, "OPTIONS", "/a") == eligibility.PREFLIGHT.reason.sentence
    assert found(FastAPI(), "GET", "/docs") == eligibility.NO_API_ROUTE.sentence


def test_layers_that_are_built_in_another_way_are_judged_when_they_are_built() -> None:
    class Rebuilding(FastAPI):
        def build_middleware_stack(self) -> Any:
            return super().build_middleware_stack()

    app = plain(Rebuilding())
    (route,) = [item for item in iter_route_contexts(app.routes) if item.path == "/a"]
    before = verdict_of(app, route)
    assert before.by_asgi == (eligibility.UNBUILT_STACK,)
    assert str(shown(before)).startswith("compiled, direct or by ASGI: ")
    app._rapide_direct.build()
    assert verdict_of(app, route).by_asgi == ()


def test_a_route_for_preflight_requests_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    app = FastAPI()
    app.add_middleware(CORSMiddleware)
    app.options("/a")(lambda: 1)
    explain_route(app, "OPTIONS /a")
    assert eligibility.PREFLIGHT.reason.sentence in capsys.readouterr().out


def test_an_observed_application_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    provider = TracerProvider()
    app = plain(FastAPI(telemetry={"tracer_provider": provider}))
    call(app, ("GET", "/a"))
    app._telemetry["tracer_provider"] = None
    assert found(app, "GET", "/a") == eligibility.OBSERVED.sentence
    list_routes(app)
    assert eligibility.OBSERVED.sentence in capsys.readouterr().out
    other = plain(FastAPI())
    assert found(other, "GET", "/a") == eligibility.INSTRUMENTED.sentence
    list_routes(other)
    assert eligibility.INSTRUMENTED.sentence in capsys.readouterr().out


def test_an_application_that_will_be_observed_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    list_routes(plain(FastAPI(telemetry={"auto_configure": True})))
    assert eligibility.WILL_BE_OBSERVED.sentence in capsys.readouterr().out


def test_an_application_with_layers_of_starlette_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = plain(FastAPI())
    with mock.patch("rapide.stack.build.are_layers_watched", return_value=True):
        app._rapide_direct.build()
    assert found(app, "GET", "/a") == eligibility.WATCHED_LAYERS.sentence
    list_routes(app)
    assert eligibility.WATCHED_LAYERS.sentence in capsys.readouterr().out


def test_routes_of_other_applications_say_so() -> None:
    from rapide.cli.listed import api_routes

    inner = plain(FastAPI())
    app = FastAPI()
    app.mount("/inner", inner)
    ((_, verdict),) = api_routes(app)
    assert verdict.by_asgi == (eligibility.MOUNTED,)
    starlettes = Starlette(routes=list(inner.routes))
    ((_, verdict),) = api_routes(starlettes)
    assert verdict.by_asgi == (eligibility.NOT_OURS,)


def test_other_kinds_of_routes_are_called_by_asgi(capsys: pytest.CaptureFixture[str]) -> None:
    app = FastAPI()

    @app.websocket("/live")
    async def live(socket: WebSocket) -> None: ...

    list_routes(app)
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == len(list(iter_route_contexts(app.routes)))
    assert all("not compiled, by ASGI: " in row for row in rows)


def test_a_convertor_of_the_application_is_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    class Word(StringConvertor):
        regex = "[a-z]+"

    register_url_convertor("word", Word())
    app = FastAPI()
    app.get("/a/{word:word}")(lambda word: word)
    list_routes(app)
    assert eligibility.OWN_CONVERTOR.sentence in capsys.readouterr().out
    with counting_asgi() as by_asgi:
        ((_, content),) = call(app, ("GET", "/a/b"))
    assert content == b'"b"'
    assert "/a/b" in by_asgi
