"""What a client sends, for an endpoint that may outlive it."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive


class Upload:
    """The messages of a client: its body is for the endpoint, its leaving for the listener.

    The endpoint is never told that its client has left.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        # One message at most is held, so that the server's own flow control still works.
        self._body: asyncio.Queue[Message] = asyncio.Queue(1)
        self._gone = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while (message := await self._receive())["type"] != "http.disconnect":
            await self._body.put(message)
        self._gone.set()

    async def receive(self) -> Message:
        """Return the next part of the body, as an ASGI server does."""
        return await self._body.get()

    @property
    def gone(self) -> asyncio.Event:
        """The event that is set when the client has left."""
        return self._gone

    async def close(self) -> None:
        """Stop reading."""
        self._reading.cancel()
        await asyncio.wait([self._reading])
