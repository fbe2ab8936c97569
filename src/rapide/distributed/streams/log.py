"""The log of a stream, and what its producer and its listeners need of it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from rapide.distributed.streams.endings import Ending

#: The number of events that a listener reads at once.
PAGE: Final = 200


class LeaseLost(Exception):
    """The producer may not write any more: its lease has expired, or the log is gone."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of a log. Times are in seconds."""

    #: How many events are kept.
    kept: int
    #: How long a log is kept after its last event.
    retention: float
    #: How long a producer that shows no sign of life has the right to write.
    lease: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How far listeners are."""

    #: The number of the last event that any listener has read.
    read: int
    #: The time since any listener last read, in seconds.
    unheard: float


@dataclass(frozen=True, slots=True)
class Page:
    """Events after a position."""

    #: The number of the first event; they follow each other without a gap.
    first: int
    events: Sequence[bytes]
    #: Why the stream has ended, if these are its last events.
    ending: Ending | None


class Log(ABC):
    """The logs of all streams. Events have numbers, from 1."""

    @abstractmethod
    async def open(self, key: str, owner: str) -> None:
        """Begin a log, whose only producer is the owner.

        Raises:
            Unavailable: The server cannot be reached.
        """

    @abstractmethod
    async def append(self, key: str, owner: str, first: int, events: Sequence[bytes]) -> Standing:
        """Add events and renew the lease. Events that are there already are not added again.

        Raises:
            LeaseLost: The owner may not write any more.
            Unavailable: The server cannot be reached.
        """

    @abstractmethod
    async def end(self, key: str, owner: str, ending: Ending) -> None:
        """Add the end. Nothing happens if the owner may not write any more.

        Raises:
            Unavailable: The server cannot be reached.
        """

    @abstractmethod
    async def read(self, key: str, after: int) -> Page:
        """Return the events after a position, and remember that somebody listens there.

        Raises:
            Unavailable: The server cannot be reached.
        """

    @abstractmethod
    def watch(self, key: str) -> AbstractAsyncContextManager[asyncio.Event]:
        """Return an event that is set whenever the log may have changed."""

    @abstractmethod
    async def close(self) -> None:
        """Close connections."""
