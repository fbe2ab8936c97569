"""The WebSockets of an application, which its document does not have, described as operations."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, cast

from rapide.contracts.clients.schemas import Schema
from rapide.openapi.requirements import (
    collect_requirements,
    describe_each_parameter,
    describe_security,
)
from rapide.openapi.schemas import FieldSchemas
from rapide.routing.route import APIWebSocketRoute
from rapide.schema.definitions import (
    get_definitions,
    get_flat_models_from_fields,
    get_model_name_map,
)

if TYPE_CHECKING:
    from rapide.signature.models import Dependant


class _WebSocketView(Protocol):
    """A WebSocket route, or its view through the routers that include it."""

    path_format: str
    name: str
    endpoint: Callable[..., object]
    dependant: "Dependant"


def _websocket_routes(routes: Iterable[object]) -> Iterator[_WebSocketView]:
    for route in routes:
        opened = getattr(route, "effective_route_contexts", None)
        for view in (route,) if opened is None else opened():
            if isinstance(getattr(view, "original_route", view), APIWebSocketRoute):
                yield cast("_WebSocketView", getattr(view, "starlette_route", None) or view)


def describe_websockets(
    routes: Iterable[object],
) -> tuple[list[Schema], dict[str, object], dict[str, object]]:
    """Return the WebSockets as operations, and the schemas and security schemes they refer to."""
    contexts = [*_websocket_routes(routes)]
    required = [collect_requirements(route.dependant) for route in contexts]
    fields = [field for one in required for field in one.fields()]
    names = get_model_name_map(get_flat_models_from_fields(fields, known_models=set()))
    mapping, definitions = get_definitions(fields=fields, model_name_map=names)
    schemas = FieldSchemas(names, mapping)
    operations: list[Schema] = []
    schemes: dict[str, object] = {}
    for route, needs in zip(contexts, required, strict=True):
        own, security = describe_security(needs.security)
        schemes |= own
        operations.append(
            {
                "path": route.path_format,
                "operationId": route.name,
                "summary": route.name.replace("_", " ").title(),
                "description": inspect.getdoc(route.endpoint) or "",
                "tags": list(getattr(route, "tags", None) or ()),
                "parameters": [*describe_each_parameter(needs, schemas)],
                "security": security,
            }
        )
    return operations, dict(definitions), schemes
