"""The path that tells a load balancer in time that this server is about to stop."""

from __future__ import annotations

import asyncio
import signal
import threading
from types import FrameType
from typing import Any, Final

from rapide.http11.contract import Exchange
from rapide.http11.heads import status_line
from rapide.http11.limits import HealthOptions

_PLAIN: Final = b"content-type: text/plain; charset=utf-8\r\n"


class HealthCheck:
    """Answers requests to the health path, and takes SIGTERM before the server does.

    It is made with the first connection: before that nobody can ask.
    """

    def __init__(self, health: HealthOptions) -> None:
        self.path = health.path
        self.is_logged = health.is_logged
        self.is_ready = True
        self._delay = health.delay_seconds
        self._loop = asyncio.get_running_loop()
        self._stop: Any = None
        if threading.current_thread() is threading.main_thread():
            self._stop = signal.signal(signal.SIGTERM, self._begin_to_stop)

    async def answer(self, exchange: Exchange) -> None:
        """Answer 200 while requests are welcome, and 503 afterwards.

        Probes do not count towards uvicorn's `limit_max_requests`.
        """
        status, text = (200, b"ready") if self.is_ready else (503, b"stopping")
        exchange.is_probe = True
        exchange.answer(status_line(status), _PLAIN, text)

    def _begin_to_stop(self, number: int, frame: FrameType | None) -> None:
        again = not self.is_ready
        self.is_ready = False
        if again or self._delay <= 0:
            self._pass_on(number)
        else:
            self._loop.call_soon_threadsafe(
                self._loop.call_later, self._delay, self._pass_on, number
            )

    def _pass_on(self, number: int) -> None:
        if callable(self._stop):
            self._stop(number, None)
