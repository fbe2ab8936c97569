"""Keys that let only one of several equal jobs wait or run."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any, Final, Protocol

from taskiq import AsyncBroker, InMemoryBroker

from rapide.jobs.errors import JobError

_PREFIX: Final = "rapide:unique:"
#: Delete a key only if the job that ends has it.
_RELEASE: Final = """
if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0
"""


class UniqueKeys(Protocol):
    """A store of the keys of unique jobs."""

    async def claim(self, key: str, job_id: str, seconds: float) -> str:
        """Claim a key for a job, and return the identifier of the job that has it now.

        Args:
            key: The key.
            job_id: The identifier of the job that wants the key.
            seconds: The seconds after which the key is free again.
        """
        ...

    async def release(self, key: str, job_id: str) -> None:
        """Release a key if this job has it.

        Args:
            key: The key.
            job_id: The identifier of the job that has ended.
        """
        ...


class MemoryKeys:
    """Keys in the memory of this process.

    Args:
        clock: Returns the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._held: dict[str, tuple[str, float]] = {}
        self._clock = clock

    async def claim(self, key: str, job_id: str, seconds: float) -> str:
        """Claim a key for a job, and return the identifier of the job that has it now.

        Args:
            key: The key.
            job_id: The identifier of the job that wants the key.
            seconds: The seconds after which the key is free again.
        """
        now = self._clock()
        holder, until = self._held.get(key, (job_id, 0.0))
        if until > now:
            return holder
        self._held[key] = job_id, now + seconds
        return job_id

    async def release(self, key: str, job_id: str) -> None:
        """Release a key if this job has it.

        Args:
            key: The key.
            job_id: The identifier of the job that has ended.
        """
        if self._held.get(key, ("", 0.0))[0] == job_id:
            del self._held[key]


class RedisKeys:
    """Keys in Redis, for any number of processes.

    Args:
        client: A client of `redis.asyncio`.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    async def claim(self, key: str, job_id: str, seconds: float) -> str:
        """Claim a key for a job, and return the identifier of the job that has it now.

        Args:
            key: The key.
            job_id: The identifier of the job that wants the key.
            seconds: The seconds after which the key is free again.
        """
        name, milliseconds = _PREFIX + key, max(1, int(seconds * 1000))
        while True:
            if await self._client.set(name, job_id, nx=True, px=milliseconds):
                return job_id
            holder = await self._client.get(name)
            if holder is not None:
                return holder.decode() if isinstance(holder, bytes) else str(holder)

    async def release(self, key: str, job_id: str) -> None:
        """Release a key if this job has it.

        Args:
            key: The key.
            job_id: The identifier of the job that has ended.
        """
        await self._client.eval(_RELEASE, 1, _PREFIX + key, job_id)


def keys_of(broker: AsyncBroker) -> UniqueKeys:
    """Return the keys for the jobs of a broker: in its own Redis, or in memory.

    Raises:
        JobError: The broker has neither.
    """
    if isinstance(broker, InMemoryBroker):
        return MemoryKeys()
    pool = getattr(broker, "connection_pool", None)
    if type(pool).__module__.partition(".")[0] != "redis":
        raise JobError(
            f"{type(broker).__name__} has no place for the keys of unique jobs: give the job one, "
            "as in app.job(broker, unique_keys=RedisKeys(client))"
        )
    from redis.asyncio import Redis

    return RedisKeys(Redis(connection_pool=pool))
