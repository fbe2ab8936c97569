"""What is awaited while a request is served: the application, and what the application awaits.

These coroutines stay Python where the rest of the transport is machine code. One that mypyc has
compiled drops the traceback of what is thrown into it, and with that the frames of the
application's code; it hands exceptions on in a form that Python deprecates; and what it raises in
an `except` does not know what was handled. So no compiled module has any.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from rapide.patches import RESPONSES_CALL
from rapide.runtime.bodies import unreadable_body
from rapide.runtime.inline import own_task

if TYPE_CHECKING:
    from rapide.http11.exchange import Exchange


async def serve(exchange: Exchange) -> None:
    """Let the application answer a request, and see to it that an answer is given."""
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
            direct = exchange.connection.context.direct
            if failed is not None:
                if direct is None:
                    raise failed
                await direct.answer_error(failed, exchange)
        exchange.settle()
    except BaseException as error:
        exchange.crash(error)
        if isinstance(error, asyncio.CancelledError):
            raise
    finally:
        exchange.release()


async def call_application(exchange: Exchange) -> None:
    """Let the application answer by ASGI."""
    if exchange.outcome.lookup is not None:
        exchange.outcome.lookup.carry()
    app, send = exchange.connection.context.app, exchange.send_outside
    result: object = await app(exchange.scope, exchange.receive_outside, send)
    if result is not None:
        exchange.reject(result)


async def receive(exchange: Exchange) -> Message:
    """The next part of the body, or that the client has left (ASGI)."""
    while (message := exchange.next_message()) is None:
        await exchange.changed()
    return message


async def send(exchange: Exchange, message: Message) -> None:
    """Send a part of the answer, past all middleware (ASGI).

    Raises:
        RuntimeError: It is not what has to come now.
    """
    connection = exchange.connection
    if connection.write_paused and not exchange.client_disconnected:
        await connection.drained()
    exchange.send_message(message)


async def read_body(exchange: Exchange) -> bytes:
    """The whole body.

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
