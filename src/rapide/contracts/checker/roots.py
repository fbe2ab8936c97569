"""The callables that an event loop runs for requests."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from starlette.endpoints import HTTPEndpoint, WebSocketEndpoint
from starlette.middleware.base import BaseHTTPMiddleware

from rapide.contracts.checker.subject import CheckedRoute, Subject
from rapide.signature.callables import is_async_gen_callable, is_coroutine_callable
from rapide.signature.models import Dependant, every_dependant

#: What Starlette calls of an endpoint that is a class.
_METHODS = frozenset(
    {"get", "head", "post", "put", "patch", "delete", "options"}
    | {"dispatch", "on_connect", "on_receive", "on_disconnect"}
)


class Root(NamedTuple):
    """A callable that an event loop runs for requests.

    Attributes:
        call: The callable.
        route: The route; empty if it runs for all requests.
        owner: The class whose method it is, if its object is not made yet.
    """

    call: object
    route: str
    owner: type | None = None


def roots_of(subject: Subject) -> Iterator[Root]:
    """Yield the async endpoints, dependencies, middleware and exception handlers."""
    for item in subject.routes:
        for method in _methods(item):
            yield Root(method, item.label, item.route.endpoint)
        for call in _calls_of(item):
            if is_coroutine_callable(call) or is_async_gen_callable(call):
                yield Root(call, item.label)
    for app in subject.applications:
        for call, owner in _middleware(app):
            if is_coroutine_callable(call):
                yield Root(call, "", owner)
        for call in _handlers(app):
            if is_coroutine_callable(call):
                yield Root(call, "")


def _calls_of(item: CheckedRoute) -> Iterator[Callable[..., object]]:
    dependant = getattr(item.original, "dependant", None)
    if isinstance(dependant, Dependant):
        try:
            dependant = item.route.dependant  # with the dependencies of routers around it
        except Exception:  # each request would meet it, and the check reports it
            return
        yield from graph_of(dependant)
    elif (endpoint := getattr(item.original, "endpoint", None)) and not item.is_page:
        yield endpoint


def _methods(item: CheckedRoute) -> Iterator[Callable[..., object]]:
    """Yield the async methods of an endpoint that is one of Starlette's classes."""
    endpoint = item.route.endpoint
    if isinstance(endpoint, type) and issubclass(endpoint, HTTPEndpoint | WebSocketEndpoint):
        for name, found in vars(endpoint).items():
            if name in _METHODS and inspect.iscoroutinefunction(found):
                yield found


def graph_of(dependant: Dependant) -> Iterator[Callable[..., object]]:
    """Yield an endpoint and the callables that it depends on."""
    for part in every_dependant(dependant):
        if part.call is not None:
            yield part.call


def _middleware(app: object) -> Iterator[tuple[Callable[..., object], type | None]]:
    for item in getattr(app, "user_middleware", ()):
        options: Mapping[str, Any] = getattr(item, "kwargs", {})
        if (dispatch := options.get("dispatch")) is not None:
            yield dispatch, None
        elif isinstance(item.cls, type):
            # Its objects are made later, so its method is read as that of some object.
            name = "dispatch" if issubclass(item.cls, BaseHTTPMiddleware) else "__call__"
            if callable(found := getattr(item.cls, name, None)):
                yield found, item.cls


def _handlers(app: object) -> Iterator[Callable[..., object]]:
    handlers: Mapping[object, Any] = getattr(app, "exception_handlers", {})
    yield from handlers.values()
