"""A built frontend: it serves files after the dependencies of its routers have run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from starlette._utils import get_route_path
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from rapide import params
from rapide._body_limit import wrap_app_with_body_limit
from rapide._once import cached_property
from rapide.exceptions import RequestValidationError
from rapide.generic import seams
from rapide.generic.solve import SolvedDependency
from rapide.routing.frontend_paths import specificity_of
from rapide.routing.inheritance import Includer, inherit, said_by
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
from rapide.signature.dependencies import get_flat_body_params, read_dependant
from rapide.signature.models import Dependant

if TYPE_CHECKING:
    from rapide.routing.frontend_files import FrontendFiles

#: The methods of a frontend. Others are answered with 405 if the file exists, else with 404.
METHODS = ("GET", "HEAD")


class Frontend(NamedTuple):
    """A directory of built files, and the path under which its router serves it."""

    path: str
    files: FrontendFiles

    @property
    def app(self) -> FrontendFiles:
        """The files, under the name of a route's application."""
        return self.files


@dataclass(eq=False)
class FrontendGroup:
    """The frontends of one router as they are served at one place of the tree.

    Args:
        dependencies: Dependencies of the routers and inclusions above, then the router's own.
        dependency_overrides_provider: The application whose overrides apply.
        original_route: The group as it was declared; None when this is it.
        frontend_prefix: What stands before the paths of the frontends here.
        max_body_size: Limit of the inclusions above, in bytes.
        frontends: The router's frontends; they appear in every place.
    """

    dependencies: Sequence[params.Depends]
    dependency_overrides_provider: object
    original_route: FrontendGroup | None = None
    frontend_prefix: str = ""
    max_body_size: int | None = None
    frontends: list[Frontend] = field(default_factory=list)

    #: A group has no path of its own, and path parameters of a prefix are not replaced.
    path = path_format = ""

    @property
    def routes(self) -> list[Frontend]:
        """The frontends, under the name of a router's routes."""
        return self.frontends

    @cached_property
    def dependant(self) -> Dependant:
        """The dependencies of all frontends of the group."""
        return read_dependant("", _no_endpoint, list(self.dependencies))

    def would_serve(self, scope: Scope) -> bool:
        """Whether one of the frontends has the path of a request."""
        if scope["type"] != "http":
            return False
        path = get_route_path(scope)
        return any(
            FrontendPlace(one.path, self, one.files).file_path(path) is not None
            for one in self.frontends
        )

    def under(self, context: Includer) -> FrontendGroup:
        """Return the same frontends under an inclusion of their router."""
        own = {
            "dependencies": self.dependencies,
            "dependency_overrides_provider": None,
            "max_body_size": None,
        }
        return FrontendGroup(
            original_route=self,
            frontend_prefix=context.prefix,
            frontends=self.frontends,
            **inherit(said_by(context), own),
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
class FrontendPlace:
    """A frontend under its full path."""

    path: str
    group: FrontendGroup
    files: FrontendFiles

    @property
    def specificity(self) -> int:
        """The rank of the frontend: of several that have a path, the highest serves it."""
        return specificity_of(self.path)

    def file_path(self, route_path: str) -> str | None:
        """Return the path of a request below this frontend; None if it is not below it."""
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
        # COMPAT: FastAPI 0.165 exits the dependencies of both scopes after the response.
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
        """Run the dependencies, then find the file. The response gets their headers and tasks."""
        solved = await self.group.solve(request)
        response = await self.files.respond(file_path, request.scope)
        if response.background is None:
            response.background = solved.background_tasks
        response.headers.raw.extend(solved.response.headers.raw)
        return response


def _no_endpoint() -> None:
    """Stand in for the endpoint, because a frontend has only dependencies."""
