"""Limits on the time and the number of concurrent requests of a route."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLimits:
    """Limits of requests, of an application or of one route.

    A limit that is not given is off and costs nothing. A route's time limit replaces the
    application's. Limits of concurrency apply together; the application's limit counts all its
    requests.

    Args:
        timeout: Time in seconds until the response must begin, with the wait in the queue.
            After that, the handler is cancelled, its `finally` blocks run, and the request is
            answered with `timeout_status`.
        timeout_status: Status of that response; 504 by default.
        concurrency: Largest number of concurrent requests in each process.
        queue: Largest number of requests that wait in addition. The next one gets 503.
        retry_after: The `Retry-After` of that 503 in seconds (RFC 9110 section 10.2.3).
        cancel_on_disconnect: Whether a request is cancelled when its client disconnects.

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
