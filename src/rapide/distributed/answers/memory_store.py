"""Answers in the memory of one process."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any
from weakref import WeakValueDictionary

from rapide.distributed.answers.contract import Answer, Claim, Entry, Standing, Store


class _Epoch:
    """The time between two invalidations of a tag. It lasts as long as an answer belongs to it."""

    __slots__ = ("__weakref__", "is_over")

    def __init__(self) -> None:
        self.is_over = False


@dataclass(slots=True)
class _Record:
    answer: Answer
    fingerprint: str
    began: float
    fresh: float
    until: float
    epochs: tuple[_Epoch, ...]


@dataclass(slots=True)
class _Hold:
    owner: str
    fingerprint: str
    until: float


class MemoryStore(Store):
    """Answers for an application that runs in one process, perhaps in several threads.

    The answers that were not used for the longest time are forgotten first.
    """

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self.max_entries = max_entries
        self.max_bytes = max_bytes
        self.records: OrderedDict[str, _Record] = OrderedDict()
        self.holds: dict[str, _Hold] = {}
        self.epochs: WeakValueDictionary[str, _Epoch] = WeakValueDictionary()
        #: The number of bytes of all answers.
        self.size = 0
        self._lock = Lock()

    async def claim(self, entry: Entry, owner: str) -> Claim:
        """Return the answer, or hold the entry if nobody does."""
        with self._lock:
            now = monotonic()
            record = self._current(entry.key, now)
            answer, age = None, 0.0
            if record is not None:
                if record.fingerprint != entry.fingerprint:
                    return Claim(Standing.OTHER)
                self.records.move_to_end(entry.key)
                answer, age = record.answer, now - record.began
                if age < record.fresh:
                    return Claim(Standing.KEPT, answer, age)
            hold = self.holds.get(entry.key)
            if hold is not None and hold.until > now and hold.owner != owner:
                if hold.fingerprint != entry.fingerprint:
                    return Claim(Standing.OTHER)
                return Claim(Standing.BUSY if answer is None else Standing.STALE, answer, age)
            self.holds[entry.key] = _Hold(owner, entry.fingerprint, now + entry.lease)
            epochs = tuple(self.epochs.setdefault(tag, _Epoch()) for tag in entry.tags)
            return Claim(Standing.HELD, answer, age, epochs)

    def _current(self, key: str, now: float) -> _Record | None:
        """Return the record of a key, unless it is over."""
        record = self.records.get(key)
        if record is None:
            return None
        if record.until > now and not any(epoch.is_over for epoch in record.epochs):
            return record
        self._forget(key)
        return None

    def _forget(self, key: str) -> None:
        record = self.records.pop(key, None)
        if record is not None:
            self.size -= record.answer.size

    async def renew(self, entry: Entry, owner: str) -> bool:
        """Prolong a hold."""
        with self._lock:
            hold = self.holds.get(entry.key)
            if hold is None or hold.owner != owner:
                return False
            hold.until = monotonic() + entry.lease
            return True

    async def keep(self, entry: Entry, owner: str, epochs: Any, answer: Answer) -> bool:
        """Keep the answer and end the hold."""
        with self._lock:
            if not self._end_hold(entry.key, owner) or any(epoch.is_over for epoch in epochs):
                return False
            now = monotonic()
            self._forget(entry.key)
            self.records[entry.key] = _Record(
                answer, entry.fingerprint, now, entry.fresh, now + entry.kept, epochs
            )
            self.size += answer.size
            while len(self.records) > self.max_entries or self.size > self.max_bytes:
                self._forget(next(iter(self.records)))
            return True

    def _end_hold(self, key: str, owner: str) -> bool:
        hold = self.holds.get(key)
        if hold is None or hold.owner != owner:
            return False
        del self.holds[key]
        return True

    async def release(self, entry: Entry, owner: str) -> None:
        """End a hold without an answer."""
        with self._lock:
            self._end_hold(entry.key, owner)

    async def invalidate(self, tags: tuple[str, ...]) -> None:
        """Forget all answers with one of these tags."""
        with self._lock:
            for tag in tags:
                epoch = self.epochs.pop(tag, None)
                if epoch is not None:
                    epoch.is_over = True

    async def clear(self) -> None:
        """Forget all answers, and do not keep those that are being made."""
        with self._lock:
            self.records.clear()
            self.holds.clear()
            self.size = 0

    async def close(self) -> None:
        """Do nothing: there are no connections."""
