"""The options of a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from taskiq import ScheduleSource

from rapide.jobs.outbox import Outbox
from rapide.jobs.unique import UniqueKeys


class JobSettings(TypedDict, total=False):
    """The options in `app.job(broker, …)`.

    Keys:
        name: Name under which workers find the job; by default its module and function.
        retries: Number of further attempts if the job fails; 0 by default.
        retry_delay: Seconds before the second attempt; each further wait is twice as long.
        retry_on: Exceptions after which there is another attempt; by default all.
        timeout: Seconds after which an attempt is cancelled; by default that of the
            application's `limits`.
        schedules: Schedule source of taskiq that keeps delayed jobs.
        unique_keys: Store of the keys of unique jobs; by default the Redis of the broker.
        unique_for: Seconds after which the key of a unique job is free in any case; a day by
            default.
        outbox: Table for the jobs that a transaction enqueues.
        labels: Labels of every message, for the broker and its middleware.
    """

    name: str | None
    retries: int
    retry_delay: float
    retry_on: type[Exception] | tuple[type[Exception], ...]
    timeout: float | None
    schedules: ScheduleSource | None
    unique_keys: UniqueKeys | None
    unique_for: float
    outbox: Outbox | None
    labels: Mapping[str, object] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """The options of a job, checked; `JobSettings` describes them.

    Raises:
        ValueError: A number is out of its range.
    """

    name: str | None = None
    retries: int = 0
    retry_delay: float = 0
    retry_on: type[Exception] | tuple[type[Exception], ...] = Exception
    timeout: float | None = None
    schedules: ScheduleSource | None = None
    unique_keys: UniqueKeys | None = None
    unique_for: float = 86_400
    outbox: Outbox | None = None
    labels: Mapping[str, object] | None = None

    def __post_init__(self) -> None:
        _check("retries", self.retries >= 0, "0 or more")
        _check("retry_delay", self.retry_delay >= 0, "0 or more seconds")
        _check("timeout", self.timeout is None or self.timeout > 0, "more than 0 seconds")
        _check("unique_for", self.unique_for > 0, "more than 0 seconds")

    def delay_before(self, attempt: int) -> float:
        """Return how long to wait before an attempt: each wait is twice the one before."""
        return float(self.retry_delay * 2 ** (attempt - 2))


def _check(name: str, is_right: bool, range_: str) -> None:
    if not is_right:
        raise ValueError(f"job: {name} must be {range_}")
