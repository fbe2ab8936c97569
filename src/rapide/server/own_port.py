"""A port of the server's own, which answers for metrics and health, and for nothing else.

Each worker listens on it (SO_REUSEPORT): whoever is asked knows the numbers of all.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from contextvars import Context
from functools import partial
from typing import Any, Final

from starlette.types import Scope
from uvicorn.config import Config
from uvicorn.server import ServerState

from rapide.http11.connection import Http11Protocol
from rapide.http11.contract import Connection, Exchange
from rapide.http11.heads import status_line
from rapide.http11.outcomes import Compiled, Outcome
from rapide.server.health import PLAIN
from rapide.server.observer import Observation, Observer


class OwnPaths:
    """Answers the server's own paths, and 404 for all others. Nothing is counted and logged.

    It is the `Observer` of the port.

    Args:
        observer: The observer of the server's requests.
        context: What the connections to this port share.
    """

    def __init__(self, observer: Observer, context: Any) -> None:
        # The server waits for these connections, too, when it stops.
        context.state, context.tasks = observer.state, observer.state.tasks
        self._paths = observer.port_paths

    def begin(self, exchange: Exchange) -> Outcome | None:
        """Return what answers a request."""
        seen = exchange.observation
        if seen is None:
            own = self._paths.get(exchange.path) or _NOWHERE
            seen = exchange.observation = Observation(own, 0)
        answer: Outcome | None = seen.own
        return answer

    def enter(self, exchange: Exchange, variables: Context) -> None:
        """Do nothing: these requests have no ids."""

    def extend(self, exchange: Exchange, scope: Scope) -> None:
        """Do nothing: no application is called."""

    def begin_websocket(
        self, connection: Connection, protocol: Any, head: bytes, variables: Context
    ) -> None:
        """Do nothing: WebSockets are refused."""

    def lines_for(self, exchange: Exchange, own: object) -> bytes:
        """Return no lines."""
        return b""

    def on_response(self, exchange: Exchange, status: Any, size: int) -> None:
        """See a response begin."""
        if exchange.observation is None:  # the server refuses what it cannot read
            exchange.observation = Observation(_NOWHERE, 0)

    def on_end(self, exchange: Exchange) -> bool:
        """See a request end, which never counts."""
        return False


async def _answer_nothing(exchange: Exchange) -> None:
    exchange.answer(status_line(404), PLAIN, b"Not Found")


_NOWHERE: Final = Compiled(_answer_nothing, None, needs_no_task=True)


async def listen(observer: Observer, bound: Iterable[socket.socket]) -> list[asyncio.Server]:
    """Begin to answer on sockets.

    Raises:
        OSError: One of them cannot be used.
    """
    loop = asyncio.get_running_loop()
    # `access_log=False` would take the handlers of the server's own access log away.
    config = Config(_no_application, lifespan="off", log_config=None, proxy_headers=False)
    state = ServerState()
    make = partial(Http11Protocol, config, state, {}, loop, observe=partial(OwnPaths, observer))
    config.load()
    return [await loop.create_server(make, sock=sock) for sock in bound]


async def _no_application(scope: Scope, receive: object, send: object) -> None:
    """Do nothing: all requests are answered before."""
