"""Answer the paths of the console, and see all other requests end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from functools import partial
from secrets import token_urlsafe
from time import perf_counter
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl

from rapide.console.page import console_page
from rapide.console.recorder import MARKS, Recorded, Recorder
from rapide.console.routes import Listed, Row, row_of
from rapide.development.masking import HIDDEN, Secrets, is_secret
from rapide.http11.heads import status_line
from rapide.http11.outcomes import Compiled
from rapide.server.observer import Observer
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

    def on_end(self, exchange: Any) -> bool:
        """See a request end, and keep it if it is not for the console."""
        counts = super().on_end(exchange)
        if counts:
            self._keep(exchange)
        return counts

    def _keep(self, exchange: Any) -> None:
        seen = exchange.observation
        seconds = perf_counter() - seen.started
        scope = exchange.known_scope
        marks = seen.marks if scope is None else seen.marks or scope.get(MARKS)
        status = None if seen.status is None else int(seen.status)
        query = _hidden_query(exchange.query_string.decode("latin-1"))
        recorded = Recorded(
            number=0,
            method=exchange.method,
            target=exchange.path + (f"?{query}" if query else ""),
            route=route_of(exchange, self._app),
            status=status,
            began=time.time() - seconds,
            started=seen.started,
            seconds=seconds,
            marks=marks,
        )
        self._recorder.add(recorded)


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


def _hidden_query(text: str) -> str:
    pairs = parse_qsl(text, keep_blank_values=True)
    hide = Secrets().hide
    return "&".join(
        f"{name}={HIDDEN if is_secret(name) else hide(value)}" if value else name
        for name, value in pairs
    )
