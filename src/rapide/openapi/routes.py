"""The attributes of a route that the document describes."""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, cast

from starlette.responses import Response
from starlette.routing import BaseRoute

from rapide.datastructures import DefaultPlaceholder
from rapide.types import UserCallable

if TYPE_CHECKING:
    from rapide.schema import ModelField
    from rapide.signature.models import Dependant
    from rapide.types import JsonObject


class RouteView(Protocol):
    """A route as it is served, such as a `RouteContext` of `rapide.routing`."""

    @property
    def original_route(self) -> BaseRoute: ...


class DocumentedRoute(Protocol):
    """An `APIRoute`, or its view through the routers that include it."""

    path: str
    path_format: str
    name: str
    endpoint: UserCallable
    methods: set[str]
    include_in_schema: bool
    dependant: "Dependant"
    body_field: "ModelField | None"
    response_class: type[Response] | DefaultPlaceholder
    response_field: "ModelField | None"
    response_fields: "dict[int | str, ModelField]"
    response_description: str
    responses: "dict[int | str, JsonObject]"
    stream_item_field: "ModelField | None"
    is_json_stream: bool
    is_sse_stream: bool
    status_code: int | None
    tags: list[str | Enum]
    summary: str | None
    description: str | None
    deprecated: bool | None
    operation_id: str | None
    unique_id: str
    callbacks: list[Any] | None
    openapi_extra: "JsonObject | None"


def documented_routes(routes: Iterable[object]) -> Iterator[DocumentedRoute]:
    """Yield the API routes among `routes`, in order, opening included routers.

    This room must not import routing, so it recognises the classes by their attributes: an included
    router by `effective_route_contexts()`, a view by `original_route`, an API route by
    `openapi_extra`. Everything else (mounts, WebSockets, plain routes) is not documented.
    """
    for route in routes:
        opened = getattr(route, "effective_route_contexts", None)
        for context in (route,) if opened is None else opened():
            if is_documented(getattr(context, "original_route", context)):
                yield cast(DocumentedRoute, context)


def is_documented(route: object) -> bool:
    """Return whether `route` itself is an API route."""
    return hasattr(route, "openapi_extra")
