"""The callables that an event loop runs for requests."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from starlette.middleware.base import BaseHTTPMiddleware

from rapide.contracts.checker.subject import CheckedRoute, Subject
from rapide.signature.callables import is_async_gen_callable, is_coroutine_callable
from rapide.signature.models import Dependant


class Root(NamedTuple):
    """A callable that an event loop runs for requests.

    Attributes:
        call: The callable.
        route: The route; empty if it runs for all requests.
    """

    call: object
    route: str


def roots_of(subject: Subject) -> Iterator[Root]:
    """Yield the async endpoints, dependencies, middleware and exception handlers."""
    for item in subject.routes:
        for call in _calls_of(item):
            if is_coroutine_callable(call) or is_async_gen_callable(call):
                yield Root(call, item.label)
    for app in subject.applications:
        for call in (*_middleware(app), *_handlers(app)):
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


def graph_of(dependant: Dependant) -> Iterator[Callable[..., object]]:
    """Yield an endpoint and the callables that it depends on."""
    if dependant.call is not None:
        yield dependant.call
    for part in dependant.dependencies:
        yield from graph_of(part)


def _middleware(app: object) -> Iterator[Callable[..., object]]:
    for item in getattr(app, "user_middleware", ()):
        options: Mapping[str, Any] = getattr(item, "kwargs", {})
        if (dispatch := options.get("dispatch")) is not None:
            yield dispatch
        elif isinstance(item.cls, type):
            # Its objects are made later, so its method is read as that of some object.
            name = "dispatch" if issubclass(item.cls, BaseHTTPMiddleware) else "__call__"
            if callable(found := getattr(item.cls, name, None)):
                yield found


def _handlers(app: object) -> Iterator[Callable[..., object]]:
    handlers: Mapping[object, Any] = getattr(app, "exception_handlers", {})
    yield from handlers.values()
