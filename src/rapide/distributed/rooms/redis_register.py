"""The members of rooms in Redis.

A room is a sorted set: each member with the time at which it expires. Every process confirms its
own members a few times within that time, so those of a process that was killed disappear, and those
of a server that was restarted come back. Only the clock of the server counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rapide.distributed.channels.connection import NOW, attempt, connect
from rapide.distributed.rooms.presence import (
    LIFETIME,
    Present,
    Register,
    read_entry,
    sort_present,
    write_entry,
)

if TYPE_CHECKING:
    from rapide.distributed.rooms.member import Participant

_EXPIRE: Final = f"""{NOW}
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
"""
_ENTER: Final = f"""{_EXPIRE}
for index, entry in ipairs(ARGV) do
    if index > 1 then redis.call('ZADD', KEYS[1], now + ARGV[1], entry) end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
"""
_PRESENT: Final = f"""{_EXPIRE}
return redis.call('ZRANGE', KEYS[1], 0, -1)
"""


class RedisRegister(Register):
    """The members of the rooms of all processes."""

    def __init__(self, url: str, prefix: str) -> None:
        self.client = connect(url)
        self.prefix = prefix
        self.enter_script = self.client.register_script(_ENTER)
        self.present_script = self.client.register_script(_PRESENT)

    def _key(self, room: str) -> str:
        return f"{self.prefix}present:{room}"

    async def enter(self, room: str, members: Sequence[Participant]) -> None:
        """Add members, or confirm them."""
        entries = [int(LIFETIME * 1000), *map(write_entry, members)]
        await attempt(self.enter_script, keys=[self._key(room)], args=entries)

    async def leave(self, room: str, member: Participant) -> None:
        """Remove a member."""
        await attempt(self.client.zrem, self._key(room), write_entry(member))

    async def present(self, room: str) -> list[Present]:
        """Return the members of a room."""
        entries = await attempt(self.present_script, keys=[self._key(room)], args=[])
        return sort_present(map(read_entry, entries))

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()
