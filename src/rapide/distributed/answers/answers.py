"""The store of answers as an application declares it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Self
from weakref import WeakKeyDictionary

from rapide.distributed.answers.contract import Entry, Store
from rapide.distributed.answers.flights import Flights, Hold, Kept
from rapide.distributed.answers.memory_store import MemoryStore


class Answers:
    """Where the answers of `Cache` and `Idempotency` are kept. Routes may share one.

    Args:
        server: The URL of a Redis server, such as `redis://localhost:6379/0`, or a client of
            `redis.asyncio`. Without it, answers are kept in the memory of this process.
        prefix: The beginning of the names of keys in Redis. Applications with the same server
            need different ones.
        max_entries: How many answers are kept in memory.
        max_bytes: How many bytes of answers are kept in memory.

    Raises:
        ImportError: There is a URL, but redis-py is not installed.
        TypeError: The server is neither a URL nor a client of `redis.asyncio`.
        ValueError: The URL does not name a Redis server, or a number is out of range.
    """

    def __init__(
        self,
        server: Any = None,
        *,
        prefix: str = "rapide:answers",
        max_entries: int = 10_000,
        max_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        for name, number in (("max_entries", max_entries), ("max_bytes", max_bytes)):
            if number < 1:
                raise ValueError(f"Answers: {name} must be at least 1, not {number}")
        self.server = server
        self.prefix = prefix
        self.max_entries = max_entries
        self.max_bytes = max_bytes
        self._make()

    @classmethod
    def of(cls, store: Any) -> Answers:
        """Return the store that a URL, a client or None stands for.

        Args:
            store: A URL, a client of redis-py, `Answers`, or None for the memory of this process.
        """
        return store if isinstance(store, Answers) else cls(store)

    def _make(self) -> None:
        self.flights = Flights()
        #: The store in memory, or that of the client. Neither belongs to an event loop of ours.
        self._store: Store | None = None
        #: The stores over connections, by the event loop that these belong to.
        self._stores: WeakKeyDictionary[asyncio.AbstractEventLoop, Store] = WeakKeyDictionary()
        if self.server is None:
            self._store = MemoryStore(self.max_entries, self.max_bytes)
        elif isinstance(self.server, str):
            self._connect()  # a wrong URL is reported at the declaration
        else:
            self._store = self._over(_checked_client(self.server), is_own=False)

    def _connect(self) -> Store:
        from rapide.distributed.channels.connection import connect

        return self._over(connect(self.server), is_own=True)

    def _over(self, client: Any, *, is_own: bool) -> Store:
        from rapide.distributed.answers.redis_store import RedisStore

        return RedisStore(client, self.prefix, is_own=is_own)

    def __repr__(self) -> str:
        # The URL may have a password.
        return f"<Answers {'in memory' if self.server is None else 'in Redis'}>"

    def __getstate__(self) -> dict[str, object]:
        own = ("server", "prefix", "max_entries", "max_bytes")
        return {name: getattr(self, name) for name in own}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._make()

    def current(self) -> Store:
        """Return the store for the running event loop."""
        if self._store is not None:
            return self._store
        loop = asyncio.get_running_loop()
        store = self._stores.get(loop)
        if store is None:
            store = self._stores[loop] = self._connect()
        return store

    async def take(
        self, entry: Entry, *, waits: bool = True, needs_store: bool = True
    ) -> Kept | Hold | None:
        """Return the answer, or the duty to make it; see `Flights.take`.

        Args:
            entry: What the answer is kept under.
            waits: Whether to wait for an answer that another request is making.
            needs_store: Whether an outage of the store is an error.
        """
        store = self.current()
        return await self.flights.take(store, entry, waits=waits, needs_store=needs_store)

    async def invalidate(self, *tags: str) -> None:
        """Forget the answers that have one of the tags, in all processes with the same server.

        An answer that is being made at this time is not kept either.

        Raises:
            Unavailable: Redis cannot be reached.
        """
        await self.current().invalidate(tags)

    async def clear(self) -> None:
        """Forget all answers. In Redis, this takes time for each key of the server.

        Raises:
            Unavailable: Redis cannot be reached.
        """
        await self.current().clear()

    async def close(self) -> None:
        """Close the connections to Redis of this event loop, unless they are those of a client."""
        store = self._stores.pop(asyncio.get_running_loop(), None)
        if store is not None:
            await store.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _checked_client(client: Any) -> Any:
    """Return a client of `redis.asyncio` whose answers are bytes.

    Raises:
        TypeError: It is another object.
        ValueError: It decodes its answers.
    """
    execute: Callable[..., Awaitable[object]] | None = getattr(client, "execute_command", None)
    if execute is None or not asyncio.iscoroutinefunction(execute):
        raise TypeError(
            "a store of answers needs the URL of a Redis server or a client of redis.asyncio, "
            f"not {client!r}"
        )
    pool = getattr(client, "connection_pool", None)
    if getattr(pool, "connection_kwargs", {}).get("decode_responses"):
        raise ValueError("a store of answers needs a client without decode_responses")
    return client
