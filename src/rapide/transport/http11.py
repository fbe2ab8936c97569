"""Our HTTP/1.1 protocol, for uvicorn's `http=` option.

Theory of operation. uvicorn keeps the process, the sockets, TLS, signals, the lifespan and the
WebSocket classes. llhttp, in its strict mode, takes the bytes of a connection apart; what it
leaves to its caller is checked here: targets, hosts, sizes, and what may follow what. Each request
becomes an `Exchange` with a task of its own. Requests that come before the answer is complete wait
in line, and so does the refusal of what cannot be read.

A connection has one timer. It looks at the connection's `deadline` when it fires and is set again
when that has moved, so that a request costs no timer.

SPEC: RFC 9112. How each duty is met is proven over sockets in `tests/wire`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote
from weakref import WeakKeyDictionary

import httptools
from starlette.types import Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl

from rapide.transport.exchange import Exchange
from rapide.transport.heads import (
    BadRequest,
    Headers,
    are_tokens,
    has_token,
    is_host,
    split_target,
)
from rapide.transport.limits import Limits
from rapide.transport.service import Service

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

_errors: Final = logging.getLogger("uvicorn.error")

#: How much is parsed at once where requests may be pipelined, in bytes.
SLICE: Final = 4096
#: Size of an unread body at which no more of it is read from the socket, in bytes.
HIGH_WATER: Final = 64 * 1024
#: Bytes of framing that a chunk may cost, and a body besides.
CHUNK_OVERHEAD: Final = 16
BODY_OVERHEAD: Final = 64 * 1024
#: How long an idle connection is kept at shutdown for a request that is on its way, in seconds.
LAST_CALL: Final = 0.05

_PHRASES: Final = {
    408: b"Request Timeout",
    414: b"URI Too Long",
    431: b"Request Header Fields Too Large",
    501: b"Not Implemented",
    505: b"HTTP Version Not Supported",
}
_INVALID: Final = b"Invalid HTTP request received."

_services: WeakKeyDictionary[ServerState, Service] = WeakKeyDictionary()


class Http11Protocol(asyncio.Protocol):
    """A connection.

    Args:
        config: uvicorn's configuration.
        server_state: uvicorn's account of the server.
        app_state: What the lifespan left for requests.
        limits: What clients may ask for.
        compiled: Whether compiled routes are answered without ASGI messages.
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
    ) -> None:
        service = _services.get(server_state)
        if service is None:
            service = _make_service(config, server_state, limits, compiled)
            _services[server_state] = service
        self.service = service
        self.app_state = app_state
        self.loop = _loop or asyncio.get_running_loop()
        self.parser = httptools.HttpRequestParser(self)
        self.limits = service.limits
        self._keep_alive_seconds = service.keep_alive_seconds
        self.server: tuple[str, int | None] | None = None
        self.client: tuple[str, int] | None = None
        self.scheme = "http"
        #: The exchange being answered, and those that wait for it.
        self.current: Exchange | None = None
        self.queue: deque[Exchange] = deque()
        #: The exchange whose body is being read.
        self.incoming: Exchange | None = None
        #: The status to close with when all before has been answered; 0 for none.
        self.refusal = 0
        #: What is left of the input when a WebSocket takes over.
        self.handover: bytes | None = None
        self.has_ended = False
        self.is_closing = False
        self.write_paused = False
        self._read_paused = False
        self._drain_waiters: list[asyncio.Future[None]] = []
        self._pending = b""
        # The message being parsed.
        self._in_head = False
        self._raw = b""
        self._url = b""
        self._headers: Headers = []
        self._overhead = 0
        self._dropped = 0
        self._is_stopping = False
        self._has_more = False
        self._is_echo = False
        self._upgrade: str | None = None
        # The timer.
        self.deadline: float | None = None
        self._head_began: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    # The transport's side

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin."""
        self.service.state.connections.add(self)  # type: ignore[arg-type]
        self.transport = transport
        self.server = get_local_addr(transport)
        self.client = get_remote_addr(transport)
        self.scheme = "https" if is_ssl(transport) else "http"
        self._expect(self.limits.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """End: whoever waits for the client is told."""
        self.service.state.connections.discard(self)
        self.is_closing = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.queue.clear()
        if self.current is not None:
            self.current.leave()
        self.resume_writing()
        self._pending = self._raw = b""

    def eof_received(self) -> bool:
        """Keep the connection for an answer that is under way; nothing more will come."""
        self.has_ended = True
        current, incoming = self.current, self.incoming
        if self.is_closing or self.scheme == "https":
            return False
        if current is None or current.complete:
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

    async def drained(self) -> None:
        """Wait until the client has read enough."""
        waiter = self.loop.create_future()
        self._drain_waiters.append(waiter)
        await waiter

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self.transport.write(data)

    def close(self) -> None:
        """Close when what is written has been sent."""
        self.is_closing = True
        if self.current is not None:
            self.current.disconnected = True
        if not self.transport.is_closing():
            self.transport.close()

    def shutdown(self) -> None:
        """Finish what has been begun, as uvicorn asks for when it stops."""
        self._is_stopping = True
        last = self.queue[-1] if self.queue else self.current
        if last is not None:
            last.keep_alive = False
        self.loop.call_later(LAST_CALL, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if self.current is None and not self.queue and not self._in_head:
            self.close()

    # Input

    def data_received(self, data: bytes) -> None:
        """Parse, as far as there is room for requests."""
        if self.is_closing or self.refusal or self.handover is not None:
            self._drop(data)
            return
        if self._pending:
            self._pending += data
            return
        if len(data) <= SLICE or self._is_in_long_body(len(data)):
            self._feed(data)
        else:
            self._feed_slices(data)
        if self._in_head or self.incoming is not None:
            self._watch()

    def _is_in_long_body(self, size: int) -> bool:
        incoming = self.incoming
        return incoming is not None and incoming.announced >= size

    def _feed_slices(self, data: bytes) -> None:
        """Parse bit by bit, and keep the rest once enough requests wait."""
        for start in range(0, len(data), SLICE):
            if len(self.queue) >= self.limits.pipelining_depth:
                self._pending = data[start:]
                self._pause_reading()
                return
            self._feed(data[start : start + SLICE])
            if self.is_closing or self.refusal or self.handover is not None:
                return

    def _feed(self, data: bytes) -> None:
        self._raw = self._raw + data if self._in_head else data
        if self.incoming is not None:
            self._overhead += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._end_of_http(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            if self._is_last():
                self._has_more = True
            else:
                self._fail_input(400)
        if self._in_head:
            if len(self._raw) > self.limits.header_bytes + SLICE:
                self._fail_input(414 if len(self._url) > len(self._raw) // 2 else 431)
        elif self._overhead > BODY_OVERHEAD and self.incoming is not None:
            self._fail_input(431)
        if len(self.queue) >= self.limits.pipelining_depth:
            self._pause_reading()

    def _is_last(self) -> bool:
        """Whether what follows the last request is not to be executed."""
        last = self.queue[-1] if self.queue else self.current
        return last is not None and last.is_whole and not last.keep_alive

    def _drop(self, data: bytes) -> None:
        """Read what nobody wants, so that the client can read the last answer."""
        if self.handover is not None:
            self.handover += data
            return
        if self.refusal and self.current is not None and not self.is_closing:
            self._pause_reading()
            return
        self._dropped += len(data)
        if self._dropped > self.limits.drain_bytes:
            self.transport.close()

    # The parser's callbacks

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._is_echo:
            return
        self._in_head = True
        self._head_began = None
        self._url = b""
        self._headers = []
        self.incoming = None
        self._overhead = 0

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head, or of the trailer, which nobody sees."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is complete: the request can be served."""
        if self._is_echo:
            return
        self._in_head = False
        if self.refusal:
            return
        if self._is_last():
            self._has_more = True
            return
        try:
            exchange = self._read_head()
        except BadRequest as bad:
            self.incoming = None
            self._refuse(bad.status)
            return
        if exchange is None:
            return
        self._headers = []
        self.incoming = exchange
        if self._is_stopping:
            exchange.keep_alive = False
        if self.current is None and not self.write_paused:
            self._start(exchange)
        else:
            self.queue.append(exchange)

    def on_chunk_header(self) -> None:
        """A chunk begins: its framing is allowed for."""
        self._overhead -= CHUNK_OVERHEAD

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        incoming = self.incoming
        self._overhead -= len(body)
        if incoming is None:
            return
        if incoming.complete:
            self._dropped += len(body)
            if self._dropped > self.limits.drain_bytes:
                self._linger()
            return
        incoming.feed(body)
        if incoming.buffered > HIGH_WATER and not incoming.wants_all:
            self._pause_reading()

    def on_message_complete(self) -> None:
        """The request has come entirely."""
        if self._upgrade is not None:
            return
        incoming, self.incoming = self.incoming, None
        if incoming is None:
            return
        if len(self._headers) > self.limits.header_fields:
            self.incoming = incoming
            self._fail_input(431)
            return
        incoming.end_body()
        if self.current is not None:
            self.deadline = None
        if incoming.complete and incoming is self.current:
            self._dropped = 0
            self._next()

    # Heads

    def _read_head(self) -> Exchange | None:
        """The request that a head describes; None when it is for a WebSocket.

        Raises:
            BadRequest: It is to be refused.
        """
        parser, url, headers = self.parser, self._url, self._headers
        method = parser.get_method()
        if b"%b %b HTTP/1.1\r\n" % (method, url) in self._raw:
            version = "1.1"
        else:
            version = self._check_version(method, url)
        fields = dict(headers)
        self._check_size(url, headers)
        exchange = self._make_exchange(method.decode("ascii"), url, headers)
        if version != "1.1":
            exchange.http_version = version
            exchange.keep_alive = False
        elif not parser.should_keep_alive():
            exchange.keep_alive = False
        # PERF: small-json. All of this is about fields that most requests do not have.
        self._check_host(fields, headers, version)
        if b"transfer-encoding" in fields or b"content-length" in fields:
            _check_body(exchange, fields, version)
        if b"expect" in fields and version == "1.1":
            exchange.expects_continue = fields[b"expect"].lower() == b"100-continue"
        if self.service.forward is not None:
            exchange.is_forwarded = b"x-forwarded-for" in fields or b"x-forwarded-proto" in fields
        if self.service.is_overloaded():
            _errors.warning("Exceeded concurrency limit.")
            exchange.refusal = 503
        if b"upgrade" in fields and parser.should_upgrade():
            return self._begin_upgrade(exchange, fields)
        return exchange

    def _check_version(self, method: bytes, url: bytes) -> str:
        version = self.parser.get_http_version()
        if b"%b %b HTTP/%b\r\n" % (method, url, version.encode()) not in self._raw:
            raise BadRequest(400)  # other blanks than one, or another protocol
        if version == "2.0":
            raise BadRequest(505)
        if version != "1.0":
            raise BadRequest(400)
        return version

    def _check_size(self, url: bytes, headers: Headers) -> None:
        limits = self.limits
        if len(headers) > limits.header_fields:
            raise BadRequest(431)
        if len(self._raw) > limits.header_bytes:
            if len(url) > limits.header_bytes:
                raise BadRequest(414)
            size = sum(len(name) + len(value) + 4 for name, value in headers)
            if size + len(url) > limits.header_bytes:
                raise BadRequest(431)

    def _make_exchange(self, method: str, url: bytes, headers: Headers) -> Exchange:
        host, path, query = split_target(method, url)
        text = path.decode("ascii")
        if "%" in text:
            text = unquote(text)
        if host is not None:
            # SPEC: RFC 9112, 3.2.2: the host of an absolute target counts.
            headers[:] = [(name, host if name == b"host" else value) for name, value in headers]
        return Exchange(self, method, text, path, query, headers)

    def _check_host(self, fields: dict[bytes, bytes], headers: Headers, version: str) -> None:
        host = fields.get(b"host")
        if host is None:
            if version == "1.1":
                raise BadRequest(400)
        elif (not self.service.knows_host(host) and not is_host(host)) or (len(fields) != len(headers) and sum(name == b"host" for name, _ in headers) > 1):
            raise BadRequest(400)

    # Other protocols

    def _begin_upgrade(self, exchange: Exchange, fields: dict[bytes, bytes]) -> Exchange | None:
        """Prepare for a WebSocket; other protocols are not spoken, and their request is served."""
        has_body = b"transfer-encoding" in fields or exchange.announced > 0
        is_socket = (
            fields[b"upgrade"].lower() == b"websocket"
            and self.service.config.ws_protocol_class is not None
        )
        if not is_socket:
            framing = b"".join(
                b"%b: %b\r\n" % (name, fields[name])
                for name in (b"content-length", b"transfer-encoding")
                if name in fields
            )
            self._upgrade = f"POST / HTTP/1.1\r\nhost: x\r\n{framing.decode('latin-1')}\r\n"
            return exchange
        protocols = [value for name, value in exchange.headers if name == b"sec-websocket-protocol"]
        if has_body or not all(map(are_tokens, protocols)):
            raise BadRequest(400)
        self._upgrade = ""
        self._headers = exchange.headers
        return None

    def _end_of_http(self, rest: bytes) -> None:
        """The parser has stopped at an upgrade."""
        upgrade, self._upgrade = self._upgrade, None
        if upgrade is None:
            return  # refused
        if upgrade == "":
            self.handover = rest
            self._pause_reading()
            if self.current is None:
                self._hand_over()
            return
        # SPEC: RFC 9110, 7.8: the upgrade is ignored; the body is this request's.
        self.parser = httptools.HttpRequestParser(self)
        self._is_echo = True
        head = upgrade.encode("latin-1")
        try:
            self.parser.feed_data(head[: -len(b"\r\n")])
            self._headers = []
            self.parser.feed_data(b"\r\n")
        finally:
            self._is_echo = False
        if rest:
            self._feed(rest)

    def _hand_over(self) -> None:
        """Let uvicorn's WebSocket class have the connection, with the request as it came."""
        service = self.service
        rest, self.handover = self.handover or b"", None
        service.state.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        head = [b"%b %b HTTP/1.1\r\n" % (b"GET", self._url)]
        head += [b"%b: %b\r\n" % field for field in self._headers]
        make: Any = service.config.ws_protocol_class
        protocol = make(config=service.config, server_state=service.state, app_state=self.app_state)
        protocol.connection_made(self.transport)
        self.transport.set_protocol(protocol)
        self._resume_reading()
        protocol.data_received(b"".join([*head, b"\r\n", rest]))

    # Serving

    def _start(self, exchange: Exchange) -> None:
        self.current = exchange
        self.deadline = None
        task = exchange.task = self.loop.create_task(exchange.run())
        self.service.tasks.add(task)

    def may_keep(self, exchange: Exchange) -> bool:
        """Whether the connection can outlive an answer to a body that has not come entirely."""
        if exchange.expects_continue:
            return False
        return exchange.announced <= self.limits.drain_bytes

    def finished(self, exchange: Exchange) -> None:
        """The answer has been written."""
        service = self.service
        service.state.total_requests += 1
        if self.is_closing:
            return
        if not exchange.keep_alive:
            self._end(exchange)
        elif exchange.is_whole:
            self._next()
        else:
            exchange.chunks, self._dropped = None, exchange.buffered
            self._resume_reading()
            self._expect(self.limits.body_idle_seconds)

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
            self._hand_over()
            return
        elif self.has_ended:
            self.close()
            return
        else:
            seconds = self.limits.header_seconds if self._in_head else self._keep_alive_seconds
            # PERF: small-json. As `_expect`, without the call.
            self.deadline = deadline = self.loop.time() + seconds
            if self._timer is None or self._timer_at > deadline:
                self._arm(deadline)
        if self._read_paused:
            self._go_on_reading()

    def _go_on_reading(self) -> None:
        """Parse what was kept back, then let more come."""
        if len(self.queue) >= self.limits.pipelining_depth:
            return
        pending, self._pending = self._pending, b""
        if pending:
            # Later, so that others have their turn.
            self.loop.call_soon(self._feed_pending, pending)
        else:
            self._resume_reading()

    def _feed_pending(self, pending: bytes) -> None:
        if not self.is_closing:
            more, self._pending = self._pending, b""
            self._feed_slices(pending + more)
            if not self._pending and len(self.queue) < self.limits.pipelining_depth:
                self._resume_reading()

    def _end(self, exchange: Exchange) -> None:
        """Close after the last answer; a client that still sends must be able to read it."""
        self.queue.clear()
        if exchange.is_whole and not (self._in_head or self._has_more or self._pending):
            self.is_closing = True
            self.transport.close()
        else:
            self._linger()

    def _linger(self) -> None:
        """Send no more, and read and drop for a while what the client still sends."""
        if self.is_closing:
            return
        self.is_closing = True
        self._pending = b""
        self._dropped = 0
        if self.has_ended or self.transport.is_closing():
            self.transport.close()
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._resume_reading()
        self._expect(self.limits.linger_seconds)

    # Refusals

    def _fail_input(self, status: int) -> None:
        """The input cannot be read further."""
        incoming, self.incoming = self.incoming, None
        self._in_head = False
        if incoming is None or incoming.complete:
            self._refuse(status)
        elif incoming is self.current:
            if incoming.started:
                self.close()
            else:
                incoming.refuse(status, _PHRASES.get(status, _INVALID))
            incoming.leave()
        else:
            self.queue.remove(incoming)
            self._refuse(status)

    def _refuse(self, status: int) -> None:
        """Close with a status when all requests before have been answered."""
        if self.refusal or self.is_closing:
            return
        self.refusal = status
        if self.current is None:
            self._send_refusal()
        elif self.current.complete:
            self._linger()

    def _send_refusal(self) -> None:
        _errors.warning("Invalid HTTP request received.")
        method, target = "-", "-"
        refused = Exchange(self, method, target, b"", b"", [])
        refused.refuse(self.refusal, _PHRASES.get(self.refusal, _INVALID))

    # Time

    def _expect(self, seconds: float) -> None:
        """Give the client some time."""
        self.deadline = deadline = self.loop.time() + seconds
        if self._timer is None or self._timer_at > deadline:
            self._arm(deadline)

    def _arm(self, deadline: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self.loop.call_at(deadline, self._look_at_time)

    def _look_at_time(self) -> None:
        self._timer = None
        if self.deadline is None:
            return
        if self.loop.time() < self.deadline:
            self._arm(self.deadline)
        else:
            self._expire()

    def _watch(self) -> None:
        """Set the deadline for what the connection waits for after some input."""
        if self.is_closing:
            return
        if self.incoming is not None and not self._read_paused:
            self._expect(self.limits.body_idle_seconds)
        elif self._in_head and self.current is None:
            if self._head_began is None:
                self._head_began = self.loop.time()
                self._expect(self.limits.header_seconds)
        elif self.current is not None:
            self.deadline = None

    def _expire(self) -> None:
        """The client took too long."""
        self.deadline = None
        if self.is_closing:
            self.transport.abort()
        elif self.incoming is not None or self._in_head:
            self._fail_input(408)
        else:
            self.close()

    # Flow

    def _pause_reading(self) -> None:
        self.deadline = None
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
        if exchange is self.incoming and self._read_paused:
            self._resume_reading()
            self._watch()


def _check_body(exchange: Exchange, fields: dict[bytes, bytes], version: str) -> None:
    """Check how a body is framed, as far as the parser leaves it open.

    Raises:
        BadRequest: 400 for a coding in HTTP/1.0, 501 for other codings than `chunked`.
    """
    coding = fields.get(b"transfer-encoding")
    if coding is None:
        exchange.announced = int(fields[b"content-length"])
    elif version != "1.1":
        raise BadRequest(400)
    elif coding.strip().lower() != b"chunked":
        raise BadRequest(501 if has_token(coding, b"chunked") else 400)


def _make_service(config: Config, state: ServerState, limits: Limits, compiled: bool) -> Service:
    """Look at the application that uvicorn has wrapped."""
    if not config.loaded:
        config.load()
    app: Any = config.loaded_app
    forward = None
    if type(app) is ProxyHeadersMiddleware:
        forward = _forwarding(app)
        app = app.app
    direct = getattr(app, "_direct", None) if compiled else None
    return Service(config, state, limits, direct, forward)


def _forwarding(middleware: ProxyHeadersMiddleware) -> Any:
    """Uvicorn's way of seeing through proxies, as a function of a scope."""

    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        pass

    rewrite: Any = ProxyHeadersMiddleware(nothing)  # type: ignore[arg-type]
    rewrite.trusted_hosts = middleware.trusted_hosts

    def forward(scope: Scope) -> None:
        with contextlib.suppress(StopIteration):
            rewrite(scope, None, None).send(None)

    return forward
