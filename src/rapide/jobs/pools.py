"""The connections of a broker that an event loop has left open.

Scripts and test clients run several event loops, one after the other. A connection belongs to the
loop that opened it, so the next loop cannot even close it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from taskiq import AsyncBroker


def forget_connections(broker: AsyncBroker) -> None:
    """Forget the connections to Redis of a broker and its result backend, which are lost."""
    if "redis.asyncio" in sys.modules:
        for pool in _pools_of(broker):
            pool.reset()


def _pools_of(broker: AsyncBroker) -> Iterator[Any]:
    from redis.asyncio import ConnectionPool

    for owner in (broker, broker.result_backend):
        for value in vars(owner).values():
            if isinstance(value, ConnectionPool):
                yield value
