"""Applications under Mangum and a2wsgi are started once, and answer as under ASGI."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from socketserver import ThreadingMixIn
from typing import Annotated, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import httpx
import pytest
from a2wsgi import ASGIMiddleware
from mangum import Mangum
from starlette.types import ASGIApp

from rapide import Cookie, FastAPI, Request, Response, UploadFile
from rapide.distributed.startup import StartOnce, StartupError
from rapide.responses import StreamingResponse
from rapide.testclient import TestClient

from .lambda_events import EVENTS, Event, LambdaTransport, http_api

log: list[str] = []
BYTES = bytes(range(256)) * 300


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
    log.append("start")
    yield {"shared": "state"}
    log.append("end")


app = FastAPI(lifespan=lifespan)


@app.get("/state")
async def read_state(request: Request) -> str:
    return str(request.state.shared)


@app.get("/cookies")
async def cookies(
    response: Response, a: Annotated[str, Cookie()], b: Annotated[str, Cookie()]
) -> str:
    response.set_cookie("first", a)
    response.set_cookie("second", b)
    return a + b


@app.post("/upload")
async def upload(file: UploadFile) -> Response:
    return Response((await file.read())[::-1], media_type="application/octet-stream")


@app.get("/stream")
async def stream() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        for number in range(5):
            yield b"part %d\n" % number
            await asyncio.sleep(0)

    return StreamingResponse(parts(), media_type="text/plain")


@app.get("/items/{name}")
def read_item(name: str, request: Request, tag: str = "") -> dict[str, Any]:
    return {"name": name, "tag": tag, "tags": request.query_params.getlist("tag")}


@app.get("/broken")
def broken() -> None:
    raise RuntimeError("broken")


def ask(client: httpx.Client) -> list[Any]:
    """Send each kind of request, and return what can be compared of the answers."""
    answers = [
        client.get("/state"),
        client.get("/items/caf%C3%A9?tag=a&tag=b%26c%20d"),
        client.get("/items/x?tag="),
        client.get("/cookies", headers={"cookie": "a=1; b=2"}),
        client.post("/upload", files={"file": ("ü.bin", BYTES)}),
        client.post("/upload", content=b""),
        client.get("/stream"),
        client.get("/missing"),
        client.delete("/state"),
        client.get("/broken"),
    ]
    return [
        (
            answer.status_code,
            answer.content if answer.status_code != 500 else b"",
            answer.headers.get_list("set-cookie"),
            answer.headers.get("allow"),
        )
        for answer in answers
    ]


@pytest.fixture(scope="module")
def expected() -> list[Any]:
    with TestClient(app, raise_server_exceptions=False) as client:
        return ask(client)


@pytest.fixture(autouse=True)
def _empty_log() -> None:
    log.clear()


@pytest.fixture
def own_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """The event loop of an environment, which Mangum takes for all invocations."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    asyncio.set_event_loop(None)
    loop.close()


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_a_function_answers_like_a_server_and_starts_once(
    event: Callable[[httpx.Request], Event],
    expected: list[Any],
    own_loop: asyncio.AbstractEventLoop,
) -> None:
    started = StartOnce(app)
    transport = LambdaTransport(Mangum(started, lifespan="off"), event)
    with httpx.Client(transport=transport, base_url="http://shop.example") as client:
        assert ask(client) == expected
    assert log == ["start"]
    started.close()
    started.close()
    assert log == ["start", "end"]


def test_mangum_itself_starts_the_application_for_each_invocation(
    own_loop: asyncio.AbstractEventLoop,
) -> None:
    transport = LambdaTransport(Mangum(app), http_api)
    with httpx.Client(transport=transport, base_url="http://shop.example") as client:
        assert [client.get("/state").json() for _ in range(2)] == ["state"] * 2
    assert log == ["start", "end"] * 2


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def served_by_wsgi(app: ASGIApp) -> Iterator[str]:
    """Serve an application through a2wsgi by the server of the standard library."""
    middleware = ASGIMiddleware(app)
    server = make_server("127.0.0.1", 0, middleware, _Threads, _Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        if isinstance(app, StartOnce):
            app.close()
        middleware.loop.call_soon_threadsafe(middleware.loop.stop)


def test_a_wsgi_server_answers_like_ours_and_starts_once(expected: list[Any]) -> None:
    with served_by_wsgi(StartOnce(app)) as url:
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
            assert ask(client) == expected
        assert log == ["start"]
    assert log == ["start", "end"]


async def answer(app: ASGIApp, path: str = "/") -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path)


def test_requests_that_come_together_start_the_application_once() -> None:
    starts: list[int] = []

    @asynccontextmanager
    async def slow(app: FastAPI) -> AsyncIterator[None]:
        starts.append(1)
        await asyncio.sleep(0.01)
        yield

    slow_app = FastAPI(lifespan=slow)
    slow_app.get("/")(lambda: len(starts))

    async def run() -> list[Any]:
        started = StartOnce(slow_app)
        answers = await asyncio.gather(*(answer(started) for _ in range(20)))
        return [one.json() for one in answers]

    assert asyncio.run(run()) == [1] * 20


def test_an_application_that_cannot_start_is_tried_again() -> None:
    starts: list[int] = []

    @asynccontextmanager
    async def failing(app: FastAPI) -> AsyncIterator[None]:
        starts.append(1)
        if len(starts) == 1:
            raise OSError("no database")
        yield

    failing_app = FastAPI(lifespan=failing)
    failing_app.get("/")(lambda: "up")

    async def run() -> None:
        started = StartOnce(failing_app)
        with pytest.raises(StartupError, match="no database") as failed:
            await answer(started)
        assert isinstance(failed.value.__cause__, OSError)
        assert (await answer(started)).json() == "up"

    asyncio.run(run())


def test_an_application_without_a_lifespan_and_a_server_with_one_work() -> None:
    async def bare(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise NotImplementedError
        await Response("bare")(scope, receive, send)

    assert asyncio.run(answer(StartOnce(bare))).text == "bare"
    with TestClient(StartOnce(app)) as client:
        assert client.get("/state").json() == "state"
    assert log == ["start", "end"]
