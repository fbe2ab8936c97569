"""Join, leave and broadcast."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Self

from starlette.websockets import WebSocket, WebSocketState

from rapide.distributed.channels import Channels, MemoryChannels, Unavailable, open_channels
from rapide.distributed.rooms.member import Listener, Member
from rapide.distributed.rooms.message import RoomMessage
from rapide.distributed.rooms.presence import LIFETIME, MemoryRegister, Present, Register

if TYPE_CHECKING:
    from rapide.distributed.rooms.member import Participant

_logger: Final = logging.getLogger("rapide.distributed")


class _Hall:
    """The members of a room in this process."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.members: set[Participant] = set()

    def receive(self, packet: bytes) -> None:
        """Give a message to each member. It is read only once."""
        message = RoomMessage.read(packet)
        for member in list(self.members):
            member.put(message)


class Rooms:
    """Rooms whose members are in every process of the application.

    Args:
        url: The Redis server, such as `redis://localhost:6379/0`.
            Without it, the rooms are in the memory of this process.
        queue: How many messages may wait for a member. One more, and it is dropped.
        prefix: The beginning of the names of keys and channels in Redis.

    Raises:
        ImportError: There is a URL, but redis-py is not installed.
        ValueError: The URL does not name a Redis server, or the queue has no room.
    """

    def __init__(
        self, url: str | None = None, *, queue: int = 256, prefix: str = "rapide:rooms:"
    ) -> None:
        if queue < 1:
            raise ValueError(f"queue must be at least 1, not {queue}")
        self.url = url
        self.queue = queue
        self.prefix = prefix
        self._loop: asyncio.AbstractEventLoop | None = None
        self._halls: dict[str, _Hall] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._confirming: asyncio.Task[None] | None = None
        self._open()

    def __repr__(self) -> str:
        # The URL may have a password.
        return f"<Rooms {'in memory' if self.url is None else 'over Redis'}>"

    def _open(self) -> None:
        self._channels: Channels = open_channels(self.url)
        self._register: Register = MemoryRegister()
        if self.url is not None:
            from rapide.distributed.rooms.redis_register import RedisRegister

            self._register = RedisRegister(self.url, self.prefix)

    async def __aenter__(self) -> Self:
        self._bind()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections to Redis. Members get no more messages."""
        if self._confirming is not None:
            self._confirming.cancel()
            await asyncio.wait([self._confirming])
            self._confirming = None
        await self._channels.close()
        await self._register.close()
        self._halls.clear()
        self._loop = None
        self._open()

    def _bind(self) -> None:
        """Begin to belong to the running event loop.

        Raises:
            RuntimeError: The rooms are used in another event loop, which still runs.
        """
        loop = asyncio.get_running_loop()
        if loop is self._loop:
            return
        if self._loop is not None:
            if self._loop.is_running():
                raise RuntimeError(f"{self!r} is used in two event loops: make one for each")
            self._halls.clear()
            self._open()
        self._loop = loop
        if not isinstance(self._channels, MemoryChannels):
            self._confirming = loop.create_task(self._confirm())

    async def broadcast(
        self, room: str, message: object, *, left_out: Participant | None = None
    ) -> None:
        """Send a message to all members of a room, in every process.

        Args:
            room: The name of the room.
            message: Text, bytes, or any value that JSON can hold.
            left_out: A member that does not get it.

        Raises:
            TypeError: JSON cannot hold the message.
            Unavailable: Redis could not be reached for some seconds.
        """
        self._bind()
        made = RoomMessage.of(message, None if left_out is None else left_out.id)
        await self._channels.publish(self.prefix + room, made.packet)

    async def present(self, room: str) -> list[Present]:
        """Return the members of a room in every process, sorted by name.

        Args:
            room: The name of the room.

        Raises:
            Unavailable: Redis could not be reached for some seconds.
        """
        self._bind()
        return await self._register.present(room)

    @asynccontextmanager
    async def join(
        self, room: str, websocket: WebSocket, *, name: str = ""
    ) -> AsyncIterator[Member]:
        """Send the messages of a room to an accepted WebSocket, as long as the block runs.

        Args:
            room: The name of the room.
            websocket: A WebSocket that has been accepted.
            name: The name of the member in `present()`.

        Raises:
            RuntimeError: The WebSocket is not accepted, or it is closed.
            Unavailable: Redis could not be reached for some seconds.
        """
        if websocket.application_state is not WebSocketState.CONNECTED:
            raise RuntimeError(
                "a WebSocket joins a room after `await websocket.accept()`, and before it is"
                f" closed (room {room!r})"
            )
        member = Member(room, name, self.queue, websocket)
        async with self._inside(member):
            member.begin()
            try:
                with member.block:
                    yield member
            finally:
                await member.end()

    @asynccontextmanager
    async def listen(self, room: str, *, name: str = "") -> AsyncIterator[Listener]:
        """Receive the messages of a room, as long as the block runs.

        Args:
            room: The name of the room.
            name: The name of the member in `present()`.

        Raises:
            Unavailable: Redis could not be reached for some seconds.
        """
        listener = Listener(room, name, self.queue)
        async with self._inside(listener):
            yield listener

    @asynccontextmanager
    async def _inside(self, member: Participant) -> AsyncIterator[None]:
        self._bind()
        hall = self._halls.setdefault(member.room, _Hall(member.room))
        hall.members.add(member)
        is_inside = False
        try:
            await self._channels.subscribe(self.prefix + member.room, hall.receive)
            await self._register.enter(member.room, [member])
            is_inside = True
            yield
        finally:
            hall.members.discard(member)
            is_last = not hall.members
            if is_last:
                self._halls.pop(member.room, None)
            # The endpoint may have been cancelled. Others must not see the member any longer.
            leaving = asyncio.create_task(self._leave(member, hall if is_last else None))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)
            if is_inside:  # else the caller has waited for Redis long enough
                await asyncio.shield(leaving)

    async def _leave(self, member: Participant, empty: _Hall | None) -> None:
        try:
            if empty is not None:
                await self._channels.unsubscribe(self.prefix + member.room, empty.receive)
            await self._register.leave(member.room, member)
        except Unavailable as error:
            _logger.debug("%r expires, as it cannot be removed: %s", member, error)

    async def _confirm(self) -> None:
        """Confirm the presence of all members again and again."""
        while True:
            await asyncio.sleep(LIFETIME / 4)
            try:
                for room, hall in list(self._halls.items()):
                    await self._register.enter(room, list(hall.members))
            except Unavailable as error:
                _logger.debug("members cannot be confirmed: %s", error)
