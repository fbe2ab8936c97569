"""The options of a route, declared once."""

from collections.abc import Callable, Sequence
from enum import Enum
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from typing_extensions import Doc

from rapide import params
from rapide._form_limits import FormLimits
from rapide._options import OptionSet
from rapide.datastructures import Default
from rapide.limits import RequestLimits
from rapide.types import IncEx, JsonObject
from rapide.utils import generate_unique_id

if TYPE_CHECKING:
    from rapide.distributed.cache import Cache
    from rapide.distributed.idempotency import Idempotency

#: Additional responses in the document, by status or range.
Responses = dict[int | str, JsonObject]
#: Makes the id of an operation from its route.
MakesId = Callable[[Any], str]

RoutePath = Annotated[
    str,
    Doc("Path below the prefixes, from its first slash on; `{name}` is a path parameter."),
]
Endpoint = Annotated[
    Callable[..., Any],
    Doc("Function that answers requests; its parameters say what it reads of them."),
]
StrictContentType = Annotated[
    bool, Doc("Whether a body is read as JSON only if its `Content-Type` says that it is JSON.")
]


def __getattr__(name: str) -> Any:
    """Return a class that options name, which most applications do not use."""
    if name in ("Cache", "Idempotency"):
        return getattr(import_module(f"rapide.distributed.{name.lower()}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class RouteOptions(TypedDict, total=False):
    """The options of a route, besides its path and its endpoint."""

    response_model: Annotated[
        Any,
        Doc(
            "Type that validates and filters the result, and is in the document. "
            "Defaults to the return annotation; None for no model."
        ),
    ]
    status_code: Annotated[
        int | None,
        Doc("Status of the response if the endpoint sets none; 200 by default."),
    ]
    tags: Annotated[
        list[str | Enum] | None,
        Doc("Tags of the operation in the document, after those of the routers above."),
    ]
    dependencies: Annotated[
        Sequence[params.Depends] | None,
        Doc(
            "Dependencies, as `Depends(…)`, whose values are not used. "
            "Those of the routers above are called first."
        ),
    ]
    summary: Annotated[
        str | None,
        Doc("Short title of the operation in the document. Defaults to the name in words."),
    ]
    description: Annotated[
        str | None,
        Doc(
            "Text of the operation in the document (CommonMark). "
            "Defaults to the docstring of the endpoint up to a form feed."
        ),
    ]
    response_description: Annotated[
        str, Doc("Text of the successful response in the document, where it is required.")
    ]
    responses: Annotated[
        Responses | None,
        Doc(
            'Further responses in the document by status, such as 404, or by range, such as "4XX" '
            "(OpenAPI 3.1 section 4.8.16). A `model` in one becomes its schema."
        ),
    ]
    deprecated: Annotated[
        bool | None,
        Doc("Whether the document marks the operation as deprecated. Requests are served alike."),
    ]
    operation_id: Annotated[
        str | None,
        Doc("Id of the operation, unique in the document. Client generators name methods by it."),
    ]
    response_model_include: Annotated[
        IncEx | None,
        Doc("Names of the only members of the result to send, nested ones as a dictionary."),
    ]
    response_model_exclude: Annotated[
        IncEx | None,
        Doc("Names of members of the result that are not sent, nested ones as a dictionary."),
    ]
    response_model_by_alias: Annotated[
        bool, Doc("Whether members of the result are sent under their aliases.")
    ]
    response_model_exclude_unset: Annotated[
        bool, Doc("Whether members that the endpoint has not set are left out of the response.")
    ]
    response_model_exclude_defaults: Annotated[
        bool, Doc("Whether members that equal their default are left out of the response.")
    ]
    response_model_exclude_none: Annotated[
        bool, Doc("Whether members that are None are left out of the response.")
    ]
    include_in_schema: Annotated[
        bool, Doc("Whether the route is in the document. It is served in either case.")
    ]
    response_class: Annotated[
        type[Response],
        Doc(
            "Class that makes the response from the result, and gives it its media type. "
            "A result that is a response is sent as it is."
        ),
    ]
    name: Annotated[
        str | None,
        Doc("Name for `url_path_for`, not seen by clients. Defaults to the endpoint's name."),
    ]
    callbacks: Annotated[
        list[BaseRoute] | None,
        Doc(
            "Routes that describe requests which the application makes to its client "
            "(OpenAPI 3.1 section 4.8.18). They serve nothing."
        ),
    ]
    openapi_extra: Annotated[
        JsonObject | None,
        Doc("Members of the Operation Object (OpenAPI 3.1 section 4.8.10), merged into ours."),
    ]
    generate_unique_id_function: Annotated[
        MakesId, Doc("Takes the route and returns the id of its operation in the document.")
    ]
    max_body_size: Annotated[
        int | None,
        Doc(
            "Largest request body in bytes; a larger one is answered with 413. "
            "0 allows only an empty body. The innermost limit applies."
        ),
    ]
    form_limits: Annotated[
        FormLimits | None,
        Doc(
            "Limits of form parsing: `max_fields`, `max_files`, `max_part_size` in bytes. "
            "A form that exceeds one is answered with 400."
        ),
    ]
    limits: Annotated[
        RequestLimits | None,
        Doc(
            "Limits of time, concurrency and rates. Those of the application apply too. "
            "Not in FastAPI."
        ),
    ]
    cache: Annotated[
        "Cache | None",
        Doc("Keeps the answers to GET and HEAD, in memory or in Redis. Not in FastAPI."),
    ]
    idempotency: Annotated[
        "Idempotency | bool | None",
        Doc(
            "Whether, and how, clients can repeat a POST or PATCH with an `Idempotency-Key`. "
            "Not in FastAPI."
        ),
    ]
    threads: Annotated[
        str | None,
        Doc(
            "Name of the lane in whose threads the `def` functions of the route run; the innermost "
            "name applies. Not in FastAPI."
        ),
    ]


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
ADDITIONS = ("limits", "threads", "cache", "idempotency")

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

    methods: Annotated[
        set[str] | list[str] | None,
        Doc("HTTP methods, in any case; GET by default. Other methods are answered with 405."),
    ]


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

    route_class_override: Annotated[
        Any, Doc("Subclass of `APIRoute` for this route, instead of the router's `route_class`.")
    ]
    strict_content_type: StrictContentType


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

    dependency_overrides_provider: Annotated[
        object, Doc("The object, usually the application, whose `dependency_overrides` apply.")
    ]
    strict_content_type: StrictContentType


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

    prefix: Annotated[
        str, Doc("Path in front of the paths of all routes. It begins with `/` and ends without.")
    ]
    tags: Annotated[
        list[str | Enum] | None, Doc("Tags in the document, before those of the included router.")
    ]
    dependencies: Annotated[
        Sequence[params.Depends] | None,
        Doc("Dependencies of every route, called before those of the included router."),
    ]
    default_response_class: Annotated[
        type[Response], Doc("Class of responses, if neither the route nor its router sets one.")
    ]
    responses: Annotated[
        Responses | None,
        Doc("Further responses of every route in the document; those of the routes prevail."),
    ]
    callbacks: Annotated[
        list[BaseRoute] | None,
        Doc("Routes that describe callbacks of every route (OpenAPI 3.1 section 4.8.18)."),
    ]
    deprecated: Annotated[bool | None, Doc("Whether the document marks every route as deprecated.")]
    include_in_schema: Annotated[
        bool, Doc("Whether the routes are in the document. They are served in either case.")
    ]
    generate_unique_id_function: Annotated[
        MakesId, Doc("Takes a route that sets no function of its own, and returns its id.")
    ]
    max_body_size: Annotated[
        int | None,
        Doc(
            "Largest request body of every route in bytes; a larger one is answered with 413. "
            "The innermost limit applies."
        ),
    ]
    form_limits: Annotated[
        FormLimits | None,
        Doc(
            "Limits of form parsing of every route: `max_fields`, `max_files`, `max_part_size` in "
            "bytes."
        ),
    ]
    threads: Annotated[
        str | None,
        Doc(
            "Name of the lane in whose threads the `def` functions of every route run; the "
            "innermost name applies. Not in FastAPI."
        ),
    ]


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
INCLUSION_OPTIONS = OptionSet(InclusionOptions, _INCLUSION_DEFAULTS, ("threads",))
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
    ("threads",),
)


def options_of_verb(options: RouteOptions, owner: str, verb: str) -> dict[str, Any]:
    """Return the options that a decorator named after an HTTP method passes to `api_route`.

    Raises:
        TypeError: An option does not exist.
    """
    said = VERB_OPTIONS.complete(options, f"{owner}.{verb.lower()}")
    return {**API_ROUTE_OPTIONS.defaults, **said, "methods": [verb]}
