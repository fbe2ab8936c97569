"""The innermost part of an application's ASGI stack: routing, and exception handlers.

Theory of operation. Starlette stacks a server-error middleware, an exception middleware and the
router, each of which wraps `send` and holds a coroutine frame, for every request. Here a
request goes straight to its route; only when it raises do the layers' rules apply, in the
same order and by the same handlers. When somebody has replaced something of Starlette's, the layers
are Starlette's own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, ExceptionHandler, Receive, Scope, Send
from starlette.websockets import WebSocket

from rapide import patches
from rapide._body_limit import (
    MAX_BODY_SIZE_SCOPE_KEY,
    AppBodyLimitMiddleware,
    answer_outer_limit,
)
from rapide.runtime.errors import answer_error, tracking_send
from rapide.runtime.requests import forget
from rapide.scope_keys import EXCEPTION_HANDLERS, FILE_STACK, RESPONSE_STARTED

Dispatch = Callable[[Scope, Receive, Send], Awaitable[None]]


class HandlingExceptions(ExceptionMiddleware):
    """Exception handlers by class and status around the dispatch of requests.

    It stands where FastAPI has its exception middleware and its exit stack for files, which the
    lifespan still goes through.
    """

    def __init__(
        self,
        app: ASGIApp,
        dispatch: Dispatch,
        handlers: Mapping[Any, ExceptionHandler],
        debug: bool = False,
    ) -> None:
        super().__init__(app, handlers=handlers, debug=debug)
        self.dispatch = dispatch
        self.handlers = (self._exception_handlers, self._status_handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.serve_other(scope, receive, send)
            return
        if patches.found:
            await super().__call__(scope, receive, send)
            return
        scope[EXCEPTION_HANDLERS] = self.handlers
        # A middleware may serve the same request again.
        scope.pop(RESPONSE_STARTED, None)
        forget(scope)
        try:
            await self.dispatch(scope, receive, send)
        except Exception as error:
            await answer_error(error, scope, receive, send, self.handlers)

    async def serve_other(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a WebSocket session, or the lifespan."""
        if scope["type"] != "websocket" or patches.found:
            await super().__call__(scope, receive, send)
            return
        # PERF: websocket. The work of three layers in one frame: each message wakes all there are.
        scope[EXCEPTION_HANDLERS] = self.handlers
        session = WebSocket(scope, receive, send)
        try:
            async with AsyncExitStack() as files:
                scope[FILE_STACK] = files
                await self.dispatch(scope, receive, send)
        except Exception as error:
            await answer_error(error, scope, receive, send, self.handlers, session)


class HandlingServerErrors(ServerErrorMiddleware):
    """The outermost layer: a 500 for what nothing else handled, then the error for the server."""

    def __init__(
        self, app: ASGIApp, handler: ExceptionHandler | None = None, debug: bool = False
    ) -> None:
        super().__init__(app, handler, debug)
        self.inner: HandlingExceptions | None = None
        if isinstance(app, HandlingExceptions):
            self.inner = app
        #: The layers inside, if they are to answer the limit of an application around this one.
        self.limited: ServerErrorMiddleware | None = None
        if not isinstance(app, AppBodyLimitMiddleware):
            self.limited = ServerErrorMiddleware(AppBodyLimitMiddleware(app, None), handler, debug)

    def put_inside(self, layer: Callable[[ASGIApp], ASGIApp]) -> None:
        """Put a layer directly inside this one, while the application is served."""
        self.app, self.inner = layer(self.app), None
        if self.limited is not None:
            self.limited.app = layer(self.limited.app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        inner = self.inner
        if inner is None or patches.found:
            if self.limited is not None and MAX_BODY_SIZE_SCOPE_KEY in scope:
                await self.limited(scope, receive, send)
            else:
                await super().__call__(scope, receive, send)
            return
        if scope["type"] != "http":
            await inner.serve_other(scope, receive, send)
            return
        # PERF: small-json. The inner layer's work, without a frame of its own.
        scope[EXCEPTION_HANDLERS] = inner.handlers
        try:
            await inner.dispatch(scope, receive, send)
        except Exception as error:
            await self.answer(error, scope, receive, send)

    async def answer(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what the routes raised, as the inner layer and this one do.

        Raises:
            Exception: What no handler took, for the server's log; it has been answered with 500.
        """
        assert self.inner is not None
        try:
            await answer_error(error, scope, receive, send, self.inner.handlers)
        except Exception as unhandled:
            error = unhandled
            # An application around this one, or a route of it, can limit bodies.
            if MAX_BODY_SIZE_SCOPE_KEY in scope and not scope.get(RESPONSE_STARTED):
                try:
                    if await answer_outer_limit(error, scope, receive, tracking_send(scope, send)):
                        return
                except Exception as unsent:
                    error = unsent
            await self.answer_unhandled(error, scope, receive, send)

    async def answer_unhandled(
        self, error: Exception, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer what no exception handler took with the server's error page, and raise it."""
        started = scope.get(RESPONSE_STARTED)

        async def fail(scope: Scope, receive: Receive, send: Send) -> None:
            if started:
                # The layer must know it: it then answers nothing.
                await send({"type": "http.response.start"})
            raise error

        async def drop(message: Any) -> None:
            """The response has started: nothing more can be sent."""

        layer = ServerErrorMiddleware(fail, handler=self.handler, debug=self.debug)
        await layer(scope, receive, drop if started else send)


class OwningFiles:
    """Closes files of forms when the request is over, for connections that are not compiled."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as stack:
            scope[FILE_STACK] = stack
            await self.app(scope, receive, send)
