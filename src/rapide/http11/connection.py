"""Our HTTP/1.1 protocol, for uvicorn's `http=` option.

Theory of operation. uvicorn keeps the process, the sockets, TLS, signals, the lifespan and the
WebSocket classes. A `RequestParser` makes requests out of a connection's bytes. Each becomes an
`Exchange` with a task of its own. Requests that come before the answer is complete wait in line,
and so does the refusal of what cannot be read.

A connection has one timer. It looks at the connection's deadline when it fires and is set again
when that has moved, so that a request costs no timer.

SPEC: RFC 9112. How each duty is met is proven over sockets in `tests/wire`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import struct
from collections import deque
from contextvars import copy_context
from socket import SO_LINGER, SOL_SOCKET
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl

from rapide.http11.allocator import keep_memory
from rapide.http11.exchange import Exchange
from rapide.http11.heads import StaticAnswer, as_bytes
from rapide.http11.limits import HealthOptions, Limits
from rapide.http11.parser import RequestParser
from rapide.http11.server import ServerContext
from rapide.http11.serving import ignore, serve

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

_errors: Final = logging.getLogger("uvicorn.error")

#: How much is parsed at once where requests may be pipelined, in bytes.
SLICE: Final = 4096
#: Size of an unread body at which no more of it is read from the socket, in bytes.
HIGH_WATER: Final = 64 * 1024
#: How long an idle connection is kept at shutdown for a request that is on its way, in seconds.
LAST_CALL: Final = 0.05

_PHRASES: Final = {
    408: b"Request Timeout",
    414: b"URI Too Long",
    431: b"Request Header Fields Too Large",
    501: b"Not Implemented",
    505: b"HTTP Version Not Supported",
}
#: The value of SO_LINGER that makes a close a reset.
_AT_ONCE: Final = struct.pack("ii", 1, 0)
_INVALID: Final = b"Invalid HTTP request received."

_contexts: WeakKeyDictionary[ServerState, ServerContext] = WeakKeyDictionary()


class Http11Protocol(asyncio.Protocol):
    """A connection.

    Args:
        config: uvicorn's configuration.
        server_state: uvicorn's account of the server.
        app_state: What the lifespan left for requests.
        limits: What clients may ask for.
        compiled: Whether compiled routes are answered without ASGI messages.
        health: A path that the server answers itself.
    """

    transport: asyncio.Transport

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits = Limits(),
        compiled: bool = True,
        health: HealthOptions | None = None,
    ) -> None:
        context = _contexts.get(server_state)
        if context is None:
            context = _make_context(config, server_state, limits, compiled, health)
            _contexts[server_state] = context
        self.context = context
        self.limits = context.limits
        self.app_state = app_state
        self.loop = _loop or asyncio.get_running_loop()
        self.requests = RequestParser(self)
        # Each request runs in a copy: what a handler sets is never seen by the next request.
        self._variables = context.context or copy_context()
        self.server: tuple[str, int | None] | None = None
        self.client: tuple[str, int] | None = None
        self.scheme = "http"
        #: The exchange being answered, and those that wait for it.
        self.current: Exchange | None = None
        self.queue: deque[Exchange] = deque()
        #: The status to close with when all before has been answered; 0 for none.
        self.refusal = 0
        #: What a WebSocket is to be given when all before has been answered.
        self.handover: bytes | None = None
        #: Whether the client has ended its side.
        self.has_ended = False
        #: Whether nothing is parsed any more.
        self.is_closing = False
        self.is_stopping = False
        self.write_paused = False
        self._read_paused = False
        #: The head of an answer whose body has not begun.
        self._held = b""
        self._drain_waiters: list[asyncio.Future[None]] = []
        #: Input that is kept back while enough requests wait.
        self._pending = b""
        #: Whether input has come after the last request.
        self._has_more = False
        #: Bytes that were read for nobody.
        self._dropped = 0
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._awaits_head = False

    # The transport's side

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin."""
        self.context.state.connections.add(self)  # type: ignore[arg-type]
        self.transport = transport
        self.server = get_local_addr(transport)
        self.client = get_remote_addr(transport)
        self.scheme = "https" if is_ssl(transport) else "http"
        self._set_deadline(self.limits.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """End: whoever waits for the client is told."""
        self.context.state.connections.discard(self)
        self.is_closing = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.queue.clear()
        self._pending = self._held = b""
        if self.current is not None:
            self.current.leave()
        self.resume_writing()

    def eof_received(self) -> bool:
        """Keep the connection for an answer that is under way; nothing more will come."""
        self.has_ended = True
        current, incoming = self.current, self.requests.incoming
        if self.is_closing or self.scheme == "https":
            return False
        if current is None or current.response_complete:
            return bool(self.queue)
        if incoming is not None:
            incoming.leave()
            if incoming is current:
                return False
            self.queue.remove(incoming)
        current.wake()
        return True

    def pause_writing(self) -> None:
        """The client reads slower than answers are made."""
        self.write_paused = True

    def resume_writing(self) -> None:
        """The client has read."""
        self.write_paused = False
        waiters, self._drain_waiters = self._drain_waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
        if self.current is None and not self.is_closing:
            self._next()

    def drained(self) -> asyncio.Future[None]:
        """What is done when the client has read enough."""
        waiter = self.loop.create_future()
        self._drain_waiters.append(waiter)
        return waiter

    def write(self, data: bytes) -> None:
        """Send bytes, behind the head that is held."""
        if self._held:
            data, self._held = self._held + data, b""
        self.transport.write(data)

    def buffer_head(self, head: bytes) -> None:
        """Send a head together with what follows at once, or alone if nothing does."""
        self._held = head
        self.loop.call_soon(self._release)

    def _release(self) -> None:
        if self._held:
            self.write(b"")

    def close(self) -> None:
        """Close when what is written has been sent."""
        self.is_closing = True
        self._release()
        current = self.current
        if current is not None:
            current.client_disconnected = True
        if self.transport.is_closing():
            return
        if current is not None and current.ends_by_closing():
            self._reset()
        else:
            self.transport.close()

    def _reset(self) -> None:
        """Close so that the client takes the answer for broken off, not for ended."""
        connection = self.transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(SOL_SOCKET, SO_LINGER, _AT_ONCE)
        self.transport.abort()

    def shutdown(self) -> None:
        """Finish what has been begun, as uvicorn asks for when it stops."""
        self.is_stopping = True
        last = self.queue[-1] if self.queue else self.current
        if last is not None:
            last.keep_alive = False
            if last.response_complete:
                self._linger()  # only the rest of a body that nobody reads was awaited
        self.loop.call_later(LAST_CALL, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if self.current is None and not self.queue and not self.requests.in_head:
            self.close()

    # Input

    def data_received(self, data: Any) -> None:
        """Parse, as far as there is room for requests."""
        self._receive(as_bytes(data))

    def _receive(self, data: bytes) -> None:
        if self.is_closing or self.refusal or self.handover is not None:
            self._drop(data)
        elif self._pending:
            self._pending += data
        else:
            requests = self.requests
            if not requests.feed_repeated(data):
                if len(data) <= SLICE or requests.is_in_body_of(len(data)):
                    requests.feed(data)
                else:
                    self._feed_slices(data)
            if requests.in_head or requests.incoming is not None:
                self._watch()
            if len(self.queue) >= self.limits.pipelining_depth:
                self._pause_reading()

    def _feed_slices(self, data: bytes) -> None:
        """Parse bit by bit, and keep the rest once enough requests wait."""
        start, size, requests = 0, len(data), self.requests
        while start < size:
            if len(self.queue) >= self.limits.pipelining_depth:
                self._pending = data[start:]
                return
            # PERF: upload. No other request begins before the body has ended.
            end = size if requests.is_in_body_of(size - start) else start + SLICE
            requests.feed(data[start:end])
            if self.is_closing or self.refusal or self.handover is not None:
                return
            start = end

    def _drop(self, data: bytes) -> None:
        """Read what nobody wants, so that the client can read the last answer."""
        if self.handover is not None:
            self.handover += data
        elif self.refusal and self.current is not None and not self.is_closing:
            self._pause_reading()
        else:
            self._dropped += len(data)
            if self._dropped > self.limits.drain_bytes:
                self.transport.close()

    # What the parser finds

    def may_accept(self) -> bool:
        """Whether another request is to be executed."""
        if self.refusal or self.is_closing:
            return False
        if self._is_after_last():
            self._has_more = True
            return False
        return True

    def _is_after_last(self) -> bool:
        last = self.queue[-1] if self.queue else self.current
        return last is not None and last.request_complete and not last.keep_alive

    def accept(self, exchange: Exchange) -> None:
        """Serve a request, or let it wait for its turn."""
        if self.is_stopping:
            exchange.keep_alive = False
        if self.context.is_overloaded():
            _errors.warning("Exceeded concurrency limit.")
            exchange.is_unwanted = True
        if self.current is None and not self.write_paused:
            self._start(exchange)
        else:
            self.queue.append(exchange)

    def accept_whole(self, exchange: Exchange, size: int) -> None:
        """Accept a request that has come with its body, and no other behind a large one."""
        self.accept(exchange)
        if size > HIGH_WATER and not exchange.response_complete:
            self._pause_reading()

    def receive(self, exchange: Exchange, part: bytes) -> None:
        """Give a part of a body to its request, unless that has been answered already."""
        if exchange.response_complete:
            self._dropped += len(part)
            if self._dropped > self.limits.drain_bytes:
                self._linger()
            return
        exchange.add_body(part)
        if exchange.buffered > HIGH_WATER and not exchange.is_collecting:
            self._pause_reading()

    def on_request_end(self, exchange: Exchange) -> None:
        """A request has come entirely."""
        exchange.end_body()
        if self.current is not None:
            self._deadline = None
        if exchange.response_complete and exchange is self.current:
            self._dropped = 0
            self._next()

    def on_parse_error(self, incoming: Exchange | None, status: int) -> None:
        """The input cannot be read further."""
        if self._is_after_last():
            self._has_more = True
        elif incoming is None or incoming.response_complete:
            self.refuse(status)
        elif incoming is not self.current:
            self.queue.remove(incoming)
            self.refuse(status)
        elif incoming.response_started:
            self.close()
            incoming.wake()
        else:
            incoming.refuse(status, _PHRASES.get(status, _INVALID))
            incoming.leave()

    def refuse(self, status: int) -> None:
        """Close with a status when all requests before have been answered."""
        if self.refusal or self.is_closing:
            return
        self.refusal = status
        if self.current is None:
            self._send_refusal()
        elif self.current.response_complete:
            self._linger()

    def switch_to_websocket(self, data: bytes) -> None:
        """Let uvicorn's WebSocket class have the connection, after all requests before."""
        self.handover = data
        self._pause_reading()
        if self.current is None:
            self._switch()

    # Serving

    def _start(self, exchange: Exchange) -> None:
        self.current = exchange
        self._deadline = None
        try:
            outcome: Any = self.context.find(exchange)
        except Exception as error:
            outcome = error  # it is raised in the request's task
        if isinstance(outcome, StaticAnswer) and not exchange.announced:
            exchange.answer(*outcome)
            return
        exchange.outcome = outcome
        task = exchange.task = self.loop.create_task(
            serve(exchange), context=self._variables.copy()
        )
        self.context.tasks.add(task)

    def may_keep(self, exchange: Exchange) -> bool:
        """Whether the connection can outlive an answer to a body that has not come entirely."""
        return 0 <= exchange.announced <= self.limits.drain_bytes

    def on_response_end(self, exchange: Exchange) -> None:
        """The answer has been written."""
        if self._held:
            self._release()
        self.context.state.total_requests += 1
        if self.is_closing:
            return
        if not exchange.keep_alive:
            self._end(exchange)
        elif exchange.request_complete:
            self._next()
        else:
            exchange.chunks, self._dropped = None, exchange.buffered
            self._resume_reading()
            self._set_deadline(self.limits.body_idle_seconds)

    def _next(self) -> None:
        """Go on to the next request of the connection."""
        self.current = None
        if self.write_paused:
            return
        if self.queue:
            self._start(self.queue.popleft())
        elif self.refusal:
            self._send_refusal()
            return
        elif self.handover is not None:
            self._switch()
            return
        elif self.has_ended:
            self.close()
            return
        elif self.requests.in_head:
            self._set_deadline(self.limits.header_seconds)
        else:
            self._awaits_head = False
            self._set_deadline(self.context.keep_alive_seconds)
        if self._read_paused and len(self.queue) < self.limits.pipelining_depth:
            self._go_on_reading()

    def _go_on_reading(self) -> None:
        """Parse what was kept back, then let more come."""
        if self._pending:
            # Later, so that others have their turn.
            self.loop.call_soon(self._feed_pending)
        else:
            self._resume_reading()

    def _feed_pending(self) -> None:
        pending, self._pending = self._pending, b""
        if self.is_closing:
            return
        self._feed_slices(pending)
        if not self._pending and len(self.queue) < self.limits.pipelining_depth:
            self._resume_reading()

    def _end(self, exchange: Exchange) -> None:
        """Close after the last answer; a client that still sends must be able to read it."""
        self.queue.clear()
        is_read = not (self.requests.in_head or self._has_more or self._pending)
        if exchange.request_complete and is_read:
            self.is_closing = True
            self.transport.close()
        else:
            self._linger()

    def _linger(self) -> None:
        """Send no more, and read and drop for a while what the client still sends."""
        if self.is_closing:
            return
        self.is_closing = True
        self._pending, self._dropped = b"", 0
        if self.has_ended or self.transport.is_closing():
            self.transport.close()
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._resume_reading()
        self._set_deadline(self.limits.linger_seconds)

    def _send_refusal(self) -> None:
        _errors.warning("Invalid HTTP request received.")
        refused = Exchange(self, "-", "-", b"", b"", [])
        refused.refuse(self.refusal, _PHRASES.get(self.refusal, _INVALID))

    def _switch(self) -> None:
        context, data = self.context, self.handover
        context.state.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        make: Any = context.config.ws_protocol_class
        protocol = make(config=context.config, server_state=context.state, app_state=self.app_state)
        protocol.connection_made(self.transport)
        self.transport.set_protocol(protocol)
        self._resume_reading()
        protocol.data_received(data)

    # Time

    def _set_deadline(self, seconds: float) -> None:
        """Give the client some time from now."""
        self._deadline = deadline = self.loop.time() + seconds
        if self._timer is None or self._timer_at > deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._set_timer(deadline)

    def _set_timer(self, deadline: float) -> None:
        self._timer_at = deadline
        self._timer = self.loop.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self.loop.time() < self._deadline:
            self._set_timer(self._deadline)
        else:
            self._expire()

    def _watch(self) -> None:
        """Set the deadline for what the connection waits for, after some input."""
        if self.is_closing or self._read_paused:
            return
        if self.requests.incoming is not None:
            self._awaits_head = False
            self._set_deadline(self.limits.body_idle_seconds)
        elif self.current is None and not self._awaits_head:
            # The time for a head is counted from its beginning.
            self._awaits_head = True
            self._set_deadline(self.limits.header_seconds)

    def _expire(self) -> None:
        """The client took too long."""
        self._deadline = None
        requests = self.requests
        if self.is_closing:
            self.transport.abort()
        elif requests.incoming is not None or requests.in_head:
            requests.in_head = False
            incoming, requests.incoming = requests.incoming, None
            self.on_parse_error(incoming, 408)
        else:
            self.close()

    # Flow

    def _pause_reading(self) -> None:
        self._deadline = None
        if not self._read_paused and not self.transport.is_closing():
            self._read_paused = True
            self.transport.pause_reading()

    def _resume_reading(self) -> None:
        if self._read_paused:
            self._read_paused = False
            if not self.transport.is_closing():
                self.transport.resume_reading()

    def resume_body(self, exchange: Exchange) -> None:
        """Let more of a body come: its handler waits for it."""
        if exchange is self.requests.incoming and self._read_paused and not self._pending:
            self._resume_reading()
            self._watch()


def _make_context(
    config: Config, state: ServerState, limits: Limits, compiled: bool, health: HealthOptions | None
) -> ServerContext:
    """Look at the application that uvicorn has wrapped."""
    keep_memory()
    if not config.loaded:
        config.load()
    app: Any = config.loaded_app
    forward = None
    if type(app) is ProxyHeadersMiddleware:
        forward = _forwarding(app)
        app = app.app
    direct = getattr(app, "_direct", None) if compiled else None
    return ServerContext(config, state, limits, direct, forward, health)


def _forwarding(middleware: ProxyHeadersMiddleware) -> Any:
    """Uvicorn's way of seeing through proxies, as a function of a scope."""
    rewrite: Any = ProxyHeadersMiddleware(ignore)  # type: ignore[arg-type]
    rewrite.trusted_hosts = middleware.trusted_hosts

    def forward(scope: Scope) -> None:
        with contextlib.suppress(StopIteration):
            rewrite(scope, None, None).send(None)

    return forward
