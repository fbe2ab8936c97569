"""The one door to Pydantic: fields, validators, serializers."""

from pydantic_core import ValidationError, from_json

from rapide.schema.annotations import (
    annotation_is_pydantic_v1,
    field_annotation_is_complex,
    field_annotation_is_scalar,
    field_annotation_is_scalar_sequence,
    field_annotation_is_sequence,
    is_bytes_or_nonable_bytes_annotation,
    is_bytes_sequence_annotation,
    is_pydantic_v1_model_instance,
    is_union,
    is_uploadfile_or_nonable_uploadfile_annotation,
    is_uploadfile_sequence_annotation,
    lenient_issubclass,
    sequence_types,
    value_is_sequence,
)
from rapide.schema.errors import get_missing_field_error
from rapide.schema.fields import (
    ModelField,
    PydanticSchemaGenerationError,
    RequiredParam,
    Undefined,
    copy_field_info,
    create_body_model,
    create_model_field,
    get_cached_model_fields,
    get_model_fields,
    serialize_sequence_value,
)

__all__ = [
    "ModelField",
    "PydanticSchemaGenerationError",
    "RequiredParam",
    "Undefined",
    "ValidationError",
    "annotation_is_pydantic_v1",
    "copy_field_info",
    "create_body_model",
    "create_model_field",
    "field_annotation_is_complex",
    "field_annotation_is_scalar",
    "field_annotation_is_scalar_sequence",
    "field_annotation_is_sequence",
    "from_json",
    "get_cached_model_fields",
    "get_missing_field_error",
    "get_model_fields",
    "is_bytes_or_nonable_bytes_annotation",
    "is_bytes_sequence_annotation",
    "is_pydantic_v1_model_instance",
    "is_union",
    "is_uploadfile_or_nonable_uploadfile_annotation",
    "is_uploadfile_sequence_annotation",
    "lenient_issubclass",
    "sequence_types",
    "serialize_sequence_value",
    "value_is_sequence",
]
