"""Lanes: which threads the `def` functions of a route run in."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.to_thread import current_default_thread_limiter

from rapide import APIRouter, Depends, FastAPI
from rapide.compiler import forcing_generic
from rapide.concurrency import run_in_threadpool
from rapide.responses import StreamingResponse
from rapide.routing import APIRoute
from rapide.runtime.lanes import LaneStatistics, is_health_check, statistics
from rapide.signature.errors import LaneError
from rapide.sse import EventSourceResponse
from rapide.testclient import TestClient

#: Seconds after which a test that should have gone on fails instead of hanging.
PATIENT = 30.0


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=["compiled", "generic"])
def path(request: pytest.FixtureRequest) -> Any:
    if request.param == "compiled":
        yield
    else:
        with forcing_generic():
            yield


def busy() -> list[str]:
    """Return the names of the lanes that have a running call."""
    return [lane.name for lane in statistics() if lane.busy]


def get_busy() -> list[str]:
    return busy()


def yield_busy() -> Iterator[list[str]]:
    yield busy()


Busy = Depends(get_busy)


@pytest.mark.usefixtures("path")
def test_everything_of_a_route_that_runs_in_threads_runs_in_its_lane(backend: str) -> None:
    app = FastAPI(threads={"reports": 2})

    def needs_word(word: str, found: list[str] = Busy) -> list[str]:
        return [word, *found, *busy()]

    @app.get("/endpoint", threads="reports")
    def endpoint(
        found: list[str] = Busy,
        yielded: list[str] = Depends(yield_busy),
        more: list[str] = Depends(needs_word),
    ) -> list[list[str]]:
        return [found, yielded, more, busy()]

    @app.get("/lines", threads="reports")
    def lines() -> Iterator[list[str]]:
        yield busy()

    @app.get("/events", threads="reports", response_class=EventSourceResponse)
    def events() -> Iterator[list[str]]:
        yield busy()

    @app.get("/chunks", threads="reports", response_class=StreamingResponse)
    def chunks() -> Iterator[str]:
        yield str(busy())

    @app.get("/default")
    def default(found: list[str] = Busy) -> list[list[str]]:
        return [found, busy()]

    with TestClient(app, backend=backend) as client:
        own = ["reports"]
        assert client.get("/endpoint?word=a").json() == [own, own, ["a", *own, *own], own]
        assert client.get("/endpoint").status_code == 422
        assert client.get("/lines").json() == own
        assert 'data: ["reports"]' in client.get("/events").text
        assert client.get("/chunks").text == str(own)
        assert client.get("/default").json() == [["default"], ["default"]]


@pytest.mark.usefixtures("path")
def test_the_nearest_name_applies() -> None:
    app = FastAPI(threads={"far": 1, "near": 1, "router": 1})

    def add(router: Any, path: str, **options: Any) -> None:
        router.add_api_route(path, get_busy, **options)

    inner = APIRouter(threads="router")
    add(inner, "/router")
    add(inner, "/route", threads="near")
    add(inner, "/plain", threads="default")
    silent = APIRouter()
    add(silent, "/silent")
    outer = APIRouter()
    outer.include_router(inner, threads="far")
    outer.include_router(silent, prefix="/a", threads="near")
    outer.include_router(silent, prefix="/b")
    app.include_router(outer, threads="far")
    add(silent, "/later")
    client = TestClient(app)
    found = {
        path: client.get(path).json()
        for path in ("/router", "/route", "/plain", "/a/silent", "/b/silent", "/a/later")
    }
    assert found == {
        "/router": ["router"],
        "/route": ["near"],
        "/plain": ["default"],
        "/a/silent": ["near"],
        "/b/silent": ["far"],
        "/a/later": ["near"],
    }


@pytest.mark.usefixtures("path")
def test_a_handler_of_a_subclass_runs_in_the_lane_too() -> None:
    class Route(APIRoute):
        def get_route_handler(self) -> Any:
            return super().get_route_handler()

    router = APIRouter(route_class=Route, threads="health")
    router.add_api_route("/", get_busy)
    app = FastAPI()
    app.include_router(router, prefix="/x")
    assert TestClient(app).get("/x/").json() == ["health"]


@pytest.mark.usefixtures("path")
def test_calls_of_a_full_lane_wait_and_are_counted_while_others_run(
    backend: str, request: pytest.FixtureRequest
) -> None:
    name = request.node.name  # lanes of the same name are added up
    app = FastAPI(threads={name: 1})
    entered, release = threading.Event(), threading.Event()

    @app.get("/narrow", threads=name)
    def narrow() -> None:
        entered.set()
        assert release.wait(PATIENT)

    app.add_api_route("/other", get_busy)

    def lane() -> LaneStatistics:
        return next(lane for lane in statistics() if lane.name == name)

    with TestClient(app, backend=backend) as client:
        assert lane() == LaneStatistics(name, 1, 0, 0, 0, 0.0)
        with asking(client, "/narrow", "/narrow", release=release) as answers:
            assert entered.wait(PATIENT)
            wait_for(lambda: lane().waiting)
            assert (lane().threads, lane().busy) == (1, 1)
            assert client.get("/other").json() == ["default", name]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert (lane().busy, lane().waiting, lane().waits) == (0, 0, 1)
        assert lane().waited > 0


@pytest.mark.usefixtures("path")
def test_a_request_that_an_endpoint_makes_does_not_run_in_the_lane_of_the_endpoint() -> None:
    app = FastAPI(threads={"reports": 1})
    app.add_api_route("/plain", get_busy)

    @app.get("/report", threads="reports")
    async def report(found: list[str] = Busy) -> list[list[str]]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            asked = (await client.get("/plain")).json()
        return [found, asked, await run_in_threadpool(get_busy)]

    answer = TestClient(app).get("/report")
    assert answer.json() == [["reports"], ["default"], ["default"]]


def test_a_health_check_uses_the_threads_of_a_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its entry of a dependency with `yield` does too, as that of any other route."""
    called: list[str] = []

    async def run_sync(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        called.append(getattr(function, "func", function).__qualname__)
        return function(*args)

    app = FastAPI()
    yielded = Depends(yield_busy)
    for path in ("/health", "/other"):
        app.add_api_route(path, get_busy, dependencies=[yielded])
    monkeypatch.setattr("anyio.to_thread.run_sync", run_sync)
    with TestClient(app) as client:
        client.get("/other")
        expected, called[:] = [*called], []
        client.get("/health")
    assert called == expected != []


@contextmanager
def asking(client: TestClient, *paths: str, release: threading.Event) -> Iterator[list[Any]]:
    """Send requests in threads, and wait for their answers after `release` is set at the end."""
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda path=path: answers.append(client.get(path)))
        for path in paths
    ]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        release.set()
        for thread in threads:
            thread.join()


def wait_for(condition: Callable[[], object]) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENT / 0.002)):
        if condition():
            return
        pause.wait(0.002)
    raise AssertionError("it never came")


def test_a_declared_default_lane_is_anyios_limit_when_the_application_starts() -> None:
    limits = []

    async def lifespan(app: FastAPI) -> Any:
        limits.append(current_default_thread_limiter().total_tokens)
        yield

    with TestClient(FastAPI(threads={"default": 7}, lifespan=lifespan)):
        assert statistics()[0].threads >= 7
    with TestClient(FastAPI(lifespan=lifespan)):
        pass
    assert limits == [7, 40]


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize(("limit", "is_kept_waiting"), [(2, False), (1, True)])
def test_a_health_check_leaves_a_full_default_lane_of_several_threads(
    backend: str, limit: int, is_kept_waiting: bool
) -> None:
    app = FastAPI(threads={"default": limit})
    entered, release, asked = threading.Semaphore(0), threading.Event(), threading.Event()

    @app.get("/slow")
    def slow() -> None:
        entered.release()
        assert release.wait(PATIENT)

    @app.get("/api/healthz")
    def check() -> list[str]:
        asked.set()
        return busy()

    with TestClient(app, backend=backend) as client:
        assert client.get("/api/healthz").json() == ["default"]
        asked.clear()
        with asking(client, *["/slow"] * limit, release=release):
            for _ in range(limit):
                assert entered.acquire(timeout=PATIENT)
            with asking(client, "/api/healthz", release=release) as answers:
                if is_kept_waiting:
                    wait_for(lambda: statistics()[0].waiting)
                    assert not asked.is_set()
                else:
                    wait_for(lambda: answers)
                    assert answers[0].json() == ["default", "health"]
        assert asked.is_set()


@pytest.mark.parametrize(
    ("path", "methods", "expected"),
    [
        ("/health", {"GET"}, True),
        ("/api/v1/health/ready", {"GET", "HEAD"}, True),
        ("/Ping", {"GET"}, True),
        ("/livez", {"GET"}, True),
        ("/health", {"POST"}, False),
        ("/patients/{patient}/health", {"GET"}, False),
        ("/healthy-recipes", {"GET"}, False),
        ("/", {"GET"}, False),
    ],
)
def test_the_path_says_what_is_a_health_check(path: str, methods: Any, expected: bool) -> None:
    assert is_health_check(path, methods) is expected


@pytest.mark.parametrize("wrong", [4, "", "rapports"])
def test_a_wrong_name_is_an_error_of_the_declaration_that_names_the_place(wrong: Any) -> None:
    app = FastAPI(threads={"reports": 1})
    with pytest.raises(LaneError) as raised:
        app.get("/report", threads=wrong)(get_busy)
    text = str(raised.value)
    assert "route: GET /report" in text
    assert f"defined at: {__file__}:{get_busy.__code__.co_firstlineno}" in text
    assert wrong != "rapports" or 'threads="reports"' in text
    assert wrong != "rapports" or "default, health, reports" in text
    assert not any(getattr(route, "path", "") == "/report" for route in app.routes)


@pytest.mark.parametrize("numbers", [{"a": 0}, {"a": True}, {"a": "4"}, {"": 1}, {1: 1}, 40, "a"])
def test_a_wrong_number_of_threads_is_an_error(numbers: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="threads"):
        FastAPI(threads=numbers)


def test_an_unknown_lane_is_an_error_of_the_inclusion_or_at_the_latest_of_the_start() -> None:
    app, router = FastAPI(), APIRouter()
    router.add_api_route("/x", get_busy, threads="none")
    with pytest.raises(LaneError, match="GET /x"):
        app.include_router(router)
    with pytest.raises(LaneError, match=r"include_router\(…, prefix='/p'\)"):
        app.include_router(APIRouter(), prefix="/p", threads="none")
    with pytest.raises(LaneError, match=r"APIRouter\(prefix='/q'\)"):
        app.include_router(APIRouter(prefix="/q", threads="none"))
    later = APIRouter()
    app = FastAPI()
    app.include_router(later, prefix="/later")
    later.add_api_route("/x", get_busy, threads="none")
    with pytest.raises(LaneError, match="GET /x"), TestClient(app):
        pass
    with pytest.raises(LaneError, match="GET /later/x"):
        TestClient(app).get("/later/x")


def test_the_plan_says_the_lane() -> None:
    app = FastAPI(threads={"reports": 2})
    app.add_api_route("/report", get_busy, threads="reports")
    app.add_api_route("/healthz", get_busy)
    app.add_api_route("/plain", get_busy)
    named, health, plain = (str(route.plan) for route in app.routes[-3:])  # type: ignore[attr-defined]
    assert "threads: reports (2)" in named
    assert "threads: default; health (4) while all of them are busy" in health
    assert "threads:" not in plain


def test_only_routes_that_name_a_lane_are_made_with_the_option() -> None:
    given: list[dict[str, Any]] = []

    class Route(APIRoute):
        def __init__(self, *args: Any, **options: Any) -> None:
            given.append(options)
            super().__init__(*args, **options)

    app = FastAPI()
    app.router.route_class = Route
    app.get("/a")(get_busy)
    app.get("/b", threads="health")(get_busy)
    assert ["threads" in options for options in given] == [False, True]


def test_the_application_of_the_page_answers() -> None:
    text = (Path(__file__).parents[3] / "docs/threads.md").read_text()
    names: dict[str, Any] = {}
    exec(text.split("```python\n")[1].split("```")[0], names)
    with TestClient(names["app"]) as client:
        assert client.get("/reports/yearly").status_code == 200
        assert client.get("/health").status_code == 200


def test_subclasses_may_have_attributes_of_these_names() -> None:
    class Route(APIRoute):
        threads = [1]
        lane = "left"

    class Router(APIRouter):
        threads = [2]
        lane = "right"

    class Application(FastAPI):
        threads = [3]
        lanes = "none"

    app = Application()
    router = Router(route_class=Route)
    router.add_api_route("/busy", get_busy)
    app.include_router(router, prefix="/forum")
    with TestClient(app) as client:
        assert client.get("/forum/busy").json() == ["default"]
    assert (router.routes[0].threads, router.threads, app.threads) == ([1], [2], [3])  # type: ignore[attr-defined]


def test_a_copy_of_an_application_has_lanes_of_its_own() -> None:
    app = FastAPI(threads={"default": 5, "reports": 2})
    app.add_api_route("/busy", get_busy, threads="reports")
    with TestClient(app) as client:
        assert client.get("/busy").json() == ["reports"]
    copied = copy.deepcopy(app)
    with TestClient(copied) as client:
        assert client.get("/busy").json() == ["reports"]
