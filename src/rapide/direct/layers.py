"""The middleware of an application, where requests can be served without ASGI.

These are functions of `@app.middleware("http")`, subclasses of Starlette's `BaseHTTPMiddleware`,
Starlette's own middleware and some of others, any number of them. `eligibility.py` has their names.
"""

from __future__ import annotations

from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from rapide import patches
from rapide.direct.asgi_links import AsgiLink, Gate, RoutesAnsweringLate
from rapide.direct.cors_layer import CrossOrigin
from rapide.direct.eligibility import (
    answers_preflight,
    holds_response,
    is_function,
    is_gate,
    refusal_of_layers,
)
from rapide.direct.function_layer import FunctionLink
from rapide.direct.links import Link, Routes, RoutesWithin, Run
from rapide.http11.outcomes import Reason
from rapide.stack.exceptions import ExceptionLayer

if TYPE_CHECKING:
    from rapide.http11.contract import DirectHandler


class DirectMiddleware:
    """The middleware around the routes.

    Args:
        layers: The middleware, the outermost first.
        inner: The innermost layer, with the exception handlers.

    Attributes:
        holds_response: Whether one of them has the response in its hands before it is sent.
        answers_late: Whether the innermost of these has an interface of ASGI.
        may_be_preflight: Whether it answers some OPTIONS requests itself.
        needs_no_task: Whether it neither waits nor runs code of the application's.
    """

    def __init__(self, layers: list[object], inner: ExceptionLayer) -> None:
        self.inner = inner
        self._layers = layers
        classes = list(map(type, layers))
        self.needs_no_task = all(cls is CORSMiddleware for cls in classes)
        self.may_be_preflight = answers_preflight(classes)
        holding = [layer for layer in layers if holds_response(type(layer))]
        self.holds_response = bool(holding)
        self.answers_late = self.holds_response and not is_function(type(holding[-1]))
        link: Any = Routes()
        if holding:
            link = RoutesAnsweringLate() if self.answers_late else RoutesWithin()
        for layer in reversed(layers):
            link = _link(layer, link, holding)
        for cls in classes:
            if cls.__module__.startswith("starlette."):
                patches.add(cls, patches.LAYERS)
        self._first: Link = link

    def kinds(self) -> list[tuple[object, object]]:
        """Return the classes of the middleware, and the function of each."""
        return [kind_of(layer) for layer in self._layers]

    def handler(self, run: Run) -> DirectHandler:
        """Return what serves the requests of a route with the middleware."""
        handler: Any = partial(self._first.serve, run)
        return handler  # type: ignore[no-any-return]


def _link(layer: Any, inner: Link, holding: list[object]) -> Link:
    """Return the link of a middleware; `holding` are all that have the response in their hands."""
    if type(layer) is CORSMiddleware:
        return CrossOrigin(layer, inner)
    if is_gate(type(layer)):
        return Gate(layer, inner)
    place = next(index for index, other in enumerate(holding) if other is layer)
    is_innermost, is_outermost = layer is holding[-1], place == 0
    if not is_function(type(layer)):
        return AsgiLink(layer, inner, is_innermost=is_innermost, is_outermost=is_outermost)
    return FunctionLink(
        layer,
        inner,
        is_innermost=is_innermost,
        is_outermost=is_outermost,
        is_heard=not is_outermost and not is_function(type(holding[place - 1])),
        is_around_function=not is_innermost and is_function(type(holding[place + 1])),
    )


def kind_of(layer: object) -> tuple[object, object]:
    """Return the class of a middleware, or the function that it is, and its own function."""
    cls: object = layer if type(layer) is FunctionType else type(layer)
    return cls, getattr(layer, "dispatch_func", None)


def direct_middleware(app: ASGIApp) -> DirectMiddleware | Reason:
    """Return the layers from `app` to the routes, or why one of them needs ASGI."""
    layers: list[object] = []
    layer: Any = app
    while type(layer) is not ExceptionLayer:
        reason = refusal_of_layers([kind_of(layer)])
        if reason is not None:
            return reason
        layers.append(layer)
        layer = layer.app
    return DirectMiddleware(layers, layer)
