"""Make a job of a function: what `FastAPI.job` does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from taskiq import AsyncBroker

from rapide.jobs.brokers import check_broker
from rapide.jobs.host import JobHost
from rapide.jobs.job import Job
from rapide.jobs.options import JobOptions


def host_of(app: Any) -> JobHost:
    """Return what the jobs of an application have in common. It is made for the first job."""
    host: JobHost = vars(app).setdefault("_rapide_jobs", JobHost(app))
    return host


def declare_job(
    host: JobHost, broker: AsyncBroker, settings: dict[str, Any]
) -> Callable[[Callable[..., Any]], Job]:
    """Return a decorator that makes a job of a function.

    Raises:
        TypeError: The broker is not one.
        ValueError: An option has a wrong value.
        JobError: The broker cannot give each job to one worker.
    """
    if not isinstance(broker, AsyncBroker):
        raise TypeError(f"app.job() takes a broker of taskiq, and not {broker!r}")
    check_broker(broker)
    options = JobOptions(**settings)

    def declare(function: Callable[..., Any]) -> Job:
        if not callable(function):
            raise TypeError(f"app.job(broker) makes a job of a function, and not of {function!r}")
        # A job may get a second broker, or other options, under another name.
        return Job(
            host, broker, function.function if isinstance(function, Job) else function, options
        )

    return declare
