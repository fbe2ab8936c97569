"""One request of an HTTP/1.1 connection and its answer.

An exchange is what code compiled for this transport is called with. It answers whole responses in
one write, and it is also an ASGI connection (`scope`, `receive`, `send`) for all other code.

Two rules keep this module the same as machine code. What is awaited is not written here but in
`serving.py`. And what an application gives (statuses, header fields, bodies, messages, scopes) has
the type `Any` until it is converted: mypyc makes a check of every other annotation.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from functools import partial
from math import inf
from types import MethodType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from rapide.http11 import serving
from rapide.http11.heads import (
    CLOSE,
    CONTINUE,
    Headers,
    StaticAnswer,
    as_bytes,
    read_head,
    status_line,
)
from rapide.http11.outcomes import Compiled
from rapide.scope_keys import PATH_PARAMS, RESPONSE_STARTED

if TYPE_CHECKING:
    from anyio import CancelScope

    from rapide.http11.connection import Http11Protocol
    from rapide.http11.layers import Layer
    from rapide.http11.server import Handler

_errors: Final = logging.getLogger("uvicorn.error")

#: Below this size, parts of a body are kept together, in bytes.
SMALL: Final = 512

_PLAIN: Final = [(b"content-type", b"text/plain; charset=utf-8")]


class Exchange:
    """A request, how much of it has come, and how much of the answer has left."""

    # PERF: small-json. Most requests change few of these, so they are not set for each.
    keep_alive = True
    #: Whether the client waits for `100 Continue` before it sends the body.
    expects_continue = False
    #: Whether the whole body has come; it may still be unread.
    request_complete = False
    #: Whether the head of the answer is on its way.
    response_started = False
    #: Whether the answer is.
    response_complete = False
    #: Whether nothing can be answered any more.
    client_disconnected = False
    #: Whether the answer is the server's own, of which the application knows nothing.
    is_refused = False
    #: Whether a proxy says who the client is.
    is_forwarded = False
    #: Whether it is refused because there is too much to do.
    is_unwanted = False
    #: Length of the body that the client announced; -1 for chunks, of which any number may come.
    announced = 0
    #: Parts of the body that nobody has taken, and their size.
    buffered = 0
    chunks: list[Any] | None = None
    #: See `runtime.admission`.
    time_limit: CancelScope | None = None
    ends_with_client: Any = False
    #: What answers, or what was raised when it was looked for; None before.
    outcome: Any = None
    #: What routing found, if a compiled route answers.
    found: Any = None
    #: Whether somebody has asked by ASGI what the client sends, or has taken all of the body.
    is_read = False
    is_consumed = False
    #: Whether the scope says what routing found: middleware around the routes sees it only later.
    is_routed = True
    #: Whether the innermost middleware has got an answer, or its beginning.
    is_answered = False
    #: The innermost middleware; answers go there.
    layer: Layer | None = None
    task: asyncio.Task[None] | None = None
    #: The bytes of the body, and what they were decoded to, if compiled code has read it.
    kept_body: Any = None
    #: The ASGI scope, once somebody has asked for it.
    known_scope: Scope | None = None
    _waiter: asyncio.Future[None] | None = None
    #: Whether the whole body is being read into memory.
    is_collecting = False
    _is_taken = False
    #: Framing of an answer in parts.
    _is_chunked = False
    _is_bodiless = False
    _remaining: int | None = None

    def __init__(
        self,
        connection: Http11Protocol,
        method: str,
        path: str,
        raw_path: bytes,
        query_string: bytes,
        headers: Headers,
    ) -> None:
        self.connection = connection
        self.method = method
        self.path = path
        self.raw_path = raw_path
        self.query_string = query_string
        self.headers = headers
        self.http_version = "1.1"

    # Serving

    def claim(self) -> Handler | None:
        """Return what is to answer; None if that is done, or nobody waits for it any more.

        Raises:
            Exception: What the search for it has raised.
        """
        context = self.connection.context
        if self.response_complete or self.client_disconnected:
            return None
        if self.outcome is None:
            self.outcome = context.find_in_task(self)
        outcome = self.outcome
        if isinstance(outcome, Compiled):
            return outcome.handler
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, StaticAnswer):
            self.answer(*outcome)
            return None
        if self.is_unwanted:
            self.respond(*context.unavailable)
            return None
        return serving.call_application

    def release(self) -> None:
        """The request's task is over."""
        self.connection.context.tasks.discard(self.task)

    def settle(self) -> None:
        """See to it that there is an answer, after the application has returned."""
        if self.response_complete or self.client_disconnected:
            return
        missing = "completing" if self.response_started else "starting"
        _errors.error(f"ASGI callable returned without {missing} response.")
        self._fail()

    def reject(self, result: object) -> None:
        """The application has returned something, which no ASGI application may."""
        _errors.error("ASGI callable should return None, but returned '%s'.", result)
        self.connection.close()

    def crash(self, error: BaseException) -> None:
        """The application has raised, and nobody has answered."""
        if isinstance(error, ClientDisconnect) and (
            self.client_disconnected or self.response_complete
        ):
            return  # it left, or was refused: nothing is wrong with the application
        _errors.error("Exception in ASGI application\n", exc_info=error)
        if not self.response_complete and not self.client_disconnected:
            self._fail()

    def _fail(self) -> None:
        if self.response_started:
            # Never a second head: the client sees that the answer is cut short.
            self.connection.close()
        else:
            self.refuse(500, b"Internal Server Error")

    # What compiled code uses

    @property
    def path_params(self) -> Any:
        """The path parameters."""
        return self.found.path_params if self.known_scope is None else self.scope[PATH_PARAMS]

    def read_body(self) -> Awaitable[bytes]:
        """The whole body.

        Raises:
            HTTPException: 400, the client left before the body was complete.
        """
        return serving.read_body(self)

    def has_whole_body(self) -> bool:
        """Whether the whole body has come; the client is asked to send it if it waits for that."""
        if self.expects_continue:
            self._continue()
        if not self.request_complete:
            self.is_collecting = True
        return self.request_complete

    def take_body(self) -> bytes:
        """All that has come of the body, for somebody who reads the whole of it."""
        self.is_consumed = self._is_taken = True
        return self._take()

    def answer(
        self, first_line: bytes, tail: bytes, content: Any, *, is_outside: bool = False
    ) -> None:
        """Send a whole response with prepared lines; `tail` follows the Content-Length.

        `is_outside` says that it has passed the middleware.

        Unlike ASGI's `send` this does not wait: the connection starts no other request before
        the client has read enough of this answer.
        """
        if self.layer is not None and not is_outside:
            self.layer.answer(self, first_line, tail, content)
            return
        if self.client_disconnected or self.response_complete:
            return
        connection = self.connection
        context = connection.context
        self._begin()
        if context.access_log:
            self._log(int(first_line[9:12]))
        body = as_bytes(content)
        length = b"content-length: %d\r\n" % len(body)
        if self.method == "HEAD":
            body = b""
        last = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
        connection.write(b"".join((first_line, context.default_lines(), length, tail, last, body)))
        self._finish()

    def respond(self, status: Any, headers: Any, content: Any, *, is_outside: bool = False) -> None:
        """Send a whole response; for `is_outside` see `answer`.

        Raises:
            RuntimeError: A header may not be sent, or the Content-Length is another one.
        """
        if self.layer is not None and not is_outside:
            self.layer.respond(self, status, headers, content)
            return
        if self.client_disconnected or self.response_complete:
            return
        body = as_bytes(content)
        head = self._head(status, headers)
        if not self._is_bodiless and self._remaining not in (None, len(body)):
            raise RuntimeError(f"Response content {_comparison(len(body), self._remaining)}")
        if self.connection.context.access_log:
            self._log(status)
        if self._is_bodiless:
            body = b""
        elif self._is_chunked:
            body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + _LAST_CHUNK
        self.connection.write(head + body)
        self._finish()

    def send_response(self, response: Response, background: Any) -> Awaitable[None]:
        """Send a response object that an endpoint returned, with the request's background tasks."""
        return serving.send_response(self, response, background)

    def refuse(self, status: int, content: bytes) -> None:
        """Answer in the server's own name, and close."""
        self.keep_alive = False
        self.is_refused = True
        headers = [*_PLAIN, (b"content-length", b"%d" % len(content))]
        self.respond(status, headers, content, is_outside=True)

    # ASGI

    @property
    def scope(self) -> Scope:
        """The ASGI scope."""
        scope = self.known_scope
        if scope is None:
            scope = self.known_scope = self.connection.context.make_scope(self)
        return scope

    def is_changed(self) -> bool:
        """Whether somebody has changed the request in its scope."""
        scope = self.known_scope
        return scope is not None and (
            scope.get("path") != self.path
            or scope.get("method") != self.method
            or scope.get("query_string") != self.query_string
            or scope.get("headers") is not self.headers
            or scope.get("type") != "http"
            or scope.get("root_path") != ""
        )

    @property
    def receive(self) -> Receive:
        """The `receive` of the innermost application."""
        layer = self.layer
        return self.receive_outside if layer is None else partial(layer.receive_for, self)

    @property
    def send(self) -> Send:
        """The `send` of the innermost application."""
        layer = self.layer
        return self.send_outside if layer is None else partial(layer.send_on, self)

    @property
    def receive_outside(self) -> Receive:
        """The `receive` of the outermost application."""
        return MethodType(serving.receive, self)

    @property
    def send_outside(self) -> Send:
        """The `send` of the outermost application."""
        return MethodType(serving.send, self)

    def next_message(self) -> Message | None:
        """The next part of the body, or that the client has left (ASGI); None if it is to come."""
        self.is_read = True
        if self.expects_continue:
            self._continue()
        if not self.client_disconnected and not self.response_complete:
            if self.chunks or (self.request_complete and not self._is_taken):
                return self._next_part()
            if not (self._is_taken and self.connection.has_ended):
                return None
            # The client sends no more. It may have left, or wait for the answer: whoever asks
            # takes it for the former. Then nothing more is sent: an answer that was cut short for
            # this reason must never look whole.
            self.connection.close()
        return {"type": "http.disconnect"}

    def _next_part(self) -> Message:
        body = self._take()
        self._is_taken = self.request_complete
        return {"type": "http.request", "body": body, "more_body": not self.request_complete}

    def send_message(self, message: Message) -> None:
        """Send a part of the answer, past all middleware (ASGI).

        Raises:
            RuntimeError: It is not what has to come now.
        """
        if self.client_disconnected:
            return
        kind = message["type"]
        if not self.response_started:
            if kind != "http.response.start":
                raise RuntimeError(
                    f"Expected ASGI message 'http.response.start', but got '{kind}'."
                )
            status = message["status"]
            head = self._head(status, message.get("headers", ()))
            if self.connection.context.access_log:
                self._log(status)
            self.connection.buffer_head(head)
        elif self.response_complete:
            raise RuntimeError(
                f"Unexpected ASGI message '{kind}' sent, after response already completed."
            )
        elif kind != "http.response.body":
            raise RuntimeError(f"Expected ASGI message 'http.response.body', but got '{kind}'.")
        else:
            self._send_part(message.get("body", b""), bool(message.get("more_body", False)))

    def _send_part(self, content: Any, more: bool) -> None:
        write = self.connection.write
        if self._is_bodiless:
            pass
        elif self._is_chunked:
            body = as_bytes(content) if content else b""
            part = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            if part or not more:
                write(part if more else part + _LAST_CHUNK)
        else:
            body = as_bytes(content)
            if self._remaining is not None:
                self._remaining -= len(body)
                if self._remaining < 0:
                    raise RuntimeError("Response content longer than Content-Length")
            if body:
                write(body)
        if not more:
            if self._remaining and not self._is_bodiless:
                raise RuntimeError("Response content shorter than Content-Length")
            self._finish()

    # The connection's side

    def add_body(self, part: bytes) -> None:
        """Take a part of the body from the client."""
        chunks = self.chunks
        if chunks is None:
            self.chunks = [part]
        elif len(part) >= SMALL:
            chunks.append(part)
        elif type(chunks[-1]) is bytearray:
            chunks[-1] += part
        else:
            # A client may send single bytes: as objects they would take many times their size.
            chunks.append(bytearray(part))
        self.buffered += len(part)
        if not self.is_collecting:
            self.wake()

    def end_body(self) -> None:
        """The body has come to its end."""
        self.request_complete = True
        self.wake()

    def ends_by_closing(self) -> bool:
        """Whether the answer is under way, and only the end of the connection will end its body."""
        is_open = self.response_started and not self.response_complete
        return is_open and not (
            self._is_chunked or self._is_bodiless or self._remaining is not None
        )

    def leave(self) -> None:
        """Nothing can be sent to the client any more, nor will anything come."""
        self.client_disconnected = True
        self.wake()
        if self.ends_with_client and self.time_limit is not None and not self.response_complete:
            self.time_limit.deadline = inf
            self.time_limit.cancel()

    def wake(self) -> None:
        """Let the code that waits for the client look again."""
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _continue(self) -> None:
        self.expects_continue = False
        if not self.client_disconnected and not self.response_started:
            self.connection.write(CONTINUE)

    def changed(self) -> Awaitable[None]:
        """What is done when the client has sent something, or has left."""
        connection = self.connection
        connection.resume_body(self)
        if self._waiter is None or self._waiter.done():
            self._waiter = connection.loop.create_future()
        # Several may wait; none may take the others' future with it when it is cancelled.
        return asyncio.shield(self._waiter)

    def _take(self) -> bytes:
        chunks, self.chunks = self.chunks, None
        self.buffered = 0
        if not chunks:
            return b""
        first: bytes = chunks[0]
        return first if len(chunks) == 1 else b"".join(chunks)

    def _begin(self) -> None:
        self.response_started = True
        if self.time_limit is not None:
            self.time_limit.deadline = inf
        if self.known_scope is not None and not self.is_refused:
            self.known_scope[RESPONSE_STARTED] = True
        if self.expects_continue or not (self.request_complete or self.connection.may_keep(self)):
            self.keep_alive = False

    def _finish(self) -> None:
        self.response_complete = True
        if self._waiter is not None:
            self.wake()
        self.connection.on_response_end(self)

    def _head(self, status: Any, headers: Any) -> bytes:
        """The head of an answer; how its body is framed is kept for what follows."""
        first_line, head = status_line(status), read_head(headers)
        code, length, is_chunked = int(status), head.length, head.is_chunked
        if head.has_close:
            self.keep_alive = False
        forbids_framing = code < 200 or code in (204, 205)
        self._is_bodiless = forbids_framing or code == 304 or self.method == "HEAD"
        if forbids_framing or (is_chunked and self.http_version == "1.0"):
            lines = head.without_framing()
            length, is_chunked = (None, False) if forbids_framing else (length, False)
            if code == 205:
                # SPEC: RFC 9110, 15.3.6: it has no content, and says so.
                lines += b"content-length: 0\r\n"
        elif head.lengths > 1:
            # The first counts, as with uvicorn; two would let a client take its pick.
            lines = b"content-length: %d\r\n" % (length or 0) + head.without_framing()
        else:
            lines = b"".join(head.lines)
        self._remaining = None if is_chunked else length
        last = b""
        if length is None and not is_chunked and not self._is_bodiless:
            is_chunked = self.http_version != "1.0"
            last = b"transfer-encoding: chunked\r\n" if is_chunked else b""
        self._is_chunked = is_chunked and not self._is_bodiless
        self._begin()
        if not self.keep_alive and not head.has_close:
            last = CLOSE + last
        defaults = self.connection.context.default_lines()
        return b"".join((first_line, defaults, lines, last, b"\r\n"))

    def _log(self, status: Any) -> None:
        context = self.connection.context
        client = context.client_of(self)
        path = quote(context.root_path + self.path)
        query = self.query_string
        context.access_logger.info(
            '%s - "%s %s HTTP/%s" %d',
            "%s:%d" % client if client else "",  # noqa: UP031 -- as uvicorn has it
            self.method,
            f"{path}?{query.decode('latin-1')}" if query else path,
            self.http_version,
            status,
        )


_LAST_CHUNK: Final = b"0\r\n\r\n"


def _comparison(length: int, announced: int | None) -> str:
    return f"{'longer' if length > (announced or 0) else 'shorter'} than Content-Length"
