"""Logs in Redis Streams.

A stream has three keys: the log itself, whose entries have the numbers of the events as their ids;
a hash with the number of the last event, the end, and how far listeners are; and the lease of the
producer, which expires. Each operation is one script, so that no two processes see parts of it. A
listener that finds neither an end nor a lease writes the end `lost`, for all listeners. From then
on the old producer cannot write, even if it was only slow.

Pub/Sub notifies listeners of new events, so that they need no connection each. They also read from
time to time without a notification, as a message may be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from rapide.distributed.channels import Unavailable
from rapide.distributed.channels.connection import NOW, attempt, connect
from rapide.distributed.channels.redis_channels import RedisChannels
from rapide.distributed.streams.endings import Ending
from rapide.distributed.streams.log import PAGE, Bounds, LeaseLost, Log, Page, Standing

#: KEYS: log, hash, lease. ARGV: channel, retention in ms, lease in ms, and those of each script.
_KEEP: Final = """
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
"""
_OPEN: Final = f"""{NOW}
redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[3])
redis.call('HSET', KEYS[2], 'last', 0, 'read', 0, 'heard', now)
{_KEEP}
"""
_APPEND: Final = f"""{NOW}
local state = redis.call('HMGET', KEYS[2], 'last', 'read', 'heard', 'ending')
if redis.call('GET', KEYS[3]) ~= ARGV[4] or not state[1] or state[4] then return false end
redis.call('PEXPIRE', KEYS[3], ARGV[3])
local last = tonumber(state[1])
local number = tonumber(ARGV[6])
local is_new = false
for index = 7, #ARGV do
    if number > last then
        local id = string.format('%d-0', number)
        redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[5], id, 'e', ARGV[index])
        last = number
        is_new = true
    end
    number = number + 1
end
if is_new then
    redis.call('HSET', KEYS[2], 'last', last)
    redis.call('PUBLISH', ARGV[1], '')
end
{_KEEP}
return {{tonumber(state[2]), now - tonumber(state[3])}}
"""
_END: Final = f"""
if redis.call('GET', KEYS[3]) ~= ARGV[4] then return false end
redis.call('DEL', KEYS[3])
redis.call('HSET', KEYS[2], 'ending', ARGV[5])
redis.call('PUBLISH', ARGV[1], '')
{_KEEP}
"""
_READ: Final = f"""{NOW}
local state = redis.call('HMGET', KEYS[2], 'last', 'read', 'ending')
if not state[1] then return false end
local last = tonumber(state[1])
local after = tonumber(ARGV[4])
if after > last then return false end
local ending = state[3]
if not ending and redis.call('EXISTS', KEYS[3]) == 0 then
    ending = ARGV[6]
    redis.call('HSET', KEYS[2], 'ending', ending)
    redis.call('PUBLISH', ARGV[1], '')
    {_KEEP}
end
redis.call('HSET', KEYS[2], 'heard', now)
if after > tonumber(state[2]) then redis.call('HSET', KEYS[2], 'read', after) end
local found = redis.call('XRANGE', KEYS[1], string.format('%d-0', after + 1), '+', 'COUNT', ARGV[5])
if #found == 0 and after < last then return false end
if #found > 0 and found[1][1] ~= string.format('%d-0', after + 1) then return false end
local events = {{}}
for index, entry in ipairs(found) do events[index] = entry[2][2] end
local is_last = after + #events == last
return {{is_last and ending or '', events}}
"""


class RedisLog(Log):
    """Logs that every process can read."""

    def __init__(self, url: str, prefix: str, bounds: Bounds) -> None:
        self.client = connect(url)
        self.channels = RedisChannels(url)
        self.prefix = prefix
        self.bounds = bounds
        register = self.client.register_script
        self.scripts = {name: register(text) for name, text in _SCRIPTS.items()}

    async def _run(self, script: str, key: str, *arguments: str | bytes | int) -> Any:
        # The braces put the keys of a stream on the same server of a cluster.
        name = f"{self.prefix}{{{key}}}"
        times = (int(self.bounds.retention * 1000), int(self.bounds.lease * 1000))
        return await attempt(
            self.scripts[script],
            keys=[f"{name}:log", f"{name}:state", f"{name}:lease"],
            args=[self.prefix + key, *times, *arguments],
        )

    async def open(self, key: str, owner: str) -> None:
        """Begin a log."""
        await self._run("open", key, owner)

    async def append(self, key: str, owner: str, first: int, events: Sequence[bytes]) -> Standing:
        """Add events and renew the lease."""
        found = await self._run("append", key, owner, self.bounds.kept, first, *events)
        if found is None:
            raise LeaseLost(key)
        return Standing(found[0], found[1] / 1000)

    async def end(self, key: str, owner: str, ending: Ending) -> None:
        """Add the end."""
        await self._run("end", key, owner, ending)

    async def read(self, key: str, after: int) -> Page:
        """Return the events after a position."""
        found = await self._run("read", key, after, PAGE, Ending.LOST)
        if found is None:
            return Page(after + 1, (), Ending.FORGOTTEN)
        ending, events = found
        return Page(after + 1, events, Ending(ending.decode()) if ending else None)

    @asynccontextmanager
    async def watch(self, key: str) -> AsyncIterator[asyncio.Event]:
        """Return an event that is set whenever the log may have changed."""
        event = asyncio.Event()

        def notice(_: bytes) -> None:
            event.set()

        channel = self.prefix + key
        try:
            try:
                await self.channels.subscribe(channel, notice)
            except Unavailable:
                # The subscription is made when Redis is back. Until then, listeners read by time.
                event.set()
            yield event
        finally:
            await asyncio.shield(self.channels.unsubscribe(channel, notice))

    async def close(self) -> None:
        """Close the connections."""
        await self.channels.close()
        await self.client.aclose()


_SCRIPTS: Final = {"open": _OPEN, "append": _APPEND, "end": _END, "read": _READ}
