"""The one door to Pydantic: fields, validators, serializers."""

from rapide.schema.annotations import annotation_is_pydantic_v1 as annotation_is_pydantic_v1
from rapide.schema.annotations import field_annotation_is_complex as field_annotation_is_complex
from rapide.schema.annotations import field_annotation_is_scalar as field_annotation_is_scalar
from rapide.schema.annotations import (
    field_annotation_is_scalar_sequence as field_annotation_is_scalar_sequence,
)
from rapide.schema.annotations import field_annotation_is_sequence as field_annotation_is_sequence
from rapide.schema.annotations import (
    is_bytes_or_nonable_bytes_annotation as is_bytes_or_nonable_bytes_annotation,
)
from rapide.schema.annotations import is_bytes_sequence_annotation as is_bytes_sequence_annotation
from rapide.schema.annotations import (
    is_pydantic_v1_model_instance as is_pydantic_v1_model_instance,
)
from rapide.schema.annotations import is_union as is_union
from rapide.schema.annotations import (
    is_uploadfile_or_nonable_uploadfile_annotation as is_uploadfile_or_nonable_uploadfile_annotation,
)
from rapide.schema.annotations import (
    is_uploadfile_sequence_annotation as is_uploadfile_sequence_annotation,
)
from rapide.schema.annotations import lenient_issubclass as lenient_issubclass
from rapide.schema.annotations import sequence_types as sequence_types
from rapide.schema.annotations import value_is_sequence as value_is_sequence
from rapide.schema.errors import get_missing_field_error as get_missing_field_error
from rapide.schema.fields import ModelField as ModelField
from rapide.schema.fields import PydanticSchemaGenerationError as PydanticSchemaGenerationError
from rapide.schema.fields import RequiredParam as RequiredParam
from rapide.schema.fields import Undefined as Undefined
from rapide.schema.fields import copy_field_info as copy_field_info
from rapide.schema.fields import create_body_model as create_body_model
from rapide.schema.fields import create_model_field as create_model_field
from rapide.schema.fields import get_cached_model_fields as get_cached_model_fields
from rapide.schema.fields import get_model_fields as get_model_fields
from rapide.schema.fields import serialize_sequence_value as serialize_sequence_value
