"""The options of a route, declared once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, TypedDict

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from rapide import params
from rapide._form_limits import FormLimits
from rapide._options import OptionSet
from rapide.datastructures import Default
from rapide.limits import RequestLimits
from rapide.types import IncEx, JsonObject
from rapide.utils import generate_unique_id

#: Additional responses in the document, by status or range.
Responses = dict[int | str, JsonObject]
#: Makes the id of an operation from its route.
MakesId = Callable[[Any], str]


class RouteOptions(TypedDict, total=False):
    """The options of a route, besides its path and its endpoint."""

    #: Type of the answer: validates and filters it. Defaults to the return annotation; None for no
    #: model.
    response_model: Any
    #: Status of the answer if nothing else sets one.
    status_code: int | None
    #: Tags in the document, after those of the routers above.
    tags: list[str | Enum] | None
    #: Dependencies whose values are not used, after those of the routers above.
    dependencies: Sequence[params.Depends] | None
    #: Title in the document. Defaults to the name in words.
    summary: str | None
    #: Text in the document (CommonMark). Defaults to the docstring up to a form feed.
    description: str | None
    #: Text of the successful response in the document.
    response_description: str
    #: Additional responses in the document, by status or range (OpenAPI 3.1, section 4.8.16).
    responses: Responses | None
    #: Whether the document marks the route as deprecated.
    deprecated: bool | None
    #: Id in the document; must be unique there.
    operation_id: str | None
    #: Members of the answer to send; others are left out.
    response_model_include: IncEx | None
    #: Members of the answer to leave out.
    response_model_exclude: IncEx | None
    #: Whether members are named by their aliases.
    response_model_by_alias: bool
    #: Whether members that were never set are left out.
    response_model_exclude_unset: bool
    #: Whether members that have their default are left out.
    response_model_exclude_defaults: bool
    #: Whether members that are None are left out.
    response_model_exclude_none: bool
    #: Whether the route is in the document.
    include_in_schema: bool
    #: Class that makes the response from the content.
    response_class: type[Response]
    #: Name for `url_path_for`. Defaults to the endpoint's name.
    name: str | None
    #: Routes that describe requests which the application makes (OpenAPI 3.1, section 4.8.18).
    callbacks: list[BaseRoute] | None
    #: Merged into the operation of the document.
    openapi_extra: JsonObject | None
    #: Makes the id of the operation from the route.
    generate_unique_id_function: MakesId
    #: Largest request body in bytes; 0 allows only an empty body. The innermost limit applies.
    max_body_size: int | None
    #: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes.
    form_limits: FormLimits | None
    #: Limits of time and of concurrent requests. Those of the application apply too. Not in
    #: FastAPI.
    limits: RequestLimits | None


#: The default of each option. COMPAT: FastAPI 0.165 passes the options on in this order, which an
#: override with `**kwargs` sees.
DEFAULTS: dict[str, object] = {
    "response_model": Default(None),
    "status_code": None,
    "tags": None,
    "dependencies": None,
    "summary": None,
    "description": None,
    "response_description": "Successful Response",
    "responses": None,
    "deprecated": None,
    "operation_id": None,
    "response_model_include": None,
    "response_model_exclude": None,
    "response_model_by_alias": True,
    "response_model_exclude_unset": False,
    "response_model_exclude_defaults": False,
    "response_model_exclude_none": False,
    "include_in_schema": True,
    "response_class": Default(JSONResponse),
    "name": None,
    "callbacks": None,
    "openapi_extra": None,
    "generate_unique_id_function": Default(generate_unique_id),
    "max_body_size": None,
    "form_limits": None,
}

#: Our own options. They are passed on only if they are given.
ADDITIONS = ("limits",)

#: Options of the decorators named after HTTP methods.
VERB_OPTIONS = OptionSet(RouteOptions, DEFAULTS, ADDITIONS)


def _defaults_with(**places: tuple[str, object]) -> dict[str, object]:
    """Return the defaults with more options, each placed after a given one."""
    defaults: dict[str, object] = {}
    for name, default in DEFAULTS.items():
        defaults[name] = default
        defaults.update(
            {added: value for added, (before, value) in places.items() if before == name}
        )
    return defaults


class ApiRouteOptions(RouteOptions, total=False):
    """Options of `api_route`, which adds a route for any methods."""

    #: HTTP methods. Defaults to GET.
    methods: set[str] | list[str] | None


#: Options of `APIRouter.api_route`.
API_ROUTE_OPTIONS = OptionSet(
    ApiRouteOptions, _defaults_with(methods=("deprecated", None)), ADDITIONS
)
#: Options of `FastAPI.api_route` and `add_api_route`, where FastAPI has no callbacks.
APP_ROUTE_OPTIONS = OptionSet(
    ApiRouteOptions,
    {name: value for name, value in API_ROUTE_OPTIONS.defaults.items() if name != "callbacks"},
    ADDITIONS,
)


class AddRouteOptions(ApiRouteOptions, total=False):
    """Options of `APIRouter.add_api_route`."""

    #: Class of the route instead of the router's.
    route_class_override: Any
    #: Whether a body is JSON only if its Content-Type says so.
    strict_content_type: bool


#: Options of `APIRouter.add_api_route`.
ADD_ROUTE_OPTIONS = OptionSet(
    AddRouteOptions,
    _defaults_with(
        methods=("deprecated", None),
        route_class_override=("name", None),
        strict_content_type=("generate_unique_id_function", Default(True)),
    ),
    ADDITIONS,
)


class ConstructorOptions(ApiRouteOptions, total=False):
    """Options of `APIRoute(…)` itself."""

    #: The object whose `dependency_overrides` apply.
    dependency_overrides_provider: object
    #: Whether a body is JSON only when its Content-Type says so.
    strict_content_type: bool


#: Options of `APIRoute(…)`.
CONSTRUCTOR_OPTIONS = OptionSet(
    ConstructorOptions,
    _defaults_with(
        methods=("deprecated", None),
        dependency_overrides_provider=("name", None),
        strict_content_type=("generate_unique_id_function", Default(True)),
    ),
    ADDITIONS,
)


class InclusionOptions(TypedDict, total=False):
    """Options of `include_router`. They apply to all routes of the included router."""

    #: Path prefix of the routes.
    prefix: str
    #: Tags in the document.
    tags: list[str | Enum] | None
    #: Dependencies of every route.
    dependencies: Sequence[params.Depends] | None
    #: Class of responses if neither the route nor its router sets one.
    default_response_class: type[Response]
    #: Additional responses in the document.
    responses: Responses | None
    #: Callbacks in the document.
    callbacks: list[BaseRoute] | None
    #: Whether the document marks the routes as deprecated.
    deprecated: bool | None
    #: Whether the routes are in the document.
    include_in_schema: bool
    #: Makes the ids of operations.
    generate_unique_id_function: MakesId
    #: Largest request body in bytes; the innermost limit counts.
    max_body_size: int | None
    #: Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes.
    form_limits: FormLimits | None


_INCLUSION_DEFAULTS: dict[str, object] = {
    "prefix": "",
    "tags": None,
    "dependencies": None,
    "default_response_class": Default(JSONResponse),
    "responses": None,
    "callbacks": None,
    "deprecated": None,
    "include_in_schema": True,
    "generate_unique_id_function": Default(generate_unique_id),
    "max_body_size": None,
    "form_limits": None,
}

#: Options of `APIRouter.include_router`.
INCLUSION_OPTIONS = OptionSet(InclusionOptions, _INCLUSION_DEFAULTS)
#: Options of `FastAPI.include_router`. COMPAT: FastAPI 0.165 passes them on in this order.
APP_INCLUSION_OPTIONS = OptionSet(
    InclusionOptions,
    {
        name: _INCLUSION_DEFAULTS[name]
        for name in (
            *("prefix", "tags", "dependencies", "responses", "deprecated", "include_in_schema"),
            *("default_response_class", "callbacks", "generate_unique_id_function"),
            *("max_body_size", "form_limits"),
        )
    },
)


def options_of_verb(options: RouteOptions, owner: str, verb: str) -> dict[str, Any]:
    """Return the options that a decorator named after an HTTP method passes to `api_route`.

    Raises:
        TypeError: An option does not exist.
    """
    said = VERB_OPTIONS.complete(options, f"{owner}.{verb.lower()}")
    return {**API_ROUTE_OPTIONS.defaults, **said, "methods": [verb]}
