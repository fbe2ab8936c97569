"""Who is in a room, in this process and in others."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rapide.distributed.rooms.member import Participant

#: How long the members of a process that has died are still present, in seconds.
LIFETIME: Final = 15.0


@dataclass(frozen=True, slots=True)
class Present:
    """A member that is present."""

    id: str
    name: str


class Register(ABC):
    """A register of the members of all rooms."""

    @abstractmethod
    async def enter(self, room: str, members: Sequence[Participant]) -> None:
        """Add members, or confirm that they are still there."""

    @abstractmethod
    async def leave(self, room: str, member: Participant) -> None:
        """Remove a member."""

    @abstractmethod
    async def present(self, room: str) -> list[Present]:
        """Return the members of a room, sorted by name."""

    @abstractmethod
    async def close(self) -> None:
        """Close connections."""


class MemoryRegister(Register):
    """The members of the rooms of one process."""

    def __init__(self) -> None:
        self.rooms: dict[str, dict[str, Present]] = {}

    async def enter(self, room: str, members: Sequence[Participant]) -> None:
        """Add members."""
        entries = {member.id: Present(member.id, member.name) for member in members}
        self.rooms.setdefault(room, {}).update(entries)

    async def leave(self, room: str, member: Participant) -> None:
        """Remove a member."""
        entries = self.rooms.get(room, {})
        entries.pop(member.id, None)
        if not entries:
            self.rooms.pop(room, None)

    async def present(self, room: str) -> list[Present]:
        """Return the members of a room."""
        return sort_present(self.rooms.get(room, {}).values())

    async def close(self) -> None:
        """Forget everybody."""
        self.rooms.clear()


def sort_present(found: Any) -> list[Present]:
    """Return members in the order of their names."""
    return sorted(found, key=lambda present: (present.name, present.id))


def write_entry(member: Participant) -> str:
    """Return a member as text."""
    return json.dumps([member.id, member.name])


def read_entry(entry: bytes) -> Present:
    """Return the member that a text describes."""
    identity, name = json.loads(entry)
    return Present(identity, name)
