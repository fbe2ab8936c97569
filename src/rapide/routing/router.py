"""`APIRouter`: routes with a common prefix, common tags, dependencies and other options."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, cast

from starlette import routing
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import deprecated

from rapide import params
from rapide._body_limit import validate_max_body_size, wrap_app_with_body_limit
from rapide._documented import documented
from rapide._form_limits import FormLimits, validate_form_limits
from rapide._kinship import starlettes
from rapide._pickling import restore, state_of
from rapide.changes import RouteDict, WatchedList, changes
from rapide.datastructures import Default
from rapide.routing import patch_points
from rapide.routing.dispatch import Dispatcher
from rapide.routing.frontend import FrontendGroup
from rapide.routing.frontends import Frontends, serve_others
from rapide.routing.included_router import IncludedRouter, check_paths
from rapide.routing.inclusion import Inclusion
from rapide.routing.inheritance import inherit, said_by
from rapide.routing.lanes import check_inclusion, check_lane, checked_name, open_lanes
from rapide.routing.lifespan import (
    ON_EVENT_IS_DEPRECATED,
    lifespan_context,
    nest_lifespans,
    run_handlers,
)
from rapide.routing.options import CONSTRUCTOR_OPTIONS
from rapide.routing.patch_points import ROUTER_METHODS, is_opaque, serves_by_table
from rapide.routing.route import APIRoute
from rapide.routing.runner import load_compiler
from rapide.routing.tree import RouterTree
from rapide.routing.verbs import RouterVerbs, with_verbs
from rapide.scope_keys import FASTAPI, FORM_LIMITS, INCLUDED_ROUTER, ROUTER
from rapide.signature.dependencies import list_dependencies
from rapide.types import DecoratedCallable, Decorator, JsonObject, UserCallable
from rapide.utils import generate_unique_id

#: Options that a route class receives only if they are set.
#: COMPAT: FastAPI 0.165 does not pass `form_limits` to custom route classes unless it is set.
_OPTIONS_ONLY_IF_SET = ("form_limits", "limits", "threads")
#: With so many routes of one router, a process will hardly end before its first request.
_MANY_ROUTES = 256
_ANOTHER = "Did you mean to include a different router?"

if TYPE_CHECKING:

    class _Router(RouterVerbs, routing.Router):
        """The base of routers, with the methods that a decorator adds."""

else:
    _Router = routing.Router


@ROUTER_METHODS.of
@documented
@with_verbs(RouterVerbs)
class APIRouter(RouterTree, _Router):
    """A group of routes, to be included in an application or in another router.

    Args:
        prefix: Path in front of the paths of all routes. It begins with `/` and ends without.
        tags: Tags of every route in the document, before those of the route.
        dependencies: Dependencies, as `Depends(…)`, that every route calls before its own.
        default_response_class: Class of the responses of routes that set none.
        responses: Further responses of every route in the document, by status or range.
        callbacks: Routes that describe callbacks of every route (OpenAPI 3.1 section 4.8.18).
        routes: Routes to start with. Deprecated.
        redirect_slashes: Whether 307 redirects `/items/` to `/items`, or back, if only that exists.
        default: ASGI application for paths that no route matches. By default, they get 404.
        dependency_overrides_provider: Object whose `dependency_overrides` apply; the application.
        route_class: Subclass of `APIRoute` that makes the routes.
        on_startup: Functions that are called at the start. Deprecated: use `lifespan`.
        on_shutdown: Functions that are called at the end. Deprecated: use `lifespan`.
        lifespan: Async context manager that is entered inside that of the application.
        deprecated: Whether the document marks every route as deprecated.
        include_in_schema: Whether the routes are in the document. They are served in either case.
        generate_unique_id_function: Takes a route and returns the id of its operation.
        strict_content_type: Whether a body is JSON only if its `Content-Type` says so.
        max_body_size: Largest request body in bytes; 413 answers a larger one. None: no limit.
        form_limits: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes.
        threads: Name of the lane in whose threads `def` functions run. Not in FastAPI.

    Raises:
        AssertionError: The prefix does not start with a slash, or ends with one.
    """

    def __init__(
        self,
        *,
        prefix: str = "",
        tags: list[str | Enum] | None = None,
        dependencies: Sequence[params.Depends] | None = None,
        default_response_class: type[Response] = Default(JSONResponse),
        responses: dict[int | str, JsonObject] | None = None,
        callbacks: list[BaseRoute] | None = None,
        routes: list[BaseRoute] | None = None,
        redirect_slashes: bool = True,
        default: ASGIApp | None = None,
        dependency_overrides_provider: Any | None = None,
        route_class: type[APIRoute] = APIRoute,
        on_startup: Sequence[Callable[[], Any]] | None = None,
        on_shutdown: Sequence[Callable[[], Any]] | None = None,
        lifespan: Any | None = None,
        deprecated: bool | None = None,
        include_in_schema: bool = True,
        generate_unique_id_function: Callable[[APIRoute], str] = Default(generate_unique_id),  # pyright: ignore[reportArgumentType]
        strict_content_type: bool = Default(True),
        max_body_size: int | None = None,
        form_limits: FormLimits | None = None,
        threads: str | None = None,
    ) -> None:
        validate_max_body_size(max_body_size)
        _check_prefix(prefix)
        self.on_startup = list(on_startup or [])
        self.on_shutdown = list(on_shutdown or [])
        self._rapide_dispatcher = Dispatcher(self)
        limit = Middleware(wrap_app_with_body_limit, max_body_size=max_body_size)
        starlettes(APIRouter, self).__init__(
            routes=routes,
            redirect_slashes=redirect_slashes,
            default=default,
            lifespan=lifespan_context(lifespan, self),
            middleware=[limit] if max_body_size is not None else None,
        )
        self.prefix = prefix
        self.tags: list[str | Enum] = tags or []
        self.dependencies = list_dependencies(dependencies)
        self.deprecated = deprecated
        self.include_in_schema = include_in_schema
        self.responses = responses or {}
        self.callbacks = callbacks or []
        self.dependency_overrides_provider = dependency_overrides_provider
        self.route_class = route_class
        self.default_response_class = default_response_class
        self.generate_unique_id_function = generate_unique_id_function
        self.strict_content_type = strict_content_type
        self.max_body_size = max_body_size
        self._rapide_threads = checked_name(threads, f"APIRouter(prefix={prefix!r})")
        self.form_limits = cast(FormLimits, RouteDict(validate_form_limits(form_limits)))
        #: Routes that are tried after all others. COMPAT: FastAPI 0.165's name.
        self._low_priority_routes: list[BaseRoute | FrontendGroup] = WatchedList()
        self._rapide_frontends = Frontends(self)

    def __getstate__(self) -> dict[str, object]:
        group = self._rapide_frontends.group
        return {
            **state_of(self, left_out=("_rapide_dispatcher", "_rapide_frontends")),
            "_group": group,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._rapide_dispatcher = Dispatcher(self)
        self._rapide_frontends = Frontends(self)
        self._rapide_frontends.group = state.pop("_group", None)
        restore(self, state)

    @property
    def form_limits(self) -> FormLimits:
        """The limits of the forms of all routes that do not set their own."""
        return self._rapide_form_limits

    @form_limits.setter
    def form_limits(self, limits: FormLimits) -> None:
        is_change = hasattr(self, "_rapide_form_limits")
        self._rapide_form_limits = limits
        if is_change:
            changes.bump_routes()

    # Serving

    @property
    def _rapide_is_opaque(self) -> bool:
        """Whether a subclass or a tool has replaced how the router matches or handles requests."""
        return is_opaque(self)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, a WebSocket session or the lifespan."""
        assert scope["type"] in ("http", "websocket", "lifespan")
        if scope["type"] == "lifespan":
            scope.setdefault(ROUTER, self)
            load_compiler()
            await open_lanes(self, receive, send)
            await self.lifespan(scope, receive, send)
            return
        self._rapide_apply_form_limits(scope)
        await self._rapide_dispatcher(scope, receive, send)

    def _rapide_apply_form_limits(self, scope: Scope) -> None:
        """Apply this router's form limits over those of the routers above."""
        if self.form_limits and scope["type"] == "http":
            fastapi_scope = scope.setdefault(FASTAPI, {})
            inherited = fastapi_scope.get(FORM_LIMITS, {})
            fastapi_scope[FORM_LIMITS] = {**inherited, **self.form_limits}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a request as an included router; experimental, as in FastAPI."""
        included = scope.get(FASTAPI, {}).get(INCLUDED_ROUTER)
        if isinstance(included, IncludedRouter) and included.original_router is self:
            match, child, _ = included.find(scope)
            return match, child
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request as an included router; experimental, as in FastAPI."""
        included = scope.get(FASTAPI, {}).get(INCLUDED_ROUTER)
        if isinstance(included, IncludedRouter) and included.original_router is self:
            await included.handle_found(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _rapide_has_nothing_else(self) -> bool:
        """Whether a path that no route matches is simply not found."""
        return (
            not self._low_priority_routes
            and not self._rapide_frontends.places
            and getattr(self.default, "__func__", None) is routing.Router.not_found
        )

    async def _rapide_serve_low_priority(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request that no route matched, by a frontend or by the default."""
        if await serve_others(self._low_priority_routes, scope, receive, send):
            return
        if not await self._rapide_frontends.serve(scope, receive, send):
            await self.default(scope, receive, send)

    # Adding routes

    @documented
    def add_route(
        self,
        path: str,
        endpoint: Callable[[Any], Any],
        methods: Collection[str] | None = None,
        name: str | None = None,
        include_in_schema: bool = True,
    ) -> None:
        """Add a plain Starlette route.

        Args:
            path: Path below the prefixes, from its first slash on, with parameters as `{name}`.
            endpoint: Function that takes a request and returns a response.
            methods: HTTP methods; GET and HEAD by default.
            name: Name for `url_path_for`. Defaults to the endpoint's name.
            include_in_schema: Whether other tools may document the route. Ours never does.
        """
        starlettes(APIRouter, self).add_route(
            path, endpoint, methods=methods, name=name, include_in_schema=include_in_schema
        )

    @documented
    def add_websocket_route(
        self, path: str, endpoint: Callable[[Any], Any], name: str | None = None
    ) -> None:
        """Add a plain Starlette WebSocket route.

        Args:
            path: Path below the prefixes, from its first slash on, with parameters as `{name}`.
            endpoint: Function that takes a `WebSocket`.
            name: Name for `url_path_for`. Defaults to the endpoint's name.
        """
        starlettes(APIRouter, self).add_websocket_route(path, endpoint, name=name)

    def _rapide_add(self, path: str, endpoint: UserCallable, completed: Mapping[str, Any]) -> None:
        said = {**CONSTRUCTOR_OPTIONS.defaults, **completed}
        route_class = said.pop("route_class_override") or self.route_class
        for name in _OPTIONS_ONLY_IF_SET:
            if said.get(name) is None:
                said.pop(name, None)
        said.update(
            path=path,
            tags=said["tags"] or [],
            dependencies=list_dependencies(said["dependencies"], endpoint, self.prefix + path),
            callbacks=said["callbacks"] or [],
            responses=said["responses"] or {},
        )
        if self._rapide_threads is not None:
            said.setdefault("threads", None)
        said = inherit(said_by(self), said)
        if len(self.routes) == _MANY_ROUTES:
            load_compiler()
        route = route_class(said.pop("path"), endpoint=endpoint, **said)
        if "threads" in said:
            check_lane(said["threads"], route, self.dependency_overrides_provider)
        self.routes.append(route)

    @documented
    def add_api_websocket_route(
        self,
        path: str,
        endpoint: UserCallable,
        name: str | None = None,
        *,
        dependencies: Sequence[params.Depends] | None = None,
    ) -> None:
        """Add a WebSocket route with parameters and dependencies.

        Args:
            path: Path below the prefixes, from its first slash on, with parameters as `{name}`.
            endpoint: Function that serves a connection. Its parameters say what it reads.
            name: Name for `url_path_for`. Defaults to the endpoint's name.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used.

        Raises:
            DeclarationError: The endpoint, or one of its dependencies, cannot be served.
        """
        # COMPAT: a tool may have replaced the class in the public module.
        route_class = patch_points.classes["APIWebSocketRoute"]
        own = {
            "path": path,
            "dependencies": list_dependencies(dependencies, endpoint, f"WS {self.prefix}{path}"),
            "dependency_overrides_provider": None,
        }
        said = inherit(said_by(self), own)
        self.routes.append(route_class(said.pop("path"), endpoint=endpoint, name=name, **said))

    @documented
    def websocket(
        self,
        path: str,
        name: str | None = None,
        *,
        dependencies: Sequence[params.Depends] | None = None,
    ) -> Decorator:
        """Add the decorated function as a WebSocket route.

        Args:
            path: Path below the prefixes, from its first slash on, with parameters as `{name}`.
            name: Name for `url_path_for`. Defaults to the function's name.
            dependencies: Dependencies, as `Depends(…)`, whose values are not used.

        Raises:
            DeclarationError: The function, or one of its dependencies, cannot be served.
        """

        def decorator(endpoint: DecoratedCallable) -> DecoratedCallable:
            self.add_api_websocket_route(path, endpoint, name=name, dependencies=dependencies)
            return endpoint

        return decorator

    @documented
    def route(
        self,
        path: str,
        methods: Collection[str] | None = None,
        name: str | None = None,
        include_in_schema: bool = True,
    ) -> Decorator:
        """Add the decorated function as a plain Starlette route.

        Args:
            path: Path below the prefixes, from its first slash on, with parameters as `{name}`.
            methods: HTTP methods; GET and HEAD by default.
            name: Name for `url_path_for`. Defaults to the function's name.
            include_in_schema: Whether other tools may document the route. Ours never does.
        """

        def decorator(endpoint: DecoratedCallable) -> DecoratedCallable:
            self.add_route(
                path, endpoint, methods=methods, name=name, include_in_schema=include_in_schema
            )
            return endpoint

        return decorator

    @documented
    def websocket_route(self, path: str, name: str | None = None) -> Decorator:
        """Add the decorated function as a plain Starlette WebSocket route.

        Args:
            path: Path below the prefixes, from its first slash on, with parameters as `{name}`.
            name: Name for `url_path_for`. Defaults to the function's name.
        """

        def decorator(endpoint: DecoratedCallable) -> DecoratedCallable:
            self.add_websocket_route(path, endpoint, name=name)
            return endpoint

        return decorator

    @documented
    def frontend(
        self,
        path: str,
        *,
        directory: str | os.PathLike[str],
        fallback: Literal["auto", "index.html", "404.html"] | None = "auto",
        check_dir: bool | Literal["auto"] = "auto",
    ) -> None:
        """Serve a built frontend below `path`, after all routes.

        Args:
            path: Path in front of the paths of the files; it begins with `/`.
            directory: Folder of the built files. Every file in it can be downloaded.
            fallback: File for missing paths; `auto`: `404.html`, else `index.html` for navigation.
            check_dir: Whether the folder must exist now; `auto`: it warns in development.

        Raises:
            RuntimeError: The folder or the fallback file does not exist.
        """
        self._rapide_frontends.add(path, directory, fallback, check_dir)

    # Including routers

    def _rapide_include(self, router: "APIRouter", said: Mapping[str, Any]) -> None:
        given: object = router
        if not isinstance(given, APIRouter):
            # PERF: import; few applications include routers of FastAPI itself.
            from rapide.routing.adoption import adopt

            router = adopt(given, APIRouter)
        assert self is not router, (
            f"Cannot include the same APIRouter instance into itself. {_ANOTHER}"
        )
        assert not router._contains_router(self), (
            f"Cannot include an APIRouter instance that already includes this router. {_ANOTHER}"
        )
        _check_prefix(said["prefix"])
        if not said["prefix"]:
            check_paths(router)
        context = Inclusion.for_include(parent_router=self, included_router=router, **said)
        check_inclusion(context, self.dependency_overrides_provider)
        self.routes.append(IncludedRouter(router, context))
        for handler in router.on_startup:
            self.add_event_handler("startup", handler)
        for handler in router.on_shutdown:
            self.add_event_handler("shutdown", handler)
        self.lifespan_context = nest_lifespans(self.lifespan_context, router.lifespan_context)

    @property
    def _frontend_routes(self) -> FrontendGroup | None:
        """The frontends of this router; None if it has none. COMPAT: FastAPI 0.165's name."""
        return self._rapide_frontends.group

    # Events

    async def _startup(self) -> None:
        await run_handlers(self.on_startup)

    async def _shutdown(self) -> None:
        await run_handlers(self.on_shutdown)

    @documented
    def add_event_handler(self, event_type: str, func: Callable[[], Any]) -> None:
        """Call a function at the start or at the end.

        Args:
            event_type: `"startup"`, before the first request, or `"shutdown"`, after the last one.
            func: Function without parameters.
        """
        assert event_type in ("startup", "shutdown")
        (self.on_startup if event_type == "startup" else self.on_shutdown).append(func)

    @documented
    @deprecated(ON_EVENT_IS_DEPRECATED)
    def on_event(self, event_type: str) -> Decorator:
        """Call the decorated function at the start or at the end. Deprecated: use `lifespan`.

        Args:
            event_type: `"startup"`, before the first request, or `"shutdown"`, after the last one.
        """

        def decorator(function: DecoratedCallable) -> DecoratedCallable:
            self.add_event_handler(event_type, function)
            return function

        return decorator


def _check_prefix(prefix: str) -> None:
    if prefix:
        assert prefix.startswith("/"), "A path prefix must start with '/'"
        assert not prefix.endswith("/"), (
            "A path prefix must not end with '/', as the routes will start with '/'"
        )


def bare_dispatcher(router: APIRouter) -> Dispatcher | None:
    """Return what serves a router's requests if the router itself does nothing before it."""
    is_bare = (
        serves_by_table(router)
        and type(router).__call__ is APIRouter.__call__
        and router.middleware_stack == router.app
        and not router.form_limits
    )
    return router._rapide_dispatcher if is_bare else None


__all__ = ["APIRouter"]
