"""The receiver of a worker: the engine's, which also ends the waits between two attempts."""

from __future__ import annotations

import asyncio

from taskiq.receiver import Receiver

from rapide.jobs.retries import JobMiddleware


class JobReceiver(Receiver):
    """Receives messages until the worker is asked to stop."""

    async def listen(self, finish_event: asyncio.Event) -> None:
        """Receive messages.

        Args:
            finish_event: Set when the worker is asked to stop.
        """
        for middleware in self.broker.middlewares:
            if isinstance(middleware, JobMiddleware):
                middleware.stopping = finish_event
        await super().listen(finish_event)
