"""The middleware of an application, where requests can be served without ASGI.

That is one function of `@app.middleware("http")`, Starlette's `CORSMiddleware`, or both. Everything
else has an interface of ASGI only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Scope, Send

from rapide import patches
from rapide.direct.cors_layer import CrossOrigin
from rapide.direct.eligibility import refusal_of_layers
from rapide.http11.contract import Layer
from rapide.http11.layers import fields_of, respond_to
from rapide.http11.outcomes import Reason
from rapide.middleware.http import BaseHTTPMiddleware, ReplayingRequest
from rapide.middleware.message_relay import Exchange, StreamedResponse, passes_body
from rapide.routing.lookup import Lookup
from rapide.runtime.inline import InlineRun
from rapide.stack.exceptions import ExceptionLayer

if TYPE_CHECKING:
    from rapide.http11.contract import Exchange as Served
    from rapide.http11.heads import Headers

patches.add(CORSMiddleware, patches.LAYERS)

Handler = Callable[["Served"], Awaitable[None]]
#: What begins to serve a request by its handler, when the function asks for it.
Begin = Callable[[Handler, "Served"], Coroutine[Any, Any, None]]


class DirectMiddleware:
    """What stands around the routes.

    Attributes:
        inner: The innermost layer, with the exception handlers.
        function: The middleware of a function, if there is one.
        outside: Cross-origin rules around the function, or alone.
        inside: Cross-origin rules within the function.
    """

    def __init__(
        self,
        inner: ExceptionLayer,
        function: BaseHTTPMiddleware | None,
        outside: CrossOrigin | None,
        inside: CrossOrigin | None,
    ) -> None:
        self.inner = inner
        self.function = function
        self.outside = outside
        self.inside = inside

    def kinds(self) -> list[tuple[type, Any]]:
        """Return the classes of the middleware, and the function of each."""
        cors = self.outside or self.inside
        kinds: list[tuple[type, Any]] = [] if cors is None else [(CORSMiddleware, None)]
        if self.function is not None:
            kinds.append((BaseHTTPMiddleware, self.function.dispatch_func))
        return kinds

    def serve(self, handler: Handler, served: Served) -> Awaitable[None]:
        """Serve a request where no function is."""
        served.layer = self._outer(served)
        return handler(served)

    async def serve_function(
        self, begin: Begin, handler: Handler, time: int, served: Served
    ) -> None:
        """Serve a request with the function; `time` is that of the lookup."""
        assert self.function is not None
        served.is_routed = False
        outer = self._outer(served)
        forward = served.send_outside if outer is None else partial(outer.send_on, served)
        request = DirectRequest(served, forward)
        exchange = DirectExchange(self.function.app, request, served, forward)
        exchange.outer, exchange.begin, exchange.handler = outer, begin, handler
        exchange.dispatcher, exchange.time = self.inner.dispatch, time
        inside = self.inside
        served.layer = exchange if inside is None else inside.layer(served.headers, exchange)
        try:
            function = exchange.function = self.function.dispatch_func(request, exchange.call_next)
            response = await function
            content = exchange.take_whole(response)
            if content is None:
                await response(served.scope, request.replay, forward)
            else:
                respond_to(outer, served, response.status_code, response.raw_headers, content)
            await exchange.finish()
        except BaseException:
            await exchange.stop()
            raise
        # PERF: middleware. They know each other; what has no cycles needs no garbage collection.
        served.layer = None

    def _outer(self, served: Served) -> Layer | None:
        return None if self.outside is None else self.outside.layer(served.headers, None)


def direct_middleware(app: ASGIApp) -> DirectMiddleware | Reason:
    """Return the layers from `app` to the routes, or why one of them needs ASGI."""
    function, outside, inside = None, None, None
    seen: list[tuple[Any, Any]] = []
    layer: Any = app
    while type(layer) is not ExceptionLayer:
        cls = layer if type(layer) is FunctionType else type(layer)
        seen.append((cls, getattr(layer, "dispatch_func", None)))
        reason = refusal_of_layers(seen)
        if reason is not None:
            return reason
        if type(layer) is BaseHTTPMiddleware:
            function = layer
        elif function is None:
            outside = CrossOrigin(layer)
        else:
            inside = CrossOrigin(layer)
        layer = layer.app
    return DirectMiddleware(layer, function, outside, inside)


class DirectRequest(ReplayingRequest):
    """The function's request. Its scope is only made when somebody looks at it."""

    _is_consumed = False
    _is_replayed = False

    def __init__(self, served: Served, send: Send) -> None:
        self._served = served
        super().__init__(_UNKNOWN, served.receive_outside, send)

    @property
    def scope(self) -> Scope:
        return self._served.scope

    @scope.setter
    def scope(self, scope: Scope) -> None:
        if scope is not _UNKNOWN:
            self._served.known_scope = scope

    @property
    def _stream_consumed(self) -> bool:
        """Whether the body has been read, by the function or by the application."""
        return self._is_consumed or self._served.is_consumed

    @_stream_consumed.setter
    def _stream_consumed(self, is_consumed: bool) -> None:
        self._is_consumed = is_consumed

    @property
    def _replayed(self) -> bool:
        """Whether the application has got all of the body."""
        return self._is_replayed or self._served.is_consumed

    @_replayed.setter
    def _replayed(self, is_replayed: bool) -> None:
        self._is_replayed = is_replayed

    def is_untouched(self) -> bool:
        """Whether the function has left all of the body to the application."""
        is_read = self._served.is_read or self._is_consumed or hasattr(self, "_body")
        return not is_read and self._receive == self._served.receive_outside


#: Stands for the scope of a request for Starlette, which checks the type.
_UNKNOWN: Final[Scope] = {"type": "http"}


class DirectExchange(Exchange):
    """An exchange with an application that answers without ASGI, if the function lets it.

    It is a layer of the transport.
    """

    handles_errors = True

    outer: Layer | None
    begin: Begin
    handler: Handler
    #: Where and when the route was found.
    dispatcher: object
    time: int
    #: What was answered before the application waited for anything, and its content.
    answered: tuple[int, Headers] | None = None
    content: bytes | None = None
    is_starting = False

    def __init__(self, app: ASGIApp, request: DirectRequest, served: Served, forward: Send) -> None:
        super().__init__(app, request, forward, served.connection.loop, True)
        self.direct_request = request
        self.served = served

    def start_inline(self) -> Response | None:
        """Begin the application; the response that it answers at once."""
        served = self.served
        if served.is_changed() or not self.direct_request.is_untouched():
            # Only by ASGI can the application be told.
            self._carry_lookup()
            return super().start_inline()
        run = self.inline = InlineRun(self.begin(self.handler, served), served, self)
        self.is_starting = True
        run.start()
        self.is_starting = False
        return None if self.answered is None else StreamedResponse(self, *self.answered)

    async def start_task(self) -> None:
        """Begin the application in a task."""
        self._carry_lookup()
        await super().start_task()

    def _carry_lookup(self) -> None:
        served = self.served
        Lookup(self.dispatcher, self.time, served.method, served.path, served.found).carry()

    async def take(self) -> Message | None:
        """The application's next message; None when it has ended."""
        if self.content is None:
            return await super().take()
        content, self.content = self.content, None
        return {"type": "http.response.body", "body": content}

    def answer(self, exchange: Served, first_line: bytes, tail: bytes, content: bytes) -> None:
        """Take a whole response with prepared lines."""
        self.respond(exchange, int(first_line[9:12]), fields_of(tail, content), content)

    def respond(self, exchange: Served, status: int, headers: Headers, content: bytes) -> None:
        """Take a whole response; nothing follows it."""
        exchange.is_answered = True
        if self.is_starting and not self.messages:
            self.answered, self.content = (status, headers), content
            return
        start = {"type": "http.response.start", "status": status, "headers": headers}
        self.messages.append((start, None))
        self.messages.append(({"type": "http.response.body", "body": content}, None))

    async def send_on(self, exchange: Served, message: Message) -> None:
        """Take a part of a response (ASGI)."""
        exchange.is_answered = True
        await self.send(message)

    async def receive_for(self, exchange: Served) -> Message:
        """The next part of the body, or that the client has left (ASGI)."""
        return await self.receive()

    def take_whole(self, response: Response) -> bytes | None:
        """The content of a response that is nothing but what was answered at once."""
        content = self.content
        if content is None or not passes_body(response) or response.background is not None:
            return None
        self.content = None
        return content
