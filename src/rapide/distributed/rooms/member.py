"""Members of a room: WebSockets, and listeners for event streams."""

from __future__ import annotations

import asyncio
import logging
import secrets
from abc import ABC, abstractmethod
from collections import deque
from typing import Any, Final

from anyio import CancelScope
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from rapide.distributed.rooms.message import ID_LENGTH, RoomMessage

_logger: Final = logging.getLogger("rapide.distributed")
#: SPEC: the code 1013 ("Try Again Later") of the registry that RFC 6455 section 11.7 sets up.
TOO_SLOW: Final = 1013
#: How long the close frame for a slow reader may take, in seconds.
_GOODBYE: Final = 2.0


class Participant(ABC):
    """Somebody in a room, with a queue of messages that has a limit."""

    def __init__(self, room: str, name: str, limit: int) -> None:
        self.id = secrets.token_hex(ID_LENGTH // 2)
        self.room = room
        #: The name that others see; see `Rooms.present`.
        self.name = name
        #: Whether it was dropped because it has read too slowly.
        self.is_dropped = False
        self._limit = limit
        self._queue: deque[RoomMessage] = deque()
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} of room {self.room!r}>"

    def put(self, message: RoomMessage) -> None:
        """Add a message to the queue, or drop the participant if the queue is full."""
        if self.is_dropped or message.left_out == self.id:
            return
        if len(self._queue) >= self._limit:
            self.is_dropped = True
            self._queue.clear()
            _logger.info("%r is dropped: %d messages wait for it", self, self._limit)
            self._drop()
        else:
            self._queue.append(message)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _wait(self) -> asyncio.Future[None]:
        """Return a future that is done when there is a message, or the participant is dropped."""
        self._waiter = self._loop.create_future()
        return self._waiter

    @abstractmethod
    def _drop(self) -> None:
        """Begin to end a participant that reads too slowly."""


class Member(Participant):
    """A WebSocket in a room."""

    def __init__(self, room: str, name: str, limit: int, websocket: WebSocket) -> None:
        super().__init__(room, name, limit)
        self.websocket = websocket
        #: The block of the endpoint. It is cancelled after the close frame for a slow reader.
        self.block = CancelScope()
        self._sending: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin to send the messages."""
        self._sending = asyncio.create_task(self._send_all())

    async def end(self) -> None:
        """End sending, and wait for the end."""
        tasks = [task for task in (self._sending, self._closing) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _send_all(self) -> None:
        queue, send = self._queue, self.websocket.send
        try:
            while True:
                while queue:
                    await send(queue.popleft().frame)
                if self.is_dropped:
                    return
                await self._wait()
        except (WebSocketDisconnect, RuntimeError, OSError) as gone:
            # The next `receive` of the endpoint reports it.
            _logger.debug("%r has gone: %s", self, gone)

    def _drop(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
        self._closing = asyncio.create_task(self._close())

    async def _close(self) -> None:
        """Send the close frame if that is possible, else leave the block of the endpoint."""
        if self._sending is not None:
            await asyncio.wait([self._sending])
        try:
            async with asyncio.timeout(_GOODBYE):
                if self.websocket.application_state is WebSocketState.CONNECTED:
                    await self.websocket.close(TOO_SLOW, "messages are read too slowly")
        except (TimeoutError, WebSocketDisconnect, RuntimeError, OSError) as gone:
            _logger.debug("%r takes no close frame: %s", self, gone)
        self.block.cancel()


class Listener(Participant):
    """The messages of a room for an event stream. The iteration ends if it is too slow."""

    def __aiter__(self) -> Listener:
        return self

    async def __anext__(self) -> Any:
        while not self._queue:
            if self.is_dropped:
                raise StopAsyncIteration
            await self._wait()
        return self._queue.popleft().value

    def _drop(self) -> None:
        pass  # `put` wakes the iteration, which ends
