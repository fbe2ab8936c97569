"""The outer error layer: status 500 for exceptions that nothing else has answered."""

from __future__ import annotations

from collections.abc import Callable

from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp, ExceptionHandler, Message, Receive, Scope, Send

from rapide import patches
from rapide._body_limit import (
    MAX_BODY_SIZE_SCOPE_KEY,
    AppBodyLimitMiddleware,
    answer_outer_limit,
)
from rapide.runtime.errors import answer_error, attempt, raise_again, tracking_send
from rapide.runtime.requests import release_request
from rapide.scope_keys import EXCEPTION_HANDLERS, FILE_STACK, RESPONSE_STARTED
from rapide.stack.exceptions import ExceptionLayer


class ServerErrorLayer(ServerErrorMiddleware):
    """Answer exceptions that no other layer has answered with 500, then raise them for the server.

    Args:
        app: The ASGI application inside.
        handler: The exception handler for 500 and for `Exception`.
        debug: Whether the answer shows the traceback.
    """

    def __init__(
        self, app: ASGIApp, handler: ExceptionHandler | None = None, debug: bool = False
    ) -> None:
        super().__init__(app, handler, debug)
        #: The inner layer if no middleware is between, so that this layer can do its work.
        self.inner: ExceptionLayer | None = app if isinstance(app, ExceptionLayer) else None
        #: The layers to use if an application around this one limits the size of bodies.
        self.limited: ServerErrorMiddleware | None = None
        if not isinstance(app, AppBodyLimitMiddleware):
            self.limited = ServerErrorMiddleware(AppBodyLimitMiddleware(app, None), handler, debug)

    def put_inside(self, layer: Callable[[ASGIApp], ASGIApp]) -> None:
        """Add a layer directly inside this one, even while requests are being served."""
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
        # PERF: small-json. This does the work of the inner layer without a frame of its own.
        scope[EXCEPTION_HANDLERS] = inner.handlers
        failed = None
        try:
            await inner.dispatch(scope, receive, send)
        except Exception as error:
            failed = error
        if failed is not None:
            try:
                await self.answer(failed, scope, receive, send)
            finally:
                failed = None  # the traceback of what is raised holds this frame
        elif FILE_STACK in scope:
            release_request(scope)

    async def answer(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an exception of the routes by the rules of the inner layer and of this one.

        Raises:
            Exception: No handler took the exception. It has been answered with 500, and the server
                logs it.
        """
        assert self.inner is not None
        handlers = self.inner.handlers
        unhandled = await attempt(
            lambda error: answer_error(error, scope, receive, send, handlers), error
        )
        # An application around this one, or a route of it, can limit the size of bodies.
        if (
            unhandled is not None
            and MAX_BODY_SIZE_SCOPE_KEY in scope
            and not scope.get(RESPONSE_STARTED)
        ):
            tracked = tracking_send(scope, send)
            try:
                if await answer_outer_limit(unhandled, scope, receive, tracked):
                    return
            except Exception as unsent:
                unhandled = unsent
        try:
            if unhandled is not None:
                await self.answer_unhandled(unhandled, scope, receive, send)
        finally:
            del error, unhandled

    async def answer_unhandled(
        self, error: Exception, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer an exception that no handler took with the error page, and raise it."""
        started = scope.get(RESPONSE_STARTED)
        unhandled = [error]
        del error  # the traceback of what is raised holds this frame

        async def fail(scope: Scope, receive: Receive, send: Send) -> None:
            if started:
                # The layer must know that the response has started: it then answers nothing.
                await send({"type": "http.response.start"})
            raise_again(unhandled.pop())

        async def drop(message: Message) -> None:
            """Ignore the message: the response has started, and nothing more can be sent."""

        layer = ServerErrorMiddleware(fail, handler=self.handler, debug=self.debug)
        await layer(scope, receive, drop if started else send)
