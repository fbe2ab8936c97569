"""An included route as it is served: its path, dependencies, tags, limits and other settings."""

# pyright: reportIncompatibleVariableOverride=false
# Properties of a declared route are plain attributes of an included one, as in FastAPI.

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from starlette import routing
from starlette._utils import get_route_path
from starlette.datastructures import URLPath
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import ASGIApp, Scope

from rapide import params
from rapide.changes import RouteSet
from rapide.datastructures import Default, DefaultPlaceholder
from rapide.routing.base_route import BaseAPIRoute
from rapide.routing.derived import describe
from rapide.routing.inclusion import Inclusion
from rapide.routing.inheritance import Said, inherit, innermost
from rapide.routing.keeping import check_keepers
from rapide.routing.options import CONSTRUCTOR_OPTIONS, MakesId, Responses
from rapide.routing.patch_points import makes_own_handler
from rapide.routing.route import APIRoute, handler_of, making_handler_for
from rapide.routing.runner import RouteHandler, Runner
from rapide.routing.settings import DERIVED, Convertors
from rapide.schema import ModelField
from rapide.scope_keys import ENDPOINT, PATH_PARAMS
from rapide.signature.models import Dependant
from rapide.types import IncEx, JsonObject
from rapide.utils import generate_unique_id


@dataclass
class _EffectiveRouteContext(BaseAPIRoute):
    """An included route as it is served: under its prefix, with the options from above."""

    original_route: BaseRoute
    starlette_route: BaseRoute | None = None
    app: ASGIApp | None = field(default=None, repr=False, compare=False)  # pyright: ignore[reportIncompatibleMethodOverride]
    frontend_prefix: str = ""
    path: str = ""
    endpoint: Any = None
    stream_item_type: Any = None
    response_model: Any = None
    summary: str | None = None
    response_description: str = "Successful Response"
    deprecated: bool | None = None
    operation_id: str | None = None
    response_model_include: IncEx | None = None
    response_model_exclude: IncEx | None = None
    response_model_by_alias: bool = True
    response_model_exclude_unset: bool = False
    response_model_exclude_defaults: bool = False
    response_model_exclude_none: bool = False
    include_in_schema: bool = True
    response_class: type[Response] | DefaultPlaceholder = field(
        default_factory=lambda: Default(JSONResponse)
    )
    dependency_overrides_provider: object = None
    callbacks: list[BaseRoute] | None = None
    openapi_extra: JsonObject | None = None
    generate_unique_id_function: MakesId | DefaultPlaceholder = field(
        default_factory=lambda: Default(generate_unique_id)
    )
    strict_content_type: bool | DefaultPlaceholder = field(default_factory=lambda: Default(True))
    max_body_size: int | None = None
    tags: list[str | Enum] = field(default_factory=list)
    responses: Responses = field(default_factory=dict)
    name: str = ""
    path_regex: Any = None
    path_format: str = ""
    param_convertors: Convertors = field(default_factory=dict)
    methods: set[str] = field(default_factory=set)
    unique_id: str = ""
    status_code: int | None = None
    response_field: ModelField | None = None
    stream_item_field: ModelField | None = None
    dependencies: list[params.Depends] = field(default_factory=list)
    description: str = ""
    response_fields: dict[int | str, ModelField] = field(default_factory=dict)
    dependant: Dependant = None  # type: ignore[assignment]
    _embed_body_fields: bool = False
    body_field: ModelField | None = None
    is_sse_stream: bool = False
    is_json_stream: bool = False

    @classmethod
    def from_api_route(
        cls, *, original_route: APIRoute, include_context: Inclusion
    ) -> _EffectiveRouteContext:
        """Resolve a route under an inclusion. COMPAT: FastAPI 0.165's name and signature."""
        return cls.inheriting(include_context.said_to_routes(), original_route)

    @classmethod
    def inheriting(cls, said_above: Said, route: APIRoute) -> _EffectiveRouteContext:
        """Resolve a route by its present settings and by the options of the levels above."""
        context: _EffectiveRouteContext = object.__new__(cls)
        context._rapide_app = None
        context._rapide_form_limits = route.form_limits
        context._rapide_limits = route._rapide_limits
        context._rapide_keepers = route._rapide_keepers
        context._rapide_threads = innermost(said_above["threads"], route._rapide_threads)
        own = {name: getattr(route, name) for name in _OWN_OPTIONS}
        own["callbacks"] = route.callbacks or []
        said = inherit(said_above, own)
        context.__dict__.update(
            said,
            original_route=route,
            starlette_route=None,
            frontend_prefix="",
            endpoint=route.endpoint,
            stream_item_type=route.stream_item_type,
            description=describe(said["description"], route.endpoint),
            methods=RouteSet(method.upper() for method in said["methods"]),
        )
        context._rapide_dependencies = tuple(context.dependencies)
        context.unique_id  # noqa: B018 - a function of the user's, called once for an inclusion
        if context.responses:
            context.response_fields  # noqa: B018
        check_keepers(context)
        context._rapide_runner = Runner(context)
        # Integrations expect that it is made when the route is included.
        context._rapide_handler = context._rapide_make_own_handler()
        return context

    def _rapide_make_own_handler(self) -> RouteHandler | None:
        route = self.original_route
        if not isinstance(route, APIRoute) or not makes_own_handler(route):
            return None
        with making_handler_for(self):
            handler: RouteHandler = route.get_route_handler()
        return handler

    def __getattr__(self, name: str) -> Any:
        if name == "form_limits":  # the route's own; not among the settings
            return self._rapide_form_limits
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _rapide_make_handler(self) -> RouteHandler:
        """Return the handler of the generic path."""
        return self._rapide_own_handler or handler_of(self)

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
        """Return the path of this route if it has this name and these parameters.

        Raises:
            NoMatchFound: The name or the parameters are different.
        """
        if self.starlette_route is not None:
            return self.starlette_route.url_path_for(name, **path_params)
        if name != self.name or set(path_params) != set(self.param_convertors):
            raise NoMatchFound(name, path_params)
        path, _ = routing.replace_params(self.path_format, self.param_convertors, path_params)
        return URLPath(path=path, protocol="http")


#: The options of a route that are attributes of the same names.
_OWN_OPTIONS = (
    "path",
    *(name for name in CONSTRUCTOR_OPTIONS.defaults if name not in ("callbacks", "form_limits")),
)

# Only the constructor has these defaults. An included route computes the values.
for _name in ("app", *DERIVED):
    if _name in vars(_EffectiveRouteContext):
        delattr(_EffectiveRouteContext, _name)

#: The name in our own code. COMPAT: the class has FastAPI 0.165's name, which its repr shows.
ResolvedRoute = _EffectiveRouteContext
