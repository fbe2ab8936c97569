"""Run a route: compiled if possible, otherwise on the generic path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rapide import patches
from rapide._body_limit import wrap_app_with_body_limit
from rapide._once import making
from rapide.changes import OverridesFingerprint, WatchedDict, changes
from rapide.datastructures import DefaultPlaceholder
from rapide.generic import seams
from rapide.http11.outcomes import Reason
from rapide.runtime import instrumentation
from rapide.runtime.errors import answer_error, tracking_send
from rapide.scope_keys import FILE_STACK, UNANSWERED
from rapide.signature.models import can_report, serve_graph
from rapide.types import UserCallable

if TYPE_CHECKING:
    from rapide.compiler import CompiledRoute
    from rapide.http11.contract import DirectHandler
    from rapide.routing.contract import RunnableRoute

#: Makes the response to a request, on the generic path.
RouteHandler = Callable[[Request], Awaitable[Response]]

_FORCED: Final = Reason("the generic path is forced", "leave the block of forcing_generic()")
_LEAVE: Final = "leave Rapide and Starlette as they are, or keep the tool that replaces functions"
_UNREPORTED_LIST: Final = Reason(
    "a list of a dependant was replaced by one that does not report its changes",
    "change the list of the dependant instead of assigning another",
)

#: How many compiled forms a route keeps, one for each set of dependency overrides.
VARIANTS = 8


@dataclass(slots=True, eq=False)
class Served:
    """The way in which a route is served in one state of the application."""

    #: The version of all changes that this state is of.
    version: int
    #: Serves a request. It is the compiled handler itself, so that the call costs nothing more.
    app: ASGIApp
    #: The compiled form; None on the generic path.
    compiled: CompiledRoute | None
    #: The reason for the generic path; None if the route is compiled.
    reason: Reason | None
    #: Whether nothing of a task is open when `app` sends its answer; see `runtime/inline.py`.
    opens_nothing: bool
    #: Whether, in addition, nothing follows the answer.
    ends_with_answer: bool
    #: Whether an answer runs no code that could see the task of the request.
    needs_no_task: bool
    #: What serves a request of our own HTTP/1.1 transport, once it has been asked for.
    direct: DirectHandler | None = None
    #: Why nothing does, likewise.
    by_asgi: Reason | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The way in which a route will be served, as far as it is known without compiling it."""

    #: The reason for the generic path; None if the route is compiled.
    reason: Reason | None
    is_instrumented: bool
    #: Whether nothing of a task is open when the answer is sent, and nothing follows it.
    ends_with_answer: bool


def load_compiler() -> None:
    """Import what compiles a route, before the first request would wait for it.

    PERF: import. Code that only declares an application does not need it.
    """
    import rapide.compiler
    import rapide.security.oauth2  # noqa: F401


class Runner:
    """Serves the requests of one route.

    `now` describes how. It is None if something has changed, and the next request decides again.
    It is always replaced as a whole, so that a request never sees parts of two states, whatever
    other threads do.
    """

    __slots__ = ("__weakref__", "counts", "is_watched", "made", "now", "route", "variants")

    def __init__(self, route: RunnableRoute) -> None:
        self.route = route
        self.variants: list[CompiledRoute] = []
        #: The numbers of changes of graphs and routes when `variants` were made.
        self.counts = -1, -1
        #: Whether all changes of the route's graph are noticed.
        self.is_watched = False
        #: The `get_request_handler` of a tool and the handler that it has made.
        self.made: tuple[object, RouteHandler] | None = None
        self.now: Served | None = None

    def __repr__(self) -> str:
        now = self.now
        if now is None:
            path = "looks again at the next request"
        else:
            path = "compiled" if now.reason is None else f"generic: {now.reason.sentence}"
        return f"<Runner of {self.route._rapide_label}: {path}>"

    def __deepcopy__(self, memo: object) -> Runner:
        # A copy of a route is served like the route itself, until an `app` is assigned to it.
        return self

    def __reduce__(self) -> tuple[type[Runner], tuple[RunnableRoute]]:
        return type(self), (self.route,)

    def keep(self, route: RunnableRoute) -> None:
        """Serve later requests by the settings that the route had until now."""
        self.route = route
        self.variants.clear()
        self.now = None

    def renew(self) -> None:
        """Decide again at the next request, because something has changed."""
        self.now = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request that was not found by the route table."""
        if patches.has_changed():
            patches.look()
        await self.prepare().app(scope, receive, send)

    def inspect(self) -> CompiledRoute | None:
        """Return the compiled form for the present state; None on the generic path."""
        patches.look()
        return self.prepare().compiled

    @property
    def fallback(self) -> Reason | None:
        """The reason for the generic path at present; None if the route is compiled."""
        patches.look()
        return self.foresee().reason

    def foresee(self) -> Outlook:
        """Return how requests are served in the present state, without compiling the route.

        Raises:
            Exception: What keeps the route from being served at all.
        """
        if patches.has_changed():
            patches.look()
        with making:
            reason = self._special(is_watched=can_report(self.route.dependant))
            if reason is not None:
                return Outlook(reason, False, False)
            # PERF: import. An application is declared before its first route is compiled.
            from rapide.plan.foresight import foresee_plan

            refused, ends_with_answer = foresee_plan(self.route, self._overrides())
            if refused is not None:
                return Outlook(Reason(str(refused), refused.advice), False, False)
        is_bare = (
            self.are_overrides_watched()
            and self.route.max_body_size is None
            and self.route._rapide_admission is None
            and self.route._rapide_guard is None
        )
        return Outlook(None, instrumentation.is_on(), is_bare and ends_with_answer)

    def prepare(self) -> Served:
        """Decide how requests are served in the present state, unless it is decided."""
        now = self.now
        if now is None or now.version != changes.version:
            with making:
                now = self.now
                if now is None or now.version != changes.version:
                    now = self.now = self._decide()
        return now

    def compile_direct(self, served: Served) -> DirectHandler:
        """Compile for our own HTTP/1.1 transport; `served` is a compiled form."""
        assert served.compiled is not None
        with making:
            handler = served.compiled.direct
        admission = self.route._rapide_admission
        if admission is None:
            return handler
        # The exchanges of the transport have the method that limits their time.
        return cast("DirectHandler", admission.guard_direct(handler))

    def _decide(self) -> Served:
        # Changes after this line cause another decision.
        version = changes.version
        counts = changes.graphs, changes.routes
        if self.counts != counts:
            self.counts = counts
            self.variants.clear()
            self.is_watched = serve_graph(self.route.dependant)
        patches.look()
        compiled, reason = self._choose()
        if compiled is None:
            app = self.generic
        else:
            handler = compiled.handler if self.are_overrides_watched() else self._check_and_run
            app = self._within_limit(handler)
        if self.route._rapide_admission is not None:
            app = self.route._rapide_admission.guard(app)
        if self.route._rapide_guard is not None:
            app = self.route._rapide_guard(app)
        if self.route._rapide_admission is not None:
            app = self.route._rapide_admission.limit_rate(app)
        bare = None if compiled is None or app is not compiled.handler else compiled
        return Served(
            version,
            app,
            compiled,
            reason,
            opens_nothing=bare is not None and bare.opens_nothing,
            ends_with_answer=bare is not None and bare.ends_with_answer,
            needs_no_task=bare is not None and bare.needs_no_task,
        )

    async def _check_and_run(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request under overrides that do not report their changes."""
        compiled = self.prepare().compiled
        if compiled is None or not compiled.fits(self._overrides()):
            with making:
                now = self.now = self._decide()
            compiled = now.compiled
        handler = self.generic if compiled is None else compiled.handler
        await handler(scope, receive, send)

    def _within_limit(self, handler: ASGIApp) -> ASGIApp:
        """Enforce the route's own limit of body size around compiled code, if there is one."""
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

    def are_overrides_watched(self) -> bool:
        """Whether changes of the overrides are counted."""
        provider = self._provider()
        if provider is None or not self.route.dependant.dependencies:
            return True
        return isinstance(getattr(provider, "dependency_overrides", None), WatchedDict)

    def _choose(self) -> tuple[CompiledRoute | None, Reason | None]:
        reason = self._special(is_watched=self.is_watched)
        if reason is not None:
            return None, reason
        # PERF: import. An application is declared before its first route is compiled.
        from rapide.compiler import NotCompilableError, compile_route

        overrides = self._overrides()
        watch = changes if self.are_overrides_watched() else OverridesFingerprint(self._provider())
        kind = type(watch), instrumentation.is_on(), changes.is_measuring
        for variant in self.variants:
            its_kind = type(variant.changes), variant.is_instrumented, variant.is_measured
            if its_kind == kind and variant.fits(overrides):
                return variant, None
        handler = self._generic_handler()
        try:
            compiled = compile_route(
                self.route,
                overrides,
                handler,
                watch,
                is_instrumented=kind[1],
                is_measured=kind[2],
            )
        except NotCompilableError as refused:
            return None, Reason(str(refused), refused.advice)
        self.variants = [compiled, *self.variants[: VARIANTS - 1]]
        return compiled, None

    def _special(self, *, is_watched: bool) -> Reason | None:
        """Return what prevents compilation before the plan is considered; None if nothing does."""
        if changes.generic_only:
            return _FORCED
        replaced = [*seams.replaced(), *self._patches()]
        if replaced:
            return Reason("; ".join(map(str, replaced)), _LEAVE)
        own = self.route._rapide_own_handler_reason
        if own is not None:
            return Reason(own, "do the same in a dependency or a middleware, if they can")
        return None if is_watched else _UNREPORTED_LIST

    def _patches(self) -> list[patches.Patch]:
        """Return the replaced methods and names that compiled code would not call."""
        if not patches.found:
            return []
        route = self.route
        whom: list[object] = [patches.ALL]
        if route._rapide_body_params:
            whom.append(patches.FORMS if route._rapide_reads_form else patches.JSON_BODIES)
        declared = route.response_class
        if route._rapide_is_generator:
            whom += [StreamingResponse, JSONResponse]  # items are written as JSON
        elif not isinstance(declared, DefaultPlaceholder):
            whom.append(declared)
        elif route.response_field is None:
            whom.append(declared.value)
        return patches.concerning(*whom)

    def _provider(self) -> object:
        return getattr(self.route, "dependency_overrides_provider", None)

    def _overrides(self) -> Mapping[UserCallable, UserCallable]:
        return getattr(self._provider(), "dependency_overrides", None) or {}

    def _generic_handler(self) -> RouteHandler:
        make = self.route._rapide_make_handler
        maker = seams.current["get_request_handler"]
        if maker is seams.original["get_request_handler"]:
            return make()
        # COMPAT: FastAPI 0.165 makes a handler once, and tools rely on it: Sentry wraps the
        # endpoint each time.
        if self.made is None or self.made[0] is not maker:
            self.made = maker, make()
        return self.made[1]

    @property
    def generic(self) -> ASGIApp:
        """The generic path as an ASGI application."""
        from rapide.generic.handler import run_handler

        handler = self._generic_handler()

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            request = seams.current["Request"](scope, receive, send)
            # Files of a form stay open for exception handlers.
            async with AsyncExitStack() as files:
                scope[FILE_STACK] = files
                try:
                    await run_handler(handler, request, scope, receive, tracking_send(scope, send))
                except Exception as error:
                    await answer_error(error, scope, receive, send, connection=request)

        limited = wrap_app_with_body_limit(application, self.route.max_body_size)
        return _selecting(self.route.path_format, limited)


def _selecting(path: str, app: ASGIApp) -> ASGIApp:
    """Report the route of a request to the telemetry, before anything can refuse the request."""
    if not instrumentation.is_on():
        return app

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        instrumentation.active.select_route(scope, path)
        await app(scope, receive, send)

    return application
