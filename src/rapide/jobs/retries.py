"""What happens around a run of a job in taskiq: its message is noted, and failures are retried."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Final

from taskiq import TaskiqMessage, TaskiqMiddleware, TaskiqResult
from taskiq.exceptions import NoResultError
from taskiq.kicker import AsyncKicker

from rapide.jobs.brokers import DELAY, delays_by_label
from rapide.jobs.contract import RegisteredJob
from rapide.jobs.errors import JobValidationError
from rapide.jobs.sending import send_later

#: The message whose job runs in this context.
current_message: ContextVar[TaskiqMessage] = ContextVar("rapide.jobs.message")

#: The labels of a message that are ours.
ATTEMPT: Final = "rapide_attempt"
UNIQUE: Final = "rapide_unique"


def attempt_of(message: TaskiqMessage) -> int:
    """Return the number of the attempt that a message asks for, from 1."""
    attempt = message.labels.get(ATTEMPT)
    return 1 if attempt is None else int(attempt)


class JobMiddleware(TaskiqMiddleware):
    """The middleware of a broker that has jobs.

    Attributes:
        jobs: The jobs by their names.
        stopping: Set when the worker is asked to stop.
    """

    def __init__(self) -> None:
        super().__init__()
        self.jobs: dict[str, RegisteredJob] = {}
        self.stopping = asyncio.Event()

    async def pre_execute(self, message: TaskiqMessage) -> TaskiqMessage:
        # PERF: the engine recognises a coroutine sooner than a value (benchmark "jobs").
        current_message.set(message)
        return message

    async def on_error(
        self, message: TaskiqMessage, result: TaskiqResult[Any], exception: BaseException
    ) -> None:
        job = self.jobs.get(message.task_name)
        attempt = attempt_of(message)
        if job is None or attempt > job.options.retries or not _can_retry(job, exception):
            return
        # This message is acknowledged after the next one is sent, so that none can be lost.
        labels = dict(message.labels)
        if delays_by_label(self.broker):
            labels.pop(DELAY, None)  # it was for the first attempt
        kicker: AsyncKicker[Any, Any] = AsyncKicker(
            task_name=message.task_name, broker=self.broker, labels=labels
        )
        kicker.with_task_id(message.task_id).with_labels(**{ATTEMPT: attempt + 1})
        delay = job.options.delay_before(attempt + 1)
        if not delay:
            await kicker.kiq(**message.kwargs)
        elif not await send_later(kicker, delay, message.kwargs, job.options.schedules):
            # A worker that stops does not wait: another one takes the next attempt.
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), delay)
            await kicker.kiq(**message.kwargs)
        result.error = NoResultError()

    async def post_execute(self, message: TaskiqMessage, result: TaskiqResult[Any]) -> None:
        key = message.labels.get(UNIQUE)
        if key is None or isinstance(result.error, NoResultError):
            return
        job = self.jobs.get(message.task_name)
        if job is not None:
            await job.release(str(key), message.task_id)


def _can_retry(job: RegisteredJob, exception: BaseException) -> bool:
    """Return whether another attempt may succeed."""
    is_final = isinstance(exception, JobValidationError | NoResultError)
    return isinstance(exception, job.options.retry_on) and not is_final
