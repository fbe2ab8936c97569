"""What the server does with each request besides answering it, where options ask for that.

A server without such options has no observer, and its requests cost nothing more. `begin` has each
request first; it answers those for the server's own paths. `on_response` and `on_end` write the
lines of the log that need more than uvicorn's line says, and count for the metrics.
"""

from __future__ import annotations

import importlib
import logging
from contextvars import Context
from functools import partial
from time import perf_counter
from typing import Any, Final
from urllib.parse import quote

from starlette.types import Scope

from rapide.http11.access_lines import LOGGER, MESSAGE
from rapide.http11.contract import Connection, Exchange
from rapide.http11.outcomes import Compiled, Outcome
from rapide.http11.server import ServerContext
from rapide.server.health import DelayedStop, Health
from rapide.server.ledger import Ledger, folder_of_environment
from rapide.server.log_formats import HEADERS
from rapide.server.metrics import NO_ROUTE, Meter
from rapide.server.options import LogFormat, Options, has_metrics
from rapide.server.request_ids import KEY, REQUEST_ID, RequestIds, mark_records
from rapide.server.route_names import hidden_paths, route_of

_access: Final = logging.getLogger(LOGGER)
_errors: Final = logging.getLogger("uvicorn.error")

#: The status of a request whose client left before there was a response, as nginx has it.
CLIENT_LEFT: Final = 499
#: The path of the metrics on a port of their own.
METRICS_PATH: Final = "/metrics"


class Observation:
    """What is known of a request beside the exchange."""

    __slots__ = ("answered", "has_ended", "lines", "marks", "own", "received", "request_id",
                 "sent", "started", "statements", "status")  # fmt: skip

    def __init__(self, own: Outcome | None, received: int) -> None:
        self.own = own
        self.started = perf_counter()
        #: When the response began.
        self.answered: float | None = None
        self.status: Any = None
        self.request_id: str | None = None
        self.lines = b""
        self.sent = 0
        self.received = received
        #: The times of its steps, while somebody measures them.
        self.marks: Any = None
        #: Its SQL statements, while somebody notes them.
        self.statements: Any = None
        self.has_ended = False


class Observer:
    """Observes the requests of one server.

    Args:
        options: How the application is served.
        context: What the connections of the server share.

    Attributes:
        options: How the application is served.
        own_paths: What answers the server's own paths.
        port_paths: What answers on the server's own port.
        state: uvicorn's account of the server.
    """

    def __init__(self, options: Options, context: ServerContext) -> None:
        self.options = options
        self._context = context
        self.state = context.state
        self._app = innermost(context.app)
        self.health = Health(context.state)
        self._delayed_stop: DelayedStop | None = None
        if options.shutdown_delay and not self.health.is_told:
            self._delayed_stop = DelayedStop(self.health, options.shutdown_delay)
        self._logs_probes = options.log_health
        self.own_paths = self._answers(options)
        self.port_paths = self.own_paths.copy()
        self._ids: RequestIds | None = None
        if options.request_id:
            mark_records()
            self._ids = RequestIds(options.request_id_header, context.trusts)
        #: Whether lines of the access log are written when the response has ended.
        self._is_late = (
            options.log_format is LogFormat.JSON
            or options.access_log_format is not None
            or options.log_config is not None
        )
        self._slow = options.log_slow
        self._meter: Meter | None = None
        if has_metrics(options):
            self._meter = Meter(Ledger(folder_of_environment()), context.state)
            exposition = importlib.import_module("rapide.server.exposition")
            metrics = Compiled(exposition.Exposition(self._meter).answer, None)
            self.port_paths[options.metrics_path or METRICS_PATH] = metrics
            if options.metrics_path is not None:
                self.own_paths[options.metrics_path] = metrics
        for path in hidden_paths(self._app, self.own_paths):
            _errors.warning(
                "The server itself answers %s, so the application's route is not called: "
                "choose another path",
                path,
            )

    def _answers(self, options: Options) -> dict[str, Outcome]:
        health = self.health
        answers = {
            options.health_path: Compiled(health.answer_ready, None),
            options.startup_path: Compiled(health.answer_started, None),
            options.live_path: Compiled(health.answer_live, None, needs_no_task=True),
        }
        return {path: answer for path, answer in answers.items() if path is not None}

    # What the transport calls; see the contract.

    def begin(self, exchange: Any) -> Outcome | None:
        """See a request begin; return what answers it if it is for a path of the server's own."""
        seen = exchange.observation
        if seen is None:
            seen = self.observe(exchange, self.own_paths.get(exchange.path))
        own: Outcome | None = seen.own
        return own

    def observe(self, exchange: Any, own: Outcome | None) -> Observation:
        """Begin to observe a request."""
        announced = exchange.announced
        is_whole = exchange.request_complete and announced >= 0
        received = announced if is_whole else exchange.buffered
        seen = exchange.observation = Observation(own, received)
        if own is None and self._ids is not None:
            seen.request_id = self._ids.id_of(exchange)
            seen.lines = self._ids.line_of(seen.request_id)
        if own is None and self._meter is not None:
            self._meter.begin()
        return seen

    def enter(self, exchange: Exchange, variables: Context) -> None:
        """Let log lines of the request's task have its id."""
        request_id = exchange.observation.request_id
        if request_id is not None:
            variables.run(REQUEST_ID.set, request_id)

    def extend(self, exchange: Exchange, scope: Scope) -> None:
        """Let the application know the id of the request."""
        seen = exchange.observation
        if seen is not None and seen.request_id is not None:
            scope["state"][KEY] = seen.request_id

    def begin_websocket(
        self, connection: Connection, protocol: Any, head: bytes, variables: Context
    ) -> None:
        """Let a WebSocket have an id, in its log lines, in its state and in its handshake."""
        if self._ids is None:
            return
        request_id = self._ids.id_of_websocket(connection.client, head)
        variables.run(REQUEST_ID.set, request_id)
        protocol.app_state = {**protocol.app_state, KEY: request_id}
        if hasattr(protocol, "default_headers"):  # uvicorn's own classes keep it elsewhere
            field = self._ids.name, request_id.encode("ascii")
            protocol.default_headers = [*protocol.default_headers, field]

    def lines_for(self, exchange: Exchange, own: Any) -> bytes:
        """Return the line with the request's id, unless the response has one of its own."""
        lines: bytes = exchange.observation.lines
        if lines and self._ids is not None and self._ids.is_in(own):
            return b""
        return lines

    def on_response(self, exchange: Exchange, status: Any, size: int) -> None:
        """See a response begin, of whose body so many bytes are sent at once."""
        seen = exchange.observation
        if seen is None:  # the server refuses what it cannot read
            seen = self.observe(exchange, None)
        seen.status, seen.sent = status, size
        if self._slow is not None:
            seen.answered = perf_counter()
        if self._is_late or not exchange.connection.has_access_log:
            return
        if seen.own is None or self._logs_probes:
            context = self._context
            client = context.client_of(exchange)
            self._log(seen, partial(context.access_log.write, exchange, client, status))

    def on_end(self, exchange: Exchange) -> bool:
        """See a request end, with its response or without; return whether it counts as one."""
        seen = exchange.observation
        if seen.has_ended:
            return False
        seen.has_ended = True
        is_own = seen.own is not None
        has_line = exchange.connection.has_access_log and (not is_own or self._logs_probes)
        if has_line and self._is_late:
            self._log(seen, partial(self._write_access, exchange, seen))
        if not is_own and self._meter is not None:
            self._count(self._meter, exchange, seen)
        if not is_own and self._slow is not None:
            seconds = (seen.answered or perf_counter()) - seen.started
            if seconds >= self._slow:
                self._log(seen, partial(self._warn_of, exchange, seen, seconds))
        return not is_own

    def _count(self, meter: Meter, exchange: Exchange, seen: Observation) -> None:
        status = CLIENT_LEFT if seen.status is None else int(seen.status)
        route = route_of(exchange, self._app) or NO_ROUTE
        seconds = perf_counter() - seen.started
        meter.end(exchange.method, route, status, seconds, seen.received, seen.sent)

    # Lines

    @staticmethod
    def _log(seen: Observation, write: Any) -> None:
        """Write a line that has the id of a request, in its task or outside."""
        if seen.request_id is None:
            write()
            return
        token = REQUEST_ID.set(seen.request_id)
        try:
            write()
        finally:
            REQUEST_ID.reset(token)

    def _target_of(self, exchange: Exchange) -> tuple[str, str, str]:
        """Return the method, the path and the query of a request, as uvicorn's lines have them."""
        scope: Any = exchange.known_scope
        if scope is None:
            path = quote(self._context.root_path + exchange.path)
            return exchange.method, path, exchange.query_string.decode("latin-1")
        # COMPAT: uvicorn logs what is in the scope, which middleware may have changed.
        return scope["method"], quote(scope["path"]), scope["query_string"].decode("latin-1")

    def _write_access(self, exchange: Exchange, seen: Observation) -> None:
        """Write a line into the access log with all that is known at the end of a request."""
        if not _access.isEnabledFor(logging.INFO):
            return
        client = self._context.client_of(exchange)
        method, path, query = self._target_of(exchange)
        status = CLIENT_LEFT if seen.status is None else seen.status
        more = {
            "client": client,
            "method": method,
            "path": path,
            "query": query,
            "http_version": exchange.http_version,
            "status": int(status),
            "seconds": round(perf_counter() - seen.started, 6),
            "bytes": seen.sent,
            "route": route_of(exchange, self._app),
            "user_agent": _first(exchange.headers, b"user-agent"),
            HEADERS: exchange.headers,
        }
        target = f"{path}?{query}" if query else path
        _access.info(
            MESSAGE, client, method, target, exchange.http_version, int(status), extra=more
        )

    def _warn_of(self, exchange: Exchange, seen: Observation, seconds: float) -> None:
        route = route_of(exchange, self._app)
        method, path, _ = self._target_of(exchange)
        status = CLIENT_LEFT if seen.status is None else int(seen.status)
        more = {
            "event": "slow-request",
            "method": method,
            "path": path,
            "route": route,
            "status": status,
            "seconds": round(seconds, 6),
        }
        _errors.warning(
            "Slow request: %s %s took %.3f seconds, status %d (%s)",
            *(method, route or "(no route)", seconds, status, path),
            extra=more,
        )


def innermost(app: Any) -> Any:
    """Return the application within wrappers such as uvicorn's, which have no routes."""
    while not hasattr(app, "routes") and hasattr(app, "app"):
        app = app.app
    return app


def _first(headers: Any, wanted: bytes) -> str | None:
    for name, value in headers:
        if name == wanted:
            return str(value, "latin-1")
    return None
