"""The chain of middleware around the routes, one link inside of the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

from rapide.changes import changes
from rapide.http11.contract import Layer
from rapide.routing.lookup import Lookup
from rapide.types import CoroutineOf

if TYPE_CHECKING:
    from rapide.http11.contract import DirectHandler, Exchange

#: What serves a request by its handler within a function, and answers its errors.
Begin = Callable[["DirectHandler", "Exchange"], CoroutineOf[None]]


class Run:
    """What a chain of middleware leads to for one route.

    Attributes:
        handler: What answers a request.
        begin: What runs the handler within a function.
        dispatcher: What found the route.
        found_at: The version of all changes in which it was found.
    """

    __slots__ = ("begin", "dispatcher", "found_at", "handler")

    def __init__(
        self, handler: DirectHandler, begin: Begin, dispatcher: object, found_at: int
    ) -> None:
        self.handler = handler
        self.begin = begin
        self.dispatcher = dispatcher
        self.found_at = found_at

    def is_outdated(self) -> bool:
        """Return whether another route may answer now: middleware has run since it was found."""
        return self.found_at != changes.version

    def carry(self, exchange: Exchange) -> None:
        """Offer what was found to the application, which is called by ASGI after all."""
        found = exchange.found if exchange.found.entry is not None else None
        Lookup(self.dispatcher, self.found_at, exchange.method, exchange.path, found).carry()


class Link(Protocol):
    """A middleware, and all that is inside of it."""

    def serve(self, run: Run, exchange: Exchange, outer: Layer | None) -> Any:
        """Serve a request, whose response goes to `outer`; return what is awaited."""


class Routes:
    """The end of a chain without functions: the server answers what the routes raise."""

    def serve(self, run: Run, exchange: Exchange, outer: Layer | None) -> Awaitable[None]:
        """Serve a request by its handler."""
        exchange.layer = outer
        return run.handler(exchange)


class RoutesWithin:
    """The end of a chain with a function, which sees what exception handlers answer."""

    def serve(self, run: Run, exchange: Exchange, outer: Layer | None) -> CoroutineOf[None]:
        """Serve a request by its handler."""
        exchange.layer = outer
        return run.begin(run.handler, exchange)
