"""Private names of FastAPI's modules that applications import, and their counterparts in Rapide.

COMPAT: FastAPI 0.165. A name with the same meaning in both has FastAPI's signature here. A name of
a mere implementation detail of FastAPI does not exist. Both kinds are listed in
`tests/parity/interface/test_private_names.py`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PARTS: dict[str, dict[str, str]] = {
    "rapide._form_limits": {
        "_FormLimits": "FormLimits",
        "_validate_form_limits": "validate_form_limits",
    },
    "rapide.concurrency": {"_DependencyConcurrency": "DependencyConcurrency"},
    "rapide.datastructures": {"_Unset": "_Unset"},
    "rapide.signature.callables": {
        "_STREAM_ORIGINS": "_STREAM_ORIGINS",
        "_get_signature": "_get_signature",
        "_impartial": "without_partials",
        "_is_async_gen_callable": "is_async_gen_callable",
        "_is_coroutine_callable": "is_coroutine_callable",
        "_is_gen_callable": "is_gen_callable",
    },
    "rapide.signature.models": {
        "_UsesScopesCache": "UsesScopesCache",
        "_get_cache_key": "get_cache_key",
        "_get_computed_scope": "get_computed_scope",
        "_get_oauth_scopes": "get_oauth_scopes",
        "_get_security_scheme": "get_security_scheme",
        "_is_security_scheme": "is_security_scheme",
    },
    "rapide.signature.bodies": {
        "_get_body_field": "get_body_field",
        "_should_embed_body_fields": "should_embed_body_fields",
    },
    "rapide.signature.dependencies": {
        "_get_flat_body_params": "get_flat_body_params",
        "_get_flat_fields_from_params": "get_flat_fields_from_params",
    },
    "rapide.signature.form_schema": {
        "_apply_form_body_schema": "describe_form_body",
        "_get_form_model_schema": "describe_form_model",
    },
    "rapide.signature.forms": {
        "_add_form_union_validators": "add_form_union_validators",
        "_get_form_model": "get_form_model",
        "_get_form_models": "get_form_models",
        "_get_form_union_models": "get_form_union_models",
        "_get_model_type": "get_model_type",
        "_get_multidict_value": "select_value",
        "_get_param_aliases": "get_param_aliases",
        "_get_param_model": "get_param_model",
        "_is_json_field": "is_json_field",
        "_normalize_form_model": "read_form_as",
    },
    "rapide._form_values": {"_is_empty_file_input": "is_empty_file"},
    "rapide.schema.annotations": {
        "_annotation_is_complex": "_is_complex_class",
        "_annotation_is_sequence": "_is_sequence_class",
    },
    "rapide.schema.definitions": {"_has_computed_fields": "_has_computed_fields"},
    "rapide.openapi.docs": {"_html_safe_json": "_script_json"},
    "rapide.sse": {"_SSE_EVENT_SCHEMA": "_SSE_EVENT_SCHEMA"},
    "rapide.routing.lifespan": {
        "_AsyncLiftContextManager": "Lifted",
        "_DefaultLifespan": "EventHandlers",
        "_wrap_gen_lifespan_context": "lifted",
    },
    "rapide.routing.frontend_paths": {
        "_join_frontend_paths": "join_paths",
        "_normalize_frontend_path": "normalize_path",
        "_resolve_frontend_check_dir": "must_directory_exist",
    },
    "rapide.routing.route": {"_effective_route_context_var": "_effective_route_context_var"},
    "rapide.telemetry.auto": {
        "_configure_from_environment": "configure",
        "_configured": "_exported",
        "_export_endpoint": "find_endpoint",
        "_flush": "_flush",
        "_lock": "_lock",
        "_owned": "_owned",
        "_registration_provider": "_registering",
        "_shutdown": "_shutdown",
    },
    "rapide.telemetry.providers": {"_unconfigured": "is_stand_in"},
}

#: Names whose signature differs from that of their counterpart.
_ADAPTED = """_OpenAPIDependencyData _apply_router_form_limits
    _build_dependant_with_parameterless_dependencies _extract_endpoint_context _extract_form_body
    _extract_form_items _extract_form_model _frontend_path_specificity _get_api_route_for_openapi
    _get_fastapi_scope _get_multidict_extras _get_openapi_dependency_data
    _get_openapi_operation_parameters _get_openapi_security_definitions _get_resolved_absolute_path
    _get_scope_effective_route_context _get_scope_included_router _is_form_model_supplied
    _iter_routes_with_context _read_file_bytes _regenerate_error_with_loc
    _request_param_model_to_args _resolve_form_limits _unwrapped_call _update_scope
    _validate_value_with_model_field _FASTAPI_EFFECTIVE_ROUTE_CONTEXT_KEY _FASTAPI_FORM_LIMITS_KEY
    _FASTAPI_FRONTEND_PATH_KEY _FASTAPI_FRONTEND_SPECIFICITY_KEY _FASTAPI_INCLUDED_ROUTER_KEY
    _FASTAPI_SCOPE_KEY"""

#: The names of each module.
_NAMES = {
    "_compat.shared": "_annotation_is_complex _annotation_is_sequence",
    "_compat.v2": "_has_computed_fields _regenerate_error_with_loc",
    "_form_limits": "_FormLimits _validate_form_limits",
    "applications": "_FormLimits",
    "concurrency": "_DependencyConcurrency",
    "dependencies.models": "_DependencyConcurrency _impartial _unwrapped_call",
    "dependencies.utils": """_DependencyConcurrency _STREAM_ORIGINS _UsesScopesCache
        _add_form_union_validators _apply_form_body_schema _extract_form_body _extract_form_items
        _extract_form_model _get_cache_key _get_computed_scope _get_form_model
        _get_form_model_schema _get_form_models _get_form_union_models _get_model_type
        _get_multidict_extras _get_multidict_value _get_oauth_scopes _get_signature
        _is_async_gen_callable _is_coroutine_callable _is_empty_file_input _is_form_model_supplied
        _is_gen_callable _is_json_field _normalize_form_model _read_file_bytes
        _request_param_model_to_args _validate_value_with_model_field""",
    "openapi.docs": "_html_safe_json",
    "openapi.utils": """_OpenAPIDependencyData _SSE_EVENT_SCHEMA _Unset _UsesScopesCache
        _get_api_route_for_openapi _get_cache_key _get_flat_fields_from_params _get_oauth_scopes
        _get_openapi_dependency_data _get_openapi_operation_parameters
        _get_openapi_security_definitions _get_param_aliases _get_param_model _get_security_scheme
        _is_security_scheme""",
    "param_functions": "_Unset",
    "params": "_DependencyConcurrency",
    "routing": """_AsyncLiftContextManager _DefaultLifespan _FASTAPI_EFFECTIVE_ROUTE_CONTEXT_KEY
        _FASTAPI_FORM_LIMITS_KEY _FASTAPI_FRONTEND_PATH_KEY _FASTAPI_FRONTEND_SPECIFICITY_KEY
        _FASTAPI_INCLUDED_ROUTER_KEY _FASTAPI_SCOPE_KEY _FormLimits _apply_router_form_limits
        _build_dependant_with_parameterless_dependencies _effective_route_context_var
        _extract_endpoint_context _frontend_path_specificity _get_body_field _get_fastapi_scope
        _get_flat_body_params _get_resolved_absolute_path _get_scope_effective_route_context
        _get_scope_included_router _iter_routes_with_context
        _is_async_gen_callable _is_coroutine_callable _is_gen_callable _join_frontend_paths
        _normalize_frontend_path _resolve_form_limits _resolve_frontend_check_dir
        _should_embed_body_fields _update_scope _validate_form_limits _wrap_gen_lifespan_context""",
    "telemetry._api": "_unconfigured",
    "telemetry._runtime": """_configure_from_environment _configured _export_endpoint _flush _lock
        _owned _registration_provider _shutdown _unconfigured""",
}

_MODULES = {name: module for module, names in _PARTS.items() for name in names}


def find_private(module: str, name: str) -> Any:
    """Return the counterpart of a private name of FastAPI, or None if there is none.

    Args:
        module: The path below the package, such as `openapi.utils`.
        name: The name in FastAPI's module.
    """
    if name not in _NAMES.get(module, "").split():
        return None
    if name in _ADAPTED.split():
        return getattr(import_module("rapide._private_adapters"), name)
    home = _MODULES[name]
    return getattr(import_module(home), _PARTS[home][name])
