"""The layers around routing, against the stack that Starlette builds of the same parts."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from rapide import FastAPI
from rapide.middleware.asyncexitstack import AsyncExitStackMiddleware
from rapide.runtime.errors import tracking_send
from rapide.scope_keys import RESPONSE_STARTED
from rapide.stack.exceptions import ExceptionLayer
from rapide.stack.server_errors import ServerErrorLayer

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    return request.param


class Problem(Exception):
    """What handlers by class are registered for."""


class SmallProblem(Problem):
    """A problem of a derived class."""


log: list[str] = []


def answer(text: str, status: int = 200) -> Response:
    return PlainTextResponse(text, status, background=BackgroundTask(log.append, f"after {text}"))


async def on_problem(request: Request, error: Exception) -> Response:
    return answer(f"problem {type(error).__name__} at {request.url.path}", 418)


def on_problem_in_a_thread(request: Request, error: Exception) -> Response:
    return answer("problem in a thread", 418)


async def on_404(request: Request, error: Exception) -> Response:
    return JSONResponse({"status": 404}, 404)


async def on_problem_fails(request: Request, error: Exception) -> Response:
    raise ValueError("the handler fails as well")


async def on_server_error(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"server error {type(error).__name__}", 500)


async def on_server_error_with_a_task(request: Request, error: Exception) -> Response:
    return answer("server error", 500)


HANDLERS: dict[str, dict[Any, Any]] = {
    "none": {},
    "by class": {Problem: on_problem},
    "in a thread": {Problem: on_problem_in_a_thread},
    "by status": {404: on_404},
    "failing": {Problem: on_problem_fails, 404: on_problem_fails},
    "of http errors": {HTTPException: on_problem},
}


async def send_start(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})


def raising(error: Callable[[], BaseException], started: bool) -> ASGIApp:
    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        if started:
            await send_start(send)
        raise error()

    return dispatch


async def responding(scope: Scope, receive: Receive, send: Send) -> None:
    await answer("fine")(scope, receive, send)


async def shouting(scope: Scope, receive: Receive, send: Send) -> None:
    # Handlers of the application are found in the scope by whatever is mounted.
    by_class, by_status = scope["starlette.exception_handlers"]
    await answer(f"{sorted(map(str, by_class))} {sorted(by_status)}")(scope, receive, send)


ERRORS: dict[str, Callable[[], BaseException]] = {
    "problem": lambda: Problem("p"),
    "small problem": lambda: SmallProblem("s"),
    "404": lambda: HTTPException(404, "gone", headers={"x-why": "gone"}),
    "409": lambda: HTTPException(409),
    "304": lambda: HTTPException(304),
    "key error": lambda: KeyError("k"),
}
DISPATCHES: dict[str, ASGIApp] = {
    "answers": responding,
    "shows handlers": shouting,
    **{f"{name} before": raising(error, False) for name, error in ERRORS.items()},
    **{f"{name} after start": raising(error, True) for name, error in ERRORS.items()},
}

Stack = Callable[[ASGIApp, dict[Any, Any], Any, bool], ASGIApp]


def starlette_stack(dispatch: ASGIApp, handlers: Any, server: Any, debug: bool) -> ASGIApp:
    return ServerErrorMiddleware(ExceptionMiddleware(dispatch, handlers, debug), server, debug)


def tracked(dispatch: ASGIApp) -> ASGIApp:
    """Routes note in the scope when their response starts."""

    async def dispatch_tracked(scope: Scope, receive: Receive, send: Send) -> None:
        await dispatch(scope, receive, tracking_send(scope, send))

    return dispatch_tracked


def rapide_stack(dispatch: ASGIApp, handlers: Any, server: Any, debug: bool) -> ASGIApp:
    inner = ExceptionLayer(dispatch, tracked(dispatch), handlers, debug)
    return ServerErrorLayer(inner, server, debug)


def rapide_stack_with_middleware(
    dispatch: ASGIApp, handlers: Any, server: Any, debug: bool
) -> ASGIApp:
    inner = ExceptionLayer(dispatch, tracked(dispatch), handlers, debug)

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        await inner(scope, receive, send)

    return ServerErrorLayer(middleware, server, debug)


def make_scope(kind: str = "http", **items: Any) -> dict[str, Any]:
    return {
        "type": kind, "method": "GET", "path": "/here", "raw_path": b"/here", "query_string": b"",
        "headers": [(b"host", b"test")], "http_version": "1.1", "scheme": "http", "root_path": "",
        **items,
    }  # fmt: skip


async def receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def describe(error: BaseException | None) -> Any:
    if error is None:
        return None
    return type(error).__name__, str(error), describe(error.__cause__)


async def drive(app: ASGIApp, scope: dict[str, Any]) -> list[Any]:
    """All that a server and the application's own code see of a request."""
    log.clear()
    seen: list[Any] = []

    async def send(message: Message) -> None:
        seen.append(message)

    try:
        await app(scope, receive, send)
    except Exception as error:
        seen.append(describe(error))
    return [*seen, *log]


@pytest.mark.parametrize("dispatch", DISPATCHES)
@pytest.mark.parametrize("handlers", HANDLERS)
@pytest.mark.parametrize("stack", [rapide_stack, rapide_stack_with_middleware])
async def test_errors_are_answered_as_by_starlettes_layers(
    stack: Stack, handlers: str, dispatch: str
) -> None:
    for server, debug in itertools.product((None, on_server_error), (False, True)):
        parts = DISPATCHES[dispatch], HANDLERS[handlers], server, debug
        expected = await drive(starlette_stack(*parts), make_scope())
        found = await drive(stack(*parts), make_scope())
        assert without_debug_page(found) == without_debug_page(expected)


@pytest.mark.parametrize("started", [False, True])
async def test_the_task_of_a_server_errors_answer_runs_only_if_that_is_sent(started: bool) -> None:
    parts = raising(lambda: Problem("p"), started), {}, on_server_error_with_a_task, False
    expected = await drive(starlette_stack(*parts), make_scope())
    assert ("after server error" in expected) is not started
    assert await drive(rapide_stack(*parts), make_scope()) == expected


def without_debug_page(seen: list[Any]) -> list[Any]:
    """The page of a debugging server shows frames, which differ; that there is one must not."""
    shown = []
    for message in seen:
        body = message.get("body", b"") if isinstance(message, dict) else b""
        if body.startswith(b"Traceback (most recent call last)"):
            shown.append(("traceback", body.rstrip().rsplit(b"\n", 1)[-1]))
        elif isinstance(message, dict) and message.get("status") == 500:
            headers = [item for item in message["headers"] if item[0] != b"content-length"]
            shown.append({**message, "headers": headers})
        else:
            shown.append(message)
    return shown


async def test_a_debugging_application_shows_the_traceback() -> None:
    app = rapide_stack(raising(lambda: KeyError("k"), False), {}, None, True)
    start, body, raised = await drive(app, make_scope())
    assert start["status"] == 500
    assert b"in dispatch" in body["body"]
    assert raised == ("KeyError", "'k'", None)


@pytest.mark.parametrize("stack", [rapide_stack, rapide_stack_with_middleware])
async def test_cancellation_and_exits_are_no_errors_to_answer(stack: Stack) -> None:
    app = stack(raising(lambda: SystemExit(3), False), {}, on_server_error, False)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(SystemExit):
        await app(make_scope(), receive, send)
    assert sent == []


async def test_a_middleware_may_serve_the_same_scope_twice() -> None:
    app = ExceptionLayer(responding, tracked(raising(lambda: Problem(), False)), {}, False)
    app.add_exception_handler(Problem, on_problem)
    scope = make_scope()
    first, second = await drive(app, scope), await drive(app, scope)
    assert first == second
    assert first[0]["status"] == 418
    assert scope[RESPONSE_STARTED]


async def test_handlers_added_later_count() -> None:
    inner = ExceptionLayer(responding, tracked(raising(lambda: Problem(), False)), {}, False)
    app = ServerErrorLayer(inner)
    assert (await drive(app, make_scope()))[0]["status"] == 500
    inner.add_exception_handler(Problem, on_problem)
    assert (await drive(app, make_scope()))[0]["status"] == 418


async def test_a_layer_put_inside_later_sees_the_requests() -> None:
    app: Any = rapide_stack(responding, {}, None, False)
    paths: list[str] = []

    def layer(inner: ASGIApp) -> ASGIApp:
        async def note(scope: Scope, receive: Receive, send: Send) -> None:
            paths.append(scope["path"])
            await inner(scope, receive, send)

        return note

    before = await drive(app, make_scope())
    app.put_inside(layer)
    assert await drive(app, make_scope()) == before
    assert paths == ["/here"]


async def talk(scope: Scope, receive: Receive, send: Send) -> None:
    socket = WebSocket(scope, receive, send)
    await socket.accept()
    raise Problem("in a session")


async def close(socket: WebSocket, error: Exception) -> None:
    await socket.close(4000, f"closed for {type(error).__name__}")


@pytest.mark.parametrize("handlers", [{}, {Problem: close}], ids=["unhandled", "handled"])
@pytest.mark.parametrize("stack", [rapide_stack, rapide_stack_with_middleware])
async def test_web_sockets_take_the_way_of_starlettes_layers(stack: Stack, handlers: Any) -> None:
    async def connect() -> Message:
        return {"type": "websocket.connect"}

    async def run(make: Stack) -> list[Any]:
        app = make(talk, handlers, on_server_error, False)

        async def connected(scope: Scope, _: Receive, send: Send) -> None:
            await app(scope, connect, send)

        return await drive(connected, make_scope("websocket"))

    expected = await run(starlette_stack)
    assert await run(stack) == expected
    assert expected[0]["type"] == "websocket.accept"


@pytest.mark.parametrize("stack", [rapide_stack, rapide_stack_with_middleware])
async def test_a_lifespan_passes_through_untouched(stack: Stack) -> None:
    seen: list[Any] = []

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope, receive, send))
        raise Problem("at start")

    async def send(message: Message) -> None:
        pytest.fail("nothing is sent for it")

    scope = {"type": "lifespan"}
    with pytest.raises(Problem):
        await stack(dispatch, {Problem: on_problem}, on_server_error, False)(scope, receive, send)
    assert seen == [(scope, receive, send)]
    assert scope == {"type": "lifespan"}


Lifespan = Callable[[Any], Awaitable[None]]


@pytest.mark.parametrize(
    ("fails", "expected"),
    [
        ("nowhere", ["lifespan.startup.complete", "lifespan.shutdown.complete"]),
        ("at start", ["lifespan.startup.failed"]),
        ("at the end", ["lifespan.startup.complete", "lifespan.shutdown.failed"]),
    ],
)
async def test_an_application_tells_the_server_how_its_lifespan_goes(
    fails: str, expected: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def lifespan(app: Any) -> Any:
        if fails == "at start":
            raise Problem("start")
        yield {"state": 1}
        if fails == "at the end":
            raise Problem("end")

    app = FastAPI(lifespan=lifespan)
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[str] = []
    scope: dict[str, Any] = {"type": "lifespan", "state": {}}

    async def next_message() -> Message:
        return next(messages)

    async def send(message: Message) -> None:
        sent.append(message["type"])

    with caplog.at_level(logging.CRITICAL):
        if fails == "nowhere":
            await app(scope, next_message, send)
        else:
            with pytest.raises(Problem):
                await app(scope, next_message, send)
    assert sent == expected
    assert scope["state"] == ({} if fails == "at start" else {"state": 1})


async def test_files_are_owned_until_the_connection_is_over() -> None:
    order: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["fastapi_middleware_astack"].callback(order.append, "closed")
        order.append("served")
        raise Problem

    with pytest.raises(Problem):
        await AsyncExitStackMiddleware(app)(make_scope(), receive, receive)  # type: ignore[arg-type]
    assert order == ["served", "closed"]
