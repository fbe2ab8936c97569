"""Fields and their schemas, under the name of the module that FastAPI 0.165 has them in."""

from rapide._compat import (
    ModelField,
    PydanticSchemaGenerationError,
    RequiredParam,
    Undefined,
    Url,
    copy_field_info,
    create_body_model,
    evaluate_forwardref,
    get_cached_model_fields,
    get_definitions,
    get_flat_models_from_fields,
    get_missing_field_error,
    get_model_name_map,
    get_schema_from_model_field,
    is_scalar_field,
    serialize_sequence_value,
    with_info_plain_validator_function,
)
from rapide._imported_names import add_imported_names

__all__ = [
    "ModelField",
    "PydanticSchemaGenerationError",
    "RequiredParam",
    "Undefined",
    "Url",
    "copy_field_info",
    "create_body_model",
    "evaluate_forwardref",
    "get_cached_model_fields",
    "get_definitions",
    "get_flat_models_from_fields",
    "get_missing_field_error",
    "get_model_name_map",
    "get_schema_from_model_field",
    "is_scalar_field",
    "serialize_sequence_value",
    "with_info_plain_validator_function",
]

add_imported_names(__name__)
