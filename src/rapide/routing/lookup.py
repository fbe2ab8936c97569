"""What was looked up for a request before its application was called.

Our own HTTP/1.1 transport looks for a request's route first. If the application has to be called by
ASGI after all, the dispatcher takes what was found instead of looking again. It comes by way of a
context variable: middleware can see all that is in a scope.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

from starlette.types import Scope

from rapide.routing.table import Found, Unasked

#: The lookup that the request of this context has brought along.
CARRIED: Final[ContextVar[Lookup | None]] = ContextVar("rapide_lookup", default=None)


class Lookup:
    """The outcome of a lookup, for the first request to the same dispatcher that it fits.

    Args:
        dispatcher: Whose route table was asked.
        version: The version of all changes that the table is of.
        method: The method of the request.
        path: The path that was looked up.
        found: The outcome.
        error: What was raised instead of it, or after it, when the route was prepared.
    """

    __slots__ = ("_dispatcher", "_error", "_found", "_method", "_path", "_version", "redirect")

    def __init__(
        self,
        dispatcher: object,
        version: int,
        method: str,
        path: str,
        found: Found | Unasked | None,
        error: Exception | None = None,
    ) -> None:
        self._dispatcher = dispatcher
        self._version = version
        self._method = method
        self._path = path
        self._found = found
        self._error = error
        #: The lookup of the path with or without a slash at its end, if there was one.
        self.redirect: Lookup | None = None

    def carry(self) -> None:
        """Offer the outcome to the code that runs in this context from now on."""
        CARRIED.set(self)

    def fits(self, dispatcher: object, version: int, scope: Scope, path: str) -> bool:
        """Return whether a dispatcher would find the same now for this request.

        A middleware may have changed the request, or have sent it before.
        """
        return (
            dispatcher is self._dispatcher
            and version == self._version
            and path == self._path
            and scope["type"] == "http"
            and scope.get("method", "") == self._method
        )

    def take(self) -> tuple[Found | Unasked | None, Exception | None]:
        """Return the outcome, once, and the error."""
        taken = self._found, self._error
        self._dispatcher = self._found = self._error = None
        return taken
