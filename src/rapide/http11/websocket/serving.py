"""The coroutines of a WebSocket; they stay Python for the reasons in `http11/serving.py`."""

from __future__ import annotations

from asyncio import CancelledError
from types import MethodType
from typing import Any

from starlette.types import Message
from starlette.websockets import WebSocketDisconnect
from uvicorn.protocols.utils import ClientDisconnected
from websockets.exceptions import InvalidState

from rapide.http11.websocket.contract import Session


async def serve(connection: Session) -> None:
    """Let the application serve a WebSocket, and log what it did wrong."""
    app: Any = connection.app
    try:
        result = await app(
            connection.scope, MethodType(receive, connection), MethodType(send, connection)
        )
    except ClientDisconnected:
        pass
    except BaseException as error:
        # An application need not catch what the server itself does when it stops.
        expected = (CancelledError, WebSocketDisconnect)
        if not (connection.stopping.has_begun and isinstance(error, expected)):
            connection.logger.exception("Exception in ASGI application\n")
        connection.answer_500()
    else:
        connection.settle(result)
    connection.leave()


async def receive(connection: Session) -> Message:
    """Return the next message of the client (ASGI)."""
    inbox = connection.inbox
    while not inbox.messages:
        waiter = inbox.wait()
        try:
            await waiter
        except BaseException:
            inbox.give_up(waiter)
            raise
    message: Message = inbox.take()
    return message


async def send(connection: Session, message: Message) -> None:
    """Send a message to the client, or answer its request (ASGI).

    Raises:
        ClientDisconnected: The client has left.
        RuntimeError: The message is not one that can come now.
    """
    flow = connection.flow
    if flow.write_paused:
        await flow.drained()
    try:
        connection.send_message(message)
    except InvalidState:
        raise ClientDisconnected()  # noqa: B904 - the library's exception is its context
