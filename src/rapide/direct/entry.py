"""An application's entry past ASGI, for our own HTTP/1.1 transport."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException

from rapide import patches
from rapide.exception_handlers import http_exception_handler, request_validation_exception_handler
from rapide.exceptions import RequestValidationError
from rapide.http11.heads import StaticAnswer
from rapide.routing.dispatch import Dispatcher
from rapide.routing.runner import DirectHandler
from rapide.routing.table import Found
from rapide.runtime.errors import answer_error, attempt
from rapide.runtime.serialization import encode_any_json, is_replaced
from rapide.scope_keys import APP, EXCEPTION_HANDLERS, KEPT_BODY, RESPONSE_STARTED
from rapide.stack.server_errors import ServerErrorLayer

if TYPE_CHECKING:
    from starlette.types import Scope

    from rapide.direct.layers import DirectMiddleware
    from rapide.http11.exchange import Exchange
    from rapide.routing.runner import Served

_INVALID: Final = b"HTTP/1.1 422 Unprocessable Entity\r\n"
_JSON: Final = b"content-type: application/json\r\n"
_MISSING: Final = StaticAnswer(b"HTTP/1.1 404 Not Found\r\n", _JSON, b'{"detail":"Not Found"}')


class Direct:
    """Serves the compiled routes of an application, as long as nothing stands before them.

    Telemetry, a root path, most middleware, or code that replaced a part of the application: each
    makes `find` give None, and the server calls the application by ASGI. `call` is the `__call__`
    that this stands for.
    """

    def __init__(self, app: Any, call: Callable[..., Any]) -> None:
        self.app = app
        self.call = call
        #: The middleware that was looked at last, and what it is for us.
        self._seen: tuple[Any, DirectMiddleware | None] = (None, None)

    def find(self, method: str, path: str) -> tuple[DirectHandler, Found] | StaticAnswer | None:
        """What answers a request, and what routing found; None where ASGI is needed."""
        stack = self.app.middleware_stack
        if stack is None:
            stack = self.app._build_stack_once()
        inner: Any = getattr(stack, "inner", None)
        middleware = None
        if inner is None and method != "OPTIONS":
            middleware = self._middleware_of(stack)
            inner = None if middleware is None else middleware.inner
        if inner is None or not self._is_bare():
            return None
        dispatcher = inner.dispatch
        if type(dispatcher) is not Dispatcher:
            return None
        try:
            found = dispatcher.find(method, path)
            if found is None:
                if middleware is not None:
                    return None
                return _find_missing(inner.handlers, dispatcher, method, path)
            runner = found.entry.target.runner
            if runner is None or not found.is_full:
                return None
            served = runner.now or runner.prepare()
            handler = served.direct or runner.prepare_direct()
        except Exception:
            # A route must be asked with a scope, or something cannot be made. By ASGI that is
            # raised again, inside of the layers that answer errors.
            return None
        if handler is not None and middleware is not None:
            handler = self._inside(middleware, served, handler)
        return None if handler is None else (handler, found)

    def _is_bare(self) -> bool:
        """Whether nothing but middleware is around the routes."""
        app = self.app
        if app.root_path or type(app).__call__ is not self.call:
            return False
        if patches.has_changed():
            patches.look()
        if patches.found:
            # What is in the place of something of Starlette's is used by ASGI alone.
            return False
        return not ("opentelemetry" in sys.modules and app._native_telemetry.is_configured())

    def _inside(
        self, middleware: DirectMiddleware, served: Served, handler: DirectHandler
    ) -> DirectHandler | None:
        if middleware.function is None:
            return partial(middleware.serve, handler)
        if served.ends_with_answer:
            return partial(middleware.serve_function, self._begin, handler)
        return None

    def _middleware_of(self, stack: Any) -> DirectMiddleware | None:
        if type(stack) is not ServerErrorLayer:
            return None
        outermost, middleware = self._seen
        if stack.app is not outermost:
            # PERF: import; many applications have no middleware.
            from rapide.direct.layers import direct_middleware

            outermost = stack.app
            middleware = direct_middleware(outermost)
            self._seen = outermost, middleware
        return middleware

    def _begin(self, handler: DirectHandler, exchange: Exchange) -> Coroutine[Any, Any, None]:
        """Serve a request inside of a function, which gets the answer, or what is raised."""
        exchange.is_routed = True
        if exchange.known_scope is not None:
            exchange.known_scope.pop(RESPONSE_STARTED, None)
            self.enter(exchange.known_scope, exchange)
        return self._run(handler, exchange)

    async def _run(self, handler: DirectHandler, exchange: Exchange) -> None:
        failed = None
        try:
            await handler(exchange)
        except Exception as error:
            failed = error
        if failed is not None:
            unhandled = await self._answer_inside(failed, exchange, exchange.is_answered)
            if unhandled is not None:
                raise unhandled

    def enter(self, scope: Scope, exchange: Exchange) -> None:
        """Write into an ASGI scope what the layers around the routes would have written."""
        scope[APP] = self.app
        if exchange.is_routed:
            inner = self._inner()
            scope[EXCEPTION_HANDLERS] = inner.handlers
            inner.dispatch.enter(exchange.found, scope)

    def _inner(self) -> Any:
        inner = self.app.middleware_stack.inner
        middleware = self._seen[1]
        return inner if middleware is None or inner is not None else middleware.inner

    async def answer_error(self, error: Exception, exchange: Exchange) -> None:
        """Answer as the route, then the layers around it, would have."""
        if exchange.layer is not None and exchange.layer.handles_errors:
            exchange.scope[RESPONSE_STARTED] = exchange.response_started
            await self._answer_outside(error, exchange)
            return
        has_started = exchange.response_started and not exchange.is_refused
        unhandled = await self._answer_inside(error, exchange, has_started)
        if unhandled is not None:
            await self._answer_outside(unhandled, exchange)

    async def _answer_inside(
        self, error: Exception, exchange: Exchange, has_started: bool
    ) -> Exception | None:
        """Let the route answer, then the application's handlers; return what no handler took."""
        handlers = self._inner().handlers
        started = has_started or exchange.response_started

        async def in_route(error: Exception) -> None:
            scope = exchange.scope
            if has_started:
                scope[RESPONSE_STARTED] = True
            if exchange.kept_body is not None:
                scope[KEPT_BODY] = exchange.kept_body
            await answer_error(error, scope, exchange.receive, exchange.send)

        async def around(error: Exception) -> None:
            await answer_error(error, exchange.scope, exchange.receive, exchange.send, handlers)

        try:
            # PERF: invalid. Nothing of the application's runs here, so nothing need be handled.
            if not started and await _answer_by_default(error, exchange, handlers):
                return None
        except Exception as failed:
            raised: Exception | None = failed
            failed.__context__ = failed.__context__ or error
        else:
            raised = await attempt(in_route, error)
        return None if raised is None else await attempt(around, raised)

    async def _answer_outside(self, error: Exception, exchange: Exchange) -> None:
        scope, receive, send = exchange.scope, exchange.receive_outside, exchange.send_outside
        await self.app.middleware_stack.answer_unhandled(error, scope, receive, send)


async def _answer_by_default(error: Exception, exchange: Exchange, handlers: Any) -> bool:
    """Answer an exception whose handler is our own: that one does not look at the request."""
    by_class, by_status = handlers
    kind = type(error)
    if kind is RequestValidationError:
        if by_class.get(kind) is not request_validation_exception_handler or is_replaced():
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


def _find_missing(
    handlers: Any, dispatcher: Dispatcher, method: str, path: str
) -> StaticAnswer | None:
    """The answer to a path that no route has, if nothing else of the application may have it."""
    by_class, by_status = handlers
    if (
        404 in by_status
        or is_replaced()
        or by_class.get(HTTPException) is not http_exception_handler
    ):
        return None
    router = dispatcher.router
    if not router.has_nothing_else(path):
        return None
    if router.redirect_slashes and path != "/":
        other = path.rstrip("/") if path.endswith("/") else path + "/"
        if dispatcher.find(method, other) is not None:
            return None
    return _MISSING
