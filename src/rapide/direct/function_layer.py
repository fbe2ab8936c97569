"""Functions of middleware around requests that are served without ASGI.

A function gets a request whose scope is only made when somebody looks at it, and a response that
is made of what the route, or the next function, has answered. What only ASGI can express still
takes it: then the relay calls the application inside as any middleware does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rapide.direct.links import Link, Run
from rapide.direct.passage import Passage
from rapide.direct.relay import DirectRequest
from rapide.http11.contract import Layer

if TYPE_CHECKING:
    from rapide.http11.contract import Exchange


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
        passage = exchange.layer = Passage(self, run, request, exchange, outer)
        try:
            function = passage.function = self._middleware.dispatch_func(request, passage.call_next)
            response = await function
            if self._is_heard or not passage.pass_on(response):
                await passage.send(response)
            relay = passage.relay
            if relay is None:
                passage.is_over = True
            else:
                await relay.finish()
                relay.over = True
        except BaseException:
            if passage.relay is not None:
                await passage.relay.stop()
            raise
        # PERF: middleware. They know each other; what has no cycles needs no garbage collection.
        if self._is_outermost:
            exchange.layer = None
