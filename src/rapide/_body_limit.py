"""The limit on the size of request bodies, by Starlette's middleware.

The middleware counts bytes as they are received. If limits are nested, Starlette shares one counter
through the scope, and the innermost limit applies.
"""

from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import (
    MAX_BODY_SIZE_SCOPE_KEY,
    RequestBodyLimitMiddleware,
    RequestBodyLimitResponder,
)
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rapide.exception_handlers import ProblemHandlers, http_exception_handler
from rapide.runtime.body_signals import get_body_limit_error
from rapide.scope_keys import APP

__all__ = [
    "MAX_BODY_SIZE_SCOPE_KEY",
    "AppBodyLimitMiddleware",
    "answer_outer_limit",
    "get_body_limit_error",
    "get_body_size_limit",
    "validate_max_body_size",
    "wrap_app_with_body_limit",
]


def validate_max_body_size(max_body_size: int | None) -> None:
    """Check a limit in bytes.

    Raises:
        ValueError: The limit is neither `None` nor a whole number of 0 or more.
    """
    if max_body_size is None:
        return
    is_whole = isinstance(max_body_size, int) and not isinstance(max_body_size, bool)
    if not is_whole or max_body_size < 0:
        raise ValueError("max_body_size must be a non-negative integer or None")


def get_body_size_limit(*limits: int | None) -> int | None:
    """Return the first limit that is set; pass the innermost limit first."""
    return next((limit for limit in limits if limit is not None), None)


def wrap_app_with_body_limit(app: ASGIApp, max_body_size: int | None) -> ASGIApp:
    """Limit the request bodies of an ASGI application; with `None`, return it unchanged."""
    if max_body_size is None:
        return app
    return _BodyLimit(_UngroupSignals(app), max_body_size=max_body_size)


class _BodyLimit(RequestBodyLimitMiddleware):
    """Limit the bodies of requests. The application decides in which format 413 is answered."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problems = _problems_of(scope) if scope["type"] == "http" else None
        if problems is None:
            await super().__call__(scope, receive, send)
            return
        relay = _ProblemRelay(self.app, problems, scope, receive, send)
        await RequestBodyLimitResponder(relay.serve, self.max_body_size)(scope, receive, relay.send)


def _problems_of(scope: Scope) -> ProblemHandlers | None:
    """Return what answers errors of an application with problem documents, if it is to do so."""
    problems: ProblemHandlers | None = getattr(scope.get(APP), "_rapide_problems", None)
    return problems


class _ProblemRelay:
    """Send a problem document instead of the text that Starlette answers large bodies with.

    Starlette passes on the messages of the application inside as they are. Others are its own.
    """

    def __init__(
        self, app: ASGIApp, problems: ProblemHandlers, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._app = app
        self._problems = problems
        self._connection = scope, receive, send
        self._passing: Message | None = None

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the application inside, and note what it sends."""

        async def noting(message: Message) -> None:
            self._passing = message
            await send(message)

        await self._app(scope, receive, noting)

    async def send(self, message: Message) -> None:
        """Send a message of the application inside, or the problem document once."""
        if message is self._passing:
            await self._connection[2](message)
        elif message["type"] == "http.response.start":
            await self._problems.answer_large(*self._connection)


class _UngroupSignals:
    """Take the signals of the body limit out of exception groups, so that Starlette sees them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except ExceptionGroup as group:
            signal = get_body_limit_error(group) if scope["type"] == "http" else None
            if signal is None:
                raise
            raise signal from group


class AppBodyLimitMiddleware:
    """Limit the bodies of an application, which may be mounted in another one with a limit.

    Args:
        app: The wrapped ASGI application.
        max_body_size: The limit in bytes. With `None`, the limit of an outer application applies.
    """

    def __init__(self, app: ASGIApp, max_body_size: int | None) -> None:
        self.app = wrap_app_with_body_limit(app, max_body_size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if MAX_BODY_SIZE_SCOPE_KEY not in scope:
            await self.app(scope, receive, send)
        else:
            await self._rapide_serve_mounted(scope, receive, send)

    async def _rapide_serve_mounted(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Starlette answers at the outer limit. On the way there, the error middleware of this
        # application would answer the signal with 500.
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            if started or not await answer_outer_limit(error, scope, receive, send):
                raise


async def answer_outer_limit(error: Exception, scope: Scope, receive: Receive, send: Send) -> bool:
    """Answer with 413 if `error` says that a body is over a limit; return whether it does."""
    signal = get_body_limit_error(error)
    if not isinstance(signal, HTTPException):
        return False
    problems = _problems_of(scope)
    answer = http_exception_handler if problems is None else problems.answer_http
    response = await answer(Request(scope, receive), signal)
    await response(scope, receive, send)
    return True
