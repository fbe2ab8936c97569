"""Output and flow control of one connection.

A response's head is buffered until the first part of its body comes, so that both leave in one
write.
"""

from __future__ import annotations

import asyncio
import struct
from socket import SO_LINGER, SOL_SOCKET
from typing import Final

from rapide.http11.sockets import is_readable

#: Size of an unread body at which no more of it is read from the socket, in bytes.
HIGH_WATER: Final = 64 * 1024
#: The value of SO_LINGER that makes a close a reset.
_AT_ONCE: Final = struct.pack("ii", 1, 0)


class Flow:
    """Writes to a transport, and tells both sides when to wait.

    Attributes:
        write_paused: Whether the client reads slower than responses are made.
        read_paused: Whether the client is not read from for now.
    """

    transport: asyncio.Transport

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.write_paused = False
        self.read_paused = False
        self._loop = loop
        #: The head of a response whose body has not begun.
        self._head = b""
        self._waiters: list[asyncio.Future[None]] = []

    def attach(self, transport: asyncio.Transport) -> None:
        """Begin to use a transport."""
        self.transport = transport

    # Output

    def write(self, data: bytes) -> None:
        """Send bytes, behind the buffered head."""
        if self._head:
            data, self._head = self._head + data, b""
        self.transport.write(data)

    def buffer_head(self, head: bytes) -> None:
        """Send a head together with what follows in the same turn of the event loop."""
        self._head = head
        self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send the buffered head, if there is one."""
        if self._head:
            self.write(b"")

    def drop(self) -> None:
        """Forget the buffered head: nothing can be sent any more."""
        self._head = b""

    def end_writing(self) -> None:
        """Tell the client that nothing more comes, where the transport can."""
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def reset(self) -> None:
        """Close so that the client takes the response for broken off, not for ended."""
        connection = self.transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(SOL_SOCKET, SO_LINGER, _AT_ONCE)
        self.transport.abort()

    def pause_writing(self) -> None:
        """Let writers wait, as the transport asks for."""
        self.write_paused = True

    def resume_writing(self) -> None:
        """Wake the writers that wait."""
        self.write_paused = False
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def drained(self) -> asyncio.Future[None]:
        """Return a future that is done when the client has read enough."""
        waiter = self._loop.create_future()
        self._waiters.append(waiter)
        return waiter

    # Input

    def has_input(self) -> bool:
        """Return whether something has come that was not read yet."""
        connection = self.transport.get_extra_info("socket")
        return connection is not None and not self.read_paused and is_readable(connection)

    def pause_reading(self) -> None:
        """Read no more from the client for now."""
        if not self.read_paused and not self.transport.is_closing():
            self.read_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again from the client."""
        if self.read_paused:
            self.read_paused = False
            if not self.transport.is_closing():
                self.transport.resume_reading()
