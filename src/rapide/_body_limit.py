"""The limit on the size of request bodies, by Starlette's middleware.

The middleware counts bytes as they are received. Where limits are nested, Starlette shares one
counter through the scope and lets the innermost limit decide. It signals a body that is too
large with private exceptions, which must reach it through everything that catches exceptions.
"""

from starlette.exceptions import HTTPException
from starlette.middleware import body_limit as starlette_body_limit
from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY, RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rapide.exception_handlers import http_exception_handler

__all__ = [
    "MAX_BODY_SIZE_SCOPE_KEY",
    "AppBodyLimitMiddleware",
    "answer_outer_limit",
    "get_body_limit_error",
    "get_body_size_limit",
    "validate_max_body_size",
    "wrap_app_with_body_limit",
]


def _signals(*names: str) -> tuple[type[Exception], ...]:
    # The names are private: a Starlette without them has no such signals to tell apart.
    found = (getattr(starlette_body_limit, name, None) for name in names)
    return tuple(signal for signal in found if signal is not None)


_RESPONSE_SENT = _signals("_RequestBodyLimitResponseSent")
_SIGNALS = _RESPONSE_SENT + _signals("_RequestBodyTooLarge")


def validate_max_body_size(max_body_size: int | None) -> None:
    """Check a limit in bytes.

    Raises:
        ValueError: It is neither `None` nor a whole number from 0.
    """
    if max_body_size is None:
        return
    is_whole = isinstance(max_body_size, int) and not isinstance(max_body_size, bool)
    if not is_whole or max_body_size < 0:
        raise ValueError("max_body_size must be a non-negative integer or None")


def get_body_size_limit(*limits: int | None) -> int | None:
    """The first limit that is set; pass the innermost first."""
    return next((limit for limit in limits if limit is not None), None)


def get_body_limit_error(exc: Exception) -> Exception | None:
    """The signal of the body limit that `exc` is, or wholly consists of.

    Code that reads the body and starts the response in tasks gets signals in groups. A response
    already sent comes before a body that is too large, because nothing is left to answer then.
    """
    if isinstance(exc, ExceptionGroup):
        _, others = exc.split(_SIGNALS)
        if others is not None:
            return None
        exc = exc.subgroup(_RESPONSE_SENT) or exc
        while isinstance(exc, ExceptionGroup):
            exc = exc.exceptions[0]
    return exc if isinstance(exc, _SIGNALS) else None


def wrap_app_with_body_limit(app: ASGIApp, max_body_size: int | None) -> ASGIApp:
    """Limit the request bodies of an ASGI application; `None` leaves it as it is."""
    if max_body_size is None:
        return app
    return RequestBodyLimitMiddleware(_UngroupSignals(app), max_body_size=max_body_size)


class _UngroupSignals:
    """Takes the signals of the body limit out of exception groups, for Starlette to see them."""

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
    """The limit of a whole application, which may be mounted in another one with a limit.

    Args:
        app: The wrapped ASGI application.
        max_body_size: Limit in bytes. `None`: that of the outer application, if any.
    """

    def __init__(self, app: ASGIApp, max_body_size: int | None) -> None:
        self.app = wrap_app_with_body_limit(app, max_body_size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if MAX_BODY_SIZE_SCOPE_KEY not in scope:
            await self.app(scope, receive, send)
        else:
            await self._serve_mounted(scope, receive, send)

    async def _serve_mounted(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Starlette answers at the outer limit; before the signal got there, the error middleware
        # of this application would make it a 500.
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
    """Answer with 413 if `error` says that a body is over a limit; tell whether it does."""
    signal = get_body_limit_error(error)
    if not isinstance(signal, HTTPException):
        return False
    response = await http_exception_handler(Request(scope, receive), signal)
    await response(scope, receive, send)
    return True
