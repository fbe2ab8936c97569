"""Functions of middleware around requests that are served without ASGI.

A function gets a request whose scope is only made when somebody looks at it, and a response that
is made of what the route, or the next function, has answered. What only ASGI can express still
takes it: then the relay calls the application inside as any middleware does.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.types import Message

from rapide.direct.links import Link, Run
from rapide.http11.contract import Layer
from rapide.http11.layers import fields_of
from rapide.middleware.http import ReplayingRequest, opens_nothing
from rapide.middleware.message_relay import MessageRelay, StreamedResponse, passes_at_once
from rapide.runtime.inline import InlineRun, own_task, sends_at_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from rapide.http11.contract import Exchange
    from rapide.http11.heads import Headers


class _Late:
    """An attribute that is made when it is first asked for, unless it was assigned before."""

    def __init__(self, make: Callable[[Any], object]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> object:
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self._make(instance)
        return value


def _receive_of(request: Any) -> object:
    exchange, outer = request._exchange, request._outer
    receive = exchange.receive_outside if outer is None else partial(outer.receive_for, exchange)
    request._first_receive = receive
    return receive


def _send_past(exchange: Exchange, outer: Layer | None) -> object:
    return exchange.send_outside if outer is None else partial(outer.send_on, exchange)


class DirectRequest(ReplayingRequest):
    """The function's request, whose scope is only made when it is used."""

    # PERF: middleware. Starlette's `__init__` would set most of these, which few functions use.
    scope: Any = _Late(lambda request: request._exchange.scope)
    _receive: Any = _Late(_receive_of)
    _send: Any = _Late(lambda request: _send_past(request._exchange, request._outer))
    _is_disconnected = False
    _form = None
    _first_receive: object = None
    _is_consumed = False
    _is_replayed = False

    def __init__(self, exchange: Exchange, outer: Layer | None) -> None:
        self._exchange = exchange
        self._outer = outer

    @property
    def _stream_consumed(self) -> bool:
        """Whether the body has been read, by the function or by the application."""
        return self._is_consumed or self._exchange.is_consumed

    @_stream_consumed.setter
    def _stream_consumed(self, is_consumed: bool) -> None:
        self._is_consumed = is_consumed

    @property
    def _wrapped_rcv_consumed(self) -> bool:
        """Whether the application has got all of the body."""
        return self._is_replayed or self._exchange.is_consumed

    @_wrapped_rcv_consumed.setter
    def _wrapped_rcv_consumed(self, is_replayed: bool) -> None:
        self._is_replayed = is_replayed

    def is_untouched(self) -> bool:
        """Return whether the function has left all of the body to the application."""
        if self._exchange.is_read or self._is_consumed:
            return False
        given = self.__dict__
        return "_body" not in given and given.get("_receive") is self._first_receive


DirectRequest.__name__ = DirectRequest.__qualname__ = ReplayingRequest.__name__


class DirectRelay(MessageRelay):
    """A relay to an application that answers without ASGI, if the function lets it.

    It is a layer of the transport.
    """

    handles_errors = True

    # PERF: middleware. What the relay of a request that is answered at once does not need.
    app: Any = _Late(lambda relay: relay._link.app)
    scope: Any = _Late(lambda relay: relay._exchange.scope)
    forward: Any = _Late(lambda relay: _send_past(relay._exchange, relay.outer))
    loop: Any = _Late(lambda relay: relay._exchange.connection.loop)
    messages: Any = _Late(lambda _: deque())
    may_run_inline = True
    #: What was answered before the application waited for anything, and its content.
    answered: tuple[int, Headers] | None = None
    content: bytes | None = None
    is_starting = False

    def __init__(
        self,
        link: FunctionLink,
        run: Run,
        request: DirectRequest,
        exchange: Exchange,
        outer: Layer | None,
    ) -> None:
        self._link = link
        self._route = run
        self.request = self._direct_request = request
        self._exchange = exchange
        self.outer = outer

    def start_inline(self) -> Response | None:
        """Start the application, and return the response if it answers at once."""
        exchange = self._exchange
        route, request = self._route, self._direct_request
        if exchange.is_changed() or route.is_outdated() or not request.is_untouched():
            # Only by ASGI can the application be told.
            route.carry(exchange)
            self.inline = InlineRun(self._carried(), self.scope, self)
            return None
        application = self._link.inner.serve(route, exchange, self)
        inline = self.inline = InlineRun(application, exchange, self)
        self.is_starting = True
        inline.start()
        self.is_starting = False
        return None if self.answered is None else StreamedResponse(self, *self.answered)

    async def _carried(self) -> None:
        """Run the application, which may go on in a task if it opens something."""
        if not opens_nothing(self._link.app):
            await own_task(self.scope)
        await self._application()

    async def start_task(self) -> None:
        """Start the application in a task."""
        self._route.carry(self._exchange)
        await super().start_task()

    async def take(self) -> Message | None:
        """Return the application's next message, or None when it has ended."""
        if self.content is None:
            return await super().take()
        content, self.content = self.content, None
        first, *others = self._parts_of(content)
        self.messages.extend((part, None) for part in others)
        return first

    def _parts_of(self, content: bytes) -> list[Message]:
        """Return the messages of a whole content, as this function gets them from inside."""
        if not self._link.is_around_function:
            return [{"type": "http.response.body", "body": content}]
        # The function inside ends what it passes on with an empty part.
        parts = [{"type": "http.response.body", "body": content, "more_body": True}]
        end = {"type": "http.response.body", "body": b"", "more_body": False}
        return [*parts, end] if content else [end]

    def answer(self, exchange: Exchange, first_line: bytes, tail: bytes, content: bytes) -> None:
        """Take a whole response with prepared lines."""
        status, headers = int(first_line[9:12]), fields_of(tail, content)
        if self.is_starting and self._link.is_innermost and "messages" not in self.__dict__:
            # PERF: middleware. As `respond` does.
            exchange.mark_answered()
            self.answered, self.content = (status, headers), content
        else:
            self.respond(exchange, status, headers, content)

    def respond(self, exchange: Exchange, status: int, headers: Headers, content: bytes) -> None:
        """Take a whole response; nothing follows it."""
        if self._link.is_innermost:
            exchange.mark_answered()
        if self.is_starting and "messages" not in self.__dict__:
            self.answered, self.content = (status, headers), content
            return
        start = {"type": "http.response.start", "status": status, "headers": headers}
        self.messages.append((start, None))
        self.messages.extend((part, None) for part in self._parts_of(content))

    async def send_on(self, exchange: Exchange, message: Message) -> None:
        """Take a part of a response (ASGI)."""
        if self._link.is_innermost:
            exchange.mark_answered()
        await self.send(message)

    async def receive_for(self, exchange: Exchange) -> Message:
        """Return the next part of the body, or that the client has left (ASGI)."""
        return await self.receive()

    def take_whole(self, response: Response) -> bytes | None:
        """Return the content of a response that only passes on what was answered at once."""
        content = self.content
        if content is None or not passes_at_once(response) or response.background is not None:
            return None
        self.content = None
        return content

    def has_ended(self) -> bool:
        """Return whether the application has ended in order, and nothing waits any more."""
        is_idle = self.closed and self.inline is None and not (self.running or self.receiving)
        return is_idle and self.error is None and "messages" not in self.__dict__


class FunctionLink:
    """A function of middleware: of `@app.middleware("http")`, or `dispatch` of a subclass.

    Attributes:
        app: The application inside, as ASGI knows it.
        inner: What is inside of the function.
        is_innermost: Whether nothing else inside has the response in its hands.
        is_outermost: Whether nothing else outside does.
        is_heard: Whether the next such middleware outside sees the messages of the response.
        is_around_function: Whether the next such middleware inside is a function, too.
    """

    def __init__(
        self,
        middleware: Any,
        inner: Link,
        *,
        is_innermost: bool,
        is_outermost: bool,
        is_heard: bool = False,
        is_around_function: bool = False,
    ) -> None:
        self._middleware = middleware
        self._is_heard = is_heard
        self.is_around_function = is_around_function
        self.inner = inner
        self.is_innermost = is_innermost
        self._is_outermost = is_outermost

    @property
    def app(self) -> Any:
        """The application inside, as ASGI knows it."""
        return self._middleware.app

    async def serve(self, run: Run, exchange: Exchange, outer: Layer | None = None) -> None:
        """Serve a request with the function."""
        # PERF: middleware. Each request pays for each call here, so there are few.
        if self._is_outermost:
            exchange.stay_around_routes()
        request = DirectRequest(exchange, outer)
        relay = DirectRelay(self, run, request, exchange, outer)
        exchange.layer = relay
        try:
            function = relay.function = self._middleware.dispatch_func(request, relay.call_next)
            response = await function
            content = None if self._is_heard else relay.take_whole(response)
            if content is None:
                if not (sends_at_once(response) or passes_at_once(response)):
                    # This function may itself run inside of another one.
                    await own_task(exchange.scope)
                await response(exchange.scope, request.replay, relay.forward)
            else:
                status, headers = response.status_code, response.raw_headers
                if outer is None:
                    exchange.respond(status, headers, content, is_outside=True)
                else:
                    outer.respond(exchange, status, headers, content)
            if not relay.has_ended():
                await relay.finish()
            relay.over = True
        except BaseException:
            await relay.stop()
            raise
        # PERF: middleware. They know each other; what has no cycles needs no garbage collection.
        if self._is_outermost:
            exchange.layer = None
