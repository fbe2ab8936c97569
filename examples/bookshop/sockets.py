"""What the shop's WebSockets have in common: they only send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio

from rapide import WebSocket, WebSocketDisconnect


async def await_leave(websocket: WebSocket, scope: anyio.CancelScope) -> None:
    """Stop the block when the client has gone; what it says does not matter."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
    scope.cancel()


@asynccontextmanager
async def connected(websocket: WebSocket) -> AsyncIterator[None]:
    """Accept the WebSocket, and run the block until its end or until the client leaves."""
    await websocket.accept()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(await_leave, websocket, tasks.cancel_scope)
        with suppress(WebSocketDisconnect):
            yield
        tasks.cancel_scope.cancel()
