"""A route as the route table has it, and how it is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette import routing
from starlette.types import Scope

from rapide._once import cached_property
from rapide.routing.included_router import IncludedRouter
from rapide.routing.resolved import ResolvedRoute
from rapide.routing.route import APIRoute, APIWebSocketRoute
from rapide.routing.runner import Runner
from rapide.runtime import instrumentation


@dataclass(eq=False)
class RouteTarget:
    """A route of the table and how it is served."""

    route: Any
    context: ResolvedRoute | None
    endpoint: object
    runner: Runner | None
    methods: set[str] | None
    form_limits: Mapping[str, object]
    branch: IncludedRouter | None = None

    @cached_property
    def is_api(self) -> bool:
        """Whether the scope names the route: it names FastAPI's routes, but not Starlette's."""
        return isinstance(self.route, APIRoute | APIWebSocketRoute)

    @property
    def is_compilable(self) -> bool:
        """Whether the route is of a kind that can be compiled."""
        return isinstance(self.route, APIRoute)

    @cached_property
    def is_nested(self) -> bool:
        """Whether the routers above add something to the scope of a request."""
        return self.context is not None or bool(self.form_limits)

    @cached_property
    def path_format(self) -> str | None:
        """The template of the full path; None for kinds of routes that have none."""
        is_included = self.context is not None and isinstance(self.route, APIRoute)
        return getattr(self.context if is_included else self.route, "path_format", None)

    def select(self, scope: Scope) -> None:
        """Report this route to the telemetry. Compiled code does it itself."""
        is_mount = isinstance(self.route, routing.Mount)
        instrumentation.active.select_route(scope, self.path_format, is_mount)
