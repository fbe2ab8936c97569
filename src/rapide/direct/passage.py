"""A function of middleware and one request, as long as the application answers it at once.

Most applications have answered, and have ended, before they wait for anything. Then nothing but
this stands between the function and the application inside. Whatever else happens needs the relay,
which is made when it is first needed and goes on from there.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Collection
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Send

from rapide._inspection import is_called_by
from rapide.direct.links import Run
from rapide.direct.relay import DirectRelay, DirectRequest, FunctionPlace, send_past
from rapide.http11.contract import Exchange, Layer
from rapide.http11.heads import Headers
from rapide.http11.layers import fields_of
from rapide.middleware.streamed_response import (
    UNTOUCHED,
    Chunk,
    StreamedResponse,
    passes_at_once,
)
from rapide.runtime.inline import InlineRun, context_for, own_task, sends_at_once

#: Where the application inside is.
UNCALLED: Final = 0
STARTING: Final = 1
ENDED: Final = 2
#: The relay knows.
RELAYED: Final = 3


class Passage:
    """A layer of the transport around the application inside of a function.

    Attributes:
        outer: The layer outside of the function; None for the client.
        function: The coroutine of the function, once it runs.
        stage: Where the application inside is.
        is_over: Whether the function's response has been sent.
        status: The status of what it has answered at once; 0 if it has not.
        headers: The header fields of that.
        content: The content of that, until somebody takes it.
        relay: What passes on everything else, once that is needed.
    """

    # PERF: middleware. Slots that are all set are read and written in the fewest steps.
    __slots__ = (
        "application",
        "content",
        "context",
        "exchange",
        "function",
        "headers",
        "is_over",
        "link",
        "outer",
        "relay",
        "request",
        "run",
        "stage",
        "status",
    )

    handles_errors = True

    def __init__(
        self,
        link: FunctionPlace,
        run: Run,
        request: DirectRequest,
        exchange: Exchange,
        outer: Layer | None,
    ) -> None:
        self.link = link
        self.run = run
        self.request = request
        self.exchange = exchange
        self.outer = outer
        self.function: object = None
        self.stage = UNCALLED
        self.is_over = False
        self.status = 0
        self.headers: Headers = []
        self.content: bytes | None = None
        self.relay: DirectRelay | None = None

    # The side of the function

    async def call_next(self, request: Request) -> Response:
        """Start the application and wait for the start of its response.

        Raises:
            RuntimeError: the application ended without a response.
        """
        if self.stage == UNCALLED and self.relay is None and is_called_by(self.function):
            response = self._begin()
            if response is not None:
                return response
            return await self.full_relay().respond_inline()
        return await self.full_relay().respond_in_task()

    def _begin(self) -> Response | None:
        """Start the application, and return its response if it answers at once."""
        exchange, run = self.exchange, self.run
        if exchange.is_changed() or run.is_outdated() or not self.request.is_untouched():
            # Only by ASGI can the application be told.
            self.full_relay().carry()
            self.stage = RELAYED
            return None
        application = self.application = self.link.inner.serve(run, exchange, self)
        context = self.context = context_for(exchange)
        self.stage = STARTING
        try:
            signal = context.run(application.send, None)
        except StopIteration:
            if self.relay is None and self.status:
                self.stage = ENDED
            else:
                self._hand_over().ended(None)
        except BaseException as error:
            self._hand_over().ended(error)
        else:
            inline = self._hand_over().inline
            if inline is not None:
                inline.signal = signal
        return StreamedResponse(self, self.status, self.headers) if self.status else None

    def _hand_over(self) -> DirectRelay:
        """Let the relay go on with an application that has begun."""
        relay = self._bare_relay()
        self.stage = RELAYED
        if relay.inline is not None:
            relay.inline.is_running = False
        return relay

    def pass_on(self, response: Response) -> bool:
        """Give on a response that only passes on what was answered at once.

        Return whether it is one.
        """
        content = self.content
        if (
            content is None
            or type(response) is not StreamedResponse
            or response._body is not UNTOUCHED
            or self.running
            or response.background is not None
        ):
            return False
        self.content = None
        status, headers, outer = response.status_code, response.raw_headers, self.outer
        if outer is None:
            self.exchange.respond(status, headers, content, is_outside=True)
        else:
            outer.respond(self.exchange, status, headers, content)
        return True

    async def send(self, response: Response) -> None:
        """Send the response of the function, message by message."""
        exchange = self.exchange
        if not (sends_at_once(response) or passes_at_once(response)):
            # This function may itself run inside of another one.
            await own_task(exchange.scope)
        await response(exchange.scope, self.request.replay, send_past(exchange, self.outer))

    # What responses ask of a relay

    @property
    def running(self) -> Collection[object]:
        """The tasks in which the application runs."""
        return () if self.relay is None else self.relay.running

    def body(self) -> AsyncGenerator[Chunk, None]:
        """Return the parts of the response's body."""
        return self.full_relay().body()

    def pass_body(self, send: Send) -> Awaitable[None]:
        """Send the body as it comes."""
        return self.full_relay().pass_body(send)

    def full_relay(self) -> DirectRelay:
        """Return the relay, which has the content that nobody has taken yet."""
        relay = self._bare_relay()
        content, self.content = self.content, None
        if content is not None:
            relay.add_parts(content)
        return relay

    def _bare_relay(self) -> DirectRelay:
        relay = self.relay
        if relay is not None:
            return relay
        link, exchange = self.link, self.exchange
        relay = self.relay = DirectRelay(link, self.run, self.request, exchange, self.outer)
        if self.stage == STARTING:
            relay.inline = InlineRun(self.application, self.context, relay)
            relay.inline.is_running = True
        relay.closed = self.stage == ENDED
        relay.over = self.is_over
        return relay

    # The side of the application

    def answer(self, exchange: Exchange, first_line: bytes, tail: bytes, content: bytes) -> None:
        """Take a whole response with prepared lines."""
        self.respond(exchange, int(first_line[9:12]), fields_of(tail, content), content)

    def respond(self, exchange: Exchange, status: int, headers: Headers, content: bytes) -> None:
        """Take a whole response; nothing follows it."""
        if self.link.is_innermost:
            exchange.mark_answered()
        relay = self.relay
        if self.stage == STARTING and not self.status and (relay is None or not relay.messages):
            self.status, self.headers, self.content = status, headers, content
        else:
            self.full_relay().add_response(status, headers, content)

    async def send_on(self, exchange: Exchange, message: Message) -> None:
        """Take a part of a response (ASGI)."""
        if self.link.is_innermost:
            exchange.mark_answered()
        await self.full_relay().send(message)

    async def receive_for(self, exchange: Exchange) -> Message:
        """Return the next part of the body, or that the client has left (ASGI)."""
        return await self.full_relay().receive()
