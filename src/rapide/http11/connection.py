"""Our HTTP/1.1 protocol, for uvicorn's `http=` option.

Theory of operation. uvicorn keeps the process, the sockets, TLS, signals, the lifespan and the
WebSocket classes. A `RequestParser` makes requests out of a connection's bytes. Each becomes an
`Http11Exchange` with a task of its own. Requests that come before the response is complete wait in
line, and so does the refusal of what cannot be read.

`states.py` has the states of a connection, and the methods that change them. Output is the affair
of `flow.py`, time that of `deadlines.py`.

SPEC: RFC 9112. How each duty is met is proven over sockets in `tests/wire`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.utils import is_ssl

from rapide.http11.access_log import client_name
from rapide.http11.deadlines import Deadline
from rapide.http11.exchange import Http11Exchange
from rapide.http11.flow import HIGH_WATER, Flow
from rapide.http11.heads import as_bytes
from rapide.http11.limits import Limits
from rapide.http11.parser import RequestParser
from rapide.http11.peers import local_address, remote_address
from rapide.http11.startup import context_of
from rapide.http11.states import (
    BETWEEN,
    CLOSED,
    COLLECTING,
    COMPLETE,
    CONNECTION,
    EXPECTED,
    HEAD,
    LINGERING,
    OPEN,
    RECEIVED,
    REFUSING,
    STARTED,
    STOPPING,
    SWITCHED,
    SWITCHING,
)
from rapide.http11.timed import TimedConnection
from rapide.shutdown import current_event

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

_errors: Final = logging.getLogger("uvicorn.error")

#: How much is parsed at once where requests may be pipelined, in bytes.
SLICE: Final = 4096


class Http11Protocol(TimedConnection):
    """A connection.

    Args:
        config: uvicorn's configuration.
        server_state: uvicorn's account of the server.
        app_state: What the lifespan left for requests.
        limits: What clients may ask for.
        compiled: Whether compiled routes are answered without ASGI messages.
        observe: Makes the `Observer` of a server, of what its connections share.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: Limits = Limits(),
        compiled: bool = True,
        observe: Any = None,
    ) -> None:
        context = self.context = context_of(config, server_state, limits, compiled, observe)
        self.limits = context.limits
        self.app_state = app_state
        self.loop = _loop or asyncio.get_running_loop()
        self.flow = Flow(self.loop)
        self.deadline = Deadline(self.loop, self.on_expired)
        self.state: int = OPEN
        self.parser = RequestParser(self, context)
        # Each request runs in a copy: what a handler sets is never seen by the next request.
        self._own_variables = copy_context()
        self._own_variables.run(current_event.set, context.shutdown.event)
        self._variables = context.context or self._own_variables
        self.server = None
        self.client = None
        self.client_name = ""
        self.has_access_log = context.access_log.logger.hasHandlers()
        self.is_logged = self.has_access_log or context.observer is not None
        self.scheme = "http"
        self.current: Http11Exchange | None = None
        self.queue: deque[Http11Exchange] = deque()
        self.has_ended = False
        #: The status of a refusal, and the input for a WebSocket.
        self._refusal = 0
        self._for_websocket = b""
        #: Input that is kept back while enough requests wait.
        self._pending = b""
        #: Whether input has come after the last request.
        self._has_more = False
        #: Bytes that were read for nobody.
        self._dropped = 0
        self._arrival: Any = context.shutdown.arrive() if context.is_tls else None
        self.is_head_timed = self.is_body_timed = False
        self.body_until = 0.0

    def __repr__(self) -> str:
        state, waiting = CONNECTION.names[self.state], len(self.queue)
        return f"<{type(self).__name__} {self.client} {state}: {self.current}, {waiting} waiting>"

    @property
    def transport(self) -> asyncio.Transport:
        """The transport, under the name that uvicorn's own protocols have for it."""
        return self.flow.transport

    # The transport's side

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to read requests."""
        self.context.state.connections.add(self)  # type: ignore[arg-type]
        self.flow.attach(transport)
        self.server, self.client = local_address(transport), remote_address(transport)
        self.client_name = client_name(self.client)
        self.scheme = "https" if is_ssl(transport) else "http"
        self.deadline.set(self.limits.header_seconds)
        self._arrival = None
        if not self.context.unread_watch.is_on:
            self.context.unread_watch.start(self.loop)
        if self.context.shutdown.has_begun:
            self.shutdown()
        elif self.context.shutdown.is_near:
            self.end_after_answer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits for the client that it has left."""
        self.context.state.connections.discard(self)
        self.state = CLOSED
        self.deadline.stop()
        self.queue.clear()
        self._pending = b""
        self.flow.drop()
        if self.current is not None:
            self.current.leave()
            # The request knows the connection. A cycle would keep its body for a while.
            self.current = None
        self.flow.resume_writing()

    def eof_received(self) -> bool:
        """Keep the connection for a response that is under way; nothing more will come."""
        self.has_ended = True
        current, incoming = self.current, self.parser.incoming
        if self.state >= LINGERING or self.scheme == "https":
            return False
        if current is None or current.response_state == COMPLETE:
            return bool(self.queue)
        if incoming is not None:
            incoming.leave()
            if incoming is current:
                return False
            self.queue.remove(incoming)
        current.wake()
        return True

    def pause_writing(self) -> None:
        """Start no other request: the client reads slower than responses are made."""
        self.flow.pause_writing()

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        self.flow.resume_writing()
        if self.current is None and self.state < LINGERING:
            self._next()

    def data_received(self, data: Any) -> None:
        """Parse, as far as there is room for requests."""
        self._receive(as_bytes(data))

    def shutdown(self) -> None:
        """Finish what has been begun, as uvicorn asks for when it stops."""
        shutdown, current = self.context.shutdown, self.current
        shutdown.begin()
        self.context.access_log.stop()
        if self.state == OPEN:
            self.state = STOPPING
        elif self.state == LINGERING:
            self.deadline.limit(self.limits.linger_seconds)
        if (last := self._last()) is not None:
            last.close_afterwards()
            if last.response_state == COMPLETE:
                self._linger()  # only the rest of a body that nobody reads was awaited
        if current is not None and current.response_state == STARTED:
            shutdown.on_stream(current)
        self.loop.call_later(shutdown.idle_seconds, self.close_if_idle)

    # Input

    def _receive(self, data: bytes) -> None:
        if self.state > STOPPING:
            self._drop(data)
        elif self._pending:
            self._pending += data
        else:
            parser = self.parser
            if not parser.feed_repeated(data):
                if len(data) <= SLICE or parser.is_in_body_of(len(data)):
                    parser.feed(data)
                else:
                    self._feed_slices(data)
            if parser.state != BETWEEN:
                self.watch_input(len(data))
            if len(self.queue) >= self.limits.pipelining_depth:
                self._pause_reading()

    def _feed_slices(self, data: bytes) -> None:
        """Parse bit by bit, and keep the rest once enough requests wait."""
        start, size, parser = 0, len(data), self.parser
        while start < size:
            if self.state > STOPPING:
                self._drop(data[start:])
                return
            if len(self.queue) >= self.limits.pipelining_depth:
                self._pending = data[start:]
                return
            # PERF: upload. No other request begins before the body has ended.
            end = size if parser.is_in_body_of(size - start) else start + SLICE
            parser.feed(data[start:end])
            start = end

    def _feed_pending(self) -> None:
        pending, self._pending = self._pending, b""
        if self.state >= LINGERING:
            return
        self._feed_slices(pending)
        if not self._pending and len(self.queue) < self.limits.pipelining_depth:
            self.flow.resume_reading()

    def _drop(self, data: bytes) -> None:
        """Read what nobody wants, so that the client can read the last response."""
        if self.state == SWITCHING:
            self._for_websocket += data
        elif self.state == REFUSING and self.current is not None:
            self._pause_reading()
        elif self.current is None or self.current.is_refused:
            self._dropped += len(data)
            if self._dropped > self.limits.drain_bytes:
                self._close_transport()
        elif self.state == LINGERING:
            # A close with unread input resets the connection, and may destroy the response.
            self.deadline.set(self.limits.linger_seconds)

    # What the parser calls

    def may_accept(self) -> bool:
        """Return whether another request is to be executed."""
        if self.state > STOPPING:
            return False
        if self._is_after_last():
            self._has_more = True
            return False
        return True

    def _last(self) -> Http11Exchange | None:
        return self.queue[-1] if self.queue else self.current

    def _is_after_last(self) -> bool:
        last = self._last()
        return last is not None and not last.keep_alive and last.request_state >= RECEIVED

    def accept(self, exchange: Http11Exchange) -> None:
        """Serve a request, or let it wait for its turn."""
        if self.state == STOPPING:
            exchange.close_afterwards()
        if self.context.is_overloaded(exchange):
            _errors.warning("Exceeded concurrency limit.")
            exchange.decline()
        if self.current is None and not self.flow.write_paused:
            self._start(exchange)
        else:
            self.queue.append(exchange)

    def accept_whole(self, exchange: Http11Exchange, size: int) -> None:
        """Accept a request that has come with its body, and no other behind a large one."""
        self.accept(exchange)
        if size > HIGH_WATER and exchange.response_state != COMPLETE:
            self._pause_reading()

    def on_body(self, exchange: Http11Exchange, part: bytes) -> None:
        """Give a part of a body to its request, unless that has been answered already."""
        if exchange.response_state == COMPLETE:
            self._dropped += len(part)
            if self._dropped > self.limits.drain_bytes:
                self._linger()
            return
        exchange.add_body(part)
        if exchange.buffered > HIGH_WATER and exchange.request_state != COLLECTING:
            self._pause_reading()

    def on_request_end(self, exchange: Http11Exchange) -> None:
        """Tell a request that it has come, and go on if it has been answered already."""
        exchange.complete_request()
        self.is_body_timed = False
        if self.current is not None:
            self.deadline.lift()
        if exchange.response_state == COMPLETE and exchange is self.current:
            self._dropped = 0
            self._next()

    def on_parse_error(self, incoming: Http11Exchange | None, status: int) -> None:
        """Answer with a status: the input cannot be read further."""
        if self._is_after_last():
            self._has_more = True
        elif incoming is None or incoming.response_state == COMPLETE:
            self.refuse(status)
        elif incoming is not self.current:
            self.queue.remove(incoming)
            self.refuse(status)
        elif incoming.response_state != EXPECTED:
            self.close()
            incoming.wake()
        else:
            incoming.refuse(status)
            incoming.leave()

    def refuse(self, status: int) -> None:
        """Close with a status when all requests before have been answered."""
        if self.state > STOPPING:
            return
        self.state = REFUSING
        self._refusal = status
        if self.current is None:
            self._send_refusal()
        elif self.current.response_state == COMPLETE:
            self._linger()

    def switch_to_websocket(self, data: bytes) -> None:
        """Let uvicorn's WebSocket class have the connection, after all requests before."""
        self.state = SWITCHING
        self._for_websocket = data
        self._pause_reading()
        if self.current is None:
            self._switch()

    # Serving

    def _start(self, exchange: Http11Exchange) -> None:
        self.current = exchange
        self.deadline.lift()
        try:
            outcome: Any = self.context.find(exchange)
        except Exception as error:
            outcome = error  # it is raised in the request's task
        exchange.start(outcome, self._variables)

    def on_response_end(self) -> None:
        """Go on to the next request: the response has been written."""
        self.flow.flush()
        exchange = self.current
        if self.state >= LINGERING or exchange is None:
            return
        if not exchange.keep_alive:
            self._end(exchange)
        elif exchange.request_state >= RECEIVED:
            self._next()
        else:
            self._dropped = exchange.drop_body()
            self.flow.resume_reading()
            self.deadline.set(self.limits.body_idle_seconds)

    def _next(self) -> None:
        """Go on to the next request of the connection."""
        self.current = None
        if self.flow.write_paused:
            return
        if self.queue:
            self._start(self.queue.popleft())
        elif self.state == REFUSING:
            self._send_refusal()
            return
        elif self.state == SWITCHING:
            self._switch()
            return
        elif self.has_ended:
            self.close()
            return
        elif self.parser.state == HEAD:
            self.deadline.set(self.limits.header_seconds)
        else:
            self.is_head_timed = False
            self.deadline.set(self.context.keep_alive_seconds)
        if self.flow.read_paused and len(self.queue) < self.limits.pipelining_depth:
            self._go_on_reading()

    def _go_on_reading(self) -> None:
        """Parse what was kept back, then let more come."""
        if self._pending:
            # Later, so that others have their turn.
            self.loop.call_soon(self._feed_pending)
        else:
            self.flow.resume_reading()

    def resume_body(self) -> None:
        """Let more of the body come that is being received: the application waits for it."""
        if self.parser.incoming is None or not self.flow.read_paused or self._pending:
            return
        self.flow.resume_reading()
        self.is_body_timed = False  # the client could not send
        self.watch()

    def _pause_reading(self) -> None:
        self.deadline.lift()
        self.flow.pause_reading()

    def _switch(self) -> None:
        context, self.state = self.context, SWITCHED
        context.state.connections.discard(self)
        self.deadline.stop()
        variables, state = self._own_variables.copy(), context.state
        make: Any = context.websocket_class
        protocol = make(config=context.config, server_state=state, app_state=self.app_state)
        if context.observer is not None:
            head = self._for_websocket
            context.observer.begin_websocket(self, protocol, head, variables)
        protocol.connection_made(self.flow.transport)
        self.flow.transport.set_protocol(protocol)
        self.flow.resume_reading()
        variables.run(protocol.data_received, self._for_websocket)
        if context.shutdown.has_begun:
            self.loop.call_later(context.shutdown.idle_seconds, self._stop_websocket, protocol)

    def _stop_websocket(self, protocol: Any) -> None:
        """Tell a WebSocket, which began when all others had been told, that the server stops."""
        if protocol in self.context.state.connections:
            protocol.shutdown()

    # The end

    def close(self) -> None:
        """Close when what is written has been sent."""
        self.state = CLOSED
        self.flow.flush()
        current = self.current
        if current is not None:
            current.disconnect()
        if self.flow.transport.is_closing():
            return
        if current is not None and current.ends_by_closing():
            self.flow.reset()
        else:
            self.flow.transport.close()

    def _close_transport(self) -> None:
        self.state = CLOSED
        self.flow.transport.close()

    def _end(self, exchange: Http11Exchange) -> None:
        """Close after the last response; a client that still sends must be able to read it."""
        self.queue.clear()
        is_read = self.parser.state != HEAD and not (self._has_more or self._pending)
        if is_read and exchange.request_state >= RECEIVED:
            self._close_transport()
        else:
            self._linger()

    def _linger(self) -> None:
        """Send no more, and read and drop for a while what the client still sends."""
        if self.state >= LINGERING:
            return
        self._pending, self._dropped = b"", 0
        if self.has_ended or self.flow.transport.is_closing():
            self._close_transport()
            return
        self.state = LINGERING
        self.flow.end_writing()
        self.flow.resume_reading()
        self.deadline.limit(self.limits.linger_limit_seconds)
        self.deadline.set(self.limits.linger_seconds)

    def _send_refusal(self) -> None:
        _errors.warning("Invalid HTTP request received.")
        self.current = refused = Http11Exchange(self.context, self, "-", "-", b"", b"", [])
        refused.refuse(self._refusal)
        self.current = None
