"""What answers a request: the outcomes of asking the application's entry past ASGI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from rapide.http11.heads import StaticAnswer


class Reason(NamedTuple):
    """Why requests are answered by ASGI, and what can be done about it."""

    sentence: str
    advice: str


class Carried(Protocol):
    """What was looked up for a request already."""

    def carry(self) -> None:
        """Let the application take it instead of looking again."""


class Compiled:
    """A handler answers the request, without ASGI; `found` is what routing found."""

    def __init__(self, handler: Callable[[Any], Awaitable[None]], found: Any) -> None:
        self.handler = handler
        self.found = found


class ViaAsgi:
    """The application is called by ASGI; `lookup` is what has been looked up for it."""

    def __init__(self, reason: Reason, lookup: Carried | None = None) -> None:
        self.reason = reason
        self.lookup = lookup


Outcome = Compiled | StaticAnswer | ViaAsgi
