"""Clients of Redis, with the settings that rooms, streams and kept answers share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from rapide.distributed.channels.contract import PATIENCE, Unavailable

try:
    from redis.asyncio import BlockingConnectionPool, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import ConstantBackoff
    from redis.exceptions import BusyLoadingError
    from redis.exceptions import ConnectionError as ConnectionLost
    from redis.exceptions import RedisError as RedisError
    from redis.exceptions import TimeoutError as TimedOut
except ImportError as missing:  # pragma: no cover
    raise ImportError(
        "rooms, streams, rates and kept answers in Redis need redis-py: pip install 'rapide[redis]'"
    ) from missing

#: The errors after which the same command can succeed a moment later.
LOST: Final = (ConnectionLost, TimedOut, OSError, BusyLoadingError)
#: How many commands of a process run at the same time; others wait for a connection.
_CONNECTIONS: Final = 32
#: How long to wait between two attempts, in seconds.
_PAUSE: Final = 0.1
#: The beginning of scripts that need the time of the server: `now`, in milliseconds.
NOW: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""


def connect(url: str, patience: float = PATIENCE) -> Redis:
    """Return a client whose commands share a few connections. Nothing is connected yet.

    Args:
        url: The URL of the server.
        patience: How long a command waits for a connection, and for its answer, in seconds.

    Raises:
        ValueError: The URL does not name a Redis server.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=_CONNECTIONS,
        timeout=patience,
        socket_timeout=patience,
        socket_connect_timeout=patience,
        retry=Retry(ConstantBackoff(_PAUSE), 0),
    )
    return Redis.from_pool(pool)  # so that `aclose` closes the pool too


def connect_for_listening(url: str) -> Redis:
    """Return a client for one connection that waits for messages as long as it takes."""
    return Redis.from_url(
        url,
        socket_timeout=None,
        socket_connect_timeout=PATIENCE,
        retry=Retry(ConstantBackoff(_PAUSE), 0),
    )


@asynccontextmanager
async def reporting() -> AsyncIterator[None]:
    """Report errors of Redis as `Unavailable`."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise Unavailable(f"Redis cannot be used: {error}") from error


async def attempt(command: Any, *arguments: Any, **options: Any) -> Any:
    """Run a command that may be run twice, until it succeeds or the patience ends.

    Raises:
        Unavailable: The server cannot be reached, or it refuses the command.
    """
    loop = asyncio.get_running_loop()
    latest = loop.time() + PATIENCE
    async with reporting():
        while True:
            try:
                return await command(*arguments, **options)
            except LOST:
                if loop.time() > latest:
                    raise
            await asyncio.sleep(_PAUSE)
