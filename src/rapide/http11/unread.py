"""The time that a client has to read what was written for it.

Theory of operation. From time to time one timer of the server looks at all connections; requests
pay nothing. A connection whose transport keeps bytes back has a client that does not read, or reads
slowly. If fewer bytes wait at a later look, also in the kernel, the client reads. If not, there may
just have been more to write, so the connection's writers are held until everything has left. If
still nothing moves, the connection is aborted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from typing import Any, Final

from rapide.http11.sockets import unsent

_errors: Final = logging.getLogger("uvicorn.error")

#: How many looks there are in the time for a client.
LOOKS: Final = 4


class Unread:
    """What one connection had to send at the last looks."""

    __slots__ = ("is_held", "least", "since")

    def __init__(self, size: int, now: float) -> None:
        self.least = size
        self.since = now
        self.is_held = False


class UnreadWatch:
    """Aborts connections whose clients do not read.

    Args:
        connections: The connections of a server.
        seconds: How long nothing may move; 0 for no limit.
    """

    def __init__(self, connections: Collection[Any], seconds: float) -> None:
        self._connections = connections
        self._seconds = seconds
        self._seen: dict[Any, Unread] = {}
        #: Whether a look is due. There is none without connections.
        self.is_on = seconds == 0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to look: there is a connection."""
        self.is_on = True
        loop.call_later(self._seconds / LOOKS, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        before, self._seen = self._seen, {}
        now = loop.time()
        for connection in list(self._connections):
            flow = getattr(connection, "flow", None)
            if flow is None:
                continue  # a WebSocket class of uvicorn's
            transport, seen = flow.transport, before.get(connection)
            waiting = transport.get_write_buffer_size()
            if waiting:
                waiting += unsent_of(transport)
                self._note(connection, seen or Unread(waiting + 1, now), waiting, now)
            elif seen is not None and seen.is_held and not transport.is_closing():
                transport.set_write_buffer_limits()
        if self._connections:
            self.start(loop)
        else:
            self.is_on = False

    def _note(self, connection: Any, seen: Unread, waiting: int, now: float) -> None:
        transport = connection.flow.transport
        if waiting < seen.least:
            seen.least, seen.since = waiting, now
        elif not (seen.is_held or connection.flow.write_paused or transport.is_closing()):
            transport.set_write_buffer_limits(high=0)
            seen.is_held, seen.least, seen.since = True, waiting, now
        elif now - seen.since >= self._seconds:
            _errors.info("%s - Closed: the client does not read", connection.client)
            transport.abort()
            return
        self._seen[connection] = seen


def unsent_of(transport: asyncio.Transport) -> int:
    """Return how many bytes the kernel keeps for a transport."""
    connection = transport.get_extra_info("socket")
    return 0 if connection is None else unsent(connection)
