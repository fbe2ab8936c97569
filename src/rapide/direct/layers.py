"""The middleware of an application, where requests can be served without ASGI.

These are functions of `@app.middleware("http")`, subclasses of Starlette's `BaseHTTPMiddleware`,
and Starlette's `CORSMiddleware`, any number of them. `eligibility.py` says which ones can be.
"""

from __future__ import annotations

from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from rapide import patches
from rapide.direct.cors_layer import CrossOrigin
from rapide.direct.eligibility import answers_preflight, is_function, refusal_of_layers
from rapide.direct.function_layer import FunctionLink
from rapide.direct.links import Link, Routes, RoutesWithin, Run
from rapide.http11.outcomes import Reason
from rapide.stack.exceptions import ExceptionLayer

if TYPE_CHECKING:
    from rapide.http11.contract import DirectHandler

patches.add(CORSMiddleware, patches.LAYERS)


class DirectMiddleware:
    """The middleware around the routes.

    Args:
        layers: The middleware, the outermost first.
        inner: The innermost layer, with the exception handlers.

    Attributes:
        has_function: Whether a function is among it.
        may_be_preflight: Whether it answers some OPTIONS requests itself.
    """

    def __init__(self, layers: list[Any], inner: ExceptionLayer) -> None:
        self.inner = inner
        self._layers = layers
        functions = [layer for layer in layers if is_function(type(layer))]
        self.has_function = bool(functions)
        self.may_be_preflight = answers_preflight(map(type, layers))
        link: Any = RoutesWithin() if functions else Routes()
        for layer in reversed(layers):
            if type(layer) is CORSMiddleware:
                link = CrossOrigin(layer, link)
            else:
                link = FunctionLink(
                    layer,
                    link,
                    is_innermost=layer is functions[-1],
                    is_outermost=layer is functions[0],
                )
        self._first: Link = link

    def kinds(self) -> list[tuple[object, object]]:
        """Return the classes of the middleware, and the function of each."""
        return [kind_of(layer) for layer in self._layers]

    def handler(self, run: Run) -> DirectHandler:
        """Return what serves the requests of a route with the middleware."""
        return partial(self._first.serve, run)


def kind_of(layer: Any) -> tuple[object, object]:
    """Return the class of a middleware, or the function that it is, and its own function."""
    cls: object = layer if type(layer) is FunctionType else type(layer)
    return cls, getattr(layer, "dispatch_func", None)


def direct_middleware(app: ASGIApp) -> DirectMiddleware | Reason:
    """Return the layers from `app` to the routes, or why one of them needs ASGI."""
    layers: list[Any] = []
    layer: Any = app
    while type(layer) is not ExceptionLayer:
        reason = refusal_of_layers([kind_of(layer)])
        if reason is not None:
            return reason
        layers.append(layer)
        layer = layer.app
    return DirectMiddleware(layers, layer)
