"""What a route becomes under inclusions: its path, dependencies, tags, limits and the rest."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette import routing
from starlette._utils import get_route_path
from starlette.datastructures import URLPath
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, NoMatchFound, compile_path
from starlette.types import Scope

from rapide import params
from rapide._body_limit import get_body_size_limit, validate_max_body_size
from rapide._form_limits import FormLimits, validate_form_limits
from rapide._once import cached_property
from rapide.datastructures import Default, DefaultPlaceholder
from rapide.routing.route import APIRoute, APIWebSocketRoute, handler_of, making_handler_for
from rapide.routing.state import RouteState, read_dependant, with_dependencies
from rapide.signature.models import Dependant
from rapide.utils import generate_unique_id, get_path_param_names, get_value_or_default

if TYPE_CHECKING:
    from rapide.routing.router import APIRouter


@dataclass
class _RouterIncludeContext:
    """What the routers and inclusions above say to the routes of an included router."""

    included_router: APIRouter
    prefix: str = ""
    tags: list[Any] = field(default_factory=list)
    dependencies: list[params.Depends] = field(default_factory=list)
    default_response_class: type[Response] | DefaultPlaceholder = field(
        default_factory=lambda: Default(JSONResponse)
    )
    responses: dict[int | str, dict[str, Any]] = field(default_factory=dict)
    callbacks: list[BaseRoute] = field(default_factory=list)
    deprecated: bool | None = None
    include_in_schema: bool = True
    generate_unique_id_function: Any = field(default_factory=lambda: Default(generate_unique_id))
    strict_content_type: bool | DefaultPlaceholder = field(default_factory=lambda: Default(True))
    dependency_overrides_provider: Any | None = None
    max_body_size: int | None = None
    form_limits: FormLimits = field(default_factory=FormLimits)

    @classmethod
    def for_include(
        cls,
        *,
        parent_router: APIRouter,
        included_router: APIRouter,
        form_limits: FormLimits | None = None,
        max_body_size: int | None = None,
        **said: Any,
    ) -> _RouterIncludeContext:
        """What `include_router` was told, merged with the router it was called on."""
        validate_max_body_size(max_body_size)
        own = cls(
            included_router,
            form_limits={**validate_form_limits(form_limits), **included_router.form_limits},
            max_body_size=get_body_size_limit(included_router.max_body_size, max_body_size),
            strict_content_type=parent_router.strict_content_type,
            **{name: value for name, value in said.items() if value is not None},
        )
        return cls.of_router(parent_router).combine(own)

    @classmethod
    def of_router(cls, router: APIRouter) -> _RouterIncludeContext:
        """What a router says to all that is included in it."""
        return cls(
            router,
            prefix=router.prefix,
            tags=router.tags,
            dependencies=router.dependencies,
            default_response_class=router.default_response_class,
            responses=router.responses,
            callbacks=router.callbacks,
            deprecated=router.deprecated,
            include_in_schema=router.include_in_schema,
            generate_unique_id_function=router.generate_unique_id_function,
            strict_content_type=router.strict_content_type,
            dependency_overrides_provider=router.dependency_overrides_provider,
            max_body_size=router.max_body_size,
        )

    def combine(self, child: _RouterIncludeContext) -> _RouterIncludeContext:
        """The one merge: what is said above and below, for everything below both."""
        return _RouterIncludeContext(
            included_router=child.included_router,
            # The routers above have applied their form limits when a request comes by.
            form_limits=child.form_limits,
            prefix=self.prefix + child.prefix,
            tags=[*self.tags, *child.tags],
            dependencies=[*self.dependencies, *child.dependencies],
            default_response_class=get_value_or_default(
                child.default_response_class, self.default_response_class
            ),
            responses={**self.responses, **child.responses},
            callbacks=[*self.callbacks, *child.callbacks],
            deprecated=self.deprecated or child.deprecated,
            include_in_schema=self.include_in_schema and child.include_in_schema,
            generate_unique_id_function=get_value_or_default(
                child.generate_unique_id_function, self.generate_unique_id_function
            ),
            strict_content_type=get_value_or_default(
                child.strict_content_type, self.strict_content_type
            ),
            dependency_overrides_provider=self.dependency_overrides_provider,
            max_body_size=get_body_size_limit(child.max_body_size, self.max_body_size),
        )

    def path_for(self, route: Any) -> str:
        """The path of a route under all prefixes."""
        path: str = self.prefix + route.path
        return path


class _EffectiveRouteContext(RouteState):
    """An included route as it is served: under its prefix, with what the routers above say.

    Whatever inclusion does not change is the original route's.
    """

    starlette_route: BaseRoute | None = None
    frontend_prefix: str = ""
    app: Any = None

    def __init__(self, original_route: BaseRoute, include_context: _RouterIncludeContext) -> None:
        self.original_route = original_route
        self.include_context = include_context

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("original_route", "include_context"):
            raise AttributeError(name)
        return getattr(self.original_route, name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(path={self.path!r}, original_route={self.original_route!r})"

    @cached_property
    def path(self) -> str:  # type: ignore[override]
        return self.include_context.path_for(self.original_route)

    @cached_property
    def _compiled_path(self) -> Any:
        return compile_path(self.path)

    @property
    def path_regex(self) -> Any:
        """Pattern of the path."""
        return self._compiled_path[0]

    @cached_property
    def path_format(self) -> str:  # type: ignore[override]
        # PERF: thousand-routes; there are no convertors to take out, as a rule.
        prefix = self.include_context.prefix
        if "{" in prefix or ":" in self.path:
            return str(self._compiled_path[1])
        if isinstance(self.original_route, RouteState):
            return self.path
        return prefix + str(getattr(self.original_route, "path_format", self.path))

    @property
    def param_convertors(self) -> dict[str, Any]:
        """Convertors of the path's parameters, by name."""
        found: dict[str, Any] = self._compiled_path[2]
        return found

    @cached_property
    def tags(self) -> list[Any]:
        """Tags of the routers above, then the route's."""
        return [*self.include_context.tags, *self.original_route.tags]  # type: ignore[attr-defined]

    @cached_property
    def dependencies(self) -> list[params.Depends]:  # type: ignore[override]
        return [*self.include_context.dependencies, *self._original.dependencies]

    @cached_property
    def responses(self) -> dict[int | str, dict[str, Any]]:  # type: ignore[override]
        return {**self.include_context.responses, **self._original.responses}

    @property
    def deprecated(self) -> bool | None:
        """Whether the route or anything above it is deprecated."""
        deprecated: bool | None = self._original.deprecated or self.include_context.deprecated
        return deprecated

    @property
    def include_in_schema(self) -> bool:
        """Whether the route and everything above it is in the document."""
        return bool(self._original.include_in_schema and self.include_context.include_in_schema)

    @cached_property
    def response_class(self) -> Any:  # type: ignore[override]
        return get_value_or_default(
            self._original.response_class,
            self.include_context.included_router.default_response_class,
            self.include_context.default_response_class,
        )

    @cached_property
    def generate_unique_id_function(self) -> Any:  # type: ignore[override]
        return get_value_or_default(
            self._original.generate_unique_id_function,
            self.include_context.included_router.generate_unique_id_function,
            self.include_context.generate_unique_id_function,
        )

    @cached_property
    def strict_content_type(self) -> Any:
        """Whether a body is JSON only when its Content-Type says so."""
        return get_value_or_default(
            self._original.strict_content_type,
            self.include_context.included_router.strict_content_type,
            self.include_context.strict_content_type,
        )

    @cached_property
    def callbacks(self) -> list[BaseRoute]:  # type: ignore[override]
        return [*self.include_context.callbacks, *(self._original.callbacks or [])]

    @property
    def dependency_overrides_provider(self) -> Any:
        """The application whose overrides apply."""
        return self.include_context.dependency_overrides_provider

    @cached_property
    def max_body_size(self) -> int | None:  # type: ignore[override]
        """Largest body in bytes: the innermost limit."""
        return get_body_size_limit(self._original.max_body_size, self.include_context.max_body_size)

    @property
    def _original(self) -> Any:
        return self.original_route

    @cached_property
    def dependant(self) -> Dependant:
        original: APIRoute = self._original
        prefix_names = get_path_param_names(self.include_context.prefix)
        if prefix_names or original.is_changed:
            # A name of the prefix can turn any parameter below into a path parameter.
            return read_dependant(self.path_format, original.endpoint, self.dependencies)
        return with_dependencies(
            original.dependant, self.path_format, self.include_context.dependencies
        )

    @cached_property
    def _answer_types(self) -> tuple[Any, Any]:
        # COMPAT: FastAPI 0.165 decides once, at the declaration, what a generator streams.
        types: tuple[Any, Any] = self._original._answer_types
        return types

    @cached_property
    def handler(self) -> Any:
        """The generic handler; made once per inclusion, as integrations expect."""
        with making_handler_for(self):
            return self._original.get_route_handler()

    def make_handler(self) -> Any:
        """The generic handler of this inclusion."""
        return self.__dict__.get("handler") or handler_of(self)

    @property
    def own_handler_reason(self) -> str | None:
        """Why a subclass or a wrapper keeps this route on the generic path."""
        if "handler" in self.__dict__:
            return f"{type(self._original).__qualname__} overrides get_route_handler"
        return None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match a request as the original route would, under the full path."""
        if self.starlette_route is not None:
            return self.starlette_route.matches(scope)
        if scope["type"] != "http":
            return Match.NONE, {}
        found = self.path_regex.match(get_route_path(scope))
        if not found:
            return Match.NONE, {}
        values = found.groupdict()
        for name, value in values.items():
            values[name] = self.param_convertors[name].convert(value)
        child = {
            "endpoint": self.endpoint,
            "path_params": {**scope.get("path_params", {}), **values},
        }
        is_full = not self.methods or scope["method"] in self.methods
        return (Match.FULL if is_full else Match.PARTIAL), child

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """The path of this route, when it has this name and these parameters.

        Raises:
            NoMatchFound: It has not.
        """
        if self.starlette_route is not None:
            return self.starlette_route.url_path_for(name, **path_params)
        if name != self.name or set(path_params) != set(self.param_convertors):
            raise NoMatchFound(name, path_params)
        path, _ = routing.replace_params(self.path_format, self.param_convertors, path_params)
        return URLPath(path=path, protocol="http")


def included_route(
    route: BaseRoute, context: _RouterIncludeContext
) -> _EffectiveRouteContext | None:
    """What a route becomes under an inclusion; None for kinds that cannot be included."""
    effective = _EffectiveRouteContext(route, context)
    if isinstance(route, APIRoute):
        if route.has_own_handler:
            effective.handler  # noqa: B018 - made when included, as integrations expect
        return effective
    effective.starlette_route = _moved_route(route, context)
    return effective if effective.starlette_route is not None else None


def _moved_route(route: BaseRoute, context: _RouterIncludeContext) -> BaseRoute | None:
    """A copy under the prefix of a route that is not an API route."""
    if isinstance(route, routing.Route):
        return routing.Route(
            context.path_for(route),
            endpoint=route.endpoint,
            methods=list(route.methods or []),
            name=route.name,
            include_in_schema=route.include_in_schema,
        )
    if isinstance(route, APIWebSocketRoute):
        return APIWebSocketRoute(
            context.path_for(route),
            endpoint=route.endpoint,
            name=route.name,
            dependencies=[*context.dependencies, *route.dependencies],
            dependency_overrides_provider=context.dependency_overrides_provider,
        )
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
