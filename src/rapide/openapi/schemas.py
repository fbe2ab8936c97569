"""The schemas of the fields of one document."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rapide._replaced import used
from rapide.schema.definitions import FieldMapping, get_schema_from_model_field
from rapide.types import JsonObject, ModelNameMap

if TYPE_CHECKING:
    from rapide.schema import ModelField


@dataclass(frozen=True, slots=True)
class FieldSchemas:
    """The schemas of all fields, which are generated together for the whole document."""

    model_name_map: ModelNameMap
    field_mapping: FieldMapping
    separate_input_output_schemas: bool = True

    def schema(self, field: "ModelField", alias: str | None = None) -> JsonObject:
        """Return the schema of `field`, whose title is `alias` or the field's own name."""
        named: dict[str, Any] = {} if alias is None else {"field_alias": alias}
        look_up = used("openapi.utils.get_schema_from_model_field", get_schema_from_model_field)
        return look_up(field=field, **named, **self.as_arguments())

    def as_arguments(self) -> dict[str, Any]:
        """Return the arguments by which FastAPI's functions get the schemas."""
        return {
            "model_name_map": self.model_name_map,
            "field_mapping": self.field_mapping,
            "separate_input_output_schemas": self.separate_input_output_schemas,
        }
