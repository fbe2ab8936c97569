"""Ping a client regularly, and find out that it has gone silent.

SPEC: RFC 6455, 5.5.2 and 5.5.3.
"""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import Callable
from typing import Any


class KeepAlive:
    """Sends pings, and waits for each pong before it plans the next ping.

    Args:
        loop: The event loop.
        interval: The time from the pong, or from the ping itself, to the next ping, in seconds.
            `None` or 0 sends no pings.
        timeout: How long the client may take to answer, in seconds; `None` for ever.
        ping: Sends a ping with a payload. It returns whether the connection is still open.
        on_silence: Is called when the client has not answered in time.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        interval: Any,
        timeout: Any,
        ping: Callable[[bytes], bool],
        on_silence: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._interval = interval
        self._timeout = timeout
        self._ping = ping
        self._on_silence = on_silence
        #: The timer of the next ping, and that of the answer.
        self._next: asyncio.TimerHandle | None = None
        self._limit: asyncio.TimerHandle | None = None
        #: The payload that the answer has to have.
        self._expected: bytes | None = None
        self._sent_at = 0.0
        #: How long the last answer took, in seconds.
        self._trip = 0.0

    def start(self) -> None:
        """Plan the first ping."""
        if self._interval is not None and self._interval > 0:
            self._plan(self._interval)

    def stop(self) -> None:
        """Send no more pings, and wait for no answer."""
        for timer in (self._next, self._limit):
            if timer is not None:
                timer.cancel()
        self._next = self._limit = self._expected = None

    def on_pong(self, payload: bytes) -> None:
        """Take an answer; what answers no ping is ignored."""
        if payload != self._expected:
            return
        self._trip = self._loop.time() - self._sent_at
        self._expected = None
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
            self._plan(self._interval)

    def _plan(self, interval: Any) -> None:
        self._next = self._loop.call_later(max(0.0, interval - self._trip), self._send)

    def _send(self) -> None:
        self._next = None
        payload = struct.pack("!I", random.getrandbits(32))
        self._expected, self._sent_at = payload, self._loop.time()
        if not self._ping(payload):
            self._expected = None
        elif self._timeout is not None:
            self._limit = self._loop.call_later(self._timeout, self._expire)
        else:
            self._plan(self._interval)

    def _expire(self) -> None:
        self._limit = self._expected = None
        self._on_silence()
