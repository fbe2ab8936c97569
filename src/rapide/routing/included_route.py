"""Resolve a route under an inclusion."""

from __future__ import annotations

import copy

from starlette import routing
from starlette.routing import BaseRoute, compile_path

from rapide.routing.inclusion import Inclusion
from rapide.routing.inheritance import Said, inherit
from rapide.routing.resolved import ResolvedRoute
from rapide.routing.route import APIRoute, APIWebSocketRoute


def included_route(route: BaseRoute, context: Inclusion, said: Said) -> ResolvedRoute | None:
    """Return the route as it is served under an inclusion; None for kinds that cannot be included.

    Args:
        route: The route as it was declared.
        context: The inclusion.
        said: The options that all routes inherit from the inclusion, computed once.
    """
    if isinstance(route, APIRoute):
        return ResolvedRoute.inheriting(said, route)
    moved = _moved_route(route, context, said)
    if moved is None:
        return None
    return ResolvedRoute(original_route=route, starlette_route=moved)


def _moved_route(route: BaseRoute, context: Inclusion, said: Said) -> BaseRoute | None:
    """Copy a route that is not an API route to its place under the prefix."""
    if isinstance(route, routing.Route):
        return routing.Route(
            context.path_for(route),
            endpoint=route.endpoint,
            methods=list(route.methods or []),
            name=route.name,
            include_in_schema=route.include_in_schema,
        )
    if isinstance(route, APIWebSocketRoute):
        own = {
            "path": route.path,
            "dependencies": route.dependencies,
            "dependency_overrides_provider": None,
        }
        return APIWebSocketRoute(endpoint=route.endpoint, name=route.name, **inherit(said, own))
    if isinstance(route, routing.WebSocketRoute):
        return routing.WebSocketRoute(context.path_for(route), route.endpoint, name=route.name)
    if isinstance(route, routing.Mount):
        mount = copy.copy(route)
        mount.path = context.path_for(route).rstrip("/")
        pattern = compile_path(mount.path + "/{path:path}")
        mount.path_regex, mount.path_format, mount.param_convertors = pattern
        return mount
    if isinstance(route, routing.Host):
        app = route.app
        if context.prefix:
            app = routing.Router(routes=[routing.Mount(context.prefix, app=app)])
        return routing.Host(route.host, app=app, name=route.name)
    return None
