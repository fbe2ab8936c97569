"""Answer the paths of the console, and see all other requests end."""

from __future__ import annotations

from contextvars import Context
from functools import partial
from time import perf_counter
from typing import Any

from rapide.console.data import PATHS, ConsoleData, ListRoutes, names_this_machine, refusal
from rapide.console.recorder import MARKS, Recorded
from rapide.console.statements import CURRENT
from rapide.http11.contract import Exchange
from rapide.http11.heads import status_line
from rapide.http11.outcomes import Compiled, Outcome
from rapide.runtime.measuring import Marks
from rapide.server.observer import Observation, Observer, innermost
from rapide.server.observing import needs_observer
from rapide.server.options import Options
from rapide.server.route_names import route_of


def observe_with_console(list_routes: ListRoutes, options: Options) -> Any:
    """Return what makes the observer of a server that has a console."""
    return partial(make_observer, list_routes, options)


def make_observer(list_routes: ListRoutes, options: Options, context: Any) -> Observer | None:
    """Return the observer of a server; None if neither application nor options need one."""
    if getattr(innermost(context.app), "_rapide_console", None) is not False:
        return ConsoleObserver(list_routes, options, context)
    return Observer(options, context) if needs_observer(options) else None


class ConsoleObserver(Observer):
    """Observes the requests of one server for its console.

    Args:
        list_routes: Lists the routes of an application.
        options: How the application is served.
        context: What the connections of the server share.
    """

    def __init__(self, list_routes: ListRoutes, options: Options, context: Any) -> None:
        super().__init__(options, context)
        self._data = ConsoleData(list_routes)
        self._recorder = self._data.recorder
        #: Whether nothing but the console needs an observer.
        self._is_alone = not needs_observer(options)
        for path in PATHS:
            self.own_paths[path] = Compiled(self._answer, None)

    async def _answer(self, exchange: Any) -> None:
        if names_this_machine(exchange.headers):
            reply = self._data.answer(exchange.path, exchange.query_string, self._app)
        else:
            reply = refusal()
        lines = b"".join(b"%b: %b\r\n" % field for field in reply.fields)
        exchange.answer(status_line(reply.status), lines, reply.content)

    # PERF: dev. Most options need no observer. Then these methods do only what the console needs.

    def begin(self, exchange: Any) -> Outcome | None:
        """See a request begin; return what answers it if it is for the console."""
        if not self._is_alone:
            return super().begin(exchange)
        seen = exchange.observation
        if seen is None:
            seen = exchange.observation = Observation(self.own_paths.get(exchange.path), 0)
        own: Outcome | None = seen.own
        return own

    def enter(self, exchange: Exchange, variables: Context) -> None:
        """Let the statements of the request's task be noted."""
        super().enter(exchange, variables)
        seen = exchange.observation
        seen.statements = statements = self._recorder.statements()
        if statements is not None:
            variables.run(CURRENT.set, statements)

    def lines_for(self, exchange: Exchange, own: Any) -> bytes:
        """Return the line with the request's id, if requests have one."""
        return b"" if self._is_alone else super().lines_for(exchange, own)

    def on_response(self, exchange: Exchange, status: Any, size: int) -> None:
        """See a response begin, and write its line into the access log."""
        if not self._is_alone:
            super().on_response(exchange, status, size)
            return
        seen = exchange.observation
        if seen is None:  # the server refuses what it cannot read
            seen = self.observe(exchange, None)
        seen.status = status
        if exchange.connection.has_access_log and seen.own is None:
            context = self._context
            context.access_log.write(exchange, context.client_of(exchange), status)

    def on_end(self, exchange: Exchange) -> bool:
        """See a request end, and keep it if it is not for the console."""
        seen = exchange.observation
        if self._is_alone:
            counts = seen.own is None and not seen.has_ended
            seen.has_ended = True
        else:
            counts = super().on_end(exchange)
        if counts:
            recorder, now = self._recorder, perf_counter()
            recorder.count += 1
            recorder.requests.append(
                Recorded(
                    recorder.count,
                    exchange.method,
                    exchange.path,
                    exchange.query_string,
                    route_of(exchange, self._app),
                    seen.status,
                    seen.started,
                    now - seen.started,
                    self._marks_of(exchange),
                    seen.statements,
                )
            )
        return counts

    @staticmethod
    def _marks_of(exchange: Exchange) -> Marks | None:
        marks: Marks | None = exchange.observation.marks
        scope = exchange.known_scope
        return marks if marks is not None or scope is None else scope.get(MARKS)
