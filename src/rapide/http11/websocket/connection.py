"""A WebSocket that our HTTP/1.1 protocol hands its connection to.

Theory of operation. `websockets`, the library, reads and writes the protocol without input and
output (`ServerProtocol`). It shakes hands, and reads and writes every frame that is not ordinary.
Ordinary messages go past it (`frames.py`), as long as the input is between two messages, which
`bounds.py` follows. So the library decides about everything that is wrong.

The application sees the messages, codes, exceptions and log lines of the class that uvicorn takes
by default. `states.py` has the states. Input that waits for the application is in `inbox.py`.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from uvicorn.logging import TRACE_LOG_LEVEL
from uvicorn.protocols.utils import ClientDisconnected

from rapide.http11.flow import Flow
from rapide.http11.heads import as_bytes
from rapide.http11.peers import remote_address
from rapide.http11.shutdown import shutdown_of
from rapide.http11.websocket import handshake, serving
from rapide.http11.websocket.bounds import Bounds
from rapide.http11.websocket.frames import take_messages, write_message
from rapide.http11.websocket.inbox import Inbox
from rapide.http11.websocket.keepalive import KeepAlive
from rapide.http11.websocket.states import (
    ASKED,
    DENIED,
    DENYING,
    ENDED,
    LEFT,
    LOST,
    OPEN,
    SOCKET,
)

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

#: How long the client may take to answer that the application has closed, in seconds.
CLOSE_SECONDS: Final = 10.0
#: The opcodes of frames (RFC 6455, 5.2).
_CONTINUED: Final = 0
_TEXT: Final = 1
_BYTES: Final = 2
_CLOSE: Final = 8
_PING: Final = 9


class WebSocketConnection:
    """A connection, from the request that asks for a WebSocket.

    Args:
        config: uvicorn's configuration.
        server_state: uvicorn's account of the server.
        app_state: What the lifespan left for requests.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.config: object = config
        self.app: object = config.loaded_app
        self.app_state = app_state
        self.connections: Any = server_state.connections
        self.tasks: Any = server_state.tasks
        self.default_headers = server_state.default_headers
        self.stopping = shutdown_of(server_state)
        self.task: asyncio.Task[None] | None = None
        self.logger = logging.getLogger("uvicorn.error")
        self.loop = _loop or asyncio.get_running_loop()
        self.flow = Flow(self.loop)
        self.inbox = Inbox(self.loop, self.flow)
        self.library: Any = handshake.make_library(config, self.logger)
        self.keepalive = KeepAlive(
            self.loop,
            config.ws_ping_interval,
            config.ws_ping_timeout,
            self._ping,
            self._on_silence,
        )
        self.state: int = ASKED
        self.client: tuple[str, int] | None = None
        #: The scope of the application; None until the request has come.
        self.scope: Any = None
        #: The beginning of the request's head.
        self._head = b""
        #: The answer that accepts the request.
        self._acceptance: Any = None
        #: The application's own response.
        self._denial: handshake.Denial | None = None
        #: The timer of the client's answer to a close.
        self._close_timer: asyncio.TimerHandle | None = None
        self._bounds = Bounds()
        #: Whether ordinary messages are read and written past the library.
        self._reads_past = self._writes_past = False
        self._longest = handshake.longest_message(config)
        #: The frames of a message that is not complete, and whether it is text.
        self._parts: list[bytes] = []
        self._is_text = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.client} {SOCKET.names[self.state]}>"

    @property
    def transport(self) -> asyncio.Transport:
        """The transport, under the name that uvicorn's own protocols have for it."""
        return self.flow.transport

    # The transport's side

    def connection_made(self, transport: Any) -> None:
        """Take over a connection."""
        self.connections.add(self)
        self.flow.attach(transport)
        self.client = remote_address(transport)
        self._trace("WebSocket connection made")

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the application that the client has left."""
        self.keepalive.stop()
        never_opened = self.state <= DENIED
        self.inbox.put({"type": "websocket.disconnect", "code": 1006 if never_opened else 1005})
        self.connections.discard(self)
        self._trace("WebSocket connection lost")
        self._set_past(False)
        self.state = LOST
        self.flow.resume_writing()
        self._stop_close_timer()
        if exc is None:
            self.flow.transport.close()

    def eof_received(self) -> None:
        """Let the transport close: there are no half-closed WebSockets."""

    def pause_writing(self) -> None:
        """Let the application wait: the client reads slower than it is sent to."""
        self.flow.pause_writing()

    def resume_writing(self) -> None:
        """Let the application send again."""
        self.flow.resume_writing()

    def shutdown(self) -> None:
        """Close with 1012 (service restart), as uvicorn asks for when it stops."""
        self.keepalive.stop()
        self._stop_close_timer()
        self.stopping.begin()
        self.stopping.on_websocket(self)
        if self.state == OPEN:
            self._set_past(False)
            self.state = LEFT
            self.inbox.put({"type": "websocket.disconnect", "code": 1012})
            self.library.send_close(1012)
            self._flush()
            # A close with unread input resets the connection: the client would not be told.
            self.inbox.keep_reading()
            self._close_after(self.stopping.grace_seconds / 2)
            return
        if self.state == ASKED:
            self.answer_500()
        self.flow.transport.close()

    def data_received(self, data: Any) -> None:
        """Read frames."""
        data = as_bytes(data)
        if not (self._reads_past and self._bounds.is_between):
            self._read(data, [])
            return
        messages: list[Any] = []
        end = take_messages(data, self._longest, messages)
        if end == len(data):
            self.inbox.deliver(messages)
        else:
            self._read(data[end:] if end else data, messages)

    # Input

    def _read(self, data: bytes, messages: list[object]) -> None:
        """Let the library read, behind messages that have come with the same input."""
        if self.scope is None:
            data = self._read_head(data)
            if not data:
                return
        library = self.library
        library.receive_data(data)
        if library.parser_exc is not None:
            # As with uvicorn's class, the messages that came together with an error are lost.
            self._fail()
            return
        self._bounds.follow(data)
        if messages:
            self.inbox.deliver(messages)
        for frame in library.events_received():
            self._on_frame(frame)

    def _read_head(self, data: bytes) -> bytes:
        """Read the head of the request, and return what follows it."""
        head, end, rest = (self._head + data).partition(b"\r\n\r\n")
        if not end:
            self._head = head
            return b""
        self._head = b""
        self.library.receive_data(head + end)
        events = self.library.events_received()
        if events:
            self._connect(events[0])
        else:
            self._flush()
            self.flow.transport.close()
        return b"" if self.scope is None else rest

    def _connect(self, request: object) -> None:
        """Ask the application, unless the request is wrong."""
        library = self.library
        response = library.accept(request)
        if response.status_code != 101:
            self.state = ENDED
            library.send_response(response)
            self._flush()
            self.flow.transport.close()
            return
        self._acceptance = response
        transport = self.flow.transport
        self.scope = handshake.make_scope(request, self.config, self.app_state, transport)
        self.inbox.put({"type": "websocket.connect"})
        task = self.task = self.loop.create_task(serving.serve(self))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def _on_frame(self, frame: Any) -> None:
        """Take a frame from the library."""
        opcode = frame.opcode
        if opcode in (_CONTINUED, _TEXT, _BYTES):
            if opcode != _CONTINUED:
                self._is_text = opcode == _TEXT
                self._parts = []
            self._parts.append(frame.data)
            if frame.fin:
                self._end_message()
        elif opcode == _CLOSE:
            self._on_close()
        elif opcode == _PING:
            self._flush()  # the library has written the answer
        else:
            self.keepalive.on_pong(bytes(frame.data))

    def _end_message(self) -> None:
        """Deliver a message that is complete, unless the application has closed."""
        parts, self._parts = self._parts, []
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        if self.state in (DENIED, LEFT, ENDED) or self.flow.transport.is_closing():
            return
        if not self._is_text:
            self.inbox.deliver([{"type": "websocket.receive", "bytes": data}])
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self.logger.exception("Invalid UTF-8 sequence received from client.")
            self._refuse_text()
        else:
            self.inbox.deliver([{"type": "websocket.receive", "text": text}])

    def _refuse_text(self) -> None:
        """Close: a text is not UTF-8."""
        if self.state == OPEN and self.library.close_sent is None:
            self.library.send_close(1007)
            self._fail()
            return
        if self.state == OPEN:  # the client's close has come with the text, and is answered
            self._set_past(False)
            self.state = LEFT
            self._flush()
        self.flow.transport.close()

    def _on_close(self) -> None:
        """Take the client's close, which the library has answered, or its answer to ours."""
        transport = self.flow.transport
        if self.state in (DENIED, LEFT, ENDED):
            if self._close_timer is not None:
                self._stop_close_timer()
                transport.close()
        elif not transport.is_closing():
            closed = self.library.close_rcvd
            if self.state == OPEN:
                self._set_past(False)
                self.state = LEFT
            self._put_close(closed.code, closed.reason)
            self._flush()
            transport.close()

    def _fail(self) -> None:
        """Close: the client has made an error, to which the library has written the answer."""
        closed = self.library.close_sent
        if closed is not None and self.state != LEFT:
            self._set_past(False)
            self.state = ENDED
            self._put_close(closed.code, closed.reason)
            self._flush()
        self.flow.transport.close()

    def _put_close(self, code: Any, reason: Any) -> None:
        self.inbox.put({"type": "websocket.disconnect", "code": code, "reason": reason})

    # Output

    def send_message(self, message: Any) -> None:
        """Send what the application sends (ASGI).

        Raises:
            InvalidState: The client has left.
            RuntimeError: The message is not one that can come now.
        """
        state = self.state
        if state == OPEN or (state == LEFT and self._close_timer is None):
            kind = message["type"]
            if kind == "websocket.send":
                self._send(message)
            elif kind == "websocket.close":
                self._close(message)
            else:
                raise RuntimeError(
                    "Expected ASGI message 'websocket.send' or 'websocket.close', "
                    f"but got '{kind}'."
                )
        elif state in (LOST, LEFT):
            raise ClientDisconnected()
        elif state == ASKED:
            self._answer(message)
        elif self._denial is not None:
            self._send_denial(message, self._denial)
        else:
            kind = message["type"]
            text = f"Unexpected ASGI message '{kind}', after sending 'websocket.close'."
            raise RuntimeError(text)

    def _send(self, message: Any) -> None:
        """Send a message to the client."""
        data, text = message.get("bytes"), message.get("text")
        # What has the other type, the library refuses.
        if self._writes_past and (type(text) is str if data is None else type(data) is bytes):
            frame = write_message(text if data is None else data)
            if frame is not None:
                self.flow.transport.write(frame)
                return
        if data is not None:
            self.library.send_binary(data)
        elif text is not None:
            self.library.send_text(text.encode())
        self._flush()

    def _answer(self, message: Any) -> None:
        """Answer the request."""
        kind = message["type"]
        if kind == "websocket.accept":
            self._accept(message)
        elif kind == "websocket.close":
            self._refuse()
        elif kind == "websocket.http.response.start":
            self._begin_denial(message)
        else:
            raise RuntimeError(
                "Expected ASGI message 'websocket.accept', 'websocket.close' or "
                f"'websocket.http.response.start' but got '{kind}'."
            )

    def _accept(self, message: Any) -> None:
        handshake.log_access(self, '%s - "WebSocket %s" [accepted]')
        headers = [*self.default_headers, *message.get("headers", [])]
        handshake.complete_acceptance(self._acceptance, headers, message.get("subprotocol"))
        if self.flow.transport.is_closing():
            return
        self.state = OPEN
        self.library.send_response(self._acceptance)
        self._flush()
        self.keepalive.start()
        self._set_past(not self.library.debug)

    def _refuse(self) -> None:
        self.inbox.put({"type": "websocket.disconnect", "code": 1006})
        handshake.log_access(self, '%s - "WebSocket %s" 403')
        self.library.send_response(self.library.reject(HTTPStatus.FORBIDDEN, ""))
        self.state = ENDED
        self._flush()
        self.flow.transport.close()

    def _begin_denial(self, message: object) -> None:
        denial = handshake.Denial(message)
        handshake.log_access(self, '%s - "WebSocket %s" %d', denial.status)
        denial.set_headers(message)
        self.state = DENYING
        self._denial = denial

    def _send_denial(self, message: object, denial: handshake.Denial) -> None:
        if not denial.add(message):
            return
        self.inbox.put({"type": "websocket.disconnect", "code": 1006})
        self.library.send_response(denial.response())
        self.state = DENIED
        self._flush()
        self.flow.transport.close()

    def _close(self, message: Any) -> None:
        """Close, and wait for a while for the client's answer."""
        transport = self.flow.transport
        if transport.is_closing():
            return
        code = message.get("code", 1000)
        reason = message.get("reason", "") or ""
        self._put_close(code, reason)
        self.library.send_close(code, reason)
        self._set_past(False)
        self.state = ENDED
        self._flush()
        self.inbox.keep_reading()
        self._close_after(CLOSE_SECONDS)

    # The end of the application

    def answer_500(self) -> None:
        """Answer a request that the application has not answered."""
        if self.state == ASKED and not self.flow.transport.is_closing():
            failed = HTTPStatus.INTERNAL_SERVER_ERROR
            self.library.send_response(self.library.reject(failed, failed.phrase))
            self._flush()

    def settle(self, result: object) -> None:
        """Log what the application has not done, or has returned."""
        if self.state <= DENIED:
            self.logger.error("ASGI callable returned without completing handshake.")
            self.answer_500()
        elif result is not None:
            self.logger.error("ASGI callable should return None, but returned '%s'.", result)

    def leave(self) -> None:
        """Close the connection, unless the client's answer to a close is still to come."""
        if self._close_timer is None:
            self.flow.transport.close()

    # Time

    def _ping(self, payload: bytes) -> bool:
        if self._is_closed():
            return False
        self.library.send_ping(payload)
        self._flush()
        return True

    def _on_silence(self) -> None:
        """Close: the client has not answered a ping in time."""
        if self._is_closed():
            return
        self._trace("WebSocket keepalive ping timeout")
        self.library.fail(1011, "keepalive ping timeout")
        self._flush()
        self._set_past(False)
        self.state = ENDED
        self.flow.transport.close()

    def _is_closed(self) -> bool:
        return self.state != OPEN or self.flow.transport.is_closing()

    def _close_after(self, seconds: float) -> None:
        """Close the transport if the client has not answered our close by then."""
        self._close_timer = self.loop.call_later(seconds, self.flow.transport.close)

    def _stop_close_timer(self) -> None:
        if self._close_timer is not None:
            self._close_timer.cancel()
            self._close_timer = None

    # The library

    def _set_past(self, goes_past: bool) -> None:
        """Say whether ordinary messages go past the library."""
        self._reads_past = goes_past
        self._writes_past = goes_past and not self.library.extensions

    def _flush(self) -> None:
        """Write what the library has written."""
        self.flow.transport.write(b"".join(self.library.data_to_send()))

    # The log

    def _trace(self, text: str) -> None:
        if self.logger.isEnabledFor(TRACE_LOG_LEVEL):
            prefix = "{}:{} - ".format(*self.client) if self.client else ""
            self.logger.log(TRACE_LOG_LEVEL, "%s" + text, prefix)
