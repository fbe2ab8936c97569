"""What a route's requests may take: time, and how many at once."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLimits:
    """Limits of requests, of an application or of one route.

    Each is off where it is not given, and costs nothing then. A route's limit of time stands
    instead of the application's; limits of concurrency apply both, the application's to all its
    requests together.

    Args:
        timeout: Seconds until the answer must have begun, also for waiting in the queue. Then the
            handler is cancelled, its `finally` blocks run, and the request is answered with
            `timeout_status`.
        timeout_status: The status of that answer; 504 by default.
        concurrency: How many requests run at a time, in each process.
        queue: How many more may wait for their turn; none by default.
        retry_after: Seconds that a client is told to wait (`Retry-After`) when the queue is full
            and it is answered with 503.
        cancel_on_disconnect: Whether a request is cancelled when its client leaves.

    Raises:
        ValueError: A number is out of its range.
    """

    timeout: float | None = None
    timeout_status: int | None = None
    concurrency: int | None = None
    queue: int = 0
    retry_after: int = 1
    cancel_on_disconnect: bool | None = None

    def __post_init__(self) -> None:
        _check("timeout", self.timeout is None or self.timeout > 0, "more than 0 seconds")
        status = self.timeout_status
        _check("timeout_status", status is None or 400 <= status <= 599, "from 400 to 599")
        _check("concurrency", self.concurrency is None or self.concurrency > 0, "at least 1")
        _check("queue", self.queue >= 0, "0 or more")
        _check("queue", not self.queue or self.concurrency is not None, "with a concurrency")
        _check("retry_after", self.retry_after >= 0, "0 or more seconds")

    def __str__(self) -> str:
        said = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        ]
        return ", ".join(said)


def _check(name: str, is_right: bool, range_: str) -> None:
    if not is_right:
        raise ValueError(f"RequestLimits: {name} must be {range_}")


__all__ = ["RequestLimits"]
