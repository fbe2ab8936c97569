"""Keep the messages of jobs that run: no other worker shall get a job that only takes long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from taskiq import AckableMessage, AsyncBroker, TaskiqEvents

#: How often the messages are kept, in parts of the time after which they count as abandoned.
PER_TIMEOUT: Final = 4

_keeping: set[asyncio.Task[None]] = set()


class KeptMessage(AckableMessage):
    """A message that is kept until its job ends.

    Attributes:
        forget: Ends that, also if the message was not acknowledged.
    """

    forget: Callable[[], None]


def keep_until_shutdown(broker: AsyncBroker, keep: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine in the background until the worker shuts down.

    That is later than the end of listening: jobs that run then are acknowledged when they end.
    """
    keeping = asyncio.ensure_future(keep)
    _keeping.add(keeping)
    keeping.add_done_callback(_keeping.discard)

    def stop(_: object) -> None:
        keeping.cancel()

    broker.add_event_handler(TaskiqEvents.WORKER_SHUTDOWN, stop)
