"""The answers to probes: whether this process lives, has started, and wants requests.

Kubernetes asks for three things. A process that is not alive is restarted, one that has not started
is given time, and one that is not ready gets no requests. The server answers as long as its event
loop turns, so it is alive; it is ready unless it is about to stop, or the application says that it
is not. An application says so with `mark_not_ready`, for example in its lifespan:

    from rapide.server.health import mark_not_ready, mark_ready

    mark_not_ready("the cache is being filled")
    ...
    mark_ready()

This holds for the process that calls it. Both functions may be called in any thread. What can be
asked for, such as a database, is the affair of `readiness.py`.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from types import FrameType
from typing import Any, Final

from rapide.http11.heads import status_line
from rapide.http11.shutdown import UNCHANGED_PART, announce_shutdown
from rapide.server.readiness import ReadinessCheck, add_readiness_check, failed_checks

__all__ = [
    "DelayedStop",
    "Health",
    "ReadinessCheck",
    "add_readiness_check",
    "mark_not_ready",
    "mark_ready",
]

PLAIN: Final = b"content-type: text/plain; charset=utf-8\r\n"

#: Why the application does not want requests; None if it does.
_reasons: list[str | None] = [None]


def mark_not_ready(reason: str = "not ready") -> None:
    """Let the server answer 503 to probes for readiness, with this reason, until `mark_ready`.

    Args:
        reason: The reason, which is the body of the answer.
    """
    _reasons[0] = reason


def mark_ready() -> None:
    """Let the server answer 200 to probes for readiness again, until it is to stop."""
    _reasons[0] = None


class Health:
    """The health of one server.

    Args:
        state: The account of the server. One of our servers notes there that it is about to stop.

    Attributes:
        state: The account.
        is_told: Whether the server notes that.
        has_signal: Whether the signal to stop has come to a server that does not.
    """

    def __init__(self, state: Any) -> None:
        self.state = state
        self.is_told = hasattr(state, "is_stopping")
        self.has_signal = False
        #: Whether the server has been ready once.
        self._has_started = False

    @property
    def is_stopping(self) -> bool:
        """Whether the server is about to stop."""
        return bool(self.state.is_stopping) if self.is_told else self.has_signal

    async def _why_not(self) -> str | None:
        reason = _reasons[0]
        if reason is None and not self.is_stopping:
            reason = await failed_checks()
        if self.is_stopping:
            return "stopping"
        if reason is None:
            self._has_started = True
        return reason

    async def answer_ready(self, exchange: Any) -> None:
        """Answer 200 while requests are welcome, and 503 otherwise."""
        _answer(exchange, await self._why_not(), b"ready")

    async def answer_started(self, exchange: Any) -> None:
        """Answer 503 until the server is ready for the first time, and 200 from then on."""
        reason = None if self._has_started else await self._why_not()
        _answer(exchange, reason, b"started")

    async def answer_live(self, exchange: Any) -> None:
        """Answer 200: who can answer is alive."""
        _answer(exchange, None, b"alive")


def _answer(exchange: Any, reason: str | None, text: bytes) -> None:
    if reason is None:
        exchange.answer(status_line(200), PLAIN, text)
    else:
        exchange.answer(status_line(503), PLAIN, reason.encode())


class DelayedStop:
    """Takes SIGTERM before uvicorn's server does, and passes it on after a delay.

    It is made with the first connection: before that nobody can ask.
    """

    def __init__(self, health: Health, delay_seconds: float) -> None:
        self._health = health
        self._delay = delay_seconds
        self._loop = asyncio.get_running_loop()
        self._stop: Any = None
        if threading.current_thread() is threading.main_thread():
            self._stop = signal.signal(signal.SIGTERM, self._begin_to_stop)

    @property
    def should_exit(self) -> bool:
        """Whether the server is to exit. Libraries look for it at the object that takes SIGTERM."""
        return bool(getattr(getattr(self._stop, "__self__", None), "should_exit", False))

    def _begin_to_stop(self, number: int, frame: FrameType | None) -> None:
        again = self._health.is_stopping
        self._health.has_signal = True
        if again or self._delay <= 0:
            self._pass_on(number)
        else:
            self._loop.call_soon_threadsafe(self._pass_on_later, number)

    def _pass_on_later(self, number: int) -> None:
        state = self._health.state
        self._loop.call_later(self._delay * UNCHANGED_PART, announce_shutdown, state)
        self._loop.call_later(self._delay, self._pass_on, number)

    def _pass_on(self, number: int) -> None:
        if callable(self._stop):
            self._stop(number, None)
