"""The messages that have come and that the application has not received yet."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from rapide.http11.flow import Flow


class Inbox:
    """A queue that stops the client as long as a message waits in it.

    A message for which somebody waits is taken in the next turn of the event loop. The transport is
    not stopped for that time: each stop and each start costs as much as the rest of a message.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, flow: Flow) -> None:
        self.messages: deque[object] = deque()
        self._loop = loop
        self._flow = flow
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._may_pause = True

    def put(self, message: object) -> None:
        """Add a message of the server's, such as that the client has left."""
        self.messages.append(message)
        self._wake()

    def deliver(self, messages: list[object]) -> None:
        """Add messages of the client."""
        for message in messages:
            self.messages.append(message)
            if not self._wake():
                self._pause()

    def keep_reading(self) -> None:
        """Do not stop the client any more: nobody waits for messages, but its answer must come."""
        self._may_pause = False
        self._flow.resume_reading()

    def take(self) -> Any:
        """Return the first message."""
        message = self.messages.popleft()
        if self._flow.read_paused and not self.messages:
            self._flow.resume_reading()
        return message

    def wait(self) -> asyncio.Future[None]:
        """Return a future that is done when there may be a message."""
        waiter = self._loop.create_future()
        self._waiters.append(waiter)
        return waiter

    def give_up(self, waiter: asyncio.Future[None]) -> None:
        """Leave a message to the next who waits: the task of the waiter was cancelled."""
        waiter.cancel()
        if waiter in self._waiters:
            self._waiters.remove(waiter)
        if self.messages and not waiter.cancelled() and not self._wake():
            self._pause()

    def _wake(self) -> bool:
        """Wake the first who waits; return whether there is somebody."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return True
        return False

    def _pause(self) -> None:
        if self._may_pause:
            self._flow.pause_reading()
