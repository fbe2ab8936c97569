"""What the HTTP/1.1 connections of one server share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING, Any, Final

from starlette.types import Scope

from rapide.http11.access_log import AccessLog, client_name
from rapide.http11.contract import Application, Exchange
from rapide.http11.heads import Headers, header_lines, is_host
from rapide.http11.limits import Limits
from rapide.http11.outcomes import Compiled, Outcome, Reason, ViaAsgi
from rapide.http11.shutdown import Shutdown
from rapide.http11.states import DECLINED
from rapide.http11.unread import UnreadWatch
from rapide.shutdown import current_event

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

#: The server has no entry past ASGI, or does not use it.
BY_ASGI: Final = ViaAsgi(
    Reason(
        "the server calls every application by ASGI",
        "serve it by Rapide's own protocol (--protocol rapide)",
    )
)
BELOW_ROOT_PATH: Final = ViaAsgi(
    Reason(
        "the server has a root path",
        "leave --root-path out where neither links nor the document have to name the prefix",
    )
)

#: How many hosts are remembered.
MOST_KNOWN: Final = 100
#: How many addresses that proxies report are remembered, and of which length in bytes.
MOST_FORWARDED: Final = 1000
LONGEST_FORWARDED: Final = 200
#: uvicorn's answer when there is too much to do.
_UNAVAILABLE: Final[tuple[int, Headers, bytes]] = (
    503,
    [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"19"),
        (b"connection", b"close"),
    ],
    b"Service Unavailable",
)


class ServerContext:
    """The application, the server's configuration, and what is prepared for all connections.

    Args:
        config: uvicorn's configuration.
        state: uvicorn's account of the server.
        limits: What clients may ask for.
        direct: The application as it answers without ASGI; None to serve every request by ASGI.
        forward: Finds out from a scope's headers who the client is, by uvicorn's rules; None if
            proxies are not trusted.
        shutdown: Says when the server stops.
        websocket_class: Makes the protocol of a connection that becomes a WebSocket.

    Attributes:
        observer: Sees requests begin and end, and answers those for the server's own paths.
        trusts: Whether an address is that of a proxy that is trusted; None to trust none.
    """

    unavailable = _UNAVAILABLE
    observer: Any = None
    trusts: Any = None

    def __init__(
        self,
        config: Config,
        state: ServerState,
        limits: Limits,
        direct: Application | None,
        forward: Callable[[Scope], None] | None,
        shutdown: Shutdown,
        websocket_class: Any = None,
    ) -> None:
        self.config = config
        self.state = state
        self.limits = limits
        self.app: Any = config.loaded_app
        self.direct = direct
        self.forward = forward
        self.websocket_class = websocket_class
        self.shutdown = shutdown
        self.unread_watch = UnreadWatch(state.connections, limits.write_idle_seconds)
        self.tasks: set[asyncio.Task[None] | None] = state.tasks  # type: ignore[assignment]
        self.root_path = config.root_path
        self.is_tls = bool(getattr(config, "is_ssl", False))
        #: The context of requests; None for that of their connection.
        self.context = Context() if getattr(config, "reset_contextvars", False) else None
        if self.context is not None:
            self.context.run(current_event.set, shutdown.event)
        self.access_log = AccessLog(state, config.root_path)
        self.keep_alive_seconds = config.timeout_keep_alive
        self._asgi = {"version": config.asgi_version, "spec_version": "2.3"}
        self._defaults_seen: Any = None
        self._default_lines = b""
        self._known_hosts: set[bytes] = set()
        self._forwarded_names: dict[tuple[Any, bytes], str] = {}

    def default_lines(self) -> bytes:
        """Return the lines of every response: date and server, as uvicorn renews them."""
        defaults = self.state.default_headers
        if defaults is not self._defaults_seen:
            self._default_lines = header_lines(defaults)
            self._defaults_seen = defaults
        return self._default_lines

    def knows_host(self, host: bytes) -> bool:
        """Return whether a `Host` is valid; the hosts that are asked for are remembered."""
        if host in self._known_hosts:
            return True
        if len(self._known_hosts) < MOST_KNOWN and is_host(host):
            self._known_hosts.add(host)
            return True
        return False

    def is_overloaded(self, exchange: Exchange) -> bool:
        """Return whether uvicorn's `limit_concurrency` is reached for a request.

        It does not hold for the server's own paths: a server that is busy lives.
        """
        limit = self.config.limit_concurrency
        if limit is None or (len(self.state.connections) < limit and len(self.tasks) < limit):
            return False
        return self.observer is None or self.observer.begin(exchange) is None

    def find(self, exchange: Exchange) -> Outcome | None:
        """Return what answers a request; None if that is found in the request's task alone."""
        if self.observer is not None:
            own: Outcome | None = self.observer.begin(exchange)
            if own is not None:
                return own
        if self.direct is None or exchange.verdict == DECLINED:
            return BY_ASGI
        if self.root_path:
            return BELOW_ROOT_PATH
        outcome = self.direct.find(exchange.method, exchange.path)
        if isinstance(outcome, Compiled):
            exchange.found = outcome.found
        return outcome

    def find_in_task(self, exchange: Exchange) -> Outcome:
        """Return what answers a request, and build the application before if it is not built."""
        outcome = self.find(exchange)
        if outcome is None and self.direct is not None:
            self.direct.build()
            outcome = self.find(exchange)
        return BY_ASGI if outcome is None else outcome

    def make_scope(self, exchange: Exchange) -> dict[str, Any]:
        """Return the ASGI scope of a request."""
        connection, prefix = exchange.connection, self.root_path
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": self._asgi.copy(),
            "http_version": exchange.http_version,
            "server": connection.server,
            "client": connection.client,
            "scheme": connection.scheme,
            "root_path": prefix,
            "headers": exchange.headers,
            "state": connection.app_state.copy(),
            "method": exchange.method,
            "path": prefix + exchange.path,
            "raw_path": prefix.encode("ascii") + exchange.raw_path,
            "query_string": exchange.query_string,
        }
        if exchange.found is not None and self.direct is not None:
            if exchange.is_forwarded and self.forward is not None:
                self.forward(scope)
            self.direct.enter(scope, exchange)
        if self.observer is not None:
            self.observer.extend(exchange, scope)
        return scope

    def scheme_of(self, exchange: Exchange) -> str:
        """Return the scheme of a request, as the scope has it."""
        scheme = exchange.connection.scheme
        if not exchange.is_forwarded or self.forward is None:
            return scheme
        client, headers = exchange.connection.client, exchange.headers
        scope: Any = {"type": "http", "scheme": scheme, "client": client, "headers": headers}
        self.forward(scope)
        forwarded: Any = scope["scheme"]
        return str(forwarded)

    def log_access(self, exchange: Exchange, status: Any, size: int) -> None:
        """Write a line into the access log, or tell the observer of a response instead.

        So many bytes of its body are sent at once.
        """
        if self.observer is not None:
            self.observer.on_response(exchange, status, size)
            return
        # PERF: most requests have no scope, and are not forwarded.
        if exchange.known_scope is None and not exchange.is_forwarded:
            client = exchange.connection.client_name
        else:
            client = self.client_of(exchange)
        self.access_log.write(exchange, client, status)

    def client_of(self, exchange: Exchange) -> str:
        """Return the client's address as the access log has it."""
        scope: Any = exchange.known_scope
        if scope is not None and scope.get("client") is not exchange.connection.client:
            # COMPAT: uvicorn logs what is in the scope; a proxy's middleware may have changed it.
            return client_name(scope.get("client"))
        if exchange.is_forwarded and self.forward is not None:
            return self._name_of_forwarded(exchange, self.forward)
        return exchange.connection.client_name

    def _name_of_forwarded(self, exchange: Exchange, forward: Callable[[Scope], None]) -> str:
        """Return the client's address as proxies report it; addresses are remembered."""
        client = exchange.connection.client
        headers: Any = exchange.headers  # the application may have changed them
        values: list[Any] = []
        for name, value in headers:
            if name == b"x-forwarded-for":
                values.append(value)
        key = (client, b", ".join(values))
        known = self._forwarded_names.get(key)
        if known is None:
            scope: Scope = {"type": "http", "client": client, "headers": exchange.headers}
            forward(scope)
            known = client_name(scope["client"])
            if len(key[1]) <= LONGEST_FORWARDED:
                if len(self._forwarded_names) >= MOST_FORWARDED:
                    self._forwarded_names.clear()
                self._forwarded_names[key] = known
        return known
