"""What functions of middleware have of a request that is served without ASGI.

The request makes its scope when somebody looks at it. The relay is for what only ASGI can express,
and for applications that wait before they answer.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from starlette.types import Receive, Send

from rapide.direct.links import Link, Run
from rapide.http11.contract import Layer
from rapide.middleware.http import ReplayingRequest, opens_nothing
from rapide.middleware.message_relay import MessageRelay
from rapide.runtime.inline import InlineRun, context_for, own_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from rapide.http11.contract import Exchange
    from rapide.http11.heads import Headers


class FunctionPlace(Protocol):
    """A function in the chain of middleware."""

    @property
    def app(self) -> Any:
        """The application inside, as ASGI knows it."""

    inner: Link
    is_innermost: bool
    is_around_function: bool


def send_past(exchange: Exchange, outer: Layer | None) -> Send:
    """Return the `send` of the application outside of a function."""
    return exchange.send_outside if outer is None else partial(outer.send_on, exchange)


class _Late:
    """An attribute that is made when it is first asked for, unless it was assigned before."""

    def __init__(self, make: Callable[[Any], object]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> object:
        if instance is None:
            return self
        value = self._make(instance)
        setattr(instance, self._name, value)
        return value


def _receive_past(exchange: Exchange, outer: Layer | None) -> Receive:
    return exchange.receive_outside if outer is None else partial(outer.receive_for, exchange)


class DirectRequest(ReplayingRequest):
    """The function's request, whose scope is only made when it is used."""

    # PERF: middleware. Starlette's `__init__` would set more, which few functions use.
    __slots__ = ("_exchange", "_given_receive", "_is_consumed", "_is_replayed", "_outer")

    scope: Any = _Late(lambda request: request._exchange.scope)
    _send: Any = _Late(lambda request: send_past(request._exchange, request._outer))
    _own_receive: Any = _Late(lambda request: _receive_past(request._exchange, request._outer))
    _is_disconnected = False
    _form = None

    def __init__(self, exchange: Exchange, outer: Layer | None) -> None:
        self._exchange = exchange
        self._outer = outer
        #: What somebody has put in the place of the request's own `receive`.
        self._given_receive: Receive | None = None
        self._is_consumed = self._is_replayed = False

    @property
    def _receive(self) -> Receive:
        given: Receive = self._given_receive or self._own_receive
        return given

    @_receive.setter
    def _receive(self, receive: Receive) -> None:
        self._given_receive = None if receive is self._own_receive else receive

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
        return not (
            self._is_consumed
            or self._given_receive is not None
            or self._exchange.is_read
            or hasattr(self, "_body")
        )


DirectRequest.__name__ = DirectRequest.__qualname__ = ReplayingRequest.__name__


class DirectRelay(MessageRelay):
    """A relay to an application that answers without ASGI, if the function lets it."""

    # PERF: middleware. Few requests need them.
    scope: Any = _Late(lambda relay: relay._exchange.scope)
    forward: Any = _Late(lambda relay: send_past(relay._exchange, relay._outer))

    def __init__(
        self, link: FunctionPlace, run: Run, request: DirectRequest, exchange: Exchange, outer: Any
    ) -> None:
        self.app = link.app
        self.request = request
        self.loop = exchange.connection.loop
        self.messages = deque()
        self._link = link
        self._route = run
        self._exchange = exchange
        self._outer = outer

    def carry(self) -> None:
        """Start the application by ASGI, within `call_next`."""
        self._route.carry(self._exchange)
        self.inline = InlineRun(self._carried(), context_for(self.scope), self)

    async def _carried(self) -> None:
        """Run the application, which may go on in a task if it opens something."""
        if not opens_nothing(self.app):
            await own_task(self.scope)
        await self._application()

    async def start_task(self) -> None:
        """Start the application in a task."""
        self._route.carry(self._exchange)
        await super().start_task()

    def add_response(self, status: int, headers: Headers, content: bytes) -> None:
        """Add the messages of a whole response."""
        start = {"type": "http.response.start", "status": status, "headers": headers}
        self.messages.append((start, None))
        self.add_parts(content)

    def add_parts(self, content: bytes) -> None:
        """Add the messages of a whole content, as this function gets them from inside."""
        if not self._link.is_around_function:
            self.messages.append(({"type": "http.response.body", "body": content}, None))
            return
        # The function inside ends what it passes on with an empty part.
        if content:
            part = {"type": "http.response.body", "body": content, "more_body": True}
            self.messages.append((part, None))
        end = {"type": "http.response.body", "body": b"", "more_body": False}
        self.messages.append((end, None))
