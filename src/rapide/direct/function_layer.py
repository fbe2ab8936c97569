"""One function of `@app.middleware("http")` around requests that are served without ASGI.

The function gets a request whose scope is only made when somebody looks at it, and a response that
is made of what the route has answered. What only ASGI can express still takes it: then the relay
calls the application as any middleware does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Scope, Send

from rapide.http11.contract import Layer
from rapide.http11.layers import fields_of
from rapide.middleware.http import ReplayingRequest
from rapide.middleware.message_relay import MessageRelay, StreamedResponse, passes_body
from rapide.routing.lookup import Lookup
from rapide.runtime.inline import InlineRun
from rapide.types import CoroutineOf

if TYPE_CHECKING:
    from rapide.http11.contract import DirectHandler, Exchange
    from rapide.http11.heads import Headers

#: What begins to serve a request by its handler, when the function asks for it.
Begin = Callable[["DirectHandler", "Exchange"], CoroutineOf[None]]


class DirectRequest(ReplayingRequest):
    """The function's request, whose scope is only made when it is used."""

    _is_consumed = False
    _is_replayed = False

    def __init__(self, exchange: Exchange, send: Send) -> None:
        self._exchange = exchange
        super().__init__(_UNKNOWN, exchange.receive_outside, send)

    @property
    def scope(self) -> Scope:
        return self._exchange.scope

    @scope.setter
    def scope(self, scope: Scope) -> None:
        if scope is not _UNKNOWN:
            self._exchange.known_scope = scope

    @property
    def _stream_consumed(self) -> bool:
        """Whether the body has been read, by the function or by the application."""
        return self._is_consumed or self._exchange.is_consumed

    @_stream_consumed.setter
    def _stream_consumed(self, is_consumed: bool) -> None:
        self._is_consumed = is_consumed

    @property
    def _replayed(self) -> bool:
        """Whether the application has got all of the body."""
        return self._is_replayed or self._exchange.is_consumed

    @_replayed.setter
    def _replayed(self, is_replayed: bool) -> None:
        self._is_replayed = is_replayed

    def is_untouched(self) -> bool:
        """Return whether the function has left all of the body to the application."""
        is_read = self._exchange.is_read or self._is_consumed or hasattr(self, "_body")
        return not is_read and self._receive == self._exchange.receive_outside


#: Stands for the scope of a request for Starlette, which checks the type.
_UNKNOWN: Final[Scope] = {"type": "http"}


class DirectRelay(MessageRelay):
    """A relay to an application that answers without ASGI, if the function lets it.

    It is a layer of the transport.
    """

    handles_errors = True

    outer: Layer | None
    begin: Begin
    handler: DirectHandler
    #: Where and when the route was found.
    dispatcher: object
    found_at: int
    #: What was answered before the application waited for anything, and its content.
    answered: tuple[int, Headers] | None = None
    content: bytes | None = None
    is_starting = False

    def __init__(
        self, app: ASGIApp, request: DirectRequest, exchange: Exchange, forward: Send
    ) -> None:
        super().__init__(app, request, forward, exchange.connection.loop, True)
        self.direct_request = request
        self.exchange = exchange

    def start_inline(self) -> Response | None:
        """Start the application, and return the response if it answers at once."""
        exchange = self.exchange
        if exchange.is_changed() or not self.direct_request.is_untouched():
            # Only by ASGI can the application be told.
            self._carry_lookup()
            return super().start_inline()
        run = self.inline = InlineRun(self.begin(self.handler, exchange), exchange, self)
        self.is_starting = True
        run.start()
        self.is_starting = False
        return None if self.answered is None else StreamedResponse(self, *self.answered)

    async def start_task(self) -> None:
        """Start the application in a task."""
        self._carry_lookup()
        await super().start_task()

    def _carry_lookup(self) -> None:
        exchange = self.exchange
        Lookup(
            self.dispatcher, self.found_at, exchange.method, exchange.path, exchange.found
        ).carry()

    async def take(self) -> Message | None:
        """Return the application's next message, or None when it has ended."""
        if self.content is None:
            return await super().take()
        content, self.content = self.content, None
        return {"type": "http.response.body", "body": content}

    def answer(self, exchange: Exchange, first_line: bytes, tail: bytes, content: bytes) -> None:
        """Take a whole response with prepared lines."""
        self.respond(exchange, int(first_line[9:12]), fields_of(tail, content), content)

    def respond(self, exchange: Exchange, status: int, headers: Headers, content: bytes) -> None:
        """Take a whole response; nothing follows it."""
        exchange.mark_answered()
        if self.is_starting and not self.messages:
            self.answered, self.content = (status, headers), content
            return
        start = {"type": "http.response.start", "status": status, "headers": headers}
        self.messages.append((start, None))
        self.messages.append(({"type": "http.response.body", "body": content}, None))

    async def send_on(self, exchange: Exchange, message: Message) -> None:
        """Take a part of a response (ASGI)."""
        exchange.mark_answered()
        await self.send(message)

    async def receive_for(self, exchange: Exchange) -> Message:
        """Return the next part of the body, or that the client has left (ASGI)."""
        return await self.receive()

    def take_whole(self, response: Response) -> bytes | None:
        """Return the content of a response that only passes on what was answered at once."""
        content = self.content
        if content is None or not passes_body(response) or response.background is not None:
            return None
        self.content = None
        return content
