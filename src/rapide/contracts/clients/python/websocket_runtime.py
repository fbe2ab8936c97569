"""The part of Python clients that opens WebSockets; it is copied, not imported."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from typing import Any

from rapide.contracts.clients.python.runtime import AsyncSender, Request, Sender, _to_plain

# --- the copied part begins here ---


class WebSocket:
    """An open WebSocket. It needs the package `websockets`."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def send(self, message: str | bytes) -> None:
        """Send text or bytes."""
        self.connection.send(message)

    def send_json(self, value: object) -> None:
        """Send a value as JSON."""
        self.connection.send(json.dumps(_to_plain(value)))

    def receive(self) -> str | bytes:
        """Return the next message."""
        message: str | bytes = self.connection.recv()
        return message

    def receive_json(self) -> Any:
        """Return the next message as JSON."""
        return json.loads(self.connection.recv())

    def __iter__(self) -> Iterator[str | bytes]:
        yield from self.connection


class AsyncWebSocket:
    """An open WebSocket of asynchronous code. It needs the package `websockets`."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def send(self, message: str | bytes) -> None:
        """Send text or bytes."""
        await self.connection.send(message)

    async def send_json(self, value: object) -> None:
        """Send a value as JSON."""
        await self.connection.send(json.dumps(_to_plain(value)))

    async def receive(self) -> str | bytes:
        """Return the next message."""
        message: str | bytes = await self.connection.recv()
        return message

    async def receive_json(self) -> Any:
        """Return the next message as JSON."""
        return json.loads(await self.connection.recv())

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        async for message in self.connection:
            yield message


@contextmanager
def open_websocket(sender: Sender, request: Request) -> Iterator[WebSocket]:
    """Open a WebSocket, and close it after the block."""
    sender.credentials.present(request)
    library = import_module("websockets.sync.client")
    address, headers = _handshake(sender.base_url, request)
    with library.connect(address, additional_headers=headers) as connection:
        yield WebSocket(connection)


@asynccontextmanager
async def open_async_websocket(
    sender: AsyncSender, request: Request
) -> AsyncIterator[AsyncWebSocket]:
    """Open a WebSocket, and close it after the block."""
    sender.credentials.present(request)
    library = import_module("websockets.asyncio.client")
    address, headers = _handshake(sender.base_url, request)
    async with library.connect(address, additional_headers=headers) as connection:
        yield AsyncWebSocket(connection)


def _handshake(base_url: str, request: Request) -> tuple[str, list[tuple[str, str]]]:
    arguments = request.finish(base_url)
    return "ws" + arguments["url"].removeprefix("http"), arguments["headers"]
