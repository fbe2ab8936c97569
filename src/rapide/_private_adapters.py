"""Adapters for FastAPI's private functions whose counterparts have another signature.

COMPAT: FastAPI 0.165. Cadwyn, TiTiler and others import some of them.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from starlette.datastructures import FormData, UploadFile
from starlette.routing import BaseRoute
from starlette.types import Scope

from rapide import params, scope_keys
from rapide._form_limits import FormLimits
from rapide.exceptions import EndpointContext
from rapide.generic.bodies import form_values, is_model_supplied, model_content
from rapide.generic.context import endpoint_context
from rapide.generic.parameters import read_model, validate_field
from rapide.openapi.requirements import (
    Requirements,
    collect_requirements,
    describe_each_parameter,
    describe_security,
)
from rapide.openapi.schemas import FieldSchemas
from rapide.routing.frontend_paths import specificity_of
from rapide.routing.included_router import iter_route_contexts
from rapide.routing.included_router import update_scope as _merge_scope
from rapide.runtime.forms import file_content
from rapide.schema import ModelField
from rapide.schema.definitions import FieldMapping
from rapide.schema.errors import relocate_errors
from rapide.signature.bodies import should_embed_body_fields
from rapide.signature.callables import without_partials
from rapide.signature.dependencies import get_flat_body_params, read_dependant
from rapide.signature.forms import form_items, remaining_values
from rapide.signature.models import Dependant
from rapide.types import JsonObject, ModelNameMap

_FASTAPI_SCOPE_KEY = scope_keys.FASTAPI
_FASTAPI_EFFECTIVE_ROUTE_CONTEXT_KEY = scope_keys.EFFECTIVE_ROUTE_CONTEXT
_FASTAPI_FORM_LIMITS_KEY = scope_keys.FORM_LIMITS
_FASTAPI_FRONTEND_PATH_KEY = scope_keys.FRONTEND_PATH
_FASTAPI_FRONTEND_SPECIFICITY_KEY = scope_keys.FRONTEND_SPECIFICITY
_FASTAPI_INCLUDED_ROUTER_KEY = scope_keys.INCLUDED_ROUTER

_PLACES = ("path", "query", "header", "cookie")

# Forms and parameters


def _validate_value_with_model_field(
    *, field: ModelField, value: object, values: dict[str, object], loc: tuple[str, ...]
) -> tuple[object, list[object]]:
    return validate_field(field, value, loc)


def _get_multidict_extras(
    received_params: Mapping[str, object], processed_keys: set[str]
) -> Iterator[tuple[str, object]]:
    return remaining_values(received_params, processed_keys)


def _request_param_model_to_args(
    model_field: ModelField, model: type[BaseModel], received_params: Mapping[str, object]
) -> tuple[object, list[object]]:
    return read_model(model_field, model, received_params, None)


def _extract_form_items(
    body_fields: list[ModelField], received_body: FormData
) -> Iterator[tuple[str, object, ModelField | None]]:
    return form_items(body_fields, received_body)


async def _read_file_bytes(file: UploadFile) -> bytes:
    content: bytes = await file_content(file)
    return content


async def _extract_form_body(
    body_fields: list[ModelField], received_body: FormData
) -> AsyncIterator[tuple[str, object, ModelField | None]]:
    for item in await form_values(body_fields, received_body):
        yield item


def _is_form_model_supplied(model: type[BaseModel], received_body: FormData) -> bool:
    return is_model_supplied(model, received_body)


async def _extract_form_model(
    field: ModelField, models: list[type[BaseModel]], received_body: FormData
) -> object:
    return await model_content(field, models, received_body)


def _regenerate_error_with_loc(
    *, errors: Sequence[Mapping[str, object]], loc_prefix: tuple[str | int, ...]
) -> list[dict[str, object]]:
    return relocate_errors(errors, loc_prefix)


# Callables


def _unwrapped_call(call: Callable[..., object] | None) -> object:
    return None if call is None else inspect.unwrap(without_partials(call))


def _extract_endpoint_context(func: Callable[..., object]) -> EndpointContext:
    return endpoint_context(func)


def _build_dependant_with_parameterless_dependencies(
    *, path: str, call: Callable[..., object], dependencies: Sequence[params.Depends]
) -> tuple[Dependant, list[ModelField], bool]:
    dependant = read_dependant(path, call, dependencies)
    body_params = get_flat_body_params(dependant)
    return dependant, body_params, should_embed_body_fields(body_params)


# The document


@dataclass
class _OpenAPIDependencyData:
    """The parameters of an operation by place, and its security schemes with their scopes."""

    path_params: list[ModelField] = field(default_factory=list)
    query_params: list[ModelField] = field(default_factory=list)
    header_params: list[ModelField] = field(default_factory=list)
    cookie_params: list[ModelField] = field(default_factory=list)
    security_dependencies: list[tuple[Dependant, list[str]]] = field(default_factory=list)


def _get_openapi_dependency_data(dependant: Dependant) -> _OpenAPIDependencyData:
    required = collect_requirements(dependant)
    parameters = {f"{place}_params": fields for place, fields in required.parameters.items()}
    return _OpenAPIDependencyData(**parameters, security_dependencies=required.security)


def _get_openapi_security_definitions(
    security_dependencies: list[tuple[Dependant, list[str]]],
) -> tuple[JsonObject, list[dict[str, list[str]]]]:
    return describe_security(security_dependencies)


def _get_openapi_operation_parameters(
    *,
    dependency_data: _OpenAPIDependencyData,
    model_name_map: ModelNameMap,
    field_mapping: FieldMapping,
    separate_input_output_schemas: bool = True,
) -> list[JsonObject]:
    required = Requirements(
        {place: getattr(dependency_data, f"{place}_params") for place in _PLACES}
    )
    schemas = FieldSchemas(model_name_map, field_mapping, separate_input_output_schemas)
    return list(describe_each_parameter(required, schemas))


def _get_api_route_for_openapi(route_context: Any) -> object:
    from rapide.routing import APIRoute

    return route_context if isinstance(route_context.original_route, APIRoute) else None


# The scope


def _get_fastapi_scope(scope: Scope) -> dict[str, object]:
    found = scope.setdefault(_FASTAPI_SCOPE_KEY, {})
    assert isinstance(found, dict)
    return found


def _get_scope_effective_route_context(scope: Scope) -> object:
    return scope.get(_FASTAPI_SCOPE_KEY, {}).get(_FASTAPI_EFFECTIVE_ROUTE_CONTEXT_KEY)


def _iter_routes_with_context(routes: Sequence[BaseRoute]) -> Iterator[tuple[BaseRoute, object]]:
    for found in iter_route_contexts(routes):
        context = found._route_context
        if context is not None and context.starlette_route is None:
            context._rapide_compute_all()  # callers copy all settings in `vars`
        yield found.original_route, context


def _get_scope_included_router(scope: Scope) -> object:
    return scope.get(_FASTAPI_SCOPE_KEY, {}).get(_FASTAPI_INCLUDED_ROUTER_KEY)


def _update_scope(scope: Scope, child_scope: Scope) -> None:
    _merge_scope(scope, child_scope)


def _resolve_form_limits(
    fastapi_scope: dict[str, Any], overrides: FormLimits | None
) -> dict[str, object]:
    inherited: dict[str, Any] = fastapi_scope.get(_FASTAPI_FORM_LIMITS_KEY, {})
    return {**inherited, **overrides} if overrides else inherited


def _apply_router_form_limits(scope: Scope, limits: FormLimits) -> None:
    if limits and scope["type"] == "http":
        found = _get_fastapi_scope(scope)
        found[_FASTAPI_FORM_LIMITS_KEY] = _resolve_form_limits(found, limits)


# Frontends


def _frontend_path_specificity(path: str) -> int:
    return specificity_of(path)


def _get_resolved_absolute_path(path: str | os.PathLike[str]) -> str:
    return os.path.realpath(path)
