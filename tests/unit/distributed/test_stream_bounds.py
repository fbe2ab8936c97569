"""The limits of a stream, with an application that is called as a server calls it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from rapide import APIRouter, BackgroundTasks, FastAPI, Request
from rapide.distributed.streams import EventTooLarge, Streams
from rapide.responses import Response, StreamingResponse
from rapide.sse import EventSourceResponse
from rapide.testclient import TestClient


class Connection:
    """A client that takes data only when it is told to, and can leave."""

    def __init__(self, app: FastAPI, path: str, last: str | None = None) -> None:
        self.takes = asyncio.Event()
        self.left = asyncio.Event()
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.is_asked = False
        headers = [] if last is None else [(b"last-event-id", last.encode())]
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "root_path": "",
            "scheme": "http",
            "query_string": b"",
            "headers": headers,
            "http_version": "1.1",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "state": {},
        }
        self.request = asyncio.ensure_future(app(scope, self.receive, self.send))

    async def receive(self) -> dict[str, Any]:
        if not self.is_asked:
            self.is_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.headers = dict(message["headers"])
        else:
            await self.takes.wait()
            self.body += message["body"]

    @property
    def stream(self) -> str:
        return self.headers[b"stream-id"].decode()

    @property
    def lines(self) -> list[str]:
        return self.body.decode().split()


async def wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


def application(streams: Streams, made: list[Any]) -> FastAPI:
    app = FastAPI()
    router = APIRouter(prefix="/inner")

    @router.get("/lines")
    @streams.resumable
    async def write_lines(request: Request, tasks: BackgroundTasks) -> AsyncIterator[int]:
        tasks.add_task(made.append, "background task")
        for number in range(100):
            made.append(number)
            yield number
        made.append(await request.is_disconnected())

    app.include_router(router)
    other = FastAPI()
    other.mount("/mounted", app)
    return other


PATH = "/mounted/inner/lines"


def run(play: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(play(), 120))  # type: ignore[arg-type]


def test_an_endpoint_waits_for_its_fastest_listener_and_outlives_it() -> None:
    async def play() -> None:
        made: list[Any] = []
        app = application(Streams(window=10, kept=100), made)
        slow = Connection(app, PATH)
        await wait_until(lambda: len(made) >= 10)
        for _ in range(20):
            await asyncio.sleep(0.01)
        assert made == list(range(len(made)))
        assert len(made) <= 11
        slow.left.set()
        slow.takes.set()
        other = Connection(app, PATH, f"{slow.stream}.3")
        other.takes.set()
        await other.request
        assert other.lines == [str(number) for number in range(3, 100)]
        await slow.request
        # The endpoint does not see that its client has left, and background tasks run.
        assert made[100:] == [False, "background task"]

    run(play)


def test_only_so_many_events_are_kept() -> None:
    async def play() -> None:
        app = application(Streams(window=10, kept=20), [])
        first = Connection(app, PATH)
        first.takes.set()
        await first.request
        assert len(first.lines) == 100
        late = Connection(app, PATH, f"{first.stream}.50")
        late.takes.set()
        await late.request
        assert late.body == b'{"stream-end": "forgotten"}\n'
        recent = Connection(app, PATH, f"{first.stream}.80")
        recent.takes.set()
        await recent.request
        assert recent.lines == [str(number) for number in range(80, 100)]

    run(play)


def test_an_endpoint_outlives_middleware_that_is_cancelled() -> None:
    async def play() -> None:
        made: list[Any] = []
        app = application(Streams(window=10, kept=100), made)

        @app.middleware("http")
        async def pass_on(request: Request, call_next: Any) -> Response:
            response: Response = await call_next(request)
            return response

        cut = Connection(app, PATH)
        await wait_until(lambda: len(made) >= 10)
        cut.request.cancel()
        await asyncio.wait([cut.request])
        other = Connection(app, PATH, f"{cut.stream}.0")
        other.takes.set()
        await other.request
        assert other.lines == [str(number) for number in range(100)]

    run(play)


class Lines(StreamingResponse):
    media_type = "application/jsonl"


def failing(app: FastAPI, path: str) -> tuple[str, str]:
    """The end of a stream, and why its endpoint has failed."""
    with TestClient(app) as client:
        with pytest.raises(EventTooLarge) as error:
            client.get(path)
        with TestClient(app, raise_server_exceptions=False) as calm:
            return calm.get(path).text, str(error.value)


def test_an_event_that_is_too_large_ends_its_stream() -> None:
    streams, app, left = Streams(largest=100), FastAPI(), list[str]()

    @app.get("/events", response_class=EventSourceResponse)
    @streams.resumable
    async def write_events(size: int) -> AsyncIterator[str]:
        try:
            yield "small"
            yield "x" * size
            yield "small"
        finally:
            left.append("events")

    @app.get("/parts", response_class=Lines)
    @streams.resumable
    async def write_parts(size: int) -> AsyncIterator[str]:
        yield "1\n"
        for _ in range(size):
            yield "2"  # the end of the line never comes

    ended, why = failing(app, "/events?size=101")
    assert ended.count("small") == 1
    assert ended.rstrip().split("\n")[-3:-1] == ["event: stream-end", 'data: {"reason": "failed"}']
    assert "stream /events has more than 100 bytes: yield smaller parts" in why
    assert left == ["events", "events"]
    ended, _ = failing(app, "/parts?size=101")
    assert ended == '1\n{"stream-end": "failed"}\n'
    with TestClient(app) as client:
        assert client.get("/parts?size=100").text == "1\n" + "2" * 100 + "\n"
        assert client.get("/events?size=80").text.count("small") == 2


def test_the_largest_size_is_a_number_of_bytes() -> None:
    with pytest.raises(ValueError, match="largest must be greater than 0, not 0"):
        Streams(largest=0)
