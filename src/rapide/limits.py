"""Limits on the time, the concurrency and the rate of the requests of a route."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, fields
from threading import Lock
from typing import Any, Final, Protocol

#: Finds the key of a request. It is called with a `Request`, or with the `WebSocket`.
RateKey = Callable[[Any], "str | Awaitable[str | None] | None"]

#: Redis computes with doubles, in which larger integers are not exact.
_MOST_UNITS: Final = 2**53


@dataclass(frozen=True, slots=True, repr=False)
class Rate:
    """A limit on the rate of the requests of each client: a token bucket.

    Each key has a bucket of `burst` tokens, which is full at first. A request takes one token, and
    `requests` tokens come back per `per` seconds, evenly. A request that finds no token is
    answered with 429.

    Args:
        requests: Number of requests in that time.
        per: Time in seconds.
        burst: Largest number of requests at once; `requests` by default.
        key: Function that returns the key of a request, or None if the request is not limited.
            It may be `async`. By default, the key is the address of the client; all addresses of
            an IPv6 network of 64 bits are one client.
        store: Where the buckets are: `RedisRates(…)` for those that several processes share. By
            default, each process has its own.
        name: Name in the fields of the answer. Rates with the same name share their buckets
            among all routes of the application; by default, each route has its own.

    Raises:
        ValueError: A number is out of its range, or the name is not ASCII text.
    """

    requests: int
    per: float = 1
    burst: int | None = None
    key: RateKey | None = None
    store: RateStore | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        _check("Rate: requests", self.requests >= 1, "at least 1")
        _check("Rate: per", 0.001 <= self.per < math.inf, "at least 0.001 seconds")
        _check("Rate: burst", self.burst is None or self.burst >= 1, "at least 1")
        is_exact = max(self.capacity, self.requests) < _MOST_UNITS
        _check("Rate: burst × per", is_exact, "less than 9e9 seconds")
        name = self.name
        is_text = name is None or (name.isascii() and name.isprintable() and name != "")
        _check("Rate: name", is_text, "printable ASCII text")

    @property
    def unit(self) -> int:
        """The price of a request. In each microsecond, a bucket gains `requests`."""
        return round(self.per * 1_000_000)

    @property
    def capacity(self) -> int:
        """What a full bucket contains."""
        return (self.requests if self.burst is None else self.burst) * self.unit

    def time_until(self, wanted: int, level: int) -> float:
        """Return the seconds until a bucket contains what is wanted.

        Args:
            wanted: The wanted content of the bucket.
            level: Its content now.
        """
        return max(0, wanted - level) / self.requests / 1_000_000

    def __repr__(self) -> str:
        said = [repr(self.requests), f"per={self.per!r}"]
        said += [] if self.burst is None else [f"burst={self.burst!r}"]
        if self.key is not None:
            said.append(f"key={getattr(self.key, '__qualname__', self.key)}")
        said += [] if self.store is None else [f"store={self.store!r}"]
        said += [] if self.name is None else [f"name={self.name!r}"]
        return f"Rate({', '.join(said)})"


class RateStore(Protocol):
    """The buckets of rates."""

    async def take(self, buckets: Sequence[tuple[str, Rate]]) -> Sequence[int] | None:
        """Take a token from each of the named buckets, or from none if one is empty.

        Return what each bucket contained before, in the units of its rate. Return None if that is
        not known and the request may pass.

        Args:
            buckets: The names of the buckets, with their rates.
        """


class MemoryRates:
    """The buckets of one process, in its memory.

    Args:
        keys: Largest number of buckets. The bucket that was not used for the longest time is
            forgotten, which makes it full.
        clock: Function that returns the time in microseconds.

    Raises:
        ValueError: There is no place for a bucket.
    """

    def __init__(self, keys: int = 100_000, clock: Callable[[], int] | None = None) -> None:
        _check("MemoryRates: keys", keys >= 1, "at least 1")
        self.keys = keys
        self.clock = clock
        #: What each bucket contained when it was last used, and that time.
        self.levels: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"MemoryRates(keys={self.keys})"

    def __reduce__(self) -> tuple[type[MemoryRates], tuple[object, ...]]:
        return type(self), (self.keys, self.clock)

    async def take(self, buckets: Sequence[tuple[str, Rate]]) -> Sequence[int]:
        """Take a token from each of the buckets, or from none.

        Args:
            buckets: The names of the buckets, with their rates.
        """
        with self._lock:
            now = time.monotonic_ns() // 1000 if self.clock is None else self.clock()
            found = [self._level(name, rate, now) for name, rate in buckets]
            pairs = list(zip(buckets, found, strict=True))
            is_admitted = all(level >= rate.unit for (_, rate), level in pairs)
            for (name, rate), level in pairs:
                self.levels[name] = (level - rate.unit if is_admitted else level), now
                self.levels.move_to_end(name)
            while len(self.levels) > self.keys:
                self.levels.popitem(last=False)
        return found

    def _level(self, name: str, rate: Rate, now: int) -> int:
        if name not in self.levels:
            return rate.capacity
        level, at = self.levels[name]
        return min(rate.capacity, level + max(0, now - at) * rate.requests)


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
        rate: Limit of the rate of each client's requests, or a list of such limits.
            A request that exceeds one is answered with 429 before its body is read. Rates of the
            application apply in addition, to its WebSockets as well.

    Raises:
        ValueError: A number is out of its range, or two rates share one bucket.
        TypeError: The rate is something else.
    """

    timeout: float | None = None
    timeout_status: int | None = None
    concurrency: int | None = None
    queue: int = 0
    retry_after: int = 1
    cancel_on_disconnect: bool | None = None
    rate: Rate | Sequence[Rate] | None = None

    def __post_init__(self) -> None:
        _check("timeout", self.timeout is None or self.timeout > 0, "more than 0 seconds")
        status = self.timeout_status
        _check("timeout_status", status is None or 400 <= status <= 599, "from 400 to 599")
        _check("concurrency", self.concurrency is None or self.concurrency > 0, "at least 1")
        _check("queue", self.queue >= 0, "0 or more")
        _check("queue", not self.queue or self.concurrency is not None, "with a concurrency")
        _check("retry_after", self.retry_after >= 0, "0 or more seconds")
        for rate in self.rates:
            if not isinstance(rate, Rate):
                raise TypeError("RequestLimits: rate must be a Rate or a list of them")
        names = [bucket_name(rate) for rate in self.rates]
        _check("rate", len({*names}) == len(names), "given once, or have another name")

    @property
    def rates(self) -> tuple[Rate, ...]:
        """The limits of rates."""
        if self.rate is None:
            return ()
        return tuple(self.rate) if isinstance(self.rate, Sequence) else (self.rate,)

    def __str__(self) -> str:
        said = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        ]
        return ", ".join(said)


def bucket_name(rate: Rate) -> str:
    """Return what tells the buckets of rates apart. Another rate begins with full buckets."""
    burst = rate.requests if rate.burst is None else rate.burst
    return f"{rate.name or ''}:{rate.requests}/{rate.per:g}/{burst}"


def _check(name: str, is_right: bool, range_: str) -> None:
    if not is_right:
        where = "" if ": " in name else "RequestLimits: "
        raise ValueError(f"{where}{name} must be {range_}")


__all__ = ["MemoryRates", "Rate", "RateStore", "RequestLimits"]
