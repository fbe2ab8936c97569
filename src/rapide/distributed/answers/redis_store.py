"""Answers in Redis.

An entry has two keys: a hash with the answer, and the hold, which expires. A tag has a key that is
as old as the last answer which needs it: its epoch. An answer is valid as long as the epochs of its
tags are those from before it was made. So invalidating a tag means to delete its key, and an answer
that is made meanwhile is not kept. Each operation is one script, and only the clock of the server
counts. The braces put all keys on the same server of a cluster.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from rapide.distributed.answers.contract import Answer, Claim, Entry, Standing, Store
from rapide.distributed.channels.connection import LOST, NOW, reporting
from rapide.distributed.channels.contract import PATIENCE

#: The pause between two attempts, in seconds.
_PAUSE: Final = 0.05
#: How many keys are deleted at a time.
_MANY: Final = 500
#: KEYS: answer, hold, tags. ARGV: owner, fingerprint, and those of each script.
_HEAD: Final = """
local own = ARGV[1] .. ' ' .. ARGV[2]
local function read_epochs()
    local epochs = {}
    for index = 3, #KEYS do epochs[#epochs + 1] = redis.call('GET', KEYS[index]) or '' end
    return table.concat(epochs, ' ')
end
local function prolong(milliseconds)
    for index = 3, #KEYS do
        if redis.call('PTTL', KEYS[index]) < milliseconds then
            redis.call('PEXPIRE', KEYS[index], milliseconds)
        end
    end
end
"""
#: ARGV: lease and time to keep, in milliseconds.
_CLAIM: Final = f"""{NOW}{_HEAD}
local found = redis.call('HMGET', KEYS[1], 'answer', 'fingerprint', 'began', 'fresh', 'epochs')
local answer = false
local age = 0
if found[1] then
    if found[2] ~= ARGV[2] then return {{'other', 0, false, ''}} end
    if found[5] == read_epochs() then
        answer = found[1]
        age = math.max(0, now - tonumber(found[3]))
        if age < tonumber(found[4]) then return {{'kept', age, answer, ''}} end
    else
        redis.call('DEL', KEYS[1])
    end
end
local hold = redis.call('GET', KEYS[2])
if hold and hold ~= own then
    if string.sub(hold, #ARGV[1] + 2) ~= ARGV[2] then return {{'other', 0, false, ''}} end
    return {{answer and 'stale' or 'busy', age, answer, ''}}
end
redis.call('SET', KEYS[2], own, 'PX', ARGV[3])
for index = 3, #KEYS do redis.call('SET', KEYS[index], ARGV[1], 'PX', ARGV[4], 'NX') end
prolong(tonumber(ARGV[4]))
return {{'held', age, answer, read_epochs()}}
"""
#: ARGV: lease in milliseconds.
_RENEW: Final = f"""{_HEAD}
if redis.call('GET', KEYS[2]) ~= own then return 0 end
return redis.call('PEXPIRE', KEYS[2], ARGV[3])
"""
#: ARGV: time to keep and to give out in milliseconds, epochs, answer.
_KEEP: Final = f"""{NOW}{_HEAD}
if redis.call('GET', KEYS[2]) ~= own then
    -- The reply to an earlier attempt may have been lost.
    return redis.call('HGET', KEYS[1], 'owner') == ARGV[1] and 1 or 0
end
redis.call('DEL', KEYS[2])
if read_epochs() ~= ARGV[5] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'answer', ARGV[6], 'fingerprint', ARGV[2], 'began', now,
    'fresh', ARGV[4], 'epochs', ARGV[5], 'owner', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
prolong(tonumber(ARGV[3]))
return 1
"""
_RELEASE: Final = f"""{_HEAD}
if redis.call('GET', KEYS[2]) == own then redis.call('DEL', KEYS[2]) end
"""
_SCRIPTS: Final = {"claim": _CLAIM, "renew": _RENEW, "keep": _KEEP, "release": _RELEASE}


class RedisStore(Store):
    """Answers that every process can read."""

    def __init__(self, client: Any, prefix: str, *, is_own: bool) -> None:
        """Use a client, which is closed with the store if it is its own."""
        self.client = client
        self.prefix = prefix
        self.is_own = is_own
        register = self.client.register_script
        self.scripts = {name: register(text) for name, text in _SCRIPTS.items()}

    async def _attempt(self, patience: float, command: Any, *arguments: Any, **options: Any) -> Any:
        """Run a command that may be run twice, until it succeeds or the patience ends."""
        async with reporting(), asyncio.timeout(patience):
            while True:
                try:
                    return await command(*arguments, **options)
                except LOST:
                    await asyncio.sleep(_PAUSE)

    async def _run(self, script: str, entry: Entry, owner: str, *arguments: Any) -> Any:
        name = f"{{{self.prefix}}}:{entry.key}"
        return await self._attempt(
            entry.patience,
            self.scripts[script],
            keys=[name, f"{name}:hold", *map(self._tag, entry.tags)],
            args=[owner, entry.fingerprint, *arguments],
        )

    def _tag(self, tag: str) -> str:
        return f"{{{self.prefix}}}:tag:{tag}"

    async def claim(self, entry: Entry, owner: str) -> Claim:
        """Return the answer, or hold the entry if nobody does."""
        times = _milliseconds(entry.lease), _milliseconds(entry.kept)
        standing, age, answer, epochs = await self._run("claim", entry, owner, *times)
        kept = None if answer is None else Answer.decode(answer)
        return Claim(Standing(standing.decode()), kept, age / 1000, epochs)

    async def renew(self, entry: Entry, owner: str) -> bool:
        """Prolong a hold."""
        return bool(await self._run("renew", entry, owner, _milliseconds(entry.lease)))

    async def keep(self, entry: Entry, owner: str, epochs: Any, answer: Answer) -> bool:
        """Keep the answer and end the hold."""
        times = _milliseconds(entry.kept), _milliseconds(entry.fresh)
        return bool(await self._run("keep", entry, owner, *times, epochs, answer.encode()))

    async def release(self, entry: Entry, owner: str) -> None:
        """End a hold without an answer."""
        await self._run("release", entry, owner)

    async def invalidate(self, tags: tuple[str, ...]) -> None:
        """Delete the epochs of the tags."""
        if tags:
            await self._attempt(PATIENCE, self.client.delete, *map(self._tag, tags))

    async def clear(self) -> None:
        """Delete all keys."""
        async with reporting():
            found: list[bytes] = []
            pattern = "".join(f"\\{c}" if c in "*?[]\\^" else c for c in self.prefix)
            async for key in self.client.scan_iter(f"{{{pattern}}}:*", count=_MANY):
                found.append(key)
                if len(found) >= _MANY:
                    await self.client.delete(*found)
                    found.clear()
            if found:
                await self.client.delete(*found)

    async def close(self) -> None:
        """Close the connections."""
        if self.is_own:
            await self.client.aclose()


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
