"""What a route becomes under inclusions: its path, dependencies, tags, limits and the rest."""

# pyright: reportIncompatibleVariableOverride=false
# What is worked out for a declared route is a plain attribute of an included one, as in FastAPI.

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from starlette import routing
from starlette._utils import get_route_path
from starlette.datastructures import URLPath
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, NoMatchFound, compile_path
from starlette.types import Scope

from rapide import params
from rapide._body_limit import get_body_size_limit, validate_max_body_size
from rapide._form_limits import FormLimits, validate_form_limits
from rapide.changes import RouteDict, RouteSet
from rapide.datastructures import Default, DefaultPlaceholder
from rapide.routing.route import (
    APIRoute,
    APIWebSocketRoute,
    handler_of,
    makes_own_handler,
    making_handler_for,
)
from rapide.routing.runner import Runner
from rapide.routing.state import DERIVED, RouteState, describe
from rapide.schema import ModelField
from rapide.scope_keys import ENDPOINT, PATH_PARAMS
from rapide.signature.dependencies import list_dependencies
from rapide.signature.models import Dependant
from rapide.utils import generate_unique_id, get_value_or_default

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
            form_limits=cast(
                FormLimits,
                RouteDict(validate_form_limits(form_limits) | included_router.form_limits),
            ),
            max_body_size=get_body_size_limit(included_router.max_body_size, max_body_size),
            strict_content_type=parent_router.strict_content_type,
            **{name: value for name, value in said.items() if value is not None},
        )
        own.dependencies = list_dependencies(own.dependencies, unpacked=True)
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


@dataclass
class _EffectiveRouteContext(RouteState):
    """An included route as it is served: under its prefix, with what the routers above say."""

    original_route: BaseRoute
    starlette_route: BaseRoute | None = None
    app: Any = field(default=None, repr=False, compare=False)
    frontend_prefix: str = ""
    path: str = ""
    endpoint: Any = None
    stream_item_type: Any | None = None
    response_model: Any = None
    summary: str | None = None
    response_description: str = "Successful Response"
    deprecated: bool | None = None
    operation_id: str | None = None
    response_model_include: Any = None
    response_model_exclude: Any = None
    response_model_by_alias: bool = True
    response_model_exclude_unset: bool = False
    response_model_exclude_defaults: bool = False
    response_model_exclude_none: bool = False
    include_in_schema: bool = True
    response_class: type[Response] | DefaultPlaceholder = field(
        default_factory=lambda: Default(JSONResponse)
    )
    dependency_overrides_provider: Any | None = None
    callbacks: list[BaseRoute] | None = None
    openapi_extra: dict[str, Any] | None = None
    generate_unique_id_function: Any = field(default_factory=lambda: Default(generate_unique_id))
    strict_content_type: bool | DefaultPlaceholder = field(default_factory=lambda: Default(True))
    max_body_size: int | None = None
    tags: list[Any] = field(default_factory=list)
    responses: dict[int | str, dict[str, Any]] = field(default_factory=dict)
    name: str = ""
    path_regex: Any = None
    path_format: str = ""
    param_convertors: dict[str, Any] = field(default_factory=dict)
    methods: set[str] = field(default_factory=set)
    unique_id: str = ""
    status_code: int | None = None
    response_field: ModelField | None = None
    stream_item_field: ModelField | None = None
    dependencies: list[params.Depends] = field(default_factory=list)
    description: str = ""
    response_fields: dict[int | str, ModelField] = field(default_factory=dict)
    dependant: Dependant | None = None  # type: ignore[assignment]
    _embed_body_fields: bool = False
    body_field: ModelField | None = None
    is_sse_stream: bool = False
    is_json_stream: bool = False

    @classmethod
    def from_api_route(
        cls, *, original_route: APIRoute, include_context: _RouterIncludeContext
    ) -> _EffectiveRouteContext:
        """What a route becomes under an inclusion, by the route's settings of this moment."""
        route, above = original_route, include_context
        context: _EffectiveRouteContext = object.__new__(cls)
        context._app = None
        context._form_limits, context._limits = route.form_limits, route.limits
        context.__dict__.update({name: getattr(route, name) for name in _TAKEN_OVER})
        context.__dict__.update(
            original_route=route,
            starlette_route=None,
            frontend_prefix="",
            path=above.path_for(route),
            tags=[*above.tags, *route.tags],
            dependencies=[*above.dependencies, *route.dependencies],
            description=describe(route.description, route.endpoint),
            responses={**above.responses, **route.responses},
            deprecated=route.deprecated or above.deprecated,
            methods=RouteSet(method.upper() for method in route.methods),
            include_in_schema=route.include_in_schema and above.include_in_schema,
            callbacks=[*above.callbacks, *(route.callbacks or [])],
            dependency_overrides_provider=above.dependency_overrides_provider,
            max_body_size=get_body_size_limit(route.max_body_size, above.max_body_size),
        )
        said: tuple[Any, ...] = (route, above.included_router, above)
        context.__dict__.update(
            response_class=get_value_or_default(
                route.response_class,
                above.included_router.default_response_class,
                above.default_response_class,
            ),
            generate_unique_id_function=get_value_or_default(
                *(one.generate_unique_id_function for one in said)
            ),
            strict_content_type=get_value_or_default(*(one.strict_content_type for one in said)),
        )
        context._dependencies = tuple(context.dependencies)
        context.unique_id  # noqa: B018 - a function of the user's, called once for an inclusion
        if context.responses:
            context.response_fields  # noqa: B018
        context._runner = Runner(context)
        # Integrations expect it to be made when the route is included.
        context._handler = context._make_own_handler()
        return context

    def _make_own_handler(self) -> Any:
        route: Any = self.original_route
        if not makes_own_handler(route):
            return None
        with making_handler_for(self):
            return route.get_route_handler()

    def __getattr__(self, name: str) -> Any:
        if name in ("form_limits", "limits"):  # the route's own; not among the settings
            return getattr(self, f"_{name}")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def make_handler(self) -> Any:
        """The generic handler of this inclusion."""
        return self.own_handler or handler_of(self)

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
            ENDPOINT: self.endpoint,
            PATH_PARAMS: {**scope.get(PATH_PARAMS, {}), **values},
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


#: Settings that an inclusion does not change.
_TAKEN_OVER = (
    "endpoint",
    "stream_item_type",
    "response_model",
    "status_code",
    "summary",
    "response_description",
    "operation_id",
    "response_model_include",
    "response_model_exclude",
    "response_model_by_alias",
    "response_model_exclude_unset",
    "response_model_exclude_defaults",
    "response_model_exclude_none",
    "openapi_extra",
    "name",
)

# The defaults of the constructor alone: of an included route, these are worked out.
for _name in ("app", *DERIVED):
    if _name in vars(_EffectiveRouteContext):
        delattr(_EffectiveRouteContext, _name)


def included_route(
    route: BaseRoute, context: _RouterIncludeContext
) -> _EffectiveRouteContext | None:
    """What a route becomes under an inclusion; None for kinds that cannot be included."""
    if isinstance(route, APIRoute):
        return _EffectiveRouteContext.from_api_route(original_route=route, include_context=context)
    moved = _moved_route(route, context)
    if moved is None:
        return None
    return _EffectiveRouteContext(original_route=route, starlette_route=moved)


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
