"""The options of a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

from taskiq import ScheduleSource

from rapide.jobs.outbox import Outbox
from rapide.jobs.unique import UniqueKeys

#: The beginning of the labels of a message that are ours.
OWN_LABELS: Final = "rapide_"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """The options of a job, checked; `FastAPI.job` describes them.

    Raises:
        ValueError: An option has a wrong value.
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

    def __post_init__(self) -> None:
        _check("name", self.name is None or _is_text(self.name), "text that is not empty")
        _check("retries", type(self.retries) is int and self.retries >= 0, "0 or more")
        _check("retry_delay", is_number(self.retry_delay, 0), "0 or more seconds")
        _check("retry_on", _are_exceptions(self.retry_on), "an exception class, or a tuple of them")
        _check("timeout", self.timeout is None or _is_time(self.timeout), "more than 0 seconds")
        _check("unique_for", _is_time(self.unique_for), "more than 0 seconds")
        _check("labels", _are_labels(self.labels), "a mapping whose keys do not begin with rapide_")
        _check("outbox", isinstance(self.outbox, Outbox | None), "an Outbox")
        _check("schedules", isinstance(self.schedules, ScheduleSource | None), "a schedule source")
        _check("unique_keys", _are_keys(self.unique_keys), "an object with claim() and release()")

    def delay_before(self, attempt: int) -> float:
        """Return how long to wait before an attempt: each wait is twice the one before."""
        return float(self.retry_delay * 2 ** (attempt - 2))


def is_number(value: object, least: float) -> bool:
    """Return whether a value is a finite number that is not smaller than the least one."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return isfinite(value) and value >= least


def _is_time(value: object) -> bool:
    return is_number(value, 0) and value != 0


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _are_exceptions(given: object) -> bool:
    kinds = given if isinstance(given, tuple) else (given,)
    return all(isinstance(kind, type) and issubclass(kind, Exception) for kind in kinds)


def _are_labels(given: object) -> bool:
    return given is None or (
        isinstance(given, Mapping)
        and all(_is_text(key) and not key.startswith(OWN_LABELS) for key in given)
    )


def _are_keys(given: object) -> bool:
    return given is None or (
        not isinstance(given, type)
        and all(callable(getattr(given, name, None)) for name in ("claim", "release"))
    )


def _check(name: str, is_right: bool, expected: str) -> None:
    if not is_right:
        raise ValueError(f"app.job(): {name} must be {expected}")
