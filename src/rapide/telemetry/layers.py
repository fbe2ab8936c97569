"""Find OpenTelemetry's own middleware among the layers of an application, and add a layer."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from rapide._once import making
from rapide.scope_keys import OBSERVATION
from rapide.stack.server_errors import ServerErrorLayer
from rapide.telemetry.request import RequestObservation


class ObservingErrors:
    """Record exceptions before they are answered. This layer is inside the server-error layer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            observation = scope.get(OBSERVATION)
            if isinstance(observation, RequestObservation):
                observation.raised(error, scope["type"] == "websocket")
            raise


def observe_errors(stack: ASGIApp) -> None:
    """Add `ObservingErrors` to a stack that does not have it."""
    for layer in _layers(stack):
        if isinstance(layer, ServerErrorMiddleware):
            if not isinstance(layer.app, ObservingErrors):
                with making:
                    _put_inside(layer)
            return


def _put_inside(layer: ServerErrorMiddleware) -> None:
    if isinstance(layer.app, ObservingErrors):
        return  # another thread has done it
    if isinstance(layer, ServerErrorLayer):
        layer.put_inside(ObservingErrors)
    else:  # the layers are Starlette's own if tools watch them
        layer.app = ObservingErrors(layer.app)


def has_foreign_middleware(stack: ASGIApp) -> bool:
    """Return whether the middleware of OpenTelemetry's contrib packages observes the application.

    This looks in the stack itself, because contrib marks applications even if its middleware is not
    there.
    """
    found = ("opentelemetry.instrumentation.asgi", "OpenTelemetryMiddleware")
    return any((type(layer).__module__, type(layer).__name__) == found for layer in _layers(stack))


def _layers(stack: object) -> Iterator[object]:
    # If tools replace `Starlette.__call__`, the stack is that method of the application.
    application = getattr(stack, "__self__", None)
    stack = getattr(application, "middleware_stack", stack)
    seen: set[int] = set()
    while stack is not None and id(stack) not in seen:
        seen.add(id(stack))
        yield stack
        stack = getattr(stack, "app", None)
