"""Built frontends: which one serves a path, after the dependencies of its routers have run."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from starlette._utils import get_route_path
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from rapide import params
from rapide._body_limit import wrap_app_with_body_limit
from rapide._once import cached_property
from rapide.changes import clock
from rapide.exceptions import RequestValidationError
from rapide.generic import seams
from rapide.generic.solve import SolvedDependency
from rapide.routing.included_router import IncludedRouter
from rapide.routing.inclusion import Inclusion
from rapide.routing.state import read_dependant
from rapide.runtime import instrumentation
from rapide.runtime.errors import response_not_sent
from rapide.scope_keys import (
    EFFECTIVE_ROUTE_CONTEXT,
    FASTAPI,
    FRONTEND_PATH,
    FRONTEND_SPECIFICITY,
    FUNCTION_STACK,
    REQUEST_STACK,
)
from rapide.signature.bodies import should_embed_body_fields
from rapide.signature.dependencies import get_flat_body_params
from rapide.signature.errors import DeclarationError
from rapide.signature.models import Dependant

if TYPE_CHECKING:
    from rapide.routing.frontend_files import FrontendFiles
    from rapide.routing.router import APIRouter

Directory = str | os.PathLike[str]
Fallback = Literal["auto", "index.html", "404.html"] | None

#: What a frontend answers; other methods find that a file exists, or that it does not.
METHODS = ("GET", "HEAD")


class Frontend(NamedTuple):
    """A directory of built files, and the path that its router serves it under."""

    path: str
    files: FrontendFiles

    @property
    def app(self) -> FrontendFiles:
        """The files, under the name that a route has them."""
        return self.files


@dataclass(eq=False)
class FrontendGroup:
    """The frontends of one router, as they are served in one place of the tree.

    Args:
        dependencies: Dependencies of the routers and inclusions above, then the router's own.
        dependency_overrides_provider: The application whose overrides apply.
        original_route: The group as it was declared; None when this is it.
        frontend_prefix: What stands before the paths of the frontends here.
        max_body_size: Limit of the inclusions above, in bytes.
        frontends: The router's frontends; they appear in every place.
    """

    dependencies: Sequence[params.Depends]
    dependency_overrides_provider: Any | None
    original_route: FrontendGroup | None = None
    frontend_prefix: str = ""
    max_body_size: int | None = None
    frontends: list[Frontend] = field(default_factory=list)

    #: A group has no path of its own: path parameters of a prefix stay as they are written.
    path = path_format = ""

    @property
    def routes(self) -> list[Frontend]:
        """The frontends, under the name that a router has them."""
        return self.frontends

    @cached_property
    def dependant(self) -> Dependant:
        """The dependencies of all frontends here."""
        return read_dependant("", _no_endpoint, list(self.dependencies))

    def would_serve(self, scope: Scope) -> bool:
        """Whether one of the frontends has the path of a request."""
        if scope["type"] != "http":
            return False
        path = get_route_path(scope)
        return any(
            Place(one.path, self, one.files).file_path(path) is not None for one in self.frontends
        )

    def under(self, context: Inclusion) -> FrontendGroup:
        """The same frontends where their router is included."""
        return FrontendGroup(
            dependencies=[*context.dependencies, *self.dependencies],
            dependency_overrides_provider=context.dependency_overrides_provider,
            original_route=self,
            frontend_prefix=context.prefix,
            max_body_size=context.max_body_size,
            frontends=self.frontends,
        )

    async def solve(self, request: Request) -> SolvedDependency:
        """Run the dependencies.

        Raises:
            RequestValidationError: One of their parameters is missing or wrong.
        """
        dependant = self.dependant
        solved: SolvedDependency = await seams.current["solve_dependencies"](
            request=request,
            dependant=dependant,
            dependency_overrides_provider=self.dependency_overrides_provider,
            async_exit_stack=request.scope[REQUEST_STACK],
            embed_body_fields=should_embed_body_fields(get_flat_body_params(dependant)),
        )
        if solved.errors:
            raise RequestValidationError(solved.errors)
        return solved


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A frontend under its full path."""

    path: str
    group: FrontendGroup
    files: FrontendFiles

    @property
    def specificity(self) -> int:
        """Of several frontends that have a path, the one with the highest serves it."""
        return specificity_of(self.path)

    def file_path(self, route_path: str) -> str | None:
        """The path of a request below this frontend; None when it is elsewhere."""
        if self.path == "/":
            return route_path.lstrip("/")
        if route_path == self.path:
            return ""
        below = self.path + "/"
        return route_path[len(below) :] if route_path.startswith(below) else None

    async def serve(self, file_path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a file."""
        instrumentation.active.select_route(scope, self.path.rstrip("/") + "/{path}")
        fastapi_scope = scope.setdefault(FASTAPI, {})
        fastapi_scope[FRONTEND_PATH] = file_path
        fastapi_scope[FRONTEND_SPECIFICITY] = self.specificity
        if self.group.original_route is not None:
            fastapi_scope[EFFECTIVE_ROUTE_CONTEXT] = self.group

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["method"] in METHODS and self.group.dependant.dependencies:
                await self._serve_with_dependencies(file_path, scope, receive, send)
            else:
                response = await self.files.respond(file_path, scope)
                await response(scope, receive, send)

        await wrap_app_with_body_limit(app, self.group.max_body_size)(scope, receive, send)

    async def _serve_with_dependencies(
        self, file_path: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        # COMPAT: FastAPI 0.165 leaves dependencies of both scopes after the response.
        outer = {key: scope[key] for key in (REQUEST_STACK, FUNCTION_STACK) if key in scope}
        sent = False
        try:
            async with AsyncExitStack() as request_stack, AsyncExitStack() as function_stack:
                scope[REQUEST_STACK] = request_stack
                scope[FUNCTION_STACK] = function_stack
                response = await self._respond(file_path, Request(scope, receive, send))
                await response(scope, receive, send)
                sent = True
        finally:
            for key in (REQUEST_STACK, FUNCTION_STACK):
                scope.pop(key, None)
            scope.update(outer)
        if not sent:
            raise response_not_sent()

    async def _respond(self, file_path: str, request: Request) -> Response:
        """Run the dependencies, then find the file; their headers and tasks go with it."""
        solved = await self.group.solve(request)
        response = await self.files.respond(file_path, request.scope)
        if response.background is None:
            response.background = solved.background_tasks
        response.headers.raw.extend(solved.response.headers.raw)
        return response


class Frontends:
    """The frontends that a router serves: its own, and those of the routers inside it."""

    def __init__(self, router: APIRouter) -> None:
        self.router = router
        self.group: FrontendGroup | None = None
        self._places: list[Place] = []
        self._time = -1

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_places": [], "_time": -1}

    def add(
        self, path: str, directory: Directory, fallback: Fallback, check_dir: bool | Literal["auto"]
    ) -> None:
        """Serve a built frontend below `path` of the router.

        Raises:
            AssertionError: The path does not start with a slash; the fallback is unknown.
            RuntimeError: The directory or the fallback file does not exist.
        """
        # Only a frontend needs the static files.
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
        clock.advance()

    @property
    def places(self) -> list[Place]:
        """Where frontends are served, as of now, the most specific first."""
        if self._time != clock.time:
            time = clock.time
            self._places = sorted(self._find(), key=_by_specificity)
            self._time = time  # last: other threads then find the places made
        return self._places

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Serve a request by the frontend with the longest path; whether there was one."""
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

    def _find(self) -> Iterator[Place]:
        for group in frontend_groups(self.router):
            for frontend in group.frontends:
                path = join_paths(group.frontend_prefix, frontend.path)
                yield Place(path, group, frontend.files)


async def serve_others(
    routes: Sequence[BaseRoute | FrontendGroup], scope: Scope, receive: Receive, send: Send
) -> bool:
    """Serve a request by routes that somebody put beside a router's frontends; whether one could.

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


def frontend_groups(router: APIRouter) -> Iterator[FrontendGroup]:
    """The frontends of a router and of all inside it; those declared further out come first."""
    if router._frontends.group is not None:
        yield router._frontends.group
    for route in router.routes:
        if isinstance(route, IncludedRouter):
            yield from groups_under(route.original_router, route.include_context)


def groups_under(router: APIRouter, context: Inclusion) -> Iterator[FrontendGroup]:
    """The frontends of an included router and of all inside it, as they are served there."""
    if router._frontends.group is not None:
        yield router._frontends.group.under(context)
    for route in router.routes:
        if isinstance(route, IncludedRouter):
            below = context.combine(route.include_context)
            yield from groups_under(route.original_router, below)


def _no_endpoint() -> None:
    """Stands for the endpoint: a frontend has only dependencies."""


def _by_specificity(place: Place) -> int:
    return -place.specificity


def specificity_of(path: str) -> int:
    """How much a path says: of two frontends that have a path, the longer one serves it."""
    return 0 if path == "/" else len(path)


def normalize_path(path: str) -> str:
    """The path of a frontend without the slash at its end."""
    assert path, "A frontend path cannot be empty"
    assert path.startswith("/"), "A frontend path must start with '/'"
    return path if path == "/" else path.rstrip("/")


def join_paths(prefix: str, path: str) -> str:
    """The path of a frontend under a prefix."""
    return prefix if prefix and path == "/" else prefix + path


def must_directory_exist(directory: Directory, check_dir: bool | Literal["auto"]) -> bool:
    """Whether a directory has to exist now; in development, a missing one is only warned of."""
    if check_dir != "auto":
        return check_dir
    if os.environ.get("FASTAPI_ENV") != "development":
        return True
    if not os.path.isdir(directory):
        warnings.warn(
            missing_directory(directory),
            stacklevel=_caller_level(),
        )
    return False


def missing_directory(directory: Directory) -> str:
    """Say which directory does not exist, and where it was looked for."""
    return (
        f"Frontend directory '{directory}' does not exist. "
        f"Resolved absolute path: '{os.path.realpath(directory)}'"
    )


def _caller_level() -> int:
    """The `stacklevel` that makes a warning name the line that called into the framework."""
    level = 1
    while sys._getframe(level).f_globals.get("__name__", "").startswith("rapide."):
        level += 1
    return level
