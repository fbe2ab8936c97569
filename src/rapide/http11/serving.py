"""The coroutines of the transport: the application runs in them, or awaits them.

These coroutines stay Python where the rest of the transport is machine code. One that mypyc has
compiled drops the traceback of what is thrown into it, and with that the frames of the
application's code; it hands exceptions on in a form that Python deprecates; and what it raises in
an `except` does not know what was handled. So no compiled module has any.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable
from contextvars import Context
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from rapide.http11.contract import Exchange
from rapide.patches import RESPONSES_CALL
from rapide.runtime.bodies import unreadable_body
from rapide.runtime.eventloop import turn
from rapide.runtime.inline import own_task, rest_of
from rapide.runtime.requests import release_request

_errors: Final = logging.getLogger("uvicorn.error")
_CAN_BEGIN_AT_ONCE: Final = sys.version_info >= (3, 12)
_new_task: Any = asyncio.Task


def begin(exchange: Exchange, loop: Any, variables: Context) -> asyncio.Task[None] | None:
    """Serve a request in a task; return the task, or None if it has ended already.

    PERF: dependencies. Since Python 3.12 a task can begin at once, instead of in the next turn of
    the event loop. It does so if the whole request has come, unless another task is running, which
    would be interrupted, or the loop has a task factory, which may do anything with the coroutine.
    """
    if (
        _CAN_BEGIN_AT_ONCE
        and exchange.request_complete
        and loop.get_task_factory() is None
        and asyncio.current_task(loop) is None
    ):
        task: Any = _new_task(serve(exchange), loop=loop, context=variables, eager_start=True)
        return None if task.done() else task
    task = loop.create_task(serve(exchange), context=variables)
    return task  # type: ignore[no-any-return]


async def serve(exchange: Exchange) -> None:
    """Let the application answer a request, and make sure that there is a response."""
    failed = None
    try:
        handler = exchange.claim()
        if handler is call_application:
            await call_application(exchange)
        elif handler is not None:
            try:
                await handler(exchange)
            except Exception as error:
                failed = error
            if failed is not None:
                application = exchange.application
                if application is None:
                    raise failed
                await application.answer_error(failed, exchange)
        exchange.settle()
    except BaseException as error:
        exchange.crash(error)
        if isinstance(error, asyncio.CancelledError):
            raise
    finally:
        failed = None  # its traceback holds this frame
        if exchange.known_scope is not None:
            release_request(exchange.known_scope)
        exchange.release()


async def call_application(exchange: Exchange) -> None:
    """Let the application answer by ASGI."""
    lookup = exchange.outcome.lookup
    if lookup is not None:
        lookup.carry()
    app, send = exchange.asgi_application, exchange.send_outside
    result: object = await app(exchange.scope, exchange.receive_outside, send)
    if result is not None:
        # No ASGI application may return anything.
        _errors.error("ASGI callable should return None, but returned '%s'.", result)
        exchange.connection.close()


def go_on(handler: Any, exchange: Exchange) -> Awaitable[None]:
    """Return the rest of a handler that has begun without a task."""
    return rest_of(handler)


async def fail(error: Exception, exchange: Exchange) -> None:
    """Raise what a handler has raised that had no task."""
    raise error


async def receive(exchange: Exchange) -> Message:
    """Return the next part of the body, or that the client has left (ASGI)."""
    message = exchange.next_message()
    if message is None:
        await exchange.changed()
        message = exchange.next_message()
    if message is not None:
        return message
    # Others waited too, and one of them has it. As under uvicorn, each gets a part.
    more = not exchange.request_complete
    return {"type": "http.request", "body": b"", "more_body": more}


async def send(exchange: Exchange, message: Message) -> None:
    """Send a part of the response, past all middleware (ASGI).

    Raises:
        RuntimeError: The message is not the one that has to come now.
    """
    flow = exchange.connection.flow
    if flow.write_paused and not exchange.client_disconnected:
        await flow.drained()
    if exchange.send_message(message):
        # The stream was ended. The application may be a loop that never waits: let it hear of that.
        await turn()


async def read_body(exchange: Exchange) -> bytes:
    """Read the whole body.

    Raises:
        HTTPException: 400, the client left before the body was complete.
    """
    while not exchange.has_whole_body():
        if exchange.client_disconnected or exchange.response_complete:
            raise unreadable_body()
        await exchange.changed()
    return exchange.take_body()


async def send_response(exchange: Exchange, response: Response, background: Any) -> None:
    """Send a response object that an endpoint returned, with the request's background tasks."""
    if background is not None and response.background is None:
        response.background = background
    is_plain = type(response).__call__ is RESPONSES_CALL
    if not is_plain or (exchange.layer is not None and response.background is not None):
        # Middleware is to have the response before what follows it.
        await own_task(exchange.scope)
        await response(exchange.scope, exchange.receive, exchange.send)
        return
    exchange.respond(response.status_code, response.raw_headers, response.body)
    if response.background is not None:
        await response.background()


async def ignore(scope: Scope, receive: Receive, send: Send) -> None:
    """Do nothing, as an ASGI application."""
