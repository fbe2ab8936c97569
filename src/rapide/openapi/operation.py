"""Operation Objects: the part of the document about one route (OpenAPI 3.1 section 4.8.10)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rapide._replaced import replacement, used
from rapide.openapi.constants import METHODS_WITH_BODY, REF_PREFIX
from rapide.openapi.requirements import (
    collect_requirements,
    describe_examples,
    describe_parameters,
    describe_security,
)
from rapide.openapi.responses import describe_responses
from rapide.openapi.routes import DocumentedRoute, is_documented
from rapide.openapi.schemas import FieldSchemas
from rapide.types import JsonObject
from rapide.utils import deep_dict_update

if TYPE_CHECKING:
    from rapide.limits import RequestLimits
    from rapide.schema import ModelField

validation_error_definition: JsonObject = {
    "title": "ValidationError",
    "type": "object",
    "properties": {
        "loc": {
            "title": "Location",
            "type": "array",
            "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        },
        "msg": {"title": "Message", "type": "string"},
        "type": {"title": "Error Type", "type": "string"},
        "input": {"title": "Input"},
        "ctx": {"title": "Context", "type": "object"},
    },
    "required": ["loc", "msg", "type"],
}

validation_error_response_definition: JsonObject = {
    "title": "HTTPValidationError",
    "type": "object",
    "properties": {
        "detail": {
            "title": "Detail",
            "type": "array",
            "items": {"$ref": REF_PREFIX + "ValidationError"},
        }
    },
}


@dataclass(slots=True)
class PathDescription:
    """The operations of a route by method, and the components that they refer to."""

    operations: JsonObject = field(default_factory=dict)
    security_schemes: JsonObject = field(default_factory=dict)
    definitions: JsonObject = field(default_factory=dict)


def describe_path(
    route: DocumentedRoute, schemas: FieldSchemas, operation_ids: set[str]
) -> PathDescription:
    """Describe one operation per method of the route, or none if the schema excludes the route."""
    path = PathDescription()
    if not route.include_in_schema:
        return path
    required = collect_requirements(route.dependant, schemas.read)
    path.security_schemes, security = describe_security(required.security)
    validates = bool(route.body_field or required.fields())
    for method in route.methods:
        operation = used("openapi.utils.get_openapi_operation_metadata", describe_metadata)(
            route=route, method=method, operation_ids=operation_ids
        )
        if security:
            operation["security"] = security
        if parameters := describe_parameters(required, schemas):
            operation["parameters"] = parameters
        if method in METHODS_WITH_BODY and route.body_field:
            operation |= _describe_body(route.body_field, schemas)
        if route.callbacks:
            operation["callbacks"] = _describe_callbacks(route, schemas, operation_ids)
        operation["responses"] = responses = describe_responses(route, schemas)
        if validates and not responses.keys() & {"422", "4XX", "default"}:
            responses["422"] = describe_validation_error()
            path.definitions = {
                "ValidationError": used(
                    "openapi.utils.validation_error_definition", validation_error_definition
                ),
                "HTTPValidationError": used(
                    "openapi.utils.validation_error_response_definition",
                    validation_error_response_definition,
                ),
            }
        describe_limits(getattr(route, "_rapide_all_limits", ()), responses)
        _describe_kept_answers(route, method, operation)
        if route.openapi_extra:
            deep_dict_update(operation, route.openapi_extra)
        path.operations[method.lower()] = operation
    return path


def path_operations(
    route: DocumentedRoute, schemas: FieldSchemas, operation_ids: set[str]
) -> tuple[JsonObject, JsonObject, JsonObject]:
    """Return operations by method, security schemes and definitions of a route.

    A tool may have replaced the function of FastAPI's that returns them.
    """
    replaced = replacement("openapi.utils.get_openapi_path")
    if replaced is None:
        path = describe_path(route, schemas, operation_ids)
        return path.operations, path.security_schemes, path.definitions
    described = replaced(route=route, operation_ids=operation_ids, **schemas.as_arguments())
    operations, security_schemes, definitions = described or ({}, {}, {})
    return operations, security_schemes, definitions


def describe_limits(limits: Sequence[RequestLimits], responses: JsonObject) -> None:
    """Add the responses of request limits that the route does not describe itself."""
    timeout = next((item for item in limits if item.timeout is not None), None)
    if timeout is not None:
        statuses = [item.timeout_status for item in limits if item.timeout_status is not None]
        text = f"Not answered within {timeout.timeout:g} seconds"
        responses.setdefault(str(statuses[0] if statuses else 504), {"description": text})
    busy = next((item for item in limits if item.concurrency is not None), None)
    if busy is not None:
        header = {"description": "Seconds to wait", "schema": {"type": "integer"}}
        answer = {"description": "Too many requests at a time", "headers": {"Retry-After": header}}
        responses.setdefault("503", answer)
    if any(item.rates for item in limits):
        schema = {"type": "string"}
        headers = {
            "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}},
            "RateLimit-Policy": {"description": "The limits of the client", "schema": schema},
            "RateLimit": {"description": "What is left of them", "schema": schema},
        }
        answer = {"description": "Too many requests of the client", "headers": headers}
        responses.setdefault("429", answer)


def _describe_kept_answers(route: DocumentedRoute, method: str, operation: JsonObject) -> None:
    """Add what a cache and idempotency mean for clients."""
    for keeper in getattr(route, "_rapide_keepers", ()):
        if method in keeper.methods:
            keeper.describe(operation, operation["responses"])


def describe_validation_error() -> JsonObject:
    """Return the Response Object of requests that are not valid."""
    schema = {"$ref": REF_PREFIX + "HTTPValidationError"}
    return {
        "description": "Validation Error",
        "content": {"application/json": {"schema": schema}},
    }


def describe_metadata(
    *, route: DocumentedRoute, method: str, operation_ids: set[str]
) -> JsonObject:
    """Return tags, texts and the operation id, which is added to `operation_ids`.

    Warn if another operation already has the same id.
    """
    operation: JsonObject = {"tags": route.tags} if route.tags else {}
    operation["summary"] = used("openapi.utils.generate_operation_summary", summarize)(
        route=route, method=method
    )
    if route.description:
        operation["description"] = route.description
    operation["operationId"] = operation_id = route.operation_id or route.unique_id
    if operation_id in operation_ids:
        _warn_duplicate(operation_id, route.endpoint)
    operation_ids.add(operation_id)
    if route.deprecated:
        operation["deprecated"] = route.deprecated
    return operation


def summarize(*, route: DocumentedRoute, method: str) -> str:
    """Return the route's summary, by default its name in words."""
    return route.summary or route.name.replace("_", " ").title()


def _warn_duplicate(operation_id: str, endpoint: object) -> None:
    name = getattr(endpoint, "__name__", "<unnamed_endpoint>")
    message = f"Duplicate Operation ID {operation_id} for function {name}"
    if file := getattr(endpoint, "__globals__", {}).get("__file__"):
        message += f" at {file}"
    warnings.warn(message, stacklevel=1)


def _describe_body(body_field: ModelField, schemas: FieldSchemas) -> JsonObject:
    """Return the body of an operation, or nothing if a replaced function returns nothing."""
    name = "openapi.utils.get_openapi_operation_request_body"
    replaced = replacement(name)
    if replaced is None:
        return {"requestBody": describe_request_body(body_field, schemas)}
    described = replaced(body_field=body_field, **schemas.as_arguments())
    return {"requestBody": described} if described else {}


def describe_request_body(body_field: ModelField, schemas: FieldSchemas) -> JsonObject:
    """Return the Request Body Object of a body, which has one media type."""
    info: Any = body_field.field_info
    body: JsonObject = {"required": True} if info.is_required() else {}
    content = {"schema": schemas.schema(body_field)} | describe_examples(info)
    return body | {"content": {info.media_type: content}}


def _describe_callbacks(
    route: DocumentedRoute, schemas: FieldSchemas, operation_ids: set[str]
) -> JsonObject:
    return {
        callback.name: {callback.path: path_operations(callback, schemas, operation_ids)[0]}
        for callback in route.callbacks or ()
        if is_documented(callback)
    }
