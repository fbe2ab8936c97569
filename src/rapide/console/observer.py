"""Answer the paths of the console, and see all other requests end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import partial
from secrets import token_urlsafe
from time import perf_counter
from typing import Any, Final
from urllib.parse import parse_qs

from rapide.console.page import console_page
from rapide.console.recorder import MARKS, Recorded, Recorder
from rapide.console.routes import Listed, Row, row_of
from rapide.http11.contract import Exchange
from rapide.http11.heads import status_line
from rapide.http11.outcomes import Compiled, Outcome
from rapide.runtime.measuring import Marks
from rapide.server.observer import Observation, Observer
from rapide.server.observing import needs_observer
from rapide.server.options import Options
from rapide.server.route_names import route_of

#: The path of the console. Its data are below.
PATH: Final = "/-/dev"

#: Lists the routes of an application.
ListRoutes = Callable[[Any], Iterable[Listed]]

_JSON: Final = b"content-type: application/json\r\ncache-control: no-store\r\n"
_TEXT: Final = b"content-type: text/plain; charset=utf-8\r\n"


def observe_with_console(list_routes: ListRoutes, options: Options) -> Any:
    """Return what makes the observer of a server that has a console."""
    return partial(ConsoleObserver, list_routes, options)


class ConsoleObserver(Observer):
    """Observes the requests of one server for its console.

    Args:
        list_routes: Lists the routes of an application.
        options: How the application is served.
        context: What the connections of the server share.
    """

    def __init__(self, list_routes: ListRoutes, options: Options, context: Any) -> None:
        super().__init__(options, context)
        self._list_routes = list_routes
        self._recorder = Recorder()
        #: Whether nothing but the console needs an observer.
        self._is_alone = not needs_observer(options)
        self._rows: list[Row] = []
        #: Tells the page that the application has started again.
        self._started = token_urlsafe(8)
        self._data: dict[str, Callable[[dict[str, list[str]]], Any]] = {
            f"{PATH}/routes": self._routes,
            f"{PATH}/route": self._route,
            f"{PATH}/requests": self._requests,
        }
        for path in (PATH, f"{PATH}/", *self._data):
            self.own_paths[path] = Compiled(self._answer, None, needs_no_task=True)

    async def _answer(self, exchange: Any) -> None:
        if not _is_local(exchange):
            exchange.answer(status_line(403), _TEXT, b"The console answers this machine only.")
            return
        data = self._data.get(exchange.path)
        if data is None:
            nonce = token_urlsafe(16)
            exchange.answer(status_line(200), _head_of_page(nonce), console_page(nonce))
            return
        query = parse_qs(exchange.query_string.decode("latin-1"))
        content = json.dumps(data(query)).encode()
        exchange.answer(status_line(200), _JSON, content)

    def _routes(self, query: dict[str, list[str]]) -> Any:
        self._rows = [row_of(listed) for listed in self._list_routes(self._app)]
        return [row.as_data(number) for number, row in enumerate(self._rows)]

    def _route(self, query: dict[str, list[str]]) -> Any:
        number = _number(query, "number")
        if not self._rows:
            self._routes({})
        return self._rows[number].details() if 0 <= number < len(self._rows) else {}

    def _requests(self, query: dict[str, list[str]]) -> Any:
        self._recorder.look()
        after = _number(query, "after")
        return {
            "started": self._started,
            "requests": [item.as_data() for item in self._recorder.requests if item.number > after],
            "stalls": [*self._recorder.stalls.kept],
        }

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
                )
            )
        return counts

    @staticmethod
    def _marks_of(exchange: Exchange) -> Marks | None:
        marks: Marks | None = exchange.observation.marks
        scope = exchange.known_scope
        return marks if marks is not None or scope is None else scope.get(MARKS)


def _is_local(exchange: Any) -> bool:
    """Return whether the client names this machine: a page elsewhere may have led a browser here.

    Such a page could have given its own name the address of this machine, but a browser sends the
    name.
    """
    host = next((value for name, value in exchange.headers if name == b"host"), b"")
    name = host.decode("latin-1").rpartition(":")[0] or host.decode("latin-1")
    return name in ("localhost", "[::1]") or name.replace(".", "").isdecimal()


def _head_of_page(nonce: str) -> bytes:
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src 'nonce-{nonce}'; connect-src 'self'"
    )
    return (
        "content-type: text/html; charset=utf-8\r\ncache-control: no-store\r\n"
        f"content-security-policy: {policy}\r\n"
    ).encode()


def _number(query: dict[str, list[str]], name: str) -> int:
    text = query.get(name, [""])[0]
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1
