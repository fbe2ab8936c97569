"""Starlette's own layers, for applications in which a tool watches them.

COMPAT: Sentry replaces `Starlette.__call__`. It also replaces `Middleware.__init__`, to get the
classes of middleware and to wrap their methods. It would not see layers of our own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import FunctionType

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, ExceptionHandler

from rapide._body_limit import AppBodyLimitMiddleware
from rapide.middleware.asyncexitstack import AsyncExitStackMiddleware


def has_own(cls: type, *names: str) -> bool:
    """Check that methods of a class are the ones that its module defines."""
    return all(
        type(method) is FunctionType and method.__globals__["__name__"] == cls.__module__
        for method in (vars(cls).get(name) for name in names)
    )


#: The method that calls an application of Starlette; None if it was replaced before this import.
STARLETTES_CALL = Starlette.__call__ if has_own(Starlette, "__call__") else None


def are_layers_watched() -> bool:
    """Check whether a tool has replaced a method that makes the layers around the routes."""
    return not (
        has_own(Middleware, "__init__")
        and has_own(ServerErrorMiddleware, "__init__", "__call__")
        and has_own(ExceptionMiddleware, "__init__", "__call__")
    )


def build_watched_stack(
    router: ASGIApp,
    user_middleware: Sequence[Middleware],
    handlers: Mapping[object, ExceptionHandler],
    *,
    error_handler: ExceptionHandler | None,
    debug: bool,
    max_body_size: int | None,
) -> ASGIApp:
    """Put the same layers around a router as FastAPI does, in the same order."""
    app = router
    layers = [
        Middleware(ServerErrorMiddleware, handler=error_handler, debug=debug),
        Middleware(AppBodyLimitMiddleware, max_body_size=max_body_size),
        *user_middleware,
        Middleware(ExceptionMiddleware, handlers=handlers, debug=debug),
        Middleware(AsyncExitStackMiddleware),
    ]
    for cls, args, kwargs in reversed(layers):
        app = cls(app, *args, **kwargs)
    return app
