"""Whether the requests of a route are answered without ASGI, as people are told.

Theory of operation. The reasons are those by which requests are served (`eligibility.py`). Only
what stands around the routes is not built yet if the application has not started: then it is judged
by what was declared, because building it would run code of the application.
"""

from __future__ import annotations

import re
from typing import Any, Final

from rapide.direct.eligibility import (
    BODY_LIMIT,
    CONSOLE,
    GOES_ON,
    MOUNTED,
    NO_API_ROUTE,
    NOT_OURS,
    OWN_CONVERTOR,
    OWN_ROUTER,
    OWN_SERVING,
    PREFLIGHT,
    ROUTES_BODY_LIMIT,
    UNASKED,
    UNBUILT_STACK,
    WILL_BE_OBSERVED,
    answers_preflight,
    holds_response,
    is_function,
    refusal_of,
    refusal_of_layers,
    refusal_of_route,
)
from rapide.http11.outcomes import Reason
from rapide.routing import APIRoute, RouteContext
from rapide.routing.convertors import has_own_convertor
from rapide.routing.dispatch import Dispatcher
from rapide.routing.patch_points import serves_itself
from rapide.routing.router import bare_dispatcher
from rapide.routing.runner import Outlook
from rapide.routing.table import Unasked
from rapide.stack.build import is_console_a_layer
from rapide.telemetry.auto import finds_endpoint

#: What stands for a parameter in a path, by the pattern of its convertor.
_SAMPLES: Final = {
    "[^/]+": "x",
    ".*": "x",
    "[0-9]+": "1",
    r"[0-9]+(\.[0-9]+)?": "1",
    "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}": "0" * 32,
}


def reasons_for(
    app: object, route: RouteContext, outlook: Outlook | None = None, *, is_mounted: bool = False
) -> list[Reason]:
    """Return why requests of a route are answered by ASGI; nothing if they are not.

    Args:
        app: The application whose route it is.
        route: The route.
        outlook: How the route is served, if that is known already.
        is_mounted: Whether the application is mounted in another one.

    Raises:
        Exception: What keeps the route from being served at all.
    """
    if not isinstance(route.original_route, APIRoute):
        return [NO_API_ROUTE]
    if is_mounted:
        return [MOUNTED]
    if not hasattr(type(app), "_rapide_direct"):
        return [NOT_OURS]
    has_console = is_console_a_layer(app)
    middleware = [] if has_console else _middleware_of(app)
    served = route._rapide_runner.foresee() if outlook is None else outlook
    layers = [CONSOLE] if has_console else _reasons_of_layers(app, middleware)
    reasons = [_reason_now(app), *layers]
    own = _reasons_of_route(app, route, served, middleware)
    return [reason for reason in [*own, *reasons] if reason]


def _reason_now(app: Any) -> Reason | None:
    refusal = refusal_of(app, app._rapide_direct.call)
    return None if refusal is None else refusal.reason


# The layers


def _middleware_of(app: Any) -> list[tuple[object, object]]:
    """Return the classes of the middleware, and the function of each."""
    around = app._rapide_direct.look_around()
    if around is not None:
        middleware = around.middleware
        return [] if middleware is None else middleware.kinds()
    return [(item.cls, _function_of(item)) for item in app.user_middleware]


def _function_of(declared: Any) -> object:
    """Return the function of a middleware that is not built yet."""
    cls = declared.cls
    if not is_function(cls):
        return None
    if "__init__" in {name for base in cls.__mro__[:-2] for name in vars(base)}:
        return cls.dispatch  # a subclass gives its own arguments to the class of Starlette
    return declared.kwargs.get("dispatch", next(iter(declared.args), None)) or cls.dispatch


def _reasons_of_layers(app: Any, middleware: list[tuple[object, object]]) -> list[Reason | None]:
    around = app._rapide_direct.look_around()
    if around is not None:
        return [None if around.refusal is None else around.refusal.reason]
    reasons: list[Reason | None] = []
    if not app._rapide_direct.builds_layers_as_declared():
        reasons.append(UNBUILT_STACK)
    if app.max_body_size is not None:
        reasons.append(BODY_LIMIT)
    elif bare_dispatcher(app.router) is None:
        reasons.append(OWN_ROUTER)
    reasons.append(refusal_of_layers(middleware))
    if app._telemetry["auto_configure"] and finds_endpoint(app._telemetry):
        reasons.append(WILL_BE_OBSERVED)
    return reasons


# The route


def _reasons_of_route(
    app: Any, route: RouteContext, outlook: Outlook, middleware: list[tuple[object, object]]
) -> list[Reason | None]:
    original: object = route.original_route
    is_compiled = outlook.reason is None
    reason = refusal_of_route(route._rapide_runner, is_compiled, outlook.is_instrumented)
    reasons = [None if reason is ROUTES_BODY_LIMIT and app.max_body_size is not None else reason]
    if serves_itself(original, route):  # pyright: ignore[reportArgumentType]
        reasons.append(OWN_SERVING)
    elif has_own_convertor(route.param_convertors):
        reasons.append(OWN_CONVERTOR)
    elif _is_asked_first(app.router._rapide_dispatcher, route):
        reasons.append(UNASKED)
    classes = [cls for cls, _ in middleware]
    if is_compiled and any(map(holds_response, classes)) and not outlook.ends_with_answer:
        reasons.append(GOES_ON)
    if answers_preflight(classes) and route.methods == {"OPTIONS"}:
        reasons.append(PREFLIGHT.reason)
    return reasons


def _is_asked_first(dispatcher: Dispatcher, route: RouteContext) -> bool:
    """Return whether the lookup of a path of this route ends at another that must be asked."""
    if not dispatcher.table("http").asks:
        return False
    path = _sample_path(route)
    if path is None:
        return False
    method = min(route.methods or ["GET"])
    return isinstance(dispatcher.find(method, path), Unasked)


def _sample_path(route: RouteContext) -> str | None:
    """Return a path that the route answers; None if its parameters are the application's own."""
    samples = {
        name: _SAMPLES.get(convertor.regex) for name, convertor in route.param_convertors.items()
    }
    if None in samples.values():
        return None
    return re.sub(r"{(\w+)}", lambda match: str(samples.get(match[1])), route.path_format or "")
