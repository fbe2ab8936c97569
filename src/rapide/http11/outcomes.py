"""The outcomes of asking the application's entry past ASGI what answers a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, Protocol

from rapide.http11.heads import StaticAnswer


class Reason(NamedTuple):
    """Why requests are answered by ASGI or on the generic path, and what users can do about it."""

    sentence: str
    advice: str


class Carried(Protocol):
    """The result of a lookup that was made for a request."""

    def carry(self) -> None:
        """Offer it to the application, which need not look again."""


class Compiled:
    """A handler answers without ASGI; `found` is the result of routing.

    `needs_no_task` says that the handler neither waits nor runs code that could see its task.
    """

    def __init__(
        self,
        handler: Callable[[Any], Awaitable[None]],
        found: Any,
        needs_no_task: bool = False,
    ) -> None:
        self.handler = handler
        self.found = found
        self.needs_no_task = needs_no_task


class ViaAsgi:
    """The application is called by ASGI; `lookup` is the result of routing, if there is one."""

    def __init__(self, reason: Reason, lookup: Carried | None = None) -> None:
        self.reason = reason
        self.lookup = lookup


Outcome = Compiled | StaticAnswer | ViaAsgi
