"""An application's entry past ASGI, for our own HTTP/1.1 transport."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.types import Receive, Scope, Send

from rapide.routing.dispatch import Dispatcher
from rapide.routing.execution import DirectHandler
from rapide.routing.table import Found
from rapide.runtime.errors import answer_error

if TYPE_CHECKING:
    from rapide.transport.asgi import HandlingServerErrors


class Direct:
    """Serves the compiled routes of an application, as long as nothing stands before them.

    Middleware, telemetry, a root path, or code that replaced a part of the application: each makes
    `find` give None, and the server calls the application by ASGI. `call` is the `__call__` that
    this stands for.
    """

    def __init__(self, app: Any, call: Callable[..., Any]) -> None:
        self.app = app
        self.call = call

    def find(self, method: str, path: str) -> tuple[DirectHandler, Found] | None:
        """The handler of a request that compiled code answers, and what routing found."""
        app = self.app
        stack = app.middleware_stack
        if stack is None:
            stack = app.middleware_stack = app.build_middleware_stack()
        inner = getattr(stack, "inner", None)
        if inner is None or app.root_path or type(app).__call__ is not self.call:
            return None
        dispatcher = inner.dispatch
        if type(dispatcher) is not Dispatcher:
            return None
        if "opentelemetry" in sys.modules and app._native_telemetry.is_configured():
            return None
        return dispatcher.find_direct(method, path)

    def enter(self, scope: Scope, found: Found) -> None:
        """Write into an ASGI scope what the layers around the routes would have written."""
        stack: HandlingServerErrors = self.app.middleware_stack
        scope["app"] = self.app
        inner: Any = stack.inner
        scope["starlette.exception_handlers"] = inner.handlers
        inner.dispatch.enter(found, scope)

    async def answer_error(
        self, error: Exception, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer as the route, then the layers around it, would have."""
        try:
            await answer_error(error, scope, receive, send)
        except Exception as unhandled:
            stack: HandlingServerErrors = self.app.middleware_stack
            await stack.answer(unhandled, scope, receive, send)
