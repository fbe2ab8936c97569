"""Running a route: compiled where possible, on the generic path where not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from rapide._body_limit import wrap_app_with_body_limit
from rapide.generic import seams
from rapide.live import OverridesFingerprint, WatchedDict, clock
from rapide.runtime import instrumentation
from rapide.runtime.errors import UNANSWERED, answer_error, tracking_send

if TYPE_CHECKING:
    from rapide.compiler import CompiledRoute
    from rapide.routing.state import RouteState

Handler = Callable[[Scope, Receive, Send], Awaitable[None]]
#: A handler compiled for our own HTTP/1.1 transport.
DirectHandler = Callable[[Any], Awaitable[None]]

#: How many compiled forms a route keeps, one for each set of dependency overrides.
VARIANTS = 8


class Runner:
    """Serves the requests of one route.

    `app` is what serves a request now. It is the compiled handler itself, so that calling it costs
    nothing more; when the clock has moved, `renew` puts back a step that looks again. `direct` is
    the same for our own HTTP/1.1 transport, once it has been asked for.
    """

    __slots__ = (
        "__weakref__",
        "app",
        "calls",
        "compiled",
        "direct",
        "ends_with_answer",
        "opens_nothing",
        "reason",
        "route",
        "time",
        "variants",
    )

    def __init__(self, route: RouteState) -> None:
        self.route = route
        self.variants: list[CompiledRoute] = []
        self.calls = clock.calls
        self.compiled: CompiledRoute | None = None
        self.reason: str | None = None
        self.time = -1
        self.app: Handler = self._prepare_and_run
        self.direct: DirectHandler | None = None
        #: Whether `app` is done when it has sent its answer; see `runtime/inline.py`.
        self.opens_nothing = False
        #: Whether nothing is open then, and nothing follows.
        self.ends_with_answer = False

    def renew(self) -> None:
        """Look again at the next request: something changed."""
        self.app = self._prepare_and_run
        self.opens_nothing = False
        self.direct = None

    def prepare_direct(self) -> DirectHandler | None:
        """Compile for our own HTTP/1.1 transport.

        None on the generic path, where each request has to look whether compiled code fits, and
        where something stands around compiled code.
        """
        compiled = self.inspect()
        is_bare = self._is_watched() and self.route.max_body_size is None
        if compiled is not None and is_bare and not compiled.is_instrumented:
            admission = self.route.admission
            guard = None if admission is None else admission.guard_direct
            self.direct = compiled.direct if guard is None else guard(compiled.direct)
        return self.direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request that did not come by the route table."""
        if self.time != clock.time:
            self.prepare()
        await self.app(scope, receive, send)

    async def _prepare_and_run(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.prepare()
        await self.app(scope, receive, send)

    def inspect(self) -> CompiledRoute | None:
        """The compiled form for the present state, or None on the generic path."""
        if self.time != clock.time:
            self.prepare()
        return self.compiled

    @property
    def fallback_reason(self) -> str | None:
        """Why the generic path is taken now; None when it is not."""
        self.inspect()
        return self.reason

    def prepare(self) -> None:
        """Decide how requests are served in the present state."""
        time = clock.time
        if self.calls != clock.calls:
            self.calls = clock.calls
            self.variants.clear()
        self.compiled, self.reason = self._choose()
        if self.compiled is None:
            self.app = self.generic
        else:
            handler = self.compiled.handler if self._is_watched() else self._check_and_run
            self.app = self._within_limit(handler)
        if self.route.admission is not None:
            self.app = self.route.admission.guard(self.app)
        compiled = self.compiled
        is_bare = compiled is not None and self.app is compiled.handler
        self.opens_nothing = compiled is not None and is_bare and compiled.opens_nothing
        self.ends_with_answer = compiled is not None and is_bare and compiled.ends_with_answer
        self.time = time  # last: what fails is to fail again, instead of leaving what was before

    async def _check_and_run(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request under overrides whose changes nobody reports."""
        if self.compiled is None or not self.compiled.fits(self._overrides()):
            self.prepare()
        handler = self.generic if self.compiled is None else self.compiled.handler
        await handler(scope, receive, send)

    def _within_limit(self, handler: Handler) -> Handler:
        """Compiled code within the route's limit on bodies, if it has one of its own."""
        if self.route.max_body_size is None:
            return handler

        async def answering(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await handler(scope, receive, send)
            except Exception as error:
                await answer_error(error, scope, receive, send)

        limited = wrap_app_with_body_limit(answering, self.route.max_body_size)

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await limited(scope, receive, send)
            except Exception as error:
                scope[UNANSWERED] = error
                raise

        return _selecting(self.route.path_format, application)

    def _is_watched(self) -> bool:
        """Whether changes of the overrides advance the clock."""
        provider = self._provider()
        if provider is None or not self.route.dependant.dependencies:
            return True
        return isinstance(getattr(provider, "dependency_overrides", None), WatchedDict)

    def _choose(self) -> tuple[CompiledRoute | None, str | None]:
        reason = self._special()
        if reason is not None:
            return None, reason
        # PERF: import; an application is declared before its first route is compiled.
        from rapide.compiler import NotCompilable, compile_route

        overrides = self._overrides()
        changes = clock if self._is_watched() else OverridesFingerprint(self._provider())
        observed = instrumentation.is_on()
        for variant in self.variants:
            is_alike = (
                type(variant.changes) is type(changes) and variant.is_instrumented == observed
            )
            if is_alike and variant.fits(overrides):
                return variant, None
        handler = self._generic_handler()
        try:
            compiled = compile_route(
                self.route, overrides, handler, changes, is_instrumented=observed
            )
        except NotCompilable as refused:
            return None, str(refused)
        self.variants = [compiled, *self.variants[: VARIANTS - 1]]
        return compiled, None

    def _special(self) -> str | None:
        """What keeps this route from being compiled, before its plan is looked at."""
        if clock.generic_only:
            return "the generic path is forced"
        replaced = seams.replaced()
        if replaced:
            return "; ".join(map(str, replaced))
        reason: str | None = getattr(self.route, "own_handler_reason", None)
        if reason is not None:
            return reason
        return None

    def _provider(self) -> Any:
        return getattr(self.route, "dependency_overrides_provider", None)

    def _overrides(self) -> Mapping[Callable[..., Any], Callable[..., Any]]:
        return getattr(self._provider(), "dependency_overrides", None) or {}

    def _generic_handler(self) -> Callable[[Request], Awaitable[Any]]:
        make: Callable[[], Callable[[Request], Awaitable[Any]]] = self.route.make_handler
        return make()

    @property
    def generic(self) -> ASGIApp:
        """The generic path as an ASGI application."""
        from rapide.generic.handler import FILE_STACK, run_handler

        handler = self._generic_handler()

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope, receive, send)
            # Files of a form stay open for exception handlers.
            async with AsyncExitStack() as files:
                scope[FILE_STACK] = files
                try:
                    await run_handler(handler, request, scope, receive, tracking_send(scope, send))
                except Exception as error:
                    await answer_error(error, scope, receive, send)

        limited = wrap_app_with_body_limit(application, self.route.max_body_size)
        return _selecting(self.route.path_format, limited)


def _selecting(path: str, app: ASGIApp) -> ASGIApp:
    """Tell the telemetry which route serves a request, before anything can refuse it."""
    if not instrumentation.is_on():
        return app

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        instrumentation.active.select_route(scope, path)
        await app(scope, receive, send)

    return application
