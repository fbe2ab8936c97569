"""Why requests are answered by ASGI, and what can be done about it.

Theory of operation. What stands around the routes is looked at when the application is built; how a
route is served, when something has changed. A request costs only what nobody reports: a root path,
telemetry, and what tools have replaced.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

from rapide import patches
from rapide._body_limit import AppBodyLimitMiddleware
from rapide._inspection import has_with_block
from rapide.changes import changes
from rapide.http11.outcomes import Reason, ViaAsgi
from rapide.patches import origin
from rapide.routing.runner import Runner, Served
from rapide.routing.target import RouteTarget
from rapide.stack.server_errors import ServerErrorLayer

# The application, as of now

ROOT_PATH: Final = ViaAsgi(
    Reason(
        "the application has a root path",
        "leave root_path out where neither links nor the document have to name the prefix",
    )
)
TELEMETRY: Final = ViaAsgi(
    Reason(
        "telemetry observes the requests of the application",
        "nothing, as spans and metrics need it",
    )
)


def refusal_of(app: Any, call: Callable[..., object]) -> ViaAsgi | None:
    """Return what keeps all requests of an application on ASGI now; `call` is our `__call__`."""
    # PERF: small-json. Each request asks.
    if app.root_path:
        return ROOT_PATH
    kind: Any = type(app)
    if kind.__call__ is not call:
        return _own_call(kind)
    if patches.has_changed():
        patches.look()
    if patches.found:
        return _replaced(changes.version)
    if "opentelemetry" in sys.modules and app._native_telemetry.server.is_configured():
        return TELEMETRY
    return None


@lru_cache(maxsize=16)
def _own_call(cls: type) -> ViaAsgi:
    owner = next(base for base in cls.__mro__ if "__call__" in vars(base))
    return ViaAsgi(
        Reason(
            f"{owner.__qualname__}.__call__ is called with each request",
            'do the same in a function of @app.middleware("http") or in a dependency',
        )
    )


@lru_cache(maxsize=1)
def _replaced(version: int) -> ViaAsgi:
    """Tell what is replaced in a version of all changes."""
    return ViaAsgi(
        Reason(
            "; ".join(map(str, patches.found)),
            "leave Starlette as it is, or keep the tool: what it finds may be worth more than the"
            " time",
        )
    )


# What stands around the routes

OWN_STACK: Final = Reason(
    "the application builds its layers itself (build_middleware_stack)",
    "add middleware with add_middleware",
)
UNBUILT_STACK: Final = Reason(
    f"{OWN_STACK.sentence}, so the way of requests is known once it has started",
    OWN_STACK.advice,
)
WATCHED_LAYERS: Final = Reason(
    "a tool has replaced methods of Starlette's middleware, so the layers are Starlette's",
    "set the tool up after the first request, or keep it as it is",
)
OWN_ROUTER: Final = Reason(
    "the application's router has its own way to serve requests, or limits of forms",
    "leave __call__, app and middleware of the router as they are, and give limits to routes",
)
CONSOLE: Final = Reason(
    "the console is a layer around the application (console=True)",
    "leave it out where the application is deployed: rapide dev has a console without it",
)
BODY_LIMIT: Final = Reason(
    "the application limits the size of request bodies (max_body_size)",
    "let a proxy limit them, or keep the limit: it is worth more than the time",
)
OBSERVED: Final = Reason(
    "telemetry has observed the application",
    "nothing: once observed, an application stays so",
)
WILL_BE_OBSERVED: Final = Reason(
    "telemetry is set up when the application starts (auto_configure)",
    "nothing, as spans and metrics need it",
)
PREFLIGHT: Final = ViaAsgi(
    Reason(
        "OPTIONS requests may be preflight requests, which middleware answers",
        "nothing: this concerns OPTIONS requests alone",
    )
)


def own_stack(stack: object) -> Reason | None:
    """Return the reason if the outermost layer is not ours."""
    if type(stack) is ServerErrorLayer:
        return None
    is_watched = patches.found or type(stack).__module__.startswith("starlette.")
    return WATCHED_LAYERS if is_watched else OWN_STACK


def is_function(cls: object) -> bool:
    """Return whether a class of middleware is a function around requests, and nothing else."""
    # PERF: import; many applications have no middleware.
    from starlette.middleware.base import BaseHTTPMiddleware as StarletteHTTPMiddleware

    from rapide.middleware.http import BaseHTTPMiddleware

    return (
        isinstance(cls, type)
        and issubclass(cls, StarletteHTTPMiddleware)
        and cls.__call__ in (BaseHTTPMiddleware.__call__, StarletteHTTPMiddleware.__call__)
    )


#: Middleware that lets requests pass as they are, or answers them, by host and scheme.
_GATES: Final = {
    ("starlette.middleware.httpsredirect", "HTTPSRedirectMiddleware"),
    ("starlette.middleware.trustedhost", "TrustedHostMiddleware"),
}
#: Middleware that calls the application inside at most once, with its own scope and `receive`, and
#: does nothing once that has returned.
_KNOWN: Final = {
    ("asgi_correlation_id.middleware", "CorrelationIdMiddleware"),
    ("starlette.middleware.gzip", "GZipMiddleware"),
    ("starlette.middleware.sessions", "SessionMiddleware"),
    ("uvicorn.middleware.proxy_headers", "ProxyHeadersMiddleware"),
}


def is_gate(cls: object) -> bool:
    """Return whether a class of middleware only decides whether a request may pass."""
    return _is_one_of(cls, _GATES)


def holds_response(cls: object) -> bool:
    """Return whether middleware of a class has the response in its hands before it is sent."""
    return is_function(cls) or _is_one_of(cls, _KNOWN)


def _is_one_of(cls: object, names: set[tuple[str, str]]) -> bool:
    if not isinstance(cls, type) or (cls.__module__, cls.__qualname__) not in names:
        return False
    return origin(cls.__call__)[0] == cls.__module__


def answers_preflight(classes: Iterable[object]) -> bool:
    """Return whether one of these classes of middleware answers preflight requests."""
    from starlette.middleware.cors import CORSMiddleware

    return CORSMiddleware in classes


def refusal_of_layers(layers: Iterable[tuple[object, object]]) -> Reason | None:
    """Return what keeps requests on ASGI among layers: classes, and the function of each."""
    from starlette.middleware.cors import CORSMiddleware

    for cls, function in layers:
        if cls is AppBodyLimitMiddleware:
            return BODY_LIMIT
        if is_function(cls):
            if has_with_block(function):
                return _waiting(function)
        elif not (cls is CORSMiddleware or is_gate(cls) or holds_response(cls)):
            return OBSERVED if _is_telemetrys(cls) else _other_layer(cls)
    return None


def _is_telemetrys(cls: object) -> bool:
    return getattr(cls, "__module__", "") == "rapide.telemetry.layers"


def _waiting(function: object) -> Reason:
    return Reason(
        f"the middleware {_name(function)} has a `with` block or is not a plain function, so it may"
        " give up waiting for its response",
        "take the `with` out of the function; limits=RequestLimits(timeout=…) ends requests that"
        " take too long",
    )


def _other_layer(cls: object) -> Reason:
    return Reason(
        f"the middleware {_name(cls)} has an interface of ASGI only",
        'Starlette\'s own middleware, functions of @app.middleware("http") and subclasses of'
        " BaseHTTPMiddleware do not need ASGI; a proxy or a dependency can do what others do",
    )


def _name(thing: object) -> str:
    named: Any = thing if hasattr(thing, "__qualname__") else type(thing)
    return f"{named.__module__}.{named.__qualname__}"


# The route

GENERIC: Final = Reason(
    "the route is not compiled",
    "see what keeps it from being compiled",
)
UNREPORTED_OVERRIDES: Final = Reason(
    "dependency_overrides is a mapping that does not report its changes",
    "change app.dependency_overrides instead of assigning another mapping",
)
ROUTES_BODY_LIMIT: Final = Reason(
    "the route limits the size of request bodies (max_body_size)",
    "let a proxy limit them, or keep the limit: it is worth more than the time",
)
GUARDED: Final = Reason(
    "its stream can be resumed, so its response is read from a log",
    "nothing: clients that resume need it",
)
KEPT: Final = Reason(
    "its answers are kept (cache, idempotency), so they are read before they are sent",
    "nothing: a kept answer saves more than ASGI costs",
)
INSTRUMENTED: Final = Reason(
    "telemetry observes requests in this process",
    "nothing, as spans and metrics need it",
)
GOES_ON: Final = Reason(
    "the route streams, or has background tasks, a dependency with `yield` or limits, and"
    " middleware around it holds the response",
    "nothing: the middleware must have the response before the route has ended",
)
OWN_SERVING: Final = Reason(
    "the route has its own handle() or matches(), or another application in its place",
    "use a dependency or a middleware for it, or leave it as it is",
)
NOT_OURS: Final = Reason(
    "the application is not one of Rapide",
    "make it with rapide.FastAPI()",
)
MOUNTED: Final = Reason(
    "the route is one of an application that is mounted in another",
    "include a router instead of mounting an application",
)
NO_API_ROUTE: Final = Reason(
    "it is not an API route",
    "declare it with app.get() or the like",
)


def prepare_answer(runner: Runner, served: Served) -> None:
    """Keep what answers requests of a route directly, or why nothing does.

    That holds for as long as nothing changes.
    """
    if served.by_asgi is None:
        is_instrumented = served.compiled is not None and served.compiled.is_instrumented
        served.by_asgi = refusal_of_route(runner, served.compiled is not None, is_instrumented)
        if served.by_asgi is None:
            served.direct = runner.compile_direct(served)


def refusal_of_route(runner: Runner, is_compiled: bool, is_instrumented: bool) -> Reason | None:
    """Return what keeps a route on ASGI, wherever it is, in its present state."""
    if not is_compiled:
        return GENERIC
    if not runner.are_overrides_watched():
        return UNREPORTED_OVERRIDES
    if runner.route.max_body_size is not None:
        return ROUTES_BODY_LIMIT
    if runner.route._rapide_guard is not None:
        return KEPT if runner.route._rapide_keepers else GUARDED
    return INSTRUMENTED if is_instrumented else None


def other_target(target: RouteTarget) -> Reason:
    """Return why something that has no runner is called by ASGI."""
    return OWN_SERVING if target.is_compilable else NO_API_ROUTE


# The request

FAILED: Final = Reason(
    "looking for the route, or preparing it, has raised an error",
    "see the error: it is raised where the layers around the routes answer it",
)
UNASKED: Final = Reason(
    "a mount, a host, a router or a route with its own way to match must be asked before it",
    "declare it before them",
)
OWN_CONVERTOR: Final = Reason(
    "a convertor of the application's own reads its path, in the task of the request",
    "use a convertor of Starlette's, and convert the value in a dependency",
)
OTHER_METHOD: Final = Reason(
    "the path has a route, but not for this method",
    "nothing: this concerns answers with status 405 alone",
)
MISSING: Final = Reason(
    "no route has the path, and a redirect, a frontend, middleware or an exception handler may"
    " answer",
    "nothing: this concerns requests that no route answers",
)
