"""Put the layers of an application around its routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from starlette.middleware import Middleware
from starlette.types import ASGIApp, ExceptionHandler

from rapide._body_limit import AppBodyLimitMiddleware
from rapide.exception_handlers import ProblemHandlers
from rapide.middleware.asyncexitstack import AsyncExitStackMiddleware
from rapide.stack.console_layer import make_console_layer
from rapide.stack.exceptions import Dispatch, ExceptionLayer
from rapide.stack.originals import are_layers_watched, build_watched_stack
from rapide.stack.server_errors import ServerErrorLayer

if TYPE_CHECKING:
    from rapide.problems import ProblemDetails

#: Answers exceptions that no handler of an application takes. `rapide dev` sets it.
default_handler: ExceptionHandler | None = None
#: Whether the server has a console of its own. `rapide dev` sets it.
is_console_served: bool = False


def build_stack(
    router: ASGIApp,
    dispatch: Dispatch | None,
    user_middleware: Sequence[Middleware],
    exception_handlers: Mapping[object, ExceptionHandler],
    *,
    debug: bool,
    max_body_size: int | None,
    problems: ProblemHandlers | None = None,
    has_console: bool = False,
) -> ASGIApp:
    """Build the layers of an application.

    Args:
        router: The router of the application.
        dispatch: The function that serves requests without the router; None if there is none.
        user_middleware: The middleware, the outermost first.
        exception_handlers: The exception handlers by class or status.
        debug: Whether the application is in debug mode.
        max_body_size: The limit of request bodies in bytes.
        problems: What answers exceptions that no handler takes, with problem documents.
        has_console: Whether the console is around the middleware, unless the server has it.
    """
    if _needs_console_layer(has_console):
        user_middleware = [make_console_layer(), *user_middleware]
    error_handler = default_handler
    if error_handler is None and problems is not None:
        error_handler = problems.answer_unhandled
    handlers: dict[object, ExceptionHandler] = {}
    for key, handler in exception_handlers.items():
        if key in (500, Exception):
            error_handler = handler
        else:
            handlers[key] = handler
    if are_layers_watched():
        return build_watched_stack(
            router,
            user_middleware,
            handlers,
            error_handler=error_handler,
            debug=debug,
            max_body_size=max_body_size,
        )
    inside = AsyncExitStackMiddleware(router)
    served = AsyncExitStackMiddleware(router) if dispatch is None else dispatch
    app: ASGIApp = ExceptionLayer(inside, served, handlers, debug)
    for cls, args, kwargs in reversed(user_middleware):
        app = cls(app, *args, **kwargs)
    if max_body_size is not None:
        app = AppBodyLimitMiddleware(app, max_body_size=max_body_size)
    return ServerErrorLayer(app, handler=error_handler, debug=debug)


def read_problems(option: bool | ProblemDetails) -> ProblemHandlers | None:
    """Return what answers errors with problem documents; None if that is off.

    Raises:
        ValueError: The option is neither a truth value nor a configuration.
    """
    if option is False:
        return None
    # PERF: import. Most applications do not need it.
    from rapide.problems import Problems

    return Problems(option)


def _needs_console_layer(option: object) -> bool:
    return option is True and not is_console_served


def is_console_a_layer(app: object) -> bool:
    """Return whether the console is one of the layers of an application."""
    return _needs_console_layer(getattr(app, "_rapide_console", None))


def read_console(option: object) -> bool | None:
    """Return the option `console`: everywhere, nowhere, or None for `rapide dev` alone.

    Raises:
        TypeError: It is something else, such as a text of an environment variable.
    """
    if option is None or isinstance(option, bool):
        return option
    raise TypeError(f"FastAPI(console=…) must be True, False or None, but is {option!r}")
