"""How the application hears that its server stops.

`request.is_shutting_down()` and `websocket.is_shutting_down()` ask. `shutdown_event` returns an
event to wait for, as a function or as a dependency.

A context variable says which event belongs to a request; tasks and worker threads inherit it. It is
not in the scope, which has only the keys of FastAPI's scope. Code that runs in another context gets
the event of the only running server of the process.
"""

from __future__ import annotations

import asyncio
import signal
from contextvars import ContextVar
from typing import Any, Final
from weakref import WeakSet

import anyio
from starlette.requests import HTTPConnection

__all__ = ["ShutdownEvent", "shutdown_event"]

#: How often another server is asked whether it stops, in seconds.
_POLLING: Final = 0.1


class ShutdownEvent:
    """An event that is set when the server begins to stop. It is never cleared."""

    def __init__(self) -> None:
        self._is_set = False
        self._waiters: set[asyncio.Future[None]] = set()

    def is_set(self) -> bool:
        """Return whether the server has begun to stop."""
        return self._is_set

    async def wait(self) -> None:
        """Wait until the server begins to stop."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            if not self._is_set:
                await waiter
        finally:
            self._waiters.discard(waiter)

    def set(self) -> None:
        """Tell those who ask and those who wait. The server calls this."""
        self._is_set = True
        for waiter in list(self._waiters):
            loop = waiter.get_loop()
            if not loop.is_closed():
                loop.call_soon_threadsafe(_wake, waiter)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


class _OtherServersEvent(ShutdownEvent):
    """The event of a server that is not Rapide's.

    The object whose method takes SIGTERM says whether uvicorn is to exit. Other servers do not say.
    """

    def is_set(self) -> bool:
        """Return whether the server has begun to stop, as far as that is known."""
        owner: Any = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
        return getattr(owner, "should_exit", False) is True

    async def wait(self) -> None:
        """Wait until the server begins to stop."""
        while not self.is_set():  # noqa: ASYNC110 -- that server has no event
            await anyio.sleep(_POLLING)


#: The event of the server that has the request of this context.
current_event: Final[ContextVar[ShutdownEvent]] = ContextVar("rapide_shutdown_event")
#: The events of all servers of this process that are Rapide's.
events_of_servers: Final[WeakSet[ShutdownEvent]] = WeakSet()
_of_other_server: Final = _OtherServersEvent()


def shutdown_event() -> ShutdownEvent:
    """Return the event that is set when the server begins to stop, also as a dependency."""
    event = current_event.get(None)
    if event is not None:
        return event
    events = list(events_of_servers)
    running = [event for event in events if not event.is_set()]
    if len(running) > 1 or not events:
        return _of_other_server
    return (running or events)[0]


def is_shutting_down(connection: HTTPConnection) -> bool:
    """Return whether the server of this request or WebSocket has begun to stop.

    Args:
        connection: The request or WebSocket.
    """
    return shutdown_event().is_set()


# Requests and WebSockets are Starlette's, wherever they are made: also in middleware and in mounted
# applications. A subclass of our own would be another class for `isinstance`.
HTTPConnection.is_shutting_down = is_shutting_down  # type: ignore[attr-defined]
