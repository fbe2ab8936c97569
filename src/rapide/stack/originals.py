"""Whether the layers around the routes are ours to shape, or tools watch those of Starlette.

COMPAT: Sentry replaces `Starlette.__call__`, and `Middleware.__init__`, by which it gets at the
classes of middleware: it wraps their methods. Layers of our own would be hidden from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, ExceptionHandler

from rapide._body_limit import AppBodyLimitMiddleware
from rapide.middleware.asyncexitstack import AsyncExitStackMiddleware


def has_own(cls: type, *names: str) -> bool:
    """Whether methods of a class are those that its module defines."""
    return all(
        type(method) is FunctionType and method.__globals__["__name__"] == cls.__module__
        for method in (vars(cls).get(name) for name in names)
    )


#: What calls an application of Starlette; None when it was replaced before we could see it.
STARLETTES_CALL = Starlette.__call__ if has_own(Starlette, "__call__") else None


def are_layers_watched() -> bool:
    """Whether a tool has replaced what makes the layers around the routes."""
    return not (
        has_own(Middleware, "__init__")
        and has_own(ServerErrorMiddleware, "__init__", "__call__")
        and has_own(ExceptionMiddleware, "__init__", "__call__")
    )


def build_watched_stack(
    router: ASGIApp,
    user_middleware: Sequence[Middleware],
    handlers: Mapping[Any, ExceptionHandler],
    *,
    error_handler: ExceptionHandler | None,
    debug: bool,
    max_body_size: int | None,
) -> ASGIApp:
    """Put the layers around a router that FastAPI has there, in its order."""
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
