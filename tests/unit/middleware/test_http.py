"""The task and the messages behind `@app.middleware("http")`."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio
import pytest
from starlette.middleware.base import BaseHTTPMiddleware as StarletteHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from rapide import FastAPI
from rapide.middleware.http import BaseHTTPMiddleware

CallNext = Callable[[Request], Awaitable[Any]]
Message = dict[str, Any]


class Server:
    """Serves one request as a server does, and keeps what was sent."""

    def __init__(self, *, hold: bool = False) -> None:
        self.messages: list[Message] = []
        self.gate = asyncio.Event()
        self.done = asyncio.Event()
        if not hold:
            self.gate.set()

    async def receive(self) -> Message:
        await self.done.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self.gate.wait()
        self.messages.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.done.set()

    async def serve(self, app: Any) -> None:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "method": "GET",
            "path": "/",
            "headers": [],
            "query_string": b"",
        }
        await app(scope, self.receive, self.send)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)


async def pass_on(request: Request, call_next: CallNext) -> Response:
    response: Response = await call_next(request)
    return response


def serve(app: Any) -> Server:
    """Serve one request on an event loop of its own."""

    async def main() -> Server:
        server = Server()
        await asyncio.wait_for(server.serve(app), 10)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return server

    return asyncio.run(main())


def endless() -> AsyncIterator[bytes]:
    async def parts() -> AsyncIterator[bytes]:
        for number in itertools.count():
            yield b"%d " % number

    return parts()


def test_the_class_is_a_middleware_class_of_starlette() -> None:
    app = FastAPI()
    app.middleware("http")(pass_on)
    (added,) = app.user_middleware
    assert added.cls is BaseHTTPMiddleware
    assert issubclass(BaseHTTPMiddleware, StarletteHTTPMiddleware)


def test_the_class_can_be_subclassed() -> None:
    class Shouting(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: CallNext) -> Response:
            response: Response = await call_next(request)
            response.headers["x-shouting"] = "!"
            return response

    server = serve(Shouting(PlainTextResponse("answer")))
    assert (b"x-shouting", b"!") in server.messages[0]["headers"]
    assert server.body == b"answer"


def test_other_connections_are_left_alone() -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope, receive, send))

    async def refuse(request: Request, call_next: CallNext) -> Response:
        raise AssertionError

    scope, receive, send = {"type": "lifespan"}, object(), object()
    asyncio.run(BaseHTTPMiddleware(app, refuse)(scope, receive, send))  # type: ignore[arg-type]
    assert seen == [(scope, receive, send)]


def test_an_endless_response_that_is_dropped_does_not_hold_up_the_event_loop() -> None:
    async def drop(request: Request, call_next: CallNext) -> Response:
        await call_next(request)
        return PlainTextResponse("instead")

    server = serve(BaseHTTPMiddleware(StreamingResponse(endless()), drop))
    assert server.body == b"instead"


def test_a_stream_is_read_no_faster_than_it_is_sent() -> None:
    made: list[int] = []

    async def parts() -> AsyncIterator[bytes]:
        for number in range(10):
            made.append(number)
            yield b"%d" % number

    async def main() -> bytes:
        server = Server(hold=True)
        app = BaseHTTPMiddleware(StreamingResponse(parts()), pass_on)
        task = asyncio.create_task(server.serve(app))
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(made) < 3
        server.gate.set()
        await task
        return server.body

    assert asyncio.run(main()) == b"0123456789"


def test_the_head_is_sent_before_the_first_part_is_there() -> None:
    async def main() -> None:
        first = asyncio.Event()

        async def parts() -> AsyncIterator[bytes]:
            await first.wait()
            yield b"part"

        server = Server()
        app = BaseHTTPMiddleware(StreamingResponse(parts()), pass_on)
        task = asyncio.create_task(server.serve(app))
        while not server.messages:
            await asyncio.sleep(0)
        assert [message["type"] for message in server.messages] == ["http.response.start"]
        first.set()
        await task
        assert server.body == b"part"

    asyncio.run(asyncio.wait_for(main(), 10))


def test_context_variables_of_the_function_are_seen_by_the_application() -> None:
    user = contextvars.ContextVar("user", default="nobody")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse(user.get())(scope, receive, send)

    async def name(request: Request, call_next: CallNext) -> Response:
        user.set("Ada")
        return await pass_on(request, call_next)

    assert serve(BaseHTTPMiddleware(app, name)).body == b"Ada"


@pytest.mark.parametrize("error", [ValueError("failed"), BaseExceptionGroup("", [SystemError()])])
def test_exceptions_come_out_of_call_next_as_they_are(error: BaseException) -> None:
    caught = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise error

    async def catch(request: Request, call_next: CallNext) -> Response:
        try:
            return await pass_on(request, call_next)
        except BaseException as raised:
            caught.append(raised)
            return PlainTextResponse("caught")

    assert serve(BaseHTTPMiddleware(app, catch)).body == b"caught"
    assert caught == [error]


def test_shielded_work_of_a_cancelled_application_comes_to_its_end() -> None:
    ended = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        with anyio.CancelScope(shield=True):
            await asyncio.sleep(0.01)
            ended.append("work")
        await asyncio.sleep(5)
        ended.append("never")

    async def give_up(request: Request, call_next: CallNext) -> Response:
        async with asyncio.timeout(0):
            return await pass_on(request, call_next)

    with pytest.raises(TimeoutError):
        serve(BaseHTTPMiddleware(app, give_up))
    assert ended == ["work"]


def test_a_request_cancelled_twice_waits_for_its_application() -> None:
    async def main() -> list[str]:
        log, started = [], asyncio.Event()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            try:
                started.set()
                await asyncio.sleep(5)
            finally:
                with anyio.CancelScope(shield=True):
                    await asyncio.sleep(0.01)
                    log.append("application")

        task = asyncio.create_task(Server().serve(BaseHTTPMiddleware(app, pass_on)))
        await started.wait()
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return [*log, "request"]

    assert asyncio.run(main()) == ["application", "request"]


def test_a_request_leaves_nothing_to_the_garbage_collector() -> None:
    async def main() -> None:
        def count() -> int:
            return sum(type(one).__name__ == "Exchange" for one in gc.get_objects())

        app = BaseHTTPMiddleware(PlainTextResponse("answer"), pass_on)
        before = count()
        gc.disable()
        try:
            await Server().serve(app)
            await asyncio.sleep(0)
            assert count() == before
        finally:
            gc.enable()

    asyncio.run(main())


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_function_works_on_either_event_loop(backend: str) -> None:
    from rapide.testclient import TestClient

    app = FastAPI()
    app.middleware("http")(pass_on)
    app.get("/")(lambda: "answer")
    assert TestClient(app, backend=backend).get("/").json() == "answer"
