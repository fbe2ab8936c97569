"""Logs in the memory of one process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from time import monotonic

from rapide.distributed.streams.endings import Ending
from rapide.distributed.streams.log import PAGE, Bounds, LeaseLost, Log, Page, Standing


class _Record:
    """The log of one stream."""

    def __init__(self, owner: str, kept: int) -> None:
        self.owner = owner
        self.events: deque[bytes] = deque(maxlen=kept)
        #: The number of the last event.
        self.last = 0
        self.ending: Ending | None = None
        self.read = 0
        self.heard_at = self.changed_at = monotonic()
        self.watchers: set[asyncio.Event] = set()

    def notify(self) -> None:
        """Wake those who watch."""
        self.changed_at = monotonic()
        for event in self.watchers:
            event.set()


class MemoryLog(Log):
    """Logs for an application that runs in one process."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.records: dict[str, _Record] = {}

    async def open(self, key: str, owner: str) -> None:
        """Begin a log, and forget those that have been kept long enough."""
        oldest = monotonic() - self.bounds.retention
        for name, record in list(self.records.items()):
            if record.ending is not None and record.changed_at < oldest:
                del self.records[name]
        self.records[key] = _Record(owner, self.bounds.kept)

    def _own(self, key: str, owner: str) -> _Record:
        record = self.records.get(key)
        if record is None or record.owner != owner or record.ending is not None:
            raise LeaseLost(key)
        return record

    async def append(self, key: str, owner: str, first: int, events: Sequence[bytes]) -> Standing:
        """Add events."""
        record = self._own(key, owner)
        if events:
            record.events.extend(events)
            record.last += len(events)
            record.notify()
        return Standing(record.read, monotonic() - record.heard_at)

    async def end(self, key: str, owner: str, ending: Ending) -> None:
        """Add the end."""
        try:
            record = self._own(key, owner)
        except LeaseLost:
            return
        record.ending = ending
        record.notify()

    async def read(self, key: str, after: int) -> Page:
        """Return the events after a position."""
        record = self.records.get(key)
        if record is None:
            return Page(after + 1, (), Ending.FORGOTTEN)
        skipped = after - (record.last - len(record.events))
        if skipped < 0 or after > record.last:
            return Page(after + 1, (), Ending.FORGOTTEN)
        record.heard_at = monotonic()
        record.read = max(record.read, after)
        events = list(islice(record.events, skipped, skipped + PAGE))
        is_last = after + len(events) == record.last
        return Page(after + 1, events, record.ending if is_last else None)

    @asynccontextmanager
    async def watch(self, key: str) -> AsyncIterator[asyncio.Event]:
        """Return an event that is set whenever the log has changed."""
        event = asyncio.Event()
        record = self.records.get(key)
        if record is None:
            yield event
            return
        record.watchers.add(event)
        try:
            yield event
        finally:
            record.watchers.discard(event)

    async def close(self) -> None:
        """Forget all logs."""
        self.records.clear()
