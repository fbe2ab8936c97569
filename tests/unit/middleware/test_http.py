"""The task and the messages behind `@app.middleware("http")`."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import gc
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio
import pytest
from starlette.middleware.base import BaseHTTPMiddleware as StarletteHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from rapide import BackgroundTasks, Depends, FastAPI
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

    async def serve(self, app: Any, path: str = "/", query: bytes = b"") -> None:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "method": "GET",
            "path": path,
            "headers": [],
            "query_string": query,
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


async def inside_a_block(request: Request, call_next: CallNext) -> Response:
    with contextlib.nullcontext():
        response: Response = await call_next(request)
        return response


async def inside_an_async_block(request: Request, call_next: CallNext) -> Response:
    async with asyncio.timeout(10):
        response: Response = await call_next(request)
        return response


async def by_another_function(request: Request, call_next: CallNext) -> Response:
    return await pass_on(request, call_next)


async def with_a_time_limit(request: Request, call_next: CallNext) -> Response:
    response: Response = await asyncio.wait_for(call_next(request), 10)
    return response


class Passive:
    """A middleware that nobody knows anything about."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


class Tasks:
    """An application of several kinds of routes, and the tasks that its requests run in."""

    def __init__(self, function: Any, *inside: Any) -> None:
        self.seen: set[Any] = set()
        self.app = FastAPI()
        for one in inside:
            self.app.add_middleware(one)
        self.app.middleware("http")(function)

        @self.app.get("/")
        async def at_once(background: BackgroundTasks) -> str:
            background.add_task(self.note)
            await asyncio.sleep(0)
            await self.note()
            return "answer"

        @self.app.get("/resource", dependencies=[Depends(self.resource)])
        async def with_resource() -> str:
            return "answer"

        @self.app.get("/stream")
        async def stream() -> AsyncIterator[int]:
            await self.note()
            yield 1

        @self.app.get("/response")
        async def response() -> Response:
            return StreamingResponse(self.parts())

        self.app.mount("/mounted", self.mounted)

    async def note(self) -> None:
        self.seen.add(asyncio.current_task())

    async def resource(self) -> AsyncIterator[None]:
        await self.note()
        yield

    async def parts(self) -> AsyncIterator[bytes]:
        await self.note()
        yield b"part"

    async def mounted(self, scope: Any, receive: Any, send: Any) -> None:
        await self.note()
        await PlainTextResponse("mounted")(scope, receive, send)

    def of(self, path: str) -> bool:
        """Whether a request, not the first, runs in the task of its server alone."""

        async def main() -> bool:
            for _ in range(2):
                self.seen.clear()
                server = Server()
                await server.serve(self.app, path)
                assert server.messages[0]["status"] == 200
            return self.seen == {asyncio.current_task()}

        return asyncio.run(main())


async def straight(request: Request, call_next: CallNext) -> Response:
    response: Response = await call_next(request)
    return response


def test_an_endpoint_that_answers_at_once_runs_in_the_task_of_the_function() -> None:
    assert Tasks(straight).of("/")
    assert Tasks(straight, functools.partial(BaseHTTPMiddleware, dispatch=straight)).of("/")
    assert Tasks(straight, CORSMiddleware, TrustedHostMiddleware).of("/")


@pytest.mark.parametrize("path", ["/resource", "/stream", "/response", "/mounted/"])
def test_what_may_open_something_runs_in_a_task_of_its_own(path: str) -> None:
    assert not Tasks(straight).of(path)


@pytest.mark.parametrize(
    "function",
    [inside_a_block, inside_an_async_block, by_another_function, with_a_time_limit],
)
def test_a_function_that_may_give_up_waiting_gets_a_task_for_the_application(function: Any) -> None:
    assert not Tasks(function).of("/")


def test_unknown_middleware_gets_a_task() -> None:
    assert not Tasks(straight, Passive).of("/")


def test_a_cancelled_endpoint_in_the_task_of_the_function_is_unwound_in_order() -> None:
    app, log = FastAPI(), []

    @app.middleware("http")
    async def function(request: Request, call_next: CallNext) -> Response:
        try:
            response: Response = await call_next(request)
            return response
        finally:
            log.append("function")

    @app.get("/")
    async def endpoint(wait: bool = False) -> None:
        try:
            await asyncio.sleep(5 if wait else 0)
        finally:
            await asyncio.sleep(0)
            log.append("endpoint")

    async def main() -> None:
        await Server().serve(app)
        log.clear()
        task = asyncio.create_task(Server().serve(app, "/", b"wait=1"))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert log == ["endpoint", "function"]


def test_tasks_behind_an_answer_run_when_it_has_been_sent() -> None:
    app, server = FastAPI(), Server()

    @app.middleware("http")
    async def function(request: Request, call_next: CallNext) -> Response:
        response: Response = await call_next(request)
        return response

    @app.get("/")
    async def endpoint(background: BackgroundTasks) -> str:
        background.add_task(lambda: counts.append(len(server.messages)))
        return "answer"

    counts: list[int] = []
    asyncio.run(server.serve(app))
    server.messages.clear()
    asyncio.run(server.serve(app))
    assert counts[-1] == len(server.messages) == 3
