"""The frontends of a router, and the choice of the one that serves a request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from starlette._utils import get_route_path
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from rapide.changes import changes
from rapide.routing.frontend import Frontend, FrontendGroup, FrontendPlace
from rapide.routing.frontend_paths import (
    CheckDirectory,
    Directory,
    Fallback,
    join_paths,
    must_directory_exist,
    normalize_path,
)
from rapide.routing.included_router import IncludedRouter
from rapide.signature.errors import DeclarationError

if TYPE_CHECKING:
    from rapide.routing.contract import RouterLike


class Frontends:
    """The frontends that a router serves: its own and those of the routers that it includes."""

    def __init__(self, router: RouterLike) -> None:
        self.router = router
        self.group: FrontendGroup | None = None
        self._places: list[FrontendPlace] = []
        self._version = -1

    def __getstate__(self) -> dict[str, object]:
        return {**vars(self), "_places": [], "_version": -1}

    def add(
        self, path: str, directory: Directory, fallback: Fallback, check_dir: CheckDirectory
    ) -> None:
        """Serve a built frontend below `path` of the router.

        Raises:
            AssertionError: The path does not start with a slash; the fallback is unknown.
            RuntimeError: The directory or the fallback file does not exist.
        """
        # PERF: import. Only a frontend needs static files.
        from rapide.routing.frontend_files import FrontendFiles

        check_dir = must_directory_exist(directory, check_dir)
        path = join_paths(self.router.prefix, normalize_path(path))
        if self.group is None:
            group = FrontendGroup(
                list(self.router.dependencies), self.router.dependency_overrides_provider
            )
            try:
                group.dependant  # noqa: B018 - what is wrong with it is said now
            except DeclarationError as error:
                raise error.in_route(f"frontend {path}") from None
            self.group = group
            self.router._low_priority_routes.append(group)
        files = FrontendFiles(directory, fallback, check_dir=check_dir)
        self.group.frontends.append(Frontend(normalize_path(path), files))
        changes.bump()

    @property
    def places(self) -> list[FrontendPlace]:
        """The frontends under their full paths at present, the most specific first."""
        if self._version != changes.version:
            version = changes.version
            self._places = sorted(self._find(), key=_by_specificity)
            self._version = version  # last: other threads then find the places made
        return self._places

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Serve a request by the frontend with the longest path; return whether there was one."""
        places = self.places
        if not places or scope["type"] != "http":
            return False
        route_path = get_route_path(scope)
        for place in places:
            file_path = place.file_path(route_path)
            if file_path is not None:
                await place.serve(file_path, scope, receive, send)
                return True
        return False

    def _find(self) -> Iterator[FrontendPlace]:
        for group in frontend_groups(self.router):
            for frontend in group.frontends:
                path = join_paths(group.frontend_prefix, frontend.path)
                yield FrontendPlace(path, group, frontend.files)


async def serve_others(
    routes: Sequence[BaseRoute | FrontendGroup], scope: Scope, receive: Receive, send: Send
) -> bool:
    """Serve a request by routes that were added beside the frontends; return whether one matched.

    COMPAT: FastAPI 0.165 tries the frontends and these in the order in which they were added.
    """
    partial: tuple[BaseRoute, Scope] | None = None
    for route in routes:
        if isinstance(route, FrontendGroup):
            if route.would_serve(scope):
                return False
            continue
        match, child = route.matches(scope)
        if match is Match.FULL:
            scope.update(child)
            await route.handle(scope, receive, send)
            return True
        if match is Match.PARTIAL and partial is None:
            partial = route, child
    if partial is None:
        return False
    route, child = partial
    scope.update(child)
    await route.handle(scope, receive, send)
    return True


def frontend_groups(router: RouterLike) -> Iterator[FrontendGroup]:
    """Yield the frontends of a router and of all that it includes, the outer ones first."""
    if router._frontend_routes is not None:
        yield router._frontend_routes
    for route in router.routes:
        if isinstance(route, IncludedRouter):
            yield from route.effective_low_priority_routes()


def _by_specificity(place: FrontendPlace) -> int:
    return -place.specificity
