"""The buckets of rates in Redis, which all processes share.

A bucket is a hash: what it contained when it was last used, and that time. One script reads and
changes all buckets of a request, by the clock of the server. A bucket expires when it is full.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any, Final, Literal

from starlette.exceptions import HTTPException

from rapide.distributed.channels.connection import RedisError, connect
from rapide.limits import Rate

_logger: Final = logging.getLogger("rapide.distributed")
#: After a failure, requests do not ask the server for this time, in seconds.
_PAUSE: Final = 1.0
#: The time between two lines of the log about a server that cannot be reached, in seconds.
_SILENCE: Final = 10.0

#: Arguments: for each bucket its capacity, the price of a request, and the gain in a microsecond.
_TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local levels, admitted = {}, true
for index, key in ipairs(KEYS) do
    local capacity, price = tonumber(ARGV[3 * index - 2]), tonumber(ARGV[3 * index - 1])
    local kept = redis.call('HMGET', key, 'level', 'at')
    local level = capacity
    if kept[1] then
        local passed = math.max(0, now - tonumber(kept[2]))
        level = math.min(capacity, tonumber(kept[1]) + passed * tonumber(ARGV[3 * index]))
    end
    levels[index] = level
    admitted = admitted and level >= price
end
for index, key in ipairs(KEYS) do
    local capacity, price = tonumber(ARGV[3 * index - 2]), tonumber(ARGV[3 * index - 1])
    local level = levels[index]
    if admitted then level = level - price end
    redis.call('HSET', key, 'level', string.format('%.0f', level), 'at', string.format('%.0f', now))
    local missing = (capacity - level) / tonumber(ARGV[3 * index]) / 1000
    redis.call('PEXPIRE', key, string.format('%.0f', math.ceil(missing) + 1000))
    levels[index] = string.format('%.0f', levels[index])
end
return levels
"""


class RedisRates:
    """The buckets of rates in a Redis server.

    Args:
        url: The URL of the server, such as `redis://localhost:6379/0`.
        prefix: The beginning of all keys. Applications that share a server need different ones.
        timeout: How long a request waits for the server, in seconds.
        when_unreachable: What happens to requests while the server cannot be reached: `"open"`
            admits them, `"closed"` answers them with 503.

    Raises:
        ImportError: redis-py is not installed.
        ValueError: An argument is not one of those, or the URL does not name a Redis server.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "rapide:rate:",
        timeout: float = 0.5,
        when_unreachable: Literal["open", "closed"] = "open",
    ) -> None:
        if timeout <= 0:
            raise ValueError("RedisRates: timeout must be more than 0 seconds")
        if when_unreachable not in ("open", "closed"):
            raise ValueError("RedisRates: when_unreachable must be 'open' or 'closed'")
        self.url, self.prefix, self.timeout = url, prefix, timeout
        self.when_unreachable: Literal["open", "closed"] = when_unreachable
        #: A connection belongs to one event loop.
        self._scripts: dict[asyncio.AbstractEventLoop, Any] = {}
        self._rests_until = self._is_silent_until = 0.0
        connect(url)  # an error of the URL is reported now

    def __repr__(self) -> str:
        return f"RedisRates(prefix={self.prefix!r})"  # a URL may contain a password

    def __reduce__(self) -> tuple[object, ...]:
        return _open, (self.url, self.prefix, self.timeout, self.when_unreachable)

    async def take(self, buckets: Sequence[tuple[str, Rate]]) -> Sequence[int] | None:
        """Take a token from each of the buckets, or from none.

        Args:
            buckets: The names of the buckets, with their rates.

        Raises:
            HTTPException: 503: the server cannot be reached, and requests shall not pass then.
        """
        if time.monotonic() >= self._rests_until:
            keys = [self.prefix + name for name, _ in buckets]
            arguments = [
                number
                for _, rate in buckets
                for number in (rate.capacity, rate.unit, rate.requests)
            ]
            try:
                async with asyncio.timeout(self.timeout):
                    levels = await self._script()(keys=keys, args=arguments)
                return [int(level) for level in levels]
            except (RedisError, OSError) as error:
                self._report(error)
        if self.when_unreachable == "closed":
            raise HTTPException(503, headers={"Retry-After": "1"})
        return None

    def _script(self) -> Any:
        loop = asyncio.get_running_loop()
        script = self._scripts.get(loop)
        if script is None:
            self._scripts = {
                old: kept for old, kept in self._scripts.items() if not old.is_closed()
            }
            script = self._scripts[loop] = connect(self.url, self.timeout).register_script(_TAKE)
        return script

    def _report(self, error: Exception) -> None:
        now = time.monotonic()
        self._rests_until = now + _PAUSE
        if now >= self._is_silent_until:
            self._is_silent_until = now + _SILENCE
            result = "are not limited" if self.when_unreachable == "open" else "get 503"
            reason = str(error) or type(error).__name__
            _logger.warning("Redis cannot be reached, requests %s: %s", result, reason)

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        script = self._scripts.pop(asyncio.get_running_loop(), None)
        if script is not None:
            await script.registered_client.aclose()


def _open(
    url: str, prefix: str, timeout: float, when_unreachable: Literal["open", "closed"]
) -> RedisRates:
    return RedisRates(url, prefix=prefix, timeout=timeout, when_unreachable=when_unreachable)


__all__ = ["RedisRates"]
