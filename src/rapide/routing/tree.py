"""The list of a router's routes, and the routers inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute

from rapide.changes import WatchedList
from rapide.routing.included_router import IncludedRouter

if TYPE_CHECKING:
    from rapide.routing.contract import RouterLike


class RouterTree:
    """A router as a part of a tree. Its list of routes may change at any time."""

    @property
    def routes(self) -> list[BaseRoute]:
        """The routes in order of registration. The list may change at any time."""
        # COMPAT: `mock.patch.object` looks for the list in `vars(router)`.
        routes: list[BaseRoute] = self.__dict__["routes"]
        return routes

    @routes.setter
    def routes(self, routes: list[BaseRoute]) -> None:
        before = self.__dict__.get("routes")
        watched = routes if type(routes) is WatchedList else WatchedList(routes)
        if before is not None:
            # No version comes a second time.
            watched.version = max(watched.version, before.version)
        self.__dict__["routes"] = watched
        watched._changed()

    def _contains_router(self, router: RouterLike) -> bool:
        branches = (route for route in self.routes if isinstance(route, IncludedRouter))
        return any(
            branch.original_router is router or branch.original_router._contains_router(router)
            for branch in branches
        )

    def _mark_routes_changed(self) -> None:
        """Note a change of the routes. COMPAT: FastAPI 0.165's name; the list notices changes."""
        self._routes_version += 1

    @property
    def _routes_version(self) -> int:
        """A number that changes with the routes of this router. COMPAT: FastAPI 0.165's name."""
        version: int = getattr(self.routes, "version", 0)
        return version

    @_routes_version.setter
    def _routes_version(self, version: int) -> None:
        watched: WatchedList[BaseRoute] = self.__dict__["routes"]
        watched._changed()
        watched.version = version

    def _get_routes_version(self) -> int:
        """Return a number that grows when routes are added or removed anywhere below."""
        version: int = getattr(self.routes, "changed_at", 0)
        for route in self.routes:
            if isinstance(route, IncludedRouter):
                version = max(version, route.original_router._get_routes_version())
        return version
