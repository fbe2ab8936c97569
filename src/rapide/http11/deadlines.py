"""The deadline of a connection.

A connection has one timer. It looks at the deadline when it fires, and is set again if the deadline
has moved. So a request that moves the deadline costs no timer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf


class Deadline:
    """A time at which a function is called, unless the deadline is moved or lifted before.

    Args:
        clock: Gives the time and calls functions later, as event loops do.
        on_expired: The function.
    """

    def __init__(self, clock: asyncio.AbstractEventLoop, on_expired: Callable[[], None]) -> None:
        self._clock = clock
        self._on_expired = on_expired
        #: The deadline; infinite if there is none.
        self._at = inf
        #: The time after which no deadline is set.
        self._latest = inf
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = inf

    def set(self, seconds: float) -> float:
        """Expire some time from now, or at the limit if that comes first; return that time."""
        at = min(self._clock.time() + seconds, self._latest)
        self.bring_forward(at)
        return at

    def bring_forward(self, at: float) -> None:
        """Expire at a time."""
        self._at = at
        if self._timer_at > at:
            if self._timer is not None:
                self._timer.cancel()
            self._set_timer(at)

    def limit(self, seconds: float) -> None:
        """Expire some time from now at the latest, wherever the deadline is moved from now on."""
        self._latest = min(self._latest, self._clock.time() + seconds)
        if self._at > self._latest:
            self.set(seconds)

    def lift(self) -> None:
        """Expire no more."""
        self._at = inf

    def stop(self) -> None:
        """Lift the deadline, and cancel the timer: the connection has ended."""
        self._at = self._timer_at = inf
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self, at: float) -> None:
        self._timer_at = at
        self._timer = self._clock.call_at(at, self._on_timer)

    def _on_timer(self) -> None:
        self._timer, self._timer_at = None, inf
        if self._at == inf:
            return
        if self._clock.time() < self._at:
            self._set_timer(self._at)
        else:
            self._at = inf
            self._on_expired()
