"""Make the route table of a router's tree, and serve requests by it."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Iterator, Mapping
from contextlib import AsyncExitStack
from operator import is_not
from typing import TYPE_CHECKING, Any, TypeGuard

from starlette import routing
from starlette._utils import get_route_path
from starlette.convertors import PathConvertor
from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import BaseRoute, compile_path
from starlette.types import Receive, Scope, Send

from rapide._once import making
from rapide.changes import changes
from rapide.patches import ROUTING, has_changed, in_force, look
from rapide.routing.base_route import BaseAPIRoute
from rapide.routing.included_router import IncludedRouter, serve_effective, update_scope
from rapide.routing.lookup import CARRIED, Lookup
from rapide.routing.patch_points import (
    has_own_matching,
    matches_by_pattern,
    serves_itself,
)
from rapide.routing.resolved import ResolvedRoute
from rapide.routing.route import APIRoute, APIWebSocketRoute
from rapide.routing.runner import Runner
from rapide.routing.settings import Convertors
from rapide.routing.table import Entry, Found, Later, RouteTable, Unasked
from rapide.routing.target import RouteTarget
from rapide.runtime import instrumentation
from rapide.runtime.errors import answer_error, tracking_send
from rapide.runtime.inline import detach, is_inline, own_task
from rapide.scope_keys import (
    APP,
    EFFECTIVE_ROUTE_CONTEXT,
    ENDPOINT,
    FASTAPI,
    FILE_STACK,
    FORM_LIMITS,
    INCLUDED_ROUTER,
    PATH_PARAMS,
    ROUTE,
    ROUTER,
)

if TYPE_CHECKING:
    from rapide.routing.contract import RouterLike

#: Classes whose way of matching is known. Subclasses may have another.
_KNOWN = (routing.Route, routing.WebSocketRoute, APIWebSocketRoute)
#: Classes that serve a request by calling their application.
_SOCKETS = (routing.WebSocketRoute, APIWebSocketRoute)


class Dispatcher:
    """Serves the requests of a router by its route table."""

    def __init__(self, router: RouterLike) -> None:
        self.router = router
        #: The version of all changes for which the tables were made.
        self.version = -1
        self._tables: dict[str, RouteTable] = {}
        self._runners: list[Runner] = []
        #: The lists of routes that the tables were made from, and their versions at that time.
        self._lists: list[list[BaseRoute]] = []
        self._versions: list[int] = []

    def __repr__(self) -> str:
        tables = ", ".join(f"{kind}: {table!r}" for kind, table in self._tables.items())
        return f"<Dispatcher of {self.router!r}: {tables or 'no tables yet'}>"

    def __getstate__(self) -> dict[str, RouterLike]:
        return {"router": self.router}

    def __setstate__(self, state: dict[str, RouterLike]) -> None:
        Dispatcher.__init__(self, state["router"])

    def table(self, kind: str) -> RouteTable:
        """Return the present route table for `http` or `websocket`."""
        if self.version != changes.version:
            self._renew()
        return self._tables[kind]

    def _renew(self) -> None:
        """Renew the tables if routes have changed, and let every route decide again.

        Other threads may serve requests meanwhile. `version` is written last: it says that all the
        rest is made. If making it fails, the next request fails in the same way.
        """
        with making:
            version = changes.version
            if self.version == version:
                return  # another thread has done it
            lists = list(_lists(self.router))
            versions = [getattr(routes, "version", 0) for routes in lists]
            versions.append(in_force(ROUTING))
            versions.append(changes.routes)
            if versions != self._versions or any(map(is_not, lists, self._lists)):
                self._make_tables()
                self._lists, self._versions = lists, versions
            for runner in self._runners:
                runner.renew()
            self.version = version

    def _make_tables(self) -> None:
        limits = {**self.router.form_limits}
        found = list(_targets(self.router.routes, limits))
        targets = [(n, item) for n, item in enumerate(found) if isinstance(item, RouteTarget)]
        ordinary = {n: item for n, item in enumerate(found) if not isinstance(item, RouteTarget)}
        runners = [target.runner for _, target in targets if target.runner is not None]

        def make_entry(number: int) -> Entry:
            target = _api_target(ordinary[number], None, limits)
            assert target.runner is not None
            runners.append(target.runner)
            return _entry(number, target)

        # PERF: many-routes. Most routes of a large application wait for their first request.
        later = Later({number: route.path for number, route in ordinary.items()}, make_entry)
        self._tables = {
            "http": RouteTable(_entries(targets, "http"), later if ordinary else None),
            "websocket": RouteTable(_entries(targets, "websocket")),
        }
        self._runners = runners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a WebSocket session."""
        if has_changed():
            look()
        if self.version != changes.version:
            self._renew()
        path = get_route_path(scope) if scope.get("root_path") else scope["path"]
        carried = CARRIED.get()
        if carried is None:
            found = self._tables[scope["type"]].find(scope.get("method", ""), path, scope)
        else:
            found = self._take(carried, scope, path)
        if found is None:
            await own_task(scope)
            await self._miss(path, scope, receive, send)
            return
        target = found.entry.target
        self.enter(found, scope)
        runner = target.runner
        served = None if runner is None else runner.now or runner.prepare()
        if (served is None or not served.opens_nothing) and is_inline(scope):
            await detach()
        if served is None:
            await self._serve_other(target, scope, receive, send)
        elif found.is_full:
            # As in FastAPI, a route answers its own errors. The layers around it get what the
            # handlers raise.
            try:
                await served.app(scope, receive, send)
            except Exception as error:
                if served.compiled is None:
                    raise  # the generic path has tried
                await answer_error(error, scope, receive, send)
        else:
            await _refuse_method(target, scope, receive, send)

    def _take(self, carried: Lookup, scope: Scope, path: str) -> Found | None:
        """Return what the transport has found, if the request is still the same.

        Raises:
            Exception: What was raised then.
        """
        table = self._tables[scope["type"]]
        if not carried.fits(self, self.version, scope, path):
            return table.find(scope.get("method", ""), path, scope)
        found, error = carried.take()
        if error is not None:
            if isinstance(found, Found):
                self.enter(found, scope)
            raise error
        return table.go_on(found, scope) if isinstance(found, Unasked) else found

    def find(self, method: str, path: str) -> Found | Unasked | None:
        """Find the route for a method and a path."""
        if self.version != changes.version:
            self._renew()
        return self._tables["http"].find_without_scope(method, path)

    def enter(self, found: Found, scope: Scope) -> None:
        """Write the result of routing into the scope."""
        # PERF: small-json. Besides the lookup, routing costs a request no more than this. Only
        # included and mounted routes need `_enter_nested`.
        target = found.entry.target
        scope.setdefault(ROUTER, self.router)
        if target.is_nested or PATH_PARAMS in scope or found.child_scope is not None:
            _enter_nested(target, found, scope)
        else:
            scope[PATH_PARAMS] = found.path_params.copy()
            scope[ENDPOINT] = target.endpoint
            if target.is_api:
                scope[ROUTE] = target.route

    def _serve_other(
        self, target: RouteTarget, scope: Scope, receive: Receive, send: Send
    ) -> Awaitable[None]:
        """Serve a request or a session by something other than a route of ours."""
        target.select(scope)
        if scope["type"] == "http":
            return self._serve_with_files(target, scope, receive, send)
        return self._serve_by_itself(target, scope, receive, send)

    async def _serve_with_files(
        self, target: RouteTarget, scope: Scope, receive: Receive, send: Send
    ) -> None:
        # The request may still reach a route of ours, which keeps the files of a form there.
        async with AsyncExitStack() as files:
            scope[FILE_STACK] = files
            await self._serve_by_itself(target, scope, receive, tracking_send(scope, send))

    def _serve_by_itself(
        self, target: RouteTarget, scope: Scope, receive: Receive, send: Send
    ) -> Awaitable[None]:
        if target.context is not None:
            assert target.branch is not None
            return serve_effective(target.context, target.branch, scope, receive, send)
        # PERF: websocket. Each message wakes all coroutines that wait above, so there are few.
        is_socket = type(target.route) in _SOCKETS and not in_force(ROUTING)
        serve = target.route.app if is_socket else target.route.handle
        served: Awaitable[None] = serve(scope, receive, send)
        return served

    async def _miss(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request without a route: by a redirect, by a frontend or by the default."""
        if ROUTER not in scope:
            scope[ROUTER] = self.router
        if scope["type"] == "http" and self.router.redirect_slashes and path != "/":
            other = dict(scope)
            stripped = other["path"].rstrip("/")
            other["path"] = stripped if path.endswith("/") else other["path"] + "/"
            found = self._find_again(get_route_path(other), other)
            if found is not None:
                instrumentation.active.select_route(scope, found.entry.target.path_format)
                redirect = RedirectResponse(url=str(URL(scope=other)))
                await redirect(scope, receive, send)
                return
        await self.router._rapide_serve_low_priority(scope, receive, tracking_send(scope, send))

    def _find_again(self, path: str, scope: Scope) -> Found | None:
        """Find the route for the path with or without a slash at its end."""
        carried, begun = CARRIED.get(), None
        redirect = None if carried is None else carried.redirect
        if redirect is not None and redirect.fits(self, self.version, scope, path):
            found, error = redirect.take()
            if error is not None:
                raise error
            if not isinstance(found, Unasked):
                return found
            begun = found
        return self.table("http").find_any(scope["method"], path, scope, begun)


def _enter_nested(target: RouteTarget, found: Found, scope: Scope) -> None:
    """Write the result of routing into the scope, in addition to the results above."""
    if found.child_scope is not None:
        update_scope(scope, found.child_scope)
    else:
        scope[PATH_PARAMS] = {**scope.get(PATH_PARAMS, {}), **found.path_params}
        scope[ENDPOINT] = target.endpoint
    if target.is_api:
        scope[ROUTE] = target.route
    if target.is_nested:
        fastapi_scope = scope.setdefault(FASTAPI, {})
        if target.context is not None:
            fastapi_scope[INCLUDED_ROUTER] = target.branch
            fastapi_scope[EFFECTIVE_ROUTE_CONTEXT] = target.context
        if target.form_limits:
            inherited = fastapi_scope.get(FORM_LIMITS, {})
            fastapi_scope[FORM_LIMITS] = {**inherited, **target.form_limits}


async def _refuse_method(target: RouteTarget, scope: Scope, receive: Receive, send: Send) -> None:
    target.select(scope)
    headers = {"Allow": ", ".join(target.methods or ())}
    if APP in scope:
        raise HTTPException(status_code=405, headers=headers)
    await PlainTextResponse("Method Not Allowed", 405, headers)(scope, receive, send)


def _lists(router: RouterLike) -> Iterator[list[BaseRoute]]:
    """Yield the lists of routes of a whole tree. If the tree changes, one of them does."""
    yield router.routes
    for route in router.routes.copy():
        if isinstance(route, IncludedRouter):
            yield from _lists(route.original_router)


def _targets(
    routes: list[BaseRoute], form_limits: Mapping[str, object]
) -> Iterator[RouteTarget | APIRoute]:
    """Yield the routes of a tree in order of registration, included ones under their prefixes.

    An ordinary route stands for its target, which is made later.
    """
    can_wait = not in_force(ROUTING)
    ordinary: dict[type, bool] = {}
    for route in routes.copy():  # another thread may remove one meanwhile
        cls = type(route)
        if cls not in ordinary:
            ordinary[cls] = can_wait and isinstance(route, APIRoute) and matches_by_pattern(cls)
        if ordinary[cls] and _is_ordinary(route):
            yield route
            continue
        if isinstance(route, IncludedRouter) and not route._rapide_is_opaque:
            yield from _included_targets(route, form_limits)
        elif isinstance(route, APIRoute):
            yield _api_target(route, None, form_limits)
        else:
            endpoint = getattr(route, "endpoint", None)
            yield RouteTarget(route, None, endpoint, None, None, form_limits)


def _is_ordinary(route: BaseRoute) -> TypeGuard[APIRoute]:
    """Whether a route of an ordinary class is found by its path, and is served by its runner."""
    # PERF: many-routes. This is all that the first request costs for most routes.
    values = route.__dict__
    try:
        path, pattern = route._rapide_path_and_pattern  # type: ignore[attr-defined]
        return (
            values["path"] is path
            and values["path_regex"] is pattern
            and route._rapide_app is None  # type: ignore[attr-defined]
            and "matches" not in values
            and "handle" not in values
            and pattern.groupindex.keys() == values["param_convertors"].keys()
        )
    except (AttributeError, KeyError):
        return False


def _included_targets(
    branch: IncludedRouter, form_limits: Mapping[str, object]
) -> Iterator[RouteTarget]:
    limits = {**form_limits, **branch.include_context.form_limits}
    for candidate in branch.effective_candidates():
        if isinstance(candidate, IncludedRouter):
            yield from _included_targets(candidate, limits)
        elif isinstance(candidate.original_route, APIRoute):
            yield _api_target(candidate.original_route, candidate, limits, branch)
        else:
            shown, route = candidate.starlette_route, candidate.original_route
            endpoint = getattr(route, "endpoint", None)
            yield RouteTarget(shown, candidate, endpoint, None, None, limits, branch)


def _api_target(
    route: APIRoute,
    context: ResolvedRoute | None,
    form_limits: Mapping[str, object],
    branch: IncludedRouter | None = None,
) -> RouteTarget:
    served = route if context is None else context
    runner = None if serves_itself(route, served) else served._rapide_runner
    return RouteTarget(route, context, served.endpoint, runner, served.methods, form_limits, branch)


def _entries(targets: list[tuple[int, RouteTarget]], kind: str) -> Iterator[Entry]:
    for number, target in targets:
        is_socket = isinstance(target.route, routing.WebSocketRoute)
        is_http = isinstance(target.route, routing.Route)
        is_other = (is_http and kind == "websocket") or (is_socket and kind == "http")
        # COMPAT: FastAPI 0.165. A class with its own `matches` is asked for every connection.
        if not is_other or in_force(ROUTING) or _has_own_matching(target.route):
            yield _entry(number, target)


def _has_own_matching(route: object) -> bool:
    if isinstance(route, APIRoute):
        return has_own_matching(route)
    cls: Any = type(route)
    return all(cls.matches is not known.matches for known in _KNOWN)


def _entry(number: int, target: RouteTarget) -> Entry:
    """Make the entry by which the table finds a route."""
    route = target.route
    if isinstance(route, APIRoute):
        if has_own_matching(route):
            return Entry(number, target, None, ask=route.matches)
        served = target.context or route
        return _pattern_entry(number, target, served, served.methods)
    if type(route) in _KNOWN and not in_force(ROUTING):
        return _pattern_entry(number, target, route, getattr(route, "methods", None))
    ask = target.context.matches if target.context is not None else route.matches
    if type(route) is routing.Mount and "{" not in route.path and not in_force(ROUTING):
        # Only a path below the mount can match. The tree excludes all others.
        below: Convertors = {"path": PathConvertor()}
        return Entry(number, target, route.path + "/{path:path}", None, below, None, ask)
    return Entry(number, target, None, ask=ask)


def _pattern_entry(
    number: int, target: RouteTarget, route: Any, methods: Collection[str] | None
) -> Entry:
    allowed = frozenset(methods) if methods else None
    if route.path_regex.groupindex.keys() != route.param_convertors.keys():
        # One of them was assigned, so the route itself has to match.
        return Entry(number, target, None, ask=route.matches)
    path = route.path if _is_pattern_of_path(route) else None
    return Entry(number, target, path, route.path_regex, route.param_convertors, allowed)


def _is_pattern_of_path(route: Any) -> bool:
    """Whether the pattern is that of the path: neither was assigned, for example to ignore case."""
    pattern = route.path_regex
    if isinstance(route, BaseAPIRoute):
        made = getattr(route, "_rapide_path_and_pattern", None)
        if made is not None and made[0] == route.path and made[1] is pattern:
            return True
    return bool(compile_path(route.path)[0] == pattern)
