"""Requests that no route serves: answers with status 404 and 405 that are known in advance.

Where nothing of the application can see such a request, and our own handler of HTTP exceptions
answers it, the answer depends on the method and the path alone. It is remembered until something
changes. Clients can invent paths without end, so only some are kept, and only short ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException
from starlette.types import Scope

from rapide.direct.links import Run
from rapide.exception_handlers import (
    ProblemHandlers,
    http_exception_handler,
    uses_replacements,
)
from rapide.http11.heads import Headers, StaticAnswer, header_lines, status_line
from rapide.runtime import instrumentation
from rapide.scope_keys import ROUTER

if TYPE_CHECKING:
    from rapide.http11.contract import Exchange
    from rapide.routing.dispatch import Dispatcher
    from rapide.routing.table import Found
    from rapide.runtime.errors import Handlers

#: How many answers are remembered, and for paths of which length in characters.
MOST_MISSES: Final = 512
LONGEST_MISS: Final = 256


class Miss:
    """An answer that our own handler gives to the HTTP exception of a request without a route."""

    def __init__(
        self, status: int, fields: Headers, detail: bytes, problems: ProblemHandlers | None
    ) -> None:
        self.status = status
        self.content, kind = b'{"detail":"%b"}' % detail, b"application/json"
        if problems is not None:
            self.content, kind = problems.encode(status, detail.decode())
        length = b"content-length", b"%d" % len(self.content)
        self._fields = [*fields, length, (b"content-type", kind)]
        lines = header_lines(self._fields)
        self.answer: Final = StaticAnswer(status_line(status), lines, self.content)

    async def serve(self, exchange: Exchange) -> None:
        """Answer a request through middleware."""
        exchange.respond(self.status, self._fields.copy(), self.content)


class Nowhere:
    """The result of routing for a path that no route has."""

    entry = None

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._router = dispatcher.router

    def enter(self, scope: Scope) -> None:
        """Write into a scope what routing writes in such a case."""
        scope.setdefault(ROUTER, self._router)


class MissRun(Run):
    """What a chain of middleware leads to for a request without a route."""

    __slots__ = ("misses",)

    def __init__(self, misses: PlainMisses, *found: Any) -> None:
        super().__init__(*found)
        self.misses = misses

    def is_outdated(self) -> bool:
        """Return whether something else may answer now: middleware has run since then."""
        return super().is_outdated() or not self.misses.are_as_before()


class PlainMisses:
    """Whether the answers of an application to requests without a route are ours alone.

    Args:
        dispatcher: What finds its routes.
        handlers: Its exception handlers.
        problems: What answers errors with problem documents, if the application is to do so.
    """

    def __init__(
        self, dispatcher: Dispatcher, handlers: Handlers, problems: ProblemHandlers | None
    ) -> None:
        self._router: Any = dispatcher.router
        self._by_class, self._by_status = handlers
        found = self._by_class.get(HTTPException)
        is_problem = problems is not None and found == problems.answer_http and problems.are_plain
        self._handler: object = found if is_problem else http_exception_handler
        self._problems = problems if is_problem else None
        self.not_found: Final = Miss(404, [], b"Not Found", self._problems)
        self._default: object = None
        self._redirects: object = None

    def are_plain(self) -> bool:
        """Return whether nothing but a redirect, and nothing of the application's, can answer."""
        router = self._router
        self._default, self._redirects = router.default, router.redirect_slashes
        return bool(self.are_as_before() and router._rapide_has_nothing_else())

    def not_allowed(self, found: Found) -> Miss | None:
        """Return the answer for a path whose routes have other methods; None if not certain."""
        target = found.entry.target
        if target.runner is None or instrumentation.is_on():
            return None
        now = target.runner.now or target.runner.prepare()
        methods = ", ".join(target.methods or ())
        if now.reason is not None or not methods.isascii():
            return None
        allow = b"allow", methods.encode()
        return Miss(405, [allow], b"Method Not Allowed", self._problems)

    def are_as_before(self) -> bool:
        """Return whether what nobody reports is as it was when that was asked."""
        by_status, router = self._by_status, self._router
        return (
            router.default is self._default
            and router.redirect_slashes is self._redirects
            and self._by_class.get(HTTPException) is self._handler
            and not (by_status and (404 in by_status or 405 in by_status))
            and not uses_replacements()
        )
