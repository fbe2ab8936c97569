"""Routers in routers: a tree that may change at any time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from starlette import routing
from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from rapide._body_limit import wrap_app_with_body_limit
from rapide._once import making
from rapide.routing.included_route import included_route
from rapide.routing.inclusion import Inclusion
from rapide.routing.patch_points import has_own_matching
from rapide.routing.resolved import ResolvedRoute
from rapide.routing.route import APIRoute
from rapide.runtime import instrumentation
from rapide.scope_keys import EFFECTIVE_ROUTE_CONTEXT, FASTAPI, FORM_LIMITS, INCLUDED_ROUTER, ROUTE
from rapide.signature.errors import EmptyPathError, NotARouterError

if TYPE_CHECKING:
    from rapide.routing.contract import RouterLike
    from rapide.routing.frontend import FrontendGroup


@dataclass(frozen=True)
class RouteContext:
    """A route as it is served, with the route object that it comes from.

    Args:
        route: The route object.
    """

    route: BaseRoute
    _route_context: ResolvedRoute | None = field(default=None, repr=False)

    @property
    def original_route(self) -> BaseRoute:
        """The route as it was declared."""
        context = self._route_context
        return self.route if context is None else context.original_route

    @property
    def _effective_route(self) -> Any:
        context = self._route_context
        return self.route if context is None else context.starlette_route or context

    @property
    def path(self) -> str | None:
        """The full path."""
        return getattr(self._effective_route, "path", None)

    @property
    def path_format(self) -> str | None:
        """The full path, without convertors."""
        return getattr(self._effective_route, "path_format", None)

    @property
    def name(self) -> str | None:
        """The route's name."""
        return getattr(self._effective_route, "name", None)

    @property
    def methods(self) -> set[str] | None:
        """The HTTP methods; None if the route serves all."""
        return getattr(self._effective_route, "methods", None)

    @property
    def endpoint(self) -> Any:
        """The function or class that serves the route."""
        return getattr(self._effective_route, "endpoint", None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("route", "_route_context"):
            raise AttributeError(name)
        return getattr(self._effective_route, name)


_MISSING: Final = object()


@contextmanager
def _said_in(scope: Scope, key: str, value: object) -> Iterator[None]:
    """Set a value in the scope, below `fastapi`, while a route is asked whether it matches.

    The route may assign another dictionary there.
    """
    fastapi_scope = scope.setdefault(FASTAPI, {})
    before = fastapi_scope.get(key, _MISSING)
    fastapi_scope[key] = value
    try:
        yield
    finally:
        fastapi_scope = scope.get(FASTAPI)
        if isinstance(fastapi_scope, dict):
            if before is _MISSING:
                fastapi_scope.pop(key, None)
            else:
                fastapi_scope[key] = before


@dataclass(eq=False)
class _IncludedRouter(BaseRoute):
    """An included router among the routes of its parent."""

    original_router: RouterLike
    include_context: Inclusion
    #: The routes of the router as they are served here, and the router's version at that time.
    _effective_candidates: list[ResolvedRoute | IncludedRouter] = field(
        default_factory=list, repr=False
    )
    _effective_candidates_version: int | None = field(default=None, repr=False)

    # FastAPI's class, of which this one may become a subclass, has others.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __getstate__(self) -> dict[str, object]:
        # The copy resolves its own routes.
        made: dict[str, object] = {
            "_effective_candidates": [],
            "_effective_candidates_version": None,
        }
        return {**vars(self), **made}

    def effective_candidates(self) -> list[ResolvedRoute | IncludedRouter]:
        """Return the router's routes as they are served here, including later additions.

        COMPAT: FastAPI 0.165 resolves all routes again when one is added anywhere below, by the
        settings that the routes have then.
        """
        version = self.original_router._get_routes_version()
        if version != self._effective_candidates_version:
            with making:
                if version != self._effective_candidates_version:
                    self._effective_candidates = list(self._resolve_routes())
                    self._effective_candidates_version = version
        return self._effective_candidates

    def _resolve_routes(self) -> Iterator[ResolvedRoute | IncludedRouter]:
        context = self.include_context
        said = context.said_to_routes()
        for route in self.original_router.routes.copy():
            if isinstance(route, IncludedRouter):
                below = context.combine(route.include_context)
                yield IncludedRouter(route.original_router, below)
            else:
                resolved = included_route(route, context, said)
                if resolved is not None:
                    yield resolved

    @property
    def _rapide_is_opaque(self) -> bool:
        """Whether something below has its own way of matching, so that it must be asked."""
        return self.original_router._rapide_is_opaque or any(
            route._rapide_is_opaque
            if isinstance(route, IncludedRouter)
            else isinstance(route, APIRoute) and has_own_matching(route)
            for route in self.original_router.routes.copy()
        )

    def effective_route_contexts(self) -> Iterator[ResolvedRoute]:
        """Yield all routes below, in order."""
        for candidate in self.effective_candidates():
            if isinstance(candidate, IncludedRouter):
                yield from candidate.effective_route_contexts()
            else:
                yield candidate

    def effective_low_priority_routes(self) -> list[FrontendGroup]:
        """Return the frontends below as they are served here. They are tried after all routes."""
        own = self.original_router._frontend_routes
        found = [] if own is None else [own.under(self.include_context)]
        for route in self.original_router.routes:
            if isinstance(route, IncludedRouter):
                below = self.include_context.combine(route.include_context)
                branch = IncludedRouter(route.original_router, below)
                found += branch.effective_low_priority_routes()
        return found

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a request by the router's `matches`, which can be overridden."""
        with _said_in(scope, INCLUDED_ROUTER, self):
            return self.original_router.matches(scope)[0], {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request by the router's `handle`, which can be overridden."""
        fastapi_scope = scope.setdefault(FASTAPI, {})
        limits = self.include_context.form_limits
        if limits and scope["type"] == "http":
            fastapi_scope[FORM_LIMITS] = {**fastapi_scope.get(FORM_LIMITS, {}), **limits}
        fastapi_scope[INCLUDED_ROUTER] = self
        await self.original_router.handle(scope, receive, send)

    def find(self, scope: Scope) -> tuple[Match, Scope, ResolvedRoute | IncludedRouter | None]:
        """Return the first full match below, else the first partial one."""
        partial: tuple[Match, Scope, ResolvedRoute | IncludedRouter] | None = None
        for candidate in self.effective_candidates():
            match, child = _ask(candidate, scope)
            if match is Match.FULL:
                return match, child, candidate
            if match is Match.PARTIAL and partial is None:
                partial = match, child, candidate
        return partial or (Match.NONE, {}, None)

    async def handle_found(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request by the route that `find` returns."""
        _, child, candidate = self.find(scope)
        if candidate is None:
            default = self.original_router.default
            await wrap_app_with_body_limit(default, self.include_context.max_body_size)(
                scope, receive, send
            )
            return
        update_scope(scope, child)
        if isinstance(candidate, IncludedRouter):
            await candidate.handle(scope, receive, send)
            return
        shown = candidate.starlette_route or candidate
        is_mount = isinstance(shown, routing.Mount)
        path = getattr(shown, "path_format", None)
        instrumentation.active.select_route(scope, path, is_mount)
        await serve_effective(candidate, self, scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """Return the path of the first route below with this name and these parameters.

        Raises:
            NoMatchFound: There is none.
        """
        for context in self.effective_route_contexts():
            try:
                return context.url_path_for(name, **path_params)
            except NoMatchFound:
                pass
        raise NoMatchFound(name, path_params)


#: The name in our own code. COMPAT: the class has FastAPI 0.165's name, which its repr shows.
IncludedRouter = _IncludedRouter


def _ask(candidate: ResolvedRoute | IncludedRouter, scope: Scope) -> tuple[Match, Scope]:
    """Ask a route or router below whether it matches. API routes match by their full paths."""
    if isinstance(candidate, ResolvedRoute):
        route = candidate.original_route
        if isinstance(route, APIRoute):
            with _said_in(scope, EFFECTIVE_ROUTE_CONTEXT, candidate):
                return route.matches(scope)
    return candidate.matches(scope)


def update_scope(scope: Scope, child: Scope) -> None:
    """Update a scope with the result of a match."""
    child = dict(child)
    scope.setdefault(FASTAPI, {}).update(child.pop(FASTAPI, {}))
    scope.update(child)


async def serve_effective(
    context: ResolvedRoute,
    branch: IncludedRouter,
    scope: Scope,
    receive: Receive,
    send: Send,
) -> None:
    """Serve a request by an included route."""
    scope.setdefault(FASTAPI, {})[EFFECTIVE_ROUTE_CONTEXT] = context
    if isinstance(context.original_route, APIRoute):
        scope[ROUTE] = context.original_route
        await context.original_route.handle(scope, receive, send)
        return
    assert context.starlette_route is not None
    limit = branch.include_context.max_body_size
    await wrap_app_with_body_limit(context.starlette_route.handle, limit)(scope, receive, send)


def not_a_router(thing: object) -> NotARouterError:
    """Make the error for an object that is not a router, with a suggestion of what was meant."""
    module, kind = type(thing).__module__, type(thing).__qualname__
    kind = kind if module == "builtins" else f"{module}.{kind}"
    if any(cls.__module__ == "fastapi.routing" for cls in type(thing).__mro__):
        instead = "from rapide import APIRouter; a package that imports FastAPI itself needs Rapide"
        instead += " under its name (rapide run --as-fastapi)"
    elif not isinstance(getattr(thing, "router", None), routing.Router):
        instead = "an APIRouter"
    elif isinstance(thing, ModuleType):
        instead = f"{thing.__name__}.router"
    else:
        instead = 'app.mount("/path", …)'
    return NotARouterError(
        f"include_router() takes an APIRouter of Rapide, but got an object of type {kind}",
        instead=instead,
    )


def iter_route_contexts(routes: Sequence[BaseRoute | RouteContext]) -> Iterator[RouteContext]:
    """Yield each route of a tree as it is served, with its full path, in order of matching.

    Args:
        routes: The routes, such as `app.routes`.
    """
    for route in routes:
        if isinstance(route, RouteContext):
            yield route
        elif isinstance(route, IncludedRouter):
            for context in route.effective_route_contexts():
                yield RouteContext(context.original_route, context)
        else:
            yield RouteContext(route)


def check_paths(router: RouterLike) -> None:
    """Check that no route would have neither a prefix nor a path.

    Raises:
        EmptyPathError: There is one.
    """
    for context in iter_route_contexts(router.routes):
        if context.path is not None and not context.path:
            name = context.name or "unknown"
            error = EmptyPathError(
                f"Prefix and path cannot be both empty (path operation: {name})",
                instead='include_router(…, prefix="/…"), or the path "/"',
            )
            endpoint = getattr(context.original_route, "endpoint", None)
            if endpoint is not None:
                error.in_callable(endpoint)
            raise error
        if context.path is not None and context.path.count("{") > 1:
            _ = context.path_regex  # a name that stands twice in the path is refused now
