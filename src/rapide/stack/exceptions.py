"""The inner error layer: exception handlers by class and status around the routes.

Theory of operation. Starlette stacks a server-error middleware, an exception middleware and the
router. Each of them wraps `send` and holds a coroutine frame, for every request. Here a request
goes straight to its route. Only when it raises do the rules of the layers apply, in the same order
and by the same handlers. When a tool has replaced a method of Starlette's, the layers are
Starlette's own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, ExceptionHandler, Receive, Scope, Send
from starlette.websockets import WebSocket

from rapide import patches
from rapide.runtime.errors import Handlers, answer_error
from rapide.runtime.requests import forget
from rapide.scope_keys import EXCEPTION_HANDLERS, FILE_STACK, RESPONSE_STARTED

Dispatch = Callable[[Scope, Receive, Send], Awaitable[None]]


class ExceptionLayer(ExceptionMiddleware):
    """Answer exceptions of the routes with the exception handlers of the application.

    This layer takes the place of FastAPI's exception middleware and of its exit stack for files.

    Args:
        app: The ASGI application inside, for the lifespan and for patched layers.
        dispatch: The function that serves requests and WebSocket sessions.
        handlers: The exception handlers by class or status.
        debug: Whether the application is in debug mode.
    """

    def __init__(
        self,
        app: ASGIApp,
        dispatch: Dispatch,
        handlers: Mapping[object, ExceptionHandler],
        debug: bool = False,
    ) -> None:
        super().__init__(app, handlers=handlers, debug=debug)
        self.dispatch = dispatch
        self.handlers: Handlers = (self._exception_handlers, self._status_handlers)

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
        """Serve a WebSocket session or the lifespan."""
        if scope["type"] != "websocket" or patches.found:
            await super().__call__(scope, receive, send)
            return
        # PERF: websocket. One frame does the work of three layers: each message wakes all frames.
        scope[EXCEPTION_HANDLERS] = self.handlers
        session = WebSocket(scope, receive, send)
        try:
            async with AsyncExitStack() as files:
                scope[FILE_STACK] = files
                await self.dispatch(scope, receive, send)
        except Exception as error:
            await answer_error(error, scope, receive, send, self.handlers, session)
