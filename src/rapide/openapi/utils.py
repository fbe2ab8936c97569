"""FastAPI's functions that make the OpenAPI document."""

import sys
import warnings
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.routing import BaseRoute

from rapide import _replaced
from rapide._imported_names import add_imported_names
from rapide._replaced import notice_replacements, replacement
from rapide.encoders import jsonable_encoder
from rapide.openapi.finished import finish_document
from rapide.openapi.operation import (
    describe_metadata,
    describe_path,
    describe_request_body,
    path_operations,
)
from rapide.openapi.operation import summarize as _summarize
from rapide.openapi.operation import validation_error_definition as validation_error_definition
from rapide.openapi.operation import (
    validation_error_response_definition as validation_error_response_definition,
)
from rapide.openapi.responses import status_code_ranges as status_code_ranges
from rapide.openapi.routes import DocumentedRoute, RouteView, documented_routes
from rapide.openapi.schemas import FieldSchemas, SharedSchemas
from rapide.schema.definitions import (
    Definitions,
    FieldMapping,
    get_definitions,
    get_flat_models_from_fields,
    get_model_name_map,
    get_shared_definitions,
)
from rapide.signature.dependencies import ReadFields, read_flat_params
from rapide.signature.models import peek_fields
from rapide.types import JsonObject, ModelNameMap

if TYPE_CHECKING:
    from rapide.schema import ModelField

    Routes = Sequence[BaseRoute | RouteView]


def get_openapi(
    *,
    title: str,
    version: str,
    openapi_version: str = "3.1.0",
    summary: str | None = None,
    description: str | None = None,
    routes: "Routes",
    webhooks: "Routes | None" = None,
    tags: list[JsonObject] | None = None,
    servers: list[dict[str, str | Any]] | None = None,
    terms_of_service: str | None = None,
    contact: dict[str, str | Any] | None = None,
    license_info: dict[str, str | Any] | None = None,
    separate_input_output_schemas: bool = True,
    external_docs: JsonObject | None = None,
) -> JsonObject:
    """Make the OpenAPI document of the routes, as JSON-compatible data.

    Args:
        title: Title of the API.
        version: Version of the API.
        openapi_version: Version of OpenAPI that the document names.
        summary: Short text about the API in the document.
        description: Text about the API in the document (CommonMark).
        routes: The routes to describe.
        webhooks: Routes that describe webhooks.
        tags: Tag Objects in the order of the document (OpenAPI 3.1 section 4.8.22).
        servers: Server Objects, each with a `url` (OpenAPI 3.1 section 4.8.5).
        terms_of_service: URL of the terms of service in the document.
        contact: Contact Object: `name`, `url`, `email` (OpenAPI 3.1 section 4.8.3).
        license_info: License Object: `name`, `identifier` or `url` (OpenAPI 3.1 section 4.8.4).
        separate_input_output_schemas: Whether a model has two schemas if input and output differ.
        external_docs: External Documentation Object (OpenAPI 3.1 section 4.8.11).

    Raises:
        pydantic.ValidationError: A part from the routes or the arguments is not valid OpenAPI.
    """
    info = {
        "title": title,
        "version": version,
        "summary": summary,
        "description": description,
        "termsOfService": terms_of_service,
        "contact": contact,
        "license": license_info,
    }
    path_routes = list(documented_routes(routes))
    webhook_routes = list(documented_routes(webhooks or ()))
    read = replacement("openapi.utils.get_fields_from_routes")
    served = [*path_routes, *webhook_routes]
    given = read([*routes, *(webhooks or ())]) if read else None
    schemas, definitions = _field_schemas(given, served, separate_input_output_schemas)
    components = {"schemas": definitions, "securitySchemes": {}}
    operation_ids: set[str] = set()
    document = {
        "openapi": openapi_version,
        "info": _without_empty(info, keep=("title", "version")),
        "servers": servers,
        "paths": _describe_paths(path_routes, schemas, operation_ids, components),
        "webhooks": _describe_paths(webhook_routes, schemas, operation_ids, components),
        "tags": tags,
        "externalDocs": external_docs,
    }
    components["schemas"] = dict(sorted(definitions.items()))
    document["components"] = _without_empty(components)
    described = _without_empty(document, keep=("openapi", "paths"))
    if jsonable_encoder is not _own_encoder or _is_model_replaced():
        return _validated(described)
    # PERF: startup. Most parts of a document need no models, and many documents none at all.
    return finish_document(described, _validated)


def _field_schemas(
    given: "list[ModelField] | None", routes: Iterable[DocumentedRoute], separate: bool
) -> tuple[FieldSchemas, Definitions]:
    """Generate the schemas of the given fields, or of those of the routes."""
    # PERF: startup. Functions of a program must get fields and schemas that they may change.
    is_shared = not _replaced.current
    fields = given
    if fields is None:
        fields = _document_fields(routes, peek_fields if is_shared else getattr)
    names = get_model_name_map(get_flat_models_from_fields(fields, known_models=set()))
    if is_shared:
        mapping, definitions = get_shared_definitions(fields, separate)
        return SharedSchemas(names, mapping, separate), definitions
    mapping, definitions = get_definitions(
        fields=fields, model_name_map=names, separate_input_output_schemas=separate
    )
    return FieldSchemas(names, mapping, separate), definitions


def _describe_paths(
    routes: Iterable[DocumentedRoute],
    schemas: FieldSchemas,
    operation_ids: set[str],
    components: dict[str, JsonObject],
) -> dict[str, JsonObject]:
    """Describe every operation by path, and add the objects that they refer to to `components`."""
    paths: dict[str, JsonObject] = {}
    for route in routes:
        operations, security_schemes, definitions = path_operations(route, schemas, operation_ids)
        if operations:
            paths.setdefault(route.path_format, {}).update(operations)
        components["securitySchemes"].update(security_schemes or {})
        components["schemas"].update(definitions or {})
    return paths


def _without_empty(values: JsonObject, keep: Iterable[str] = ()) -> JsonObject:
    return {name: value for name, value in values.items() if value or name in keep}


def _validated(document: JsonObject) -> JsonObject:
    # The models are slow to import, so they are loaded only for a document.
    from rapide.openapi import models

    make = globals().get("OpenAPI", models.OpenAPI)
    encoded: JsonObject = jsonable_encoder(make(**document), by_alias=True, exclude_none=True)
    return encoded


def _is_model_replaced() -> bool:
    """Return whether a program has set another model of the document here."""
    own = getattr(sys.modules.get("rapide.openapi.models"), "OpenAPI", None)
    return globals().get("OpenAPI", own) is not own


#: Programs can replace the encoder here, and the model of the document, as in FastAPI.
_own_encoder = jsonable_encoder


def get_fields_from_routes(routes: "Routes") -> "list[ModelField]":
    """Return every field that the document describes: bodies, responses, stream items, parameters.

    Callbacks come first. A parameter model is replaced by its fields.

    Args:
        routes: The routes whose fields are read.
    """
    return _document_fields(documented_routes(routes))


def _document_fields(
    routes: Iterable[DocumentedRoute], read: ReadFields = getattr
) -> "list[ModelField]":
    bodies: list[ModelField] = []
    responses: list[ModelField] = []
    parameters: list[ModelField] = []
    callbacks: list[ModelField] = []
    for route in routes:
        if not route.include_in_schema:
            continue
        if route.body_field:
            bodies.append(route.body_field)
        responses += _response_fields(route)
        if route.callbacks:
            own = replacement("openapi.utils.get_fields_from_routes")
            inner = documented_routes(route.callbacks)
            callbacks += own(route.callbacks) if own else _document_fields(inner, read)
        parameters += read_flat_params(route.dependant, read)
    return callbacks + bodies + responses + parameters


def _response_fields(route: DocumentedRoute) -> "list[ModelField]":
    fields = [route.response_field, *route.response_fields.values(), route.stream_item_field]
    return [field for field in fields if field]


def get_openapi_path(
    *,
    route: DocumentedRoute,
    operation_ids: set[str],
    model_name_map: ModelNameMap,
    field_mapping: FieldMapping,
    separate_input_output_schemas: bool = True,
) -> tuple[JsonObject, JsonObject, Definitions]:
    """Return the operations of a route by method, their security schemes and their definitions.

    Add the ids of the operations to `operation_ids`, and warn about a repeated one.

    Args:
        route: The route.
        operation_ids: The ids so far; duplicates warn.
        model_name_map: The name of each model's schema.
        field_mapping: The schema of each field.
        separate_input_output_schemas: Whether a model has two schemas if input and output differ.
    """
    assert route.methods is not None, "Methods must be a list"
    schemas = FieldSchemas(model_name_map, field_mapping, separate_input_output_schemas)
    path = describe_path(route, schemas, operation_ids)
    return path.operations, path.security_schemes, dict(path.definitions)


def get_openapi_operation_metadata(
    *, route: DocumentedRoute, method: str, operation_ids: set[str]
) -> JsonObject:
    """Return tags, summary, description, operation id and deprecation of an operation.

    Args:
        route: The route.
        method: The method of HTTP.
        operation_ids: The ids so far; duplicates warn.
    """
    return describe_metadata(route=route, method=method, operation_ids=operation_ids)


def get_openapi_operation_request_body(
    *,
    body_field: "ModelField | None",
    model_name_map: ModelNameMap,
    field_mapping: FieldMapping,
    separate_input_output_schemas: bool = True,
) -> JsonObject | None:
    """Return the Request Body Object of a body field, or None if there is no field.

    Args:
        body_field: The field that validates the body.
        model_name_map: The name of each model's schema.
        field_mapping: The schema of each field.
        separate_input_output_schemas: Whether a model has two schemas if input and output differ.
    """
    if not body_field:
        return None
    schemas = FieldSchemas(model_name_map, field_mapping, separate_input_output_schemas)
    return describe_request_body(body_field, schemas)


def generate_operation_summary(*, route: DocumentedRoute, method: str) -> str:
    """Return the summary of a route, by default its name in words.

    Args:
        route: The route.
        method: The method of HTTP.
    """
    return _summarize(route=route, method=method)


def generate_operation_id(*, route: DocumentedRoute, method: str) -> str:
    """Return the route's operation id, or one made of name, path and method (deprecated)."""
    import re

    from rapide.exceptions import FastAPIDeprecationWarning

    warnings.warn(
        "fastapi.openapi.utils.generate_operation_id() was deprecated, use the route's "
        "operation_id or unique_id",
        FastAPIDeprecationWarning,
        stacklevel=2,
    )
    identifier = re.sub(r"\W", "_", f"{route.name}{route.path_format}")
    return route.operation_id or f"{identifier}_{method.lower()}"


add_imported_names(__name__)
notice_replacements(__name__)
