"""Messages between the processes of an application: in memory, or over Redis Pub/Sub."""

from __future__ import annotations

from rapide.distributed.channels.contract import Channels as Channels
from rapide.distributed.channels.contract import Unavailable as Unavailable
from rapide.distributed.channels.memory import MemoryChannels as MemoryChannels


def open_channels(url: str | None) -> Channels:
    """Return channels in the memory of this process, or of the Redis server at the URL.

    Raises:
        ImportError: There is a URL, but redis-py is not installed.
        ValueError: The URL does not name a Redis server.
    """
    if url is None:
        return MemoryChannels()
    from rapide.distributed.channels.redis_channels import RedisChannels

    return RedisChannels(url)
