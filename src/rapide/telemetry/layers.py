"""Looking at an application's layers: for OpenTelemetry's own middleware, and to add one."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from rapide._once import making
from rapide.scope_keys import OBSERVATION
from rapide.stack.server_errors import ServerErrorLayer
from rapide.telemetry.request import RequestObservation


class ObservingErrors:
    """Notes exceptions before they are answered; it stands inside the server-error layer."""

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
    """Put `ObservingErrors` into a stack that does not have it."""
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
    else:  # the layers are those of Starlette where tools watch them
        layer.app = ObservingErrors(layer.app)


def has_foreign_middleware(stack: ASGIApp) -> bool:
    """Whether the middleware of OpenTelemetry's contrib packages observes the application.

    It is looked for in the stack itself: marks that contrib leaves on applications are also there
    when its middleware is not.
    """
    found = ("opentelemetry.instrumentation.asgi", "OpenTelemetryMiddleware")
    return any((type(layer).__module__, type(layer).__name__) == found for layer in _layers(stack))


def _layers(stack: object) -> Iterator[object]:
    # Where tools replace `Starlette.__call__`, that method of the application stands for its stack.
    application = getattr(stack, "__self__", None)
    stack = getattr(application, "middleware_stack", stack)
    seen: set[int] = set()
    while stack is not None and id(stack) not in seen:
        seen.add(id(stack))
        yield stack
        stack = getattr(stack, "app", None)
