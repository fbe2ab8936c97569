"""The names that plugins import from FastAPI's private `_compat`: fields and questions about types.

Nothing in the package imports this module; each name lives in the room that it belongs to.
docs/ecosystem.md lists the private names that plugins use, each with the plugins.
"""

from types import SimpleNamespace
from typing import Any, ForwardRef, get_type_hints

from pydantic import VERSION
from pydantic_core import Url
from pydantic_core.core_schema import with_info_plain_validator_function

from rapide.schema import (
    ModelField,
    PydanticSchemaGenerationError,
    RequiredParam,
    Undefined,
    annotation_is_pydantic_v1,
    copy_field_info,
    create_body_model,
    field_annotation_is_scalar,
    field_annotation_is_scalar_sequence,
    field_annotation_is_sequence,
    get_cached_model_fields,
    get_missing_field_error,
    is_bytes_or_nonable_bytes_annotation,
    is_bytes_sequence_annotation,
    is_pydantic_v1_model_instance,
    is_uploadfile_or_nonable_uploadfile_annotation,
    is_uploadfile_sequence_annotation,
    lenient_issubclass,
    sequence_types,
    serialize_sequence_value,
    value_is_sequence,
)
from rapide.schema.definitions import (
    get_definitions,
    get_flat_models_from_fields,
    get_model_name_map,
    get_schema_from_model_field,
)
from rapide.signature.parameters import is_scalar_field

__all__ = [
    "PYDANTIC_VERSION_MINOR_TUPLE",
    "ModelField",
    "PydanticSchemaGenerationError",
    "RequiredParam",
    "Undefined",
    "Url",
    "annotation_is_pydantic_v1",
    "copy_field_info",
    "create_body_model",
    "evaluate_forwardref",
    "field_annotation_is_scalar",
    "field_annotation_is_scalar_sequence",
    "field_annotation_is_sequence",
    "get_cached_model_fields",
    "get_definitions",
    "get_flat_models_from_fields",
    "get_missing_field_error",
    "get_model_name_map",
    "get_schema_from_model_field",
    "is_bytes_or_nonable_bytes_annotation",
    "is_bytes_sequence_annotation",
    "is_pydantic_v1_model_instance",
    "is_scalar_field",
    "is_uploadfile_or_nonable_uploadfile_annotation",
    "is_uploadfile_sequence_annotation",
    "lenient_issubclass",
    "sequence_types",
    "serialize_sequence_value",
    "value_is_sequence",
    "with_info_plain_validator_function",
]

PYDANTIC_VERSION_MINOR_TUPLE: tuple[int, ...] = tuple(map(int, VERSION.split(".")[:2]))


def evaluate_forwardref(
    value: Any, globalns: dict[str, Any] | None = None, localns: dict[str, Any] | None = None
) -> Any:
    """Evaluate a `ForwardRef` or text; a `ForwardRef` when a name in it is unknown."""
    reference = ForwardRef(value) if isinstance(value, str) else value
    holder = SimpleNamespace(__annotations__={"it": reference})
    try:
        return get_type_hints(holder, globalns or {}, localns, include_extras=True)["it"]
    except NameError:
        return reference
