"""From uvicorn's configuration to what the connections of its server share."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from rapide.http11.allocator import keep_memory
from rapide.http11.limits import Limits
from rapide.http11.server import ServerContext
from rapide.http11.serving import ignore
from rapide.http11.shutdown import shutdown_of

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

#: The attribute of uvicorn's account of a server that has what its connections share. A table would
#: keep both for ever: each has the other.
_CONTEXT: Final = "_rapide_context"
#: The module that has uvicorn's choice of a class for WebSockets.
_UVICORNS: Final = "uvicorn.protocols.websockets.auto"


def context_of(
    config: Config,
    state: ServerState,
    limits: Limits,
    compiled: bool,
    observe: Callable[[Any], Any] | None,
) -> ServerContext:
    """Return what the connections of a server share. Make it for the first connection."""
    context: ServerContext | None = getattr(state, _CONTEXT, None)
    if context is None:
        context = make_context(config, state, limits, compiled, observe)
        setattr(state, _CONTEXT, context)
    return context


def make_context(
    config: Config,
    state: ServerState,
    limits: Limits,
    compiled: bool,
    observe: Callable[[Any], Any] | None,
) -> ServerContext:
    """Look at the application that uvicorn has wrapped, and return what its connections share."""
    keep_memory()
    if not config.loaded:
        config.load()
    app: Any = config.loaded_app
    forward = trusts = None
    if type(app) is ProxyHeadersMiddleware:
        forward, trusts = _forwarding(app), app.trusted_hosts.__contains__
        app = app.app
    direct = getattr(app, "_rapide_direct", None) if compiled else None
    shutdown = shutdown_of(state)
    shutdown.grace_seconds = limits.shutdown_grace_seconds
    cls = websocket_class(config)
    context = ServerContext(config, state, limits, direct, forward, shutdown, cls)
    context.trusts = trusts
    if observe is not None:
        context.observer = observe(context)
    return context


def websocket_class(config: Config) -> Any:
    """Return the class that serves WebSockets: ours, unless another than uvicorn's own is set."""
    chosen: Any = config.ws_protocol_class
    if chosen is None or getattr(config, "ws", "auto") != "auto":
        return chosen
    return _own_class() or chosen


def serve_websocket(**of_connection: Any) -> Any:
    """Make the protocol of a WebSocket. What it needs is imported for the first one.

    PERF: startup. Most applications have none.
    """
    return load_websockets()(**of_connection)


@cache
def load_websockets() -> Any:
    """Import and return the class of `serve_websocket`."""
    return _own_class() or importlib.import_module(_UVICORNS).AutoWebSocketsProtocol


def _own_class() -> Any:
    """Return our class; None if the library that it stands on is missing or too old."""
    try:
        importlib.import_module("websockets.server").ServerProtocol  # noqa: B018
    except (ImportError, AttributeError):
        return None
    from rapide.http11.websocket.connection import WebSocketConnection

    return WebSocketConnection


def _forwarding(middleware: ProxyHeadersMiddleware) -> Any:
    """Return uvicorn's way of seeing through proxies, as a function of a scope."""
    rewrite: Any = ProxyHeadersMiddleware(ignore)  # type: ignore[arg-type]
    rewrite.trusted_hosts = middleware.trusted_hosts

    def forward(scope: Scope) -> None:
        with contextlib.suppress(StopIteration):
            rewrite(scope, None, None).send(None)

    return forward
