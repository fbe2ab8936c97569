"""The methods of `FastAPI` for jobs. They load `rapide.jobs` when they are used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from typing_extensions import Unpack

if TYPE_CHECKING:
    from taskiq import AsyncBroker

    from rapide.jobs.job import Job
    from rapide.jobs.options import JobSettings


class JobMethods:
    """The methods of `FastAPI` for jobs."""

    def job(
        self, broker: AsyncBroker, **options: Unpack[JobSettings]
    ) -> Callable[[Callable[..., Any]], Job]:
        """Return a decorator that makes a job of a function, for workers of taskiq.

        Not in FastAPI. The function has FastAPI's parameters, but no request: see docs/jobs.md.

        Args:
            broker: The broker of taskiq that carries the job.
            options: The name, retries, timeout and so on; `JobSettings` describes them.

        Raises:
            DeclarationError: The function or one of its dependencies needs a request.
            ImportError: The package taskiq is missing.
        """
        try:
            from rapide.jobs.declaration import declare_job, host_of
        except ModuleNotFoundError as error:
            if error.name != "taskiq":
                raise
            raise ImportError("Jobs need the package taskiq: install rapide[taskiq]") from None
        return declare_job(host_of(self), broker, options)
