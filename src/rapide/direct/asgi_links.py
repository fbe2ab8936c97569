"""Middleware with an interface of ASGI around requests that are served without it.

Of some well-known classes it is known what they do with the application inside: they call it at
most once, with the scope that they got, and do nothing once it has returned. So their own
`__call__` serves a request, with a stand-in as `self` whose `app` leads to what is inside here.
What changes more of a request than its header fields leads to the application inside as ASGI knows
it. Classes that only decide whether a request may pass are asked once for each host and scheme.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from starlette.types import Message, Receive, Scope, Send

from rapide.direct.links import Link, Run
from rapide.http11.contract import Layer
from rapide.http11.layers import fields_of
from rapide.middleware.http import opens_nothing
from rapide.runtime.inline import own_task
from rapide.types import CoroutineOf

if TYPE_CHECKING:
    from rapide.http11.contract import DirectHandler, Exchange
    from rapide.http11.heads import Headers

#: How many hosts a gate remembers, and of which length in bytes.
_MOST_KNOWN: Final = 100
_LONGEST_KNOWN: Final = 100


class _StandIn:
    """Has the attributes of a middleware, but another application inside."""

    def __init__(self, middleware: object, app: object) -> None:
        self._middleware = middleware
        self.app = app

    def __getattr__(self, name: str) -> object:
        return getattr(self._middleware, name)


class AsgiLink:
    """A middleware that wraps `send`, or adds to the scope.

    Attributes:
        app: The application inside, as ASGI knows it.
        inner: What is inside of the middleware.
        is_innermost: Whether nothing else inside has the response in its hands.
        is_outermost: Whether nothing else outside does.
    """

    def __init__(
        self, middleware: Any, inner: Link, *, is_innermost: bool, is_outermost: bool
    ) -> None:
        self._middleware = middleware
        self._call = type(middleware).__call__
        self.inner = inner
        self.is_innermost = is_innermost
        self._is_outermost = is_outermost

    @property
    def app(self) -> Any:
        """The application inside, as ASGI knows it."""
        return self._middleware.app

    def serve(self, run: Run, exchange: Exchange, outer: Layer | None = None) -> CoroutineOf[None]:
        """Serve a request with the middleware."""
        if self._is_outermost:
            exchange.stay_around_routes()
        return self._serve(run, exchange, outer)

    async def _serve(self, run: Run, exchange: Exchange, outer: Layer | None) -> None:
        middleware = self._middleware
        layer = AsgiLayer(self, run, exchange, outer)
        exchange.layer = layer
        if type(middleware).__call__ is self._call:
            middleware = partial(self._call, _StandIn(middleware, layer))
        await middleware(exchange.scope, layer.receive_outside, layer.send_outside)
        if self._is_outermost:
            exchange.layer = None


class AsgiLayer:
    """Between a middleware and what is inside of it, for one request.

    It is the application that the middleware calls, and a layer of the transport.
    """

    handles_errors = True
    #: What the middleware gave the application.
    _receive: Receive
    _send: Send | None = None
    #: A whole response that is not sent yet.
    _answer: tuple[int, Headers, bytes] | None = None

    def __init__(
        self, link: AsgiLink | Gate, run: Run, exchange: Exchange, outer: Layer | None
    ) -> None:
        self._link = link
        self._run = run
        self._exchange = exchange
        self.outer = outer
        if outer is None:
            self.receive_outside = exchange.receive_outside
            self.send_outside = exchange.send_outside
        else:
            self.receive_outside = partial(outer.receive_for, exchange)
            self.send_outside = partial(outer.send_on, exchange)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve as the application inside."""
        exchange, run, link = self._exchange, self._run, self._link
        is_known = scope is exchange.known_scope and receive is self.receive_outside
        is_seen = self._send is not None or exchange.is_read
        if not is_known or is_seen or exchange.is_changed() or run.is_outdated():
            run.carry(exchange)
            if not opens_nothing(link.app):
                await own_task(exchange.scope)  # a function outside may run this
            await link.app(scope, receive, send)
            return
        self._receive, self._send = receive, send
        await link.inner.serve(run, exchange, self)
        await self.flush()

    def answer(self, exchange: Exchange, first_line: bytes, tail: bytes, content: bytes) -> None:
        """Take a whole response with prepared lines."""
        self.respond(exchange, int(first_line[9:12]), fields_of(tail, content), content)

    def respond(self, exchange: Exchange, status: int, headers: Headers, content: bytes) -> None:
        """Take a whole response; nothing follows it, so it can be sent a little later."""
        if self._link.is_innermost:
            exchange.mark_answered()
        self._answer = status, headers, content

    async def flush(self) -> None:
        """Send the response that was taken, if there is one."""
        answer, self._answer = self._answer, None
        if answer is not None:
            status, headers, content = answer
            send: Any = self._send
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": content})

    async def send_on(self, exchange: Exchange, message: Message) -> None:
        """Take a part of a response (ASGI)."""
        if self._link.is_innermost:
            exchange.mark_answered()
        send: Any = self._send
        await send(message)

    async def receive_for(self, exchange: Exchange) -> Message:
        """Return the next part of the body, or that the client has left (ASGI)."""
        return await self._receive()


class RoutesAnsweringLate:
    """The end of a chain whose innermost link is one of ASGI, perhaps with CORS inside.

    What the middleware raises when it sends the response is raised in the route.
    """

    def serve(self, run: Run, exchange: Exchange, outer: Layer | None) -> CoroutineOf[None]:
        """Serve a request by its handler."""
        exchange.layer = outer
        return run.begin(partial(_serve_and_flush, run.handler), exchange)


async def _serve_and_flush(handler: DirectHandler, exchange: Exchange) -> None:
    await handler(exchange)
    layer: Any = exchange.layer
    while type(layer) is not AsgiLayer:
        layer = layer.outer
    await layer.flush()


class Gate:
    """A middleware that lets a request pass as it is, or answers it, by its host and scheme."""

    is_innermost = False

    def __init__(self, middleware: Any, inner: Link) -> None:
        self._middleware = middleware
        self._call = type(middleware).__call__
        self.inner = inner
        self._known: dict[object, bool] = {}

    @property
    def app(self) -> Any:
        """The application inside, as ASGI knows it."""
        return self._middleware.app

    def serve(self, run: Run, exchange: Exchange, outer: Layer | None = None) -> object:
        """Serve a request if it may pass."""
        if self._lets_pass(exchange):
            return self.inner.serve(run, exchange, outer)
        return self._refuse(run, exchange, outer)

    async def _refuse(self, run: Run, exchange: Exchange, outer: Layer | None) -> None:
        exchange.stay_around_routes()
        layer = AsgiLayer(self, run, exchange, outer)
        exchange.layer = layer
        await self._middleware(exchange.scope, layer.receive_outside, layer.send_outside)
        exchange.layer = None

    def _lets_pass(self, exchange: Exchange) -> bool:
        host = None
        for name, value in exchange.headers:
            if name == b"host":
                host = value
                break
        known = exchange.known_scope
        scheme: Any = exchange.scheme if known is None else known["scheme"]
        rules = vars(self._middleware)
        hosts = rules.get("allowed_hosts", ())
        asked = host, scheme, rules.get("allow_any"), *hosts
        lets_pass = self._known.get(asked)
        if lets_pass is None:
            lets_pass = self._ask(exchange, host, scheme)
            if len(host or b"") <= _LONGEST_KNOWN:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[asked] = lets_pass
        return lets_pass

    def _ask(self, exchange: Exchange, host: bytes | None, scheme: str) -> bool:
        """Return whether the middleware calls the application inside."""
        called: list[object] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            called.append(scope)

        async def send(message: Message) -> None:
            """Drop the answer, which is made again for the client."""

        scope = {
            "type": "http",
            "scheme": scheme,
            "server": exchange.connection.server,
            "path": "/",
            "query_string": b"",
            "headers": [] if host is None else [(b"host", host)],
        }
        asked = self._call(_StandIn(self._middleware, app), scope, None, send)
        try:
            asked.send(None)
        except StopIteration:
            return bool(called)
        asked.close()
        return False
