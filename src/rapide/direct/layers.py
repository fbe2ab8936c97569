"""The middleware of an application, where requests can be served without ASGI.

That is one function of `@app.middleware("http")`, Starlette's `CORSMiddleware`, or both. Everything
else has an interface of ASGI only.
"""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from rapide import patches
from rapide.direct.cors_layer import CrossOrigin
from rapide.direct.eligibility import refusal_of_layers
from rapide.direct.function_layer import Begin, DirectRelay, DirectRequest
from rapide.http11.contract import Layer
from rapide.http11.layers import respond_to
from rapide.http11.outcomes import Reason
from rapide.middleware.http import BaseHTTPMiddleware
from rapide.stack.exceptions import ExceptionLayer

if TYPE_CHECKING:
    from rapide.http11.contract import DirectHandler, Exchange

patches.add(CORSMiddleware, patches.LAYERS)


class DirectMiddleware:
    """The middleware around the routes.

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

    def kinds(self) -> list[tuple[type, object]]:
        """Return the classes of the middleware, and the function of each."""
        cors = self.outside or self.inside
        kinds: list[tuple[type, object]] = [] if cors is None else [(CORSMiddleware, None)]
        if self.function is not None:
            kinds.append((BaseHTTPMiddleware, self.function.dispatch_func))
        return kinds

    def serve(self, handler: DirectHandler, exchange: Exchange) -> Awaitable[None]:
        """Serve a request without a function."""
        exchange.layer = self._outer(exchange)
        return handler(exchange)

    async def serve_function(
        self, begin: Begin, handler: DirectHandler, found_at: int, exchange: Exchange
    ) -> None:
        """Serve a request with the function; `found_at` is the time of the lookup."""
        assert self.function is not None
        exchange.stay_around_routes()
        outer = self._outer(exchange)
        forward = exchange.send_outside if outer is None else partial(outer.send_on, exchange)
        request = DirectRequest(exchange, forward)
        relay = DirectRelay(self.function.app, request, exchange, forward)
        relay.outer, relay.begin, relay.handler = outer, begin, handler
        relay.dispatcher, relay.found_at = self.inner.dispatch, found_at
        inside = self.inside
        exchange.layer = relay if inside is None else inside.layer(exchange.headers, relay)
        try:
            function = relay.function = self.function.dispatch_func(request, relay.call_next)
            response = await function
            content = relay.take_whole(response)
            if content is None:
                await response(exchange.scope, request.replay, forward)
            else:
                respond_to(outer, exchange, response.status_code, response.raw_headers, content)
            await relay.finish()
        except BaseException:
            await relay.stop()
            raise
        # PERF: middleware. They know each other; what has no cycles needs no garbage collection.
        exchange.layer = None

    def _outer(self, exchange: Exchange) -> Layer | None:
        return None if self.outside is None else self.outside.layer(exchange.headers, None)


def direct_middleware(app: ASGIApp) -> DirectMiddleware | Reason:
    """Return the layers from `app` to the routes, or why one of them needs ASGI."""
    function, outside, inside = None, None, None
    seen: list[tuple[object, object]] = []
    layer: Any = app
    while type(layer) is not ExceptionLayer:
        kind = type(layer)
        cls: object = layer if kind is FunctionType else kind
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
