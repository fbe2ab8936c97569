"""An application's entry past ASGI, for our own HTTP/1.1 transport."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from rapide.exception_handlers import http_exception_handler, request_validation_exception_handler
from rapide.exceptions import RequestValidationError
from rapide.routing.dispatch import Dispatcher
from rapide.routing.execution import DirectHandler
from rapide.routing.table import Found
from rapide.runtime.errors import RESPONSE_STARTED, answer_error
from rapide.runtime.serialization import encode_any_json
from rapide.transport.exchange import Prepared
from rapide.transport.originals import STARLETTES_CALL

if TYPE_CHECKING:
    from starlette.types import Scope

    from rapide.transport.exchange import Exchange

_INVALID: Final = b"HTTP/1.1 422 Unprocessable Entity\r\n"
_JSON: Final = b"content-type: application/json\r\n"
_MISSING: Final = Prepared(b"HTTP/1.1 404 Not Found\r\n", _JSON, b'{"detail":"Not Found"}')


class Direct:
    """Serves the compiled routes of an application, as long as nothing stands before them.

    Middleware, telemetry, a root path, or code that replaced a part of the application: each makes
    `find` give None, and the server calls the application by ASGI. `call` is the `__call__` that
    this stands for.
    """

    def __init__(self, app: Any, call: Callable[..., Any]) -> None:
        self.app = app
        self.call = call

    def find(self, method: str, path: str) -> tuple[DirectHandler, Found] | Prepared | None:
        """What answers a request, and what routing found; None where ASGI is needed."""
        app = self.app
        stack = app.middleware_stack
        if stack is None:
            stack = app.middleware_stack = app.build_middleware_stack()
        inner = getattr(stack, "inner", None)
        if inner is None or app.root_path:
            return None
        if type(app).__call__ is not self.call or Starlette.__call__ is not STARLETTES_CALL:
            return None
        dispatcher = inner.dispatch
        if type(dispatcher) is not Dispatcher:
            return None
        if "opentelemetry" in sys.modules and app._native_telemetry.is_configured():
            return None
        try:
            found = dispatcher.find(method, path)
        except LookupError:
            return None
        if found is None:
            return _find_missing(inner.handlers, dispatcher, method, path)
        runner = found.entry.target.runner
        if runner is None or not found.is_full:
            return None
        handler = runner.direct or runner.prepare_direct()
        return None if handler is None else (handler, found)

    def enter(self, scope: Scope, found: Found) -> None:
        """Write into an ASGI scope what the layers around the routes would have written."""
        inner = self.app.middleware_stack.inner
        scope["app"] = self.app
        scope["starlette.exception_handlers"] = inner.handlers
        inner.dispatch.enter(found, scope)

    async def answer_error(self, error: Exception, exchange: Exchange) -> None:
        """Answer as the route, then the layers around it, would have."""
        stack = self.app.middleware_stack
        try:
            if exchange.started or not await _answer_by_default(
                error, exchange, stack.inner.handlers
            ):
                scope = exchange.scope
                if exchange.started and not exchange.is_refused:
                    scope[RESPONSE_STARTED] = True
                await answer_error(error, scope, exchange.receive, exchange.send)
        except Exception as unhandled:
            await stack.answer(unhandled, exchange.scope, exchange.receive, exchange.send)


async def _answer_by_default(error: Exception, exchange: Exchange, handlers: Any) -> bool:
    """Answer an exception whose handler is our own: that one does not look at the request."""
    by_class, by_status = handlers
    kind = type(error)
    if kind is RequestValidationError:
        if by_class.get(kind) is not request_validation_exception_handler:
            return False
        # PERF: invalid. As the handler does, without a response object.
        content = encode_any_json({"detail": error.errors()})  # type: ignore[attr-defined]
        exchange.answer(_INVALID, _JSON, content)
    elif isinstance(error, HTTPException):
        if error.status_code in by_status or not _is_default(kind, by_class):
            return False
        response = await http_exception_handler(None, error)  # type: ignore[arg-type]
        exchange.respond(response.status_code, response.raw_headers, bytes(response.body))
    else:
        return False
    # A reused exception instance would collect the traceback of every request.
    error.__traceback__ = None
    return True


def _is_default(kind: type[Exception], by_class: Any) -> bool:
    """Whether our own handler answers an HTTPException of this class."""
    handler = next((by_class[base] for base in kind.__mro__ if base in by_class), None)
    return handler is http_exception_handler


def _find_missing(handlers: Any, dispatcher: Dispatcher, method: str, path: str) -> Prepared | None:
    """The answer to a path that no route has, if nothing else of the application may have it."""
    by_class, by_status = handlers
    if 404 in by_status or by_class.get(HTTPException) is not http_exception_handler:
        return None
    router = dispatcher.router
    if not router.has_nothing_else(path):
        return None
    if router.redirect_slashes and path != "/":
        other = path.rstrip("/") if path.endswith("/") else path + "/"
        try:
            if dispatcher.find(method, other) is not None:
                return None
        except LookupError:
            return None
    return _MISSING
