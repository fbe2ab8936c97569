"""An application's entry past ASGI, for our own HTTP/1.1 transport."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException

from rapide import patches
from rapide.changes import changes
from rapide.direct.eligibility import (
    CONSOLE,
    FAILED,
    GOES_ON,
    MISSING,
    OTHER_METHOD,
    OWN_ROUTER,
    PREFLIGHT,
    UNASKED,
    other_target,
    own_stack,
    prepare_answer,
    refusal_of,
)
from rapide.direct.links import Run
from rapide.direct.misses import (
    LONGEST_MISS,
    MOST_MISSES,
    Miss,
    MissRun,
    Nowhere,
    PlainMisses,
)
from rapide.exception_handlers import (
    http_exception_handler,
    request_validation_exception_handler,
    uses_replacements,
)
from rapide.exceptions import RequestValidationError
from rapide.http11.heads import StaticAnswer, status_line
from rapide.http11.outcomes import Compiled, Outcome, Reason, ViaAsgi
from rapide.routing.dispatch import Dispatcher
from rapide.routing.lookup import Lookup
from rapide.routing.table import Found, Unasked
from rapide.runtime import extraction
from rapide.runtime.errors import answer_error, attempt, raise_again
from rapide.runtime.serialization import encode_any_json
from rapide.schema import ValidationError
from rapide.schema.errors import relocate_errors
from rapide.scope_keys import APP, EXCEPTION_HANDLERS, KEPT_BODY, RESPONSE_STARTED
from rapide.stack.build import is_console_a_layer

if TYPE_CHECKING:
    from starlette.types import Scope

    from rapide.direct.layers import DirectMiddleware
    from rapide.http11.contract import DirectHandler, Exchange

#: Python 3.13 names the status as RFC 9110 does, older ones as RFC 4918 does.
_INVALID: Final = status_line(422)
_JSON: Final = b"content-type: application/json\r\n"


Answer = Compiled | StaticAnswer
Answers = dict[tuple[str, str], Answer]


@dataclass(slots=True, eq=False)
class Around:
    """The layers around the routes of an application.

    Attributes:
        stack: The outermost layer that was looked at.
        next: The layer inside of that then.
        dispatcher: What finds routes, if requests can be served directly.
        middleware: The middleware around the routes, if there is any.
        refusal: Why no request can be served directly.
        misses: Whether our own answers to requests without a route are the application's.
        answers: The version of all changes, what answers a method and an exact path in it, and what
            answers some of those that no route has.
    """

    stack: Any = None
    next: Any = None
    dispatcher: Any = None
    middleware: DirectMiddleware | None = None
    refusal: ViaAsgi | None = None
    misses: PlainMisses | None = None
    answers: tuple[int, Answers, Answers] = (-1, {}, {})

    def remember(self, version: int, method: str, path: str, answer: Answer) -> None:
        """Keep what answers a method and a path until something changes."""
        self._kept(version)[1][method, path] = answer

    def remember_miss(self, version: int, method: str, path: str, answer: Answer) -> None:
        """Keep what answers a method and a path that no route has, as long as there is room."""
        if len(path) <= LONGEST_MISS:
            misses = self._kept(version)[2]
            if len(misses) >= MOST_MISSES:
                misses.clear()  # what clients still ask for comes again
            misses[method, path] = answer

    def _kept(self, version: int) -> tuple[int, Answers, Answers]:
        kept = self.answers
        if kept[0] != version:
            # New dictionaries: another thread may still add to those of another version.
            kept = self.answers = version, {}, {}
        return kept

    def is_of(self, stack: Any) -> bool:
        """Return whether these are still the layers.

        A layer may be put inside of the outermost one, and is never taken out.
        """
        return stack is self.stack and (self.refusal is not None or stack.app is self.next)


class Direct:
    """The road past ASGI: it serves the compiled routes of an application.

    If something before the routes needs ASGI, the server calls the application instead. The reasons
    are in `eligibility.py`.
    `call` and `build_layers` are the methods of our class that this knows.
    """

    def __init__(
        self, app: Any, call: Callable[..., Any], build_layers: Callable[..., Any]
    ) -> None:
        self.app = app
        self.call = call
        self._build_layers = build_layers
        self._around = Around()
        #: The innermost layer around the routes.
        self._inner: Any = None

    def build(self) -> None:
        """Build the application's layers.

        Raises:
            Exception: What a middleware raises.
        """
        self.app._rapide_build_stack_once()

    def builds_layers_as_declared(self) -> bool:
        """Return whether the layers will be those that were declared."""
        build = self.app.build_middleware_stack
        return getattr(build, "__func__", None) is self._build_layers

    def look_around(self) -> Around | None:
        """Return the layers around the routes, or None before they are built."""
        stack = self.app.middleware_stack
        if stack is None:
            return None
        if self._around.is_of(stack):
            return self._around
        return self._look_around(stack)

    def find(self, method: str, path: str) -> Outcome | None:
        """Return what answers a request, or None before the layers are built."""
        stack = self.app.middleware_stack
        if stack is None:
            return None
        around = self._around
        # PERF: small-json. The same as `is_of`.
        if stack is not around.stack or (around.refusal is None and stack.app is not around.next):
            around = self._look_around(stack)
        refusal = around.refusal or refusal_of(self.app, self.call)
        if refusal is not None:
            return refusal
        # PERF: small-json. Nothing has changed since this was asked before.
        version, answers, misses = around.answers
        if version == changes.version:
            asked = method, path
            known = answers.get(asked)
            if known is not None:
                return known
            missed = misses.get(asked)
            if missed is not None and around.misses.are_as_before():  # type: ignore[union-attr]
                return missed
        return self._look_up(around, method, path)

    def _look_up(self, around: Around, method: str, path: str) -> Outcome:
        version = changes.version
        middleware = around.middleware
        if method == "OPTIONS" and middleware is not None and middleware.may_be_preflight:
            return PREFLIGHT
        dispatcher, found = around.dispatcher, None
        try:
            found = dispatcher.find(method, path)
            if type(found) is not Found or not found.is_full or found.entry.target.runner is None:
                return self._find_other(found, around, method, path)
            runner = found.entry.target.runner
            served = runner.now or runner.prepare()
            if served.direct is None:
                prepare_answer(runner, served)
        except Exception as error:
            # It is raised again where the layers around the routes answer errors.
            return _via(FAILED, dispatcher, method, path, found, error)
        handler = served.direct
        if handler is not None and middleware is not None:
            if middleware.holds_response and not served.ends_with_answer:
                handler = None
            else:
                handler = self._inside(middleware, handler, dispatcher)
        if handler is None:
            return _via(served.by_asgi or GOES_ON, dispatcher, method, path, found)
        needs_no_task = served.needs_no_task and (middleware is None or middleware.needs_no_task)
        compiled = Compiled(handler, found, needs_no_task)
        if found.is_certain:
            around.remember(version, method, path, compiled)
        return compiled

    def _look_around(self, stack: Any) -> Around:
        """Look at the layers of an application, as they are now."""
        around = Around(stack, getattr(stack, "app", None))
        reason = CONSOLE if is_console_a_layer(self.app) else own_stack(stack)
        inner: Any = None
        if reason is None:
            inner = stack.inner
            if inner is None:
                # PERF: import; many applications have no middleware.
                from rapide.direct.layers import direct_middleware

                found = direct_middleware(around.next)
                if isinstance(found, Reason):
                    reason = found
                else:
                    around.middleware, inner = found, found.inner
        if inner is not None and type(inner.dispatch) is not Dispatcher:
            reason = OWN_ROUTER
        if reason is not None:
            around.refusal = ViaAsgi(reason)
        elif inner is not None:
            around.dispatcher, self._inner = inner.dispatch, inner
            around.misses = PlainMisses(inner.dispatch, inner.handlers, self.app._rapide_problems)
        self._around = around
        return around

    def _find_other(
        self, found: Found | Unasked | None, around: Around, method: str, path: str
    ) -> Outcome:
        """Return what answers a request that no route answers for certain."""
        dispatcher: Dispatcher = around.dispatcher
        if isinstance(found, Unasked):
            return _via(UNASKED, dispatcher, method, path, found)
        if found is None:
            return self._find_miss(around, method, path)
        if found.is_full:
            return _via(other_target(found.entry.target), dispatcher, method, path, found)
        version = changes.version
        table = dispatcher.table("http")
        if not table.has_own_convertors(path) and _are_misses_plain(around):
            assert around.misses is not None
            miss = around.misses.not_allowed(found)
            if miss is not None:
                return self._remember_miss(around, version, method, path, miss, found)
        return _via(OTHER_METHOD, dispatcher, method, path, found)

    def _find_miss(self, around: Around, method: str, path: str) -> Outcome:
        """Return what answers a request for a path that no route has."""
        dispatcher: Dispatcher = around.dispatcher
        version = changes.version
        if not _are_misses_plain(around):
            return _via(MISSING, dispatcher, method, path, None)
        other = _with_or_without_slash(path)
        if other is not None and dispatcher.router.redirect_slashes:
            redirect = dispatcher.find(method, other)
            if redirect is not None:
                lookup = Lookup(dispatcher, dispatcher.version, method, path, None)
                lookup.redirect = Lookup(dispatcher, dispatcher.version, method, other, redirect)
                return ViaAsgi(MISSING, lookup)
        nowhere = Nowhere(dispatcher)
        assert around.misses is not None
        miss = around.misses.not_found
        return self._remember_miss(around, version, method, path, miss, nowhere)

    def _remember_miss(
        self,
        around: Around,
        version: int,
        method: str,
        path: str,
        miss: Miss,
        found: Found | Nowhere,
    ) -> Outcome:
        answer: Answer = miss.answer
        if around.middleware is not None:
            assert around.misses is not None
            make = partial(MissRun, around.misses)
            handler = self._inside(around.middleware, miss.serve, around.dispatcher, make)
            answer = Compiled(handler, found)
        around.remember_miss(version, method, path, answer)
        return answer

    def _inside(
        self,
        middleware: DirectMiddleware,
        handler: DirectHandler,
        dispatcher: Dispatcher,
        make: Callable[..., Run] = Run,
    ) -> DirectHandler:
        """Return a handler within the middleware."""
        begin = self._begin_late if middleware.answers_late else self._begin
        return middleware.handler(make(handler, begin, dispatcher, dispatcher.version))

    def _begin_late(self, handler: DirectHandler, exchange: Exchange) -> Coroutine[Any, Any, None]:
        """Serve a request within a middleware that may raise errors when it sends the answer."""
        return self._begin(handler, exchange, by_default=False)

    async def _begin(
        self, handler: DirectHandler, exchange: Exchange, *, by_default: bool = True
    ) -> None:
        """Serve a request within a function, which gets the answer or the exception."""
        exchange.enter_routes()
        if exchange.known_scope is not None:
            exchange.known_scope.pop(RESPONSE_STARTED, None)
            self.enter(exchange.known_scope, exchange)
        failed = None
        try:
            await handler(exchange)
        except Exception as error:
            failed = error
        if failed is not None:
            has_started = exchange.is_answered
            unhandled = await self._answer_inside(
                failed, exchange, has_started, by_default=by_default
            )
            if unhandled is not None:
                raise_again(unhandled)

    def enter(self, scope: Scope, exchange: Exchange) -> None:
        """Write into an ASGI scope what the layers around the routes would have written."""
        scope[APP] = self.app
        if exchange.is_routed:
            inner = self._inner
            scope[EXCEPTION_HANDLERS] = inner.handlers
            if type(exchange.found) is Nowhere:
                exchange.found.enter(scope)
            else:
                inner.dispatch.enter(exchange.found, scope)

    def refuse(self, exchange: Exchange, body: object, error: object) -> bool:
        """Answer a request whose body is not valid, if our own handler would, and unseen.

        `error` is the error of the whole body, whose type runs no code of the application's.
        Return whether the request is answered.
        """
        is_apart = exchange.layer is None and exchange.known_scope is None
        if not is_apart or exchange.response_started or type(error) is not ValidationError:
            return False
        handler = self._inner.handlers[0].get(RequestValidationError)
        if handler is not request_validation_exception_handler or body is extraction.MISSING:
            return False
        if uses_replacements() or patches.found or _exceptions_methods() != _EXCEPTIONS_METHODS:
            return False
        # PERF: invalid. What follows is what remains of an exception and its handler.
        try:
            errors = relocate_errors(error.errors(include_url=False), ("body",))
            content = encode_any_json({"detail": errors})
        except Exception:
            return False  # it is raised again where exceptions are answered
        # The error and the frame of compiled code refer to each other. Break this cycle.
        error.__traceback__ = None
        exchange.answer(_INVALID, _JSON, content)
        return True

    async def answer_error(self, error: Exception, exchange: Exchange) -> None:
        """Answer as the route, then the layers around it, would have."""
        if exchange.layer is not None and exchange.layer.handles_errors:
            exchange.scope[RESPONSE_STARTED] = exchange.response_started
            unhandled: Exception | None = error
        else:
            has_started = exchange.response_started and not exchange.is_refused
            unhandled = await self._answer_inside(error, exchange, has_started)
        try:
            if unhandled is not None:
                await self._answer_outside(unhandled, exchange)
        finally:
            del error, unhandled  # the traceback of what is raised holds this frame

    async def _answer_inside(
        self, error: Exception, exchange: Exchange, has_started: bool, *, by_default: bool = True
    ) -> Exception | None:
        """Let the route answer, then the application's handlers; return what no handler took."""
        handlers = self._inner.handlers
        started = has_started or exchange.response_started

        async def in_route(error: Exception) -> None:
            scope = exchange.scope
            if has_started:
                scope[RESPONSE_STARTED] = True
            if exchange.kept_body is not None:
                scope[KEPT_BODY] = exchange.kept_body
            try:
                await answer_error(error, scope, exchange.receive, exchange.send)
            finally:
                del error

        async def around(error: Exception) -> None:
            try:
                await answer_error(error, exchange.scope, exchange.receive, exchange.send, handlers)
            finally:
                del error

        try:
            # PERF: invalid. Nothing of the application's runs here, so nothing need be handled.
            if by_default and not started and await _answer_by_default(error, exchange, handlers):
                return None
        except Exception as failed:
            raised: Exception | None = failed
            failed.__context__ = failed.__context__ or error
        else:
            raised = await attempt(in_route, error)
        try:
            return None if raised is None else await attempt(around, raised)
        finally:
            del error, raised

    async def _answer_outside(self, error: Exception, exchange: Exchange) -> None:
        scope, receive, send = exchange.scope, exchange.receive_outside, exchange.send_outside
        try:
            await self.app.middleware_stack.answer_unhandled(error, scope, receive, send)
        finally:
            del error


def _exceptions_methods() -> tuple[object, ...]:
    """Return the methods by which the handler would get the errors. Tools may replace them."""
    cls: Any = RequestValidationError
    return cls.__init__, cls.errors


_EXCEPTIONS_METHODS: Final = _exceptions_methods()


async def _answer_by_default(error: Exception, exchange: Exchange, handlers: Any) -> bool:
    """Answer an exception whose handler is ours and does not look at the request."""
    by_class, by_status = handlers
    kind = type(error)
    if kind is RequestValidationError:
        if by_class.get(kind) is not request_validation_exception_handler or uses_replacements():
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
    """Return whether our handler answers an HTTPException of this class."""
    handler = next((by_class[base] for base in kind.__mro__ if base in by_class), None)
    return handler is http_exception_handler


def _are_misses_plain(around: Around) -> bool:
    """Return whether requests without a route can be answered here, and forget what is outdated."""
    misses = around.misses
    assert misses is not None
    if not misses.are_as_before():
        # Nobody reports such a change, so the version of what was remembered is still the same.
        around.answers[2].clear()
    return misses.are_plain()


def _with_or_without_slash(path: str) -> str | None:
    if path == "/":
        return None
    return path.rstrip("/") if path.endswith("/") else path + "/"


def _via(
    reason: Reason,
    dispatcher: Dispatcher,
    method: str,
    path: str,
    found: Found | Unasked | None,
    error: Exception | None = None,
) -> ViaAsgi:
    """Make the outcome that calls the application by ASGI, with what was looked up."""
    return ViaAsgi(reason, Lookup(dispatcher, dispatcher.version, method, path, found, error))
