"""The methods of `FastAPI` for jobs. They load `rapide.jobs` when they are used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from taskiq import AsyncBroker, ScheduleSource

    from rapide.jobs.job import Job
    from rapide.jobs.outbox import Outbox
    from rapide.jobs.unique import UniqueKeys


class JobMethods:
    """The methods of `FastAPI` for jobs."""

    def job(
        self,
        broker: AsyncBroker,
        *,
        name: str | None = None,
        retries: int = 0,
        retry_delay: float = 0,
        retry_on: type[Exception] | tuple[type[Exception], ...] = Exception,
        timeout: float | None = None,
        schedules: ScheduleSource | None = None,
        unique_keys: UniqueKeys | None = None,
        unique_for: float = 86_400,
        outbox: Outbox | None = None,
        labels: Mapping[str, object] | None = None,
    ) -> Callable[[Callable[..., Any]], Job]:
        """Return a decorator that makes a job of a function, for workers of taskiq.

        Not in FastAPI. The function has FastAPI's parameters, but no request: see docs/jobs.md.

        Args:
            broker: The broker of taskiq that carries the job.
            name: Name under which workers find the job; by default its module and function.
            retries: Number of further attempts if the job fails.
            retry_delay: Seconds before the second attempt; each further wait is twice as long.
            retry_on: Exceptions after which there is another attempt.
            timeout: Seconds after which an attempt is cancelled; by default those of the limits.
            schedules: Schedule source of taskiq that keeps delayed jobs.
            unique_keys: Store of the keys of unique jobs; by default the Redis of the broker.
            unique_for: Seconds after which the key of a unique job is free in any case.
            outbox: Table for the jobs that a transaction enqueues.
            labels: Labels of every message, for the broker and its middleware.

        Raises:
            DeclarationError: The function or one of its dependencies needs a request.
            ImportError: The package taskiq is missing.
        """
        given = {**locals()}  # a copy: debuggers change what locals() returns
        try:
            from rapide.jobs.declaration import declare_job, host_of
        except ModuleNotFoundError as error:
            if error.name != "taskiq":
                raise
            raise ImportError("Jobs need the package taskiq: install rapide[taskiq]") from None
        del given["self"], given["broker"]
        return declare_job(host_of(self), broker, given)
