"""Adopt routers of FastAPI itself that are included in an application of Rapide.

COMPAT: FastAPI 0.165. Ray Serve makes such routers around routes of the application; other packages
bring routers with routes of their own.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import fields
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import ref

from starlette.routing import BaseRoute

from rapide.changes import WatchedList
from rapide.datastructures import Default
from rapide.routing.included_router import IncludedRouter, not_a_router
from rapide.routing.inclusion import Inclusion
from rapide.routing.options import CONSTRUCTOR_OPTIONS
from rapide.routing.route import APIRoute, APIWebSocketRoute
from rapide.signature.foreign import own_declaration, own_default

if TYPE_CHECKING:
    from rapide.routing.contract import AdoptingRouter

R = TypeVar("R", bound="AdoptingRouter")

#: The router that stands for each of FastAPI's, by its id: routers are compared by value, and so
#: they cannot be keys. Both have one list of routes.
_adopted: dict[int, tuple[ref[object], Any]] = {}

_MARKED = ("default_response_class", "generate_unique_id_function", "strict_content_type")
_SAID = (
    *("prefix", "tags", "responses", "redirect_slashes", "dependency_overrides_provider"),
    *("deprecated", "include_in_schema", "max_body_size", "form_limits"),
)


class _AdoptedRoutes(WatchedList[BaseRoute]):
    """The routes of a router of FastAPI. Routes that are added to it become ours."""

    router_class: type[AdoptingRouter]

    def append(self, item: BaseRoute, /) -> None:
        super().append(_own_route(item, sys.modules["fastapi.routing"], self.router_class))


def adopt(router: object, router_class: type[R]) -> R:
    """Return the router of our class that stands for a router of FastAPI itself.

    Raises:
        NotARouterError: It is not a router, or holds a route that only FastAPI can serve.
    """
    if isinstance(router, router_class):
        return router
    theirs = sys.modules.get("fastapi.routing")
    if theirs is None or not isinstance(router, theirs.APIRouter):
        raise not_a_router(router)
    key = id(router)
    known = _adopted.get(key)
    if known is not None and known[0]() is router:
        found: R = known[1]
        return found
    own = _own_router(router, theirs, router_class)
    _adopted[key] = ref(router, lambda _: _adopted.pop(key, None)), own
    return own


def _own_router(router: Any, theirs: ModuleType, router_class: type[R]) -> R:
    make = cast(Callable[..., R], router_class)
    own = make(
        **{name: getattr(router, name) for name in _SAID},
        **{name: own_default(getattr(router, name)) for name in _MARKED},
        dependencies=[own_declaration(item) for item in router.dependencies],
        callbacks=[_own_route(item, theirs, router_class) for item in router.callbacks],
        routes=[_own_route(item, theirs, router_class) for item in router.routes],
    )
    # Routes that are added to one router appear in the other.
    routes = _AdoptedRoutes(own.routes)
    routes.router_class = router_class
    vars(own)["routes"] = routes
    router.routes = own.routes
    own.on_startup, own.on_shutdown = router.on_startup, router.on_shutdown
    if not isinstance(router.lifespan_context, theirs._DefaultLifespan):
        own.lifespan_context = router.lifespan_context
    for frontend in () if router._frontend_routes is None else router._frontend_routes.routes:
        path = frontend.path.removeprefix(router.prefix) or "/"
        files = frontend.app
        own.frontend(path, directory=files.directory, fallback=files.fallback, check_dir=False)
    return own


def _own_route(route: Any, theirs: ModuleType, router_class: type[R]) -> BaseRoute:
    if isinstance(route, (APIRoute, APIWebSocketRoute, IncludedRouter)):
        return route
    if isinstance(route, theirs._IncludedRouter):
        given = route.include_context
        said = {item.name: own_default(getattr(given, item.name)) for item in fields(given)}
        said["included_router"] = adopt(route.original_router, router_class)
        said["dependencies"] = [own_declaration(item) for item in given.dependencies]
        return IncludedRouter(said["included_router"], Inclusion(**said))
    if isinstance(route, theirs.APIWebSocketRoute):
        dependencies = [own_declaration(item) for item in route.dependencies]
        return APIWebSocketRoute(
            route.path, route.endpoint, name=route.name, dependencies=dependencies
        )
    if isinstance(route, theirs.APIRoute):
        return _own_api_route(route, theirs)
    plain: BaseRoute = route
    return plain


def _own_api_route(route: Any, theirs: ModuleType) -> APIRoute:
    if type(route).get_route_handler is not theirs.APIRoute.get_route_handler:
        raise not_a_router(route)
    names = CONSTRUCTOR_OPTIONS.defaults
    said = {name: own_default(getattr(route, name)) for name in names}
    said["dependencies"] = [own_declaration(item) for item in route.dependencies]
    yields = inspect.isgeneratorfunction(route.endpoint) or inspect.isasyncgenfunction(
        route.endpoint
    )
    if yields and route.response_model is None:
        said["response_model"] = Default(None)  # FastAPI has removed the type of its items
    return APIRoute(route.path, route.endpoint, **said)
