"""The receiver of a worker: the engine's, with what Rapide does before and after it."""

from __future__ import annotations

import asyncio

from taskiq import AckableMessage
from taskiq.receiver import Receiver

from rapide.jobs.brokers import connection_errors
from rapide.jobs.errors import JobError
from rapide.jobs.keeping import KeptMessage
from rapide.jobs.retries import JobMiddleware


class JobReceiver(Receiver):
    """Receives messages until the worker is asked to stop."""

    async def callback(
        self,
        message: bytes | AckableMessage,
        raise_err: bool = False,
    ) -> None:
        """Run the job of a message.

        A message that was not acknowledged is delivered again, because nobody keeps it any more.
        It may be that the next attempt could not be sent.

        Args:
            message: The message.
            raise_err: Raise the error of a result that cannot be saved.
        """
        try:
            await super().callback(message, raise_err)
        finally:
            if isinstance(message, KeptMessage):
                message.forget()

    async def listen(self, finish_event: asyncio.Event) -> None:
        """Receive messages. The waits between two attempts end when the worker stops.

        Args:
            finish_event: Set when the worker is asked to stop.

        Raises:
            JobError: The broker cannot be reached.
        """
        for middleware in self.broker.middlewares:
            if isinstance(middleware, JobMiddleware):
                middleware.stopping = finish_event
        if self.run_startup:
            try:
                await self.broker.startup()
            except connection_errors() as error:
                broker, kind = type(self.broker).__name__, type(error).__name__
                raise JobError(f"{broker} cannot start: {kind}: {error}") from error
            self.run_startup = False
        await super().listen(finish_event)
