"""What is kept, and what a store does with it.

An entry belongs to one request, or to all requests that are alike. Whoever wants its answer claims
it. The claim returns the answer if there is one. Otherwise the first claim holds the entry, and
should make the answer and keep it; the others are told that the entry is busy. A hold is a lease:
it ends after some time if nobody renews it, because its process may have died.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response."""

    status: int
    headers: Headers
    body: bytes

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self.body) + sum(len(name) + len(value) for name, value in self.headers)

    def encode(self) -> bytes:
        """Return it as bytes: one line of JSON, then the body."""
        fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.headers]
        return json.dumps([self.status, fields]).encode() + b"\n" + self.body

    @classmethod
    def decode(cls, data: bytes) -> Answer:
        """Return the answer that `encode` has written."""
        head, _, body = data.partition(b"\n")
        status, fields = json.loads(head)
        headers = ((name.encode("latin-1"), value.encode("latin-1")) for name, value in fields)
        return cls(status, tuple(headers), body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The place of an answer in a store. Times are in seconds."""

    key: str
    #: How long an answer is given out, and how long it is kept.
    fresh: float
    kept: float
    #: How long a hold lasts that nobody renews.
    lease: float
    #: How long a server that cannot be reached is tried.
    patience: float
    #: What the request is. Another request with the same key gets no answer.
    fingerprint: str = ""
    #: An answer is forgotten when one of its tags is invalidated.
    tags: tuple[str, ...] = ()


class Standing(StrEnum):
    """What a claim has found."""

    #: There is an answer.
    KEPT = "kept"
    #: Somebody else makes a new answer. There is an old one.
    STALE = "stale"
    #: Somebody else makes the answer.
    BUSY = "busy"
    #: The key belongs to another request.
    OTHER = "other"
    #: The claim holds the entry now. There may be an old answer.
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Claim:
    """The result of a claim."""

    standing: Standing
    answer: Answer | None = None
    #: The age of the answer in seconds.
    age: float = 0
    #: What the tags were when the hold began, for `Store.keep`.
    epochs: Any = None


class Store(ABC):
    """Keeps answers."""

    @abstractmethod
    async def claim(self, entry: Entry, owner: str) -> Claim:
        """Return the answer, or hold the entry if nobody does.

        Raises:
            Unavailable: The server cannot be reached.
        """

    @abstractmethod
    async def renew(self, entry: Entry, owner: str) -> bool:
        """Prolong a hold, and return whether it still exists.

        Raises:
            Unavailable: The server cannot be reached.
        """

    @abstractmethod
    async def keep(self, entry: Entry, owner: str, epochs: Any, answer: Answer) -> bool:
        """Keep the answer and end the hold. Return whether others may have the answer.

        They may not if the hold has expired, or a tag was invalidated meanwhile.

        Raises:
            Unavailable: The server cannot be reached.
        """

    @abstractmethod
    async def release(self, entry: Entry, owner: str) -> None:
        """End a hold without an answer.

        Raises:
            Unavailable: The server cannot be reached.
        """

    @abstractmethod
    async def invalidate(self, tags: tuple[str, ...]) -> None:
        """Forget all answers with one of these tags.

        Raises:
            Unavailable: The server cannot be reached.
        """

    @abstractmethod
    async def clear(self) -> None:
        """Forget all answers.

        Raises:
            Unavailable: The server cannot be reached.
        """

    @abstractmethod
    async def close(self) -> None:
        """Close connections."""
