"""`limits=` of applications and routes: deadlines, concurrency with a queue, clients that leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import anyio
import httpx
import pytest
from starlette.responses import StreamingResponse

from rapide import APIRouter, BackgroundTasks, Depends, FastAPI, Request
from rapide.compiler import forcing_generic
from rapide.limits import RequestLimits
from rapide.testclient import TestClient

log: list[str] = []


@pytest.fixture(autouse=True)
def _empty_log() -> None:
    log.clear()


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=["compiled", "generic"])
def path(request: pytest.FixtureRequest) -> Any:
    if request.param == "compiled":
        yield
    else:
        with forcing_generic():
            yield


def client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def session() -> AsyncIterator[str]:
    try:
        yield "session"
    finally:
        log.append("closed")


def slow_app(**options: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/slow", limits=RequestLimits(timeout=0.05, **options))
    async def slow(session: Annotated[str, Depends(session)]) -> None:
        try:
            await anyio.sleep(60)
        finally:
            log.append("ended")

    return app


pytestmark = pytest.mark.anyio


@pytest.mark.usefixtures("path")
async def test_a_request_that_takes_too_long_is_cancelled_and_answered_with_504() -> None:
    async with client(slow_app()) as http:
        answer = await http.get("/slow")
    assert (answer.status_code, answer.json()) == (504, {"detail": "Gateway Timeout"})
    assert log == ["ended", "closed"]


@pytest.mark.usefixtures("path")
async def test_the_status_of_a_timeout_is_configured() -> None:
    async with client(slow_app(timeout_status=408)) as http:
        assert (await http.get("/slow")).status_code == 408


@pytest.mark.usefixtures("path")
async def test_the_time_counts_until_the_answer_begins() -> None:
    app = FastAPI(limits=RequestLimits(timeout=0.05))

    @app.get("/stream")
    async def stream(tasks: BackgroundTasks) -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            for _ in range(3):
                yield "part "
                await anyio.sleep(0.05)

        return StreamingResponse(parts())

    async with client(app) as http:
        assert (await http.get("/stream")).text == "part part part "


async def test_a_route_has_its_own_time() -> None:
    app = FastAPI(limits=RequestLimits(timeout=0.01))
    router = APIRouter()

    @router.get("/patient", limits=RequestLimits(timeout=10))
    async def patient() -> str:
        await anyio.sleep(0.05)
        return "done"

    @router.get("/hasty")
    async def hasty() -> str:
        await anyio.sleep(60)
        return "done"

    app.include_router(router, prefix="/a")
    async with client(app) as http:
        assert (await http.get("/a/patient")).json() == "done"
        assert (await http.get("/a/hasty")).status_code == 504


@pytest.mark.usefixtures("path")
async def test_as_many_run_as_may_run_and_wait_as_may_wait() -> None:
    app = FastAPI()
    go = anyio.Event()
    most = running = 0

    @app.get("/", limits=RequestLimits(concurrency=2, queue=3, retry_after=7))
    async def work() -> str:
        nonlocal most, running
        running += 1
        most = max(most, running)
        await go.wait()
        running -= 1
        return "done"

    statuses: list[int] = []
    async with client(app) as http:

        async def ask() -> None:
            answer = await http.get("/")
            statuses.append(answer.status_code)
            if answer.status_code == 503:
                assert answer.headers["retry-after"] == "7"
                if statuses.count(503) == 3:
                    go.set()

        async with anyio.create_task_group() as tasks:
            for _ in range(8):
                tasks.start_soon(ask)
        assert (await http.get("/")).status_code == 200
    assert sorted(statuses) == [200] * 5 + [503] * 3
    assert most == 2


async def test_the_limit_of_an_application_is_for_all_its_routes_together() -> None:
    app = FastAPI(limits=RequestLimits(concurrency=1))
    inside, go = anyio.Event(), anyio.Event()

    @app.get("/wait")
    async def wait() -> None:
        inside.set()
        await go.wait()

    @app.get("/other")
    async def other() -> None: ...

    async with client(app) as http, anyio.create_task_group() as tasks:
        tasks.start_soon(http.get, "/wait")
        await inside.wait()
        assert (await http.get("/other")).status_code == 503
        go.set()
    async with client(app) as http:
        assert (await http.get("/other")).status_code == 200


async def test_a_request_that_gives_up_in_the_queue_leaves_its_place() -> None:
    app = FastAPI()
    inside, go = anyio.Event(), anyio.Event()

    @app.get("/", limits=RequestLimits(concurrency=1, queue=1, timeout=0.2))
    async def work(hold: bool = False) -> str:
        if hold:
            inside.set()
            # It keeps its place, although its own time is over.
            with anyio.CancelScope(shield=True):
                await go.wait()
        return "done"

    async with client(app) as http:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(http.get, "/?hold=1")
            await inside.wait()
            assert (await http.get("/")).status_code == 504
            go.set()
        assert (await http.get("/")).json() == "done"


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize("body", [b"", b"two parts"])
async def test_a_request_ends_when_its_client_leaves(body: bytes) -> None:
    app = FastAPI(limits=RequestLimits(cancel_on_disconnect=True))

    @app.post("/")
    async def work(request: Request) -> None:
        try:
            log.append((await request.body()).decode())
            await anyio.sleep(60)
        finally:
            log.append("ended")

    messages = [{"type": "http.request", "body": part} for part in ([body[:3], body[3:]] * 1)]
    messages[0]["more_body"] = bool(body)
    pending = messages[: 2 if body else 1]

    async def receive() -> Any:
        await anyio.sleep(0)
        return pending.pop(0) if pending else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        log.append(message["type"])

    headers = [(b"content-length", b"%d" % len(body))] if body else []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": headers,
    }
    with anyio.fail_after(10):
        await app(scope, receive, send)
    assert log == [body.decode(), "ended"]


def test_limits_are_in_the_document() -> None:
    app = FastAPI(limits=RequestLimits(timeout=2))

    @app.get("/", limits=RequestLimits(concurrency=1))
    async def work() -> None: ...

    @app.get("/own", responses={504: {"description": "Own words"}})
    async def own() -> None: ...

    paths = app.openapi()["paths"]
    assert paths["/"]["get"]["responses"].keys() == {"200", "503", "504"}
    assert paths["/own"]["get"]["responses"]["504"]["description"] == "Own words"


@pytest.mark.parametrize(
    "wrong",
    [{"timeout": 0}, {"concurrency": 0}, {"queue": 1}, {"timeout_status": 200}],
)
def test_a_number_out_of_range_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"RequestLimits: {next(iter(wrong))} must be"):
        RequestLimits(**wrong)


def test_without_limits_nothing_stands_around_a_route() -> None:
    app = FastAPI()

    @app.get("/")
    async def work() -> None: ...

    route = app.routes[-1]
    assert route._rapide_admission is None
    route._rapide_runner.prepare()
    served = route._rapide_runner.prepare()
    assert served.app is served.compiled.handler


def test_a_direct_request_ends_in_time_too() -> None:
    from tests.parity.client import Req
    from tests.parity.harness import Framework

    async def main() -> Any:
        fw = Framework("rapide")
        fw.is_direct = True
        return await Req("GET", "/slow").send(slow_app(), {}, fw)

    answer = asyncio.run(main())
    assert answer.status == 504
    assert log == ["ended", "closed"]


def test_the_application_of_the_page_answers() -> None:
    text = (Path(__file__).parents[3] / "docs/limits.md").read_text()
    names: dict[str, Any] = {}
    exec(text.split("```python\n")[1].split("```")[0], names)
    assert TestClient(names["app"]).get("/report").json() == {"pages": 3}
