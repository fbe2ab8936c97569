"""One request of an HTTP/1.1 connection and its response.

An exchange is what code compiled for this transport is called with. It answers whole responses in
one write, and it is also an ASGI connection (`scope`, `receive`, `send`) for all other code.

Two rules keep this module the same as machine code. What is awaited is not written here but in
`serving.py`. And what an application gives (statuses, header fields, bodies, messages, scopes) has
the type `Any` until it is converted: mypyc makes a check of every other annotation.

`states.py` has the states of the request and of the response, and the methods that change them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from contextvars import Context
from functools import partial
from math import inf
from types import MethodType
from typing import Any, Final

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from rapide.http11 import serving
from rapide.http11.contract import Application, Connection, DirectHandler
from rapide.http11.framing import CHUNKED_LINE, LAST_CHUNK, chunk, framing_of, lines_of
from rapide.http11.heads import (
    CLOSE,
    Headers,
    StaticAnswer,
    as_bytes,
    read_head,
    refusal,
    status_line,
)
from rapide.http11.outcomes import Compiled, Outcome
from rapide.http11.request import IncomingRequest
from rapide.http11.server import ServerContext
from rapide.http11.shutdown import end_at_item
from rapide.http11.states import (
    BY_LENGTH,
    CHUNKED,
    COMPLETE,
    DECLINED,
    EXPECTED,
    NO_BODY,
    RECEIVED,
    REFUSED,
    REQUEST,
    RESPONSE,
    STARTED,
    UNTIL_CLOSE,
)
from rapide.scope_keys import PATH_PARAMS, RESPONSE_STARTED

_errors: Final = logging.getLogger("uvicorn.error")


class Http11Exchange(IncomingRequest):
    """A request, how much of it has come, and how much of its response has left.

    Attributes:
        keep_alive: Whether the connection stays open for another request.
    """

    # PERF: small-json. Most requests change few of these, so they are not set for each.
    keep_alive = True
    #: Whether the handler runs without a task; see `ensure_task`.
    is_taskless = False
    #: See `runtime.admission`.
    _time_limit: Any = None
    _ends_with_client: Any = False
    _task: asyncio.Task[None] | None = None
    #: How the body of the response is framed, and how much of an announced length is to be sent.
    _framing = UNTIL_CLOSE
    _remaining = 0

    def __init__(
        self,
        context: ServerContext,
        connection: Connection,
        method: str,
        path: str,
        raw_path: bytes,
        query_string: bytes,
        headers: Headers,
    ) -> None:
        super().__init__(connection, method, path, raw_path, query_string, headers)
        self.context = context

    def __repr__(self) -> str:
        request = REQUEST.names[self.request_state]
        response = RESPONSE.names[self.response_state]
        left = ", client gone" if self.client_disconnected else ""
        states = f"request {request}, response {response}{left}"
        return f"<{type(self).__name__} {self.method} {self.path}: {states}>"

    # Serving

    def start(self, outcome: Any, variables: Context) -> None:
        """Let the application answer, in a task of its own; see `outcome` in the base class.

        Answers that are known, and handlers that cannot see a task, need none.
        """
        if not self.announced or self.request_state == RECEIVED:
            if isinstance(outcome, StaticAnswer):
                self.answer_as_known(outcome)
                return
            if isinstance(outcome, Compiled) and outcome.needs_no_task and self._is_unobserved():
                outcome = self._run_without_task(outcome)
                if outcome is None:
                    return
        self.outcome = outcome
        own = variables.copy()
        if self.observation is not None:
            self.context.observer.enter(self, own)
        task = self._task = serving.begin(self, self.connection.loop, own)
        if task is not None:
            self.context.tasks.add(task)

    def _is_unobserved(self) -> bool:
        """Return whether nobody can observe that there is no task: the access log, or a factory."""
        connection = self.connection
        return connection.loop.get_task_factory() is None and (
            not connection.is_logged
            or self.context.access_log.has_no_observer()
            or not connection.has_access_log
        )

    def _run_without_task(self, outcome: Compiled) -> Outcome | None:
        """Run a handler; return what is left to do in a task, or None if it has answered."""
        self.is_taskless = True
        try:
            handler: Any = outcome.handler(self)
            handler.send(None)
        except StopIteration:
            self.settle()
            return None
        except Exception as error:  # it is answered in a task
            return Compiled(partial(serving.fail, error), outcome.found)
        finally:
            self.is_taskless = False
        return Compiled(partial(serving.go_on, handler), outcome.found)

    def claim(self) -> DirectHandler | None:
        """Return what is to answer; None if that is done, or nobody waits for it any more.

        Raises:
            Exception: What the search for it has raised.
        """
        if self.response_state == COMPLETE or self.client_disconnected:
            return None
        outcome = self.outcome
        if outcome is None:
            outcome = self.outcome = self.context.find_in_task(self)
        if isinstance(outcome, Compiled):
            return outcome.handler
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, StaticAnswer):
            self.answer_as_known(outcome)
            return None
        if self.verdict == DECLINED:
            self.respond(*self.context.unavailable)
            return None
        return serving.call_application

    def release(self) -> None:
        """Forget the task of the request, which has ended."""
        self.context.tasks.discard(self._task)
        if self.observation is not None and self.response_state != COMPLETE:
            self.context.observer.on_end(self)

    def settle(self) -> None:
        """Make sure that there is a response after the application has returned."""
        if self.response_state == COMPLETE or self.client_disconnected:
            return
        missing = "starting" if self.response_state == EXPECTED else "completing"
        _errors.error(f"ASGI callable returned without {missing} response.")
        self._fail()

    def crash(self, error: BaseException) -> None:
        """Report what the application has raised, and answer if nobody has."""
        is_over = self.client_disconnected or self.response_state == COMPLETE
        if is_over and isinstance(error, ClientDisconnect):
            return  # it left, or was refused: nothing is wrong with the application
        if not self.context.shutdown.explains(error, self, is_over):
            _errors.error("Exception in ASGI application\n", exc_info=error)
        if not is_over:
            self._fail()

    def _fail(self) -> None:
        if self.response_state == EXPECTED:
            self.refuse(500)
        else:
            # Never a second head: the client sees that the response is cut short.
            self.connection.close()

    def limit_time(self, limit: Any, ends_with_client: Any) -> None:
        """Lift the deadline of a cancel scope when the response begins; see `runtime.admission`.

        The scope is also cancelled when the client leaves, if `ends_with_client` says so.
        """
        self._time_limit, self._ends_with_client = limit, ends_with_client

    @property
    def application(self) -> Application | None:
        """The application as it answers without ASGI; None if it does not."""
        return self.context.direct

    @property
    def asgi_application(self) -> Any:
        """The application as ASGI knows it."""
        return self.context.app

    @property
    def scheme(self) -> str:
        """The scheme that the client has used, as far as proxies are trusted to say so."""
        return self.context.scheme_of(self)

    # What compiled code uses

    def runs_alone(self) -> bool:
        """Return whether the handler is certain to run in no cancel scope.

        The task is the server's. Only middleware and limits stand between it and the handler.
        """
        return self.layer is None and self._time_limit is None

    @property
    def path_params(self) -> Any:
        """The path parameters."""
        return self.found.path_params if self.known_scope is None else self.scope[PATH_PARAMS]

    def answer(
        self, first_line: bytes, tail: bytes, content: Any, *, is_outside: bool = False
    ) -> None:
        """Send a whole response with prepared lines; `tail` follows the Content-Length.

        `is_outside` says that it has passed the middleware.

        Unlike ASGI's `send` this does not wait: the connection starts no other request before
        the client has read enough of this response.
        """
        if self.layer is not None and not is_outside:
            self.layer.answer(self, first_line, tail, content)
            return
        if self.client_disconnected or self.response_state == COMPLETE:
            return
        context = self.context
        self._start_response()
        body = as_bytes(content)
        length = b"content-length: %d\r\n" % len(body)
        if self.method == "HEAD":
            body = b""
        if self.connection.is_logged:
            context.log_access(self, int(first_line[9:12]), len(body))
        defaults = context.default_lines()
        if self.observation is not None:
            defaults += context.observer.lines_for(self, tail)
        last = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
        self.connection.flow.write(b"".join((first_line, defaults, length, tail, last, body)))
        self._complete_response()

    def answer_as_known(self, answer: StaticAnswer) -> None:
        """Send a response that is known in advance, which passes no middleware."""
        if self.client_disconnected or self.response_state == COMPLETE:
            return
        first_line, lines, body = answer
        context = self.context
        self._start_response()
        if self.method == "HEAD":
            body = b""
        if self.connection.is_logged:
            context.log_access(self, int(first_line[9:12]), len(body))
        defaults = context.default_lines()
        if self.observation is not None:
            defaults += context.observer.lines_for(self, lines)
        last = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
        self.connection.flow.write(b"".join((first_line, defaults, lines, last, body)))
        self._complete_response()

    def respond(self, status: Any, headers: Any, content: Any, *, is_outside: bool = False) -> None:
        """Send a whole response; for `is_outside` see `answer`.

        Raises:
            RuntimeError: A header may not be sent, or the Content-Length is another one.
        """
        if self.layer is not None and not is_outside:
            self.layer.respond(self, status, headers, content)
            return
        if self.client_disconnected or self.response_state == COMPLETE:
            return
        body = as_bytes(content)
        head = self._make_head(status, headers)
        if self._framing == NO_BODY:
            body = b""
        if self.connection.is_logged:
            self.context.log_access(self, status, len(body))
        if self._framing == BY_LENGTH and self._remaining != len(body):
            # COMPAT: uvicorn has sent the head, and what is not too long, before it notices.
            is_longer = len(body) > self._remaining
            self.connection.flow.write(head if is_longer else head + body)
            comparison = "longer" if is_longer else "shorter"
            raise RuntimeError(f"Response content {comparison} than Content-Length")
        if self._framing == CHUNKED:
            body = chunk(body) + LAST_CHUNK
        self.connection.flow.write(head + body)
        self._complete_response()

    def send_response(self, response: Response, background: Any) -> Awaitable[None]:
        """Send a response object that an endpoint returned, with the request's background tasks."""
        return serving.send_response(self, response, background)

    def refuse(self, status: int) -> None:
        """Answer in the server's own name, and close."""
        self.keep_alive = False
        self.verdict = REFUSED
        headers, content = refusal(status)
        self.respond(status, headers, content, is_outside=True)

    # ASGI

    @property
    def scope(self) -> Scope:
        """The ASGI scope."""
        scope = self.known_scope
        if scope is None:
            scope = self.known_scope = self.context.make_scope(self)
        return scope

    def is_changed(self) -> bool:
        """Return whether somebody has changed the request in its scope.

        Other header fields are taken over: Starlette's `Headers` replace the list by a copy.
        """
        scope = self.known_scope
        if scope is None:
            return False
        headers = scope.get("headers")
        if headers is not self.headers:
            if type(headers) is not list or any(type(field) is not tuple for field in headers):
                return True
            self.headers = headers
        return (
            scope.get("path") != self.path
            or scope.get("method") != self.method
            or scope.get("query_string") != self.query_string
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

    def send_message(self, message: Message) -> bool:
        """Send a part of the response, past all middleware (ASGI); return whether the server stops.

        Raises:
            RuntimeError: The message is not the one that has to come now.
        """
        if self.client_disconnected:
            return self.context.shutdown.has_begun
        kind = message["type"]
        if self.response_state == EXPECTED:
            if kind != "http.response.start":
                raise RuntimeError(
                    f"Expected ASGI message 'http.response.start', but got '{kind}'."
                )
            status = message["status"]
            self.stream_headers = headers = message.get("headers", ())
            head = self._make_head(status, headers)
            if self.connection.is_logged:
                self.context.log_access(self, status, 0)
            self.connection.flow.buffer_head(head)
            if self.context.shutdown.has_begun:
                self.context.shutdown.on_stream(self)
        elif self.response_state == COMPLETE:
            raise RuntimeError(
                f"Unexpected ASGI message '{kind}' sent, after response already completed."
            )
        elif kind != "http.response.body":
            raise RuntimeError(f"Expected ASGI message 'http.response.body', but got '{kind}'.")
        else:
            self._send_part(message.get("body", b""), bool(message.get("more_body", False)))
            if self.ends_at_item:
                end_at_item(self)
        return False

    def _send_part(self, content: Any, more: bool) -> None:
        framing = self._framing
        if framing == CHUNKED:
            part = chunk(as_bytes(content)) if content else b""
            if not more:
                part += LAST_CHUNK
        elif framing == NO_BODY:
            part = b""
        else:
            part = as_bytes(content)
            if framing == BY_LENGTH:
                self._remaining -= len(part)
                if self._remaining < 0:
                    raise RuntimeError("Response content longer than Content-Length")
        if part:
            if self.observation is not None:
                self.observation.sent += len(content)
            self.connection.flow.write(part)
        if not more:
            if framing == BY_LENGTH and self._remaining:
                raise RuntimeError("Response content shorter than Content-Length")
            self._complete_response()

    # The connection's side

    def close_afterwards(self) -> None:
        """Let the response be the last of its connection."""
        self.keep_alive = False

    def decline(self) -> None:
        """Let the server answer that it has too much to do."""
        self.verdict = DECLINED

    def ends_by_closing(self) -> bool:
        """Return whether the response is under way, and only a closed connection ends its body."""
        return self.response_state == STARTED and self._framing == UNTIL_CLOSE

    def disconnect(self) -> None:
        """Send nothing more."""
        self.client_disconnected = True

    def leave(self) -> None:
        """Tell the application that nothing can be sent any more, nor will anything come."""
        self.client_disconnected = True
        self.wake()
        limit = self._time_limit
        if self._ends_with_client and limit is not None and self.response_state != COMPLETE:
            limit.deadline = inf
            limit.cancel()

    # The response

    def _start_response(self) -> None:
        self.response_state = STARTED
        if self._time_limit is not None:
            self._time_limit.deadline = inf
        if self.known_scope is not None and self.verdict != REFUSED:
            self.known_scope[RESPONSE_STARTED] = True
        if self._expects_continue or (self.request_state < RECEIVED and not self._may_drop_rest()):
            self.keep_alive = False

    def _may_drop_rest(self) -> bool:
        """Return whether the rest of the body is read and dropped, to keep the connection."""
        return 0 <= self.announced <= self.context.limits.drain_bytes

    def _complete_response(self) -> None:
        self.response_state = COMPLETE
        if self.observation is None or self.context.observer.on_end(self):
            self.context.state.total_requests += 1
        self.wake()
        self.connection.on_response_end()

    def _make_head(self, status: Any, headers: Any) -> bytes:
        """Return the head of a response, and keep the framing of its body for what follows."""
        first_line, head = status_line(status), read_head(headers)
        code, version = int(status), self.http_version
        if head.has_close:
            self.keep_alive = False
        self._framing = framing = framing_of(code, self.method, version, head)
        self._remaining = head.length or 0
        self._start_response()
        close = b"" if self.keep_alive or head.has_close else CLOSE
        chunked = CHUNKED_LINE if framing == CHUNKED and not head.is_chunked else b""
        lines = lines_of(code, version, head, framing)
        defaults = self.context.default_lines()
        if self.observation is not None:
            defaults += self.context.observer.lines_for(self, headers)
        return b"".join((first_line, defaults, lines, close, chunked, b"\r\n"))
