"""The schemas of the fields of one document."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rapide._replaced import used
from rapide.schema.definitions import FieldMapping, copied, get_schema_from_model_field
from rapide.signature.dependencies import ReadFields
from rapide.signature.models import peek_fields
from rapide.types import JsonObject, ModelNameMap

if TYPE_CHECKING:
    from rapide.schema import ModelField


@dataclass(frozen=True, slots=True)
class FieldSchemas:
    """The schemas of all fields, which are generated together for the whole document."""

    model_name_map: ModelNameMap
    field_mapping: FieldMapping
    separate_input_output_schemas: bool = True

    @property
    def read(self) -> ReadFields:
        """Return a list of fields of a dependant, which has the fields of `field_mapping`."""
        return getattr

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


class SharedSchemas(FieldSchemas):
    """The schemas of a document that no function of a program describes a part of.

    Fields with equal schemas share one, and the fields are the originals of those in the lists.
    """

    __slots__ = ()

    def schema(self, field: "ModelField", alias: str | None = None) -> JsonObject:
        """Return a copy of the schema of `field`."""
        found: JsonObject = copied(FieldSchemas.schema(self, field, alias))
        return found

    @property
    def read(self) -> ReadFields:
        """Return the fields without making copies of them, if possible."""
        return peek_fields
