"""JSON Schema of model fields: one schema per field, and the definitions they share."""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, get_args, get_origin

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema as _GenerateJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import DecimalSchema

from rapide.encoders import jsonable_encoder
from rapide.schema.annotations import is_msgspec_class
from rapide.types import JsonObject, ModelNameMap

if TYPE_CHECKING:
    from rapide.schema import ModelField

Mode: TypeAlias = Literal["validation", "serialization"]
NamedModel: TypeAlias = type[BaseModel] | type[Enum]
FieldMapping: TypeAlias = "dict[tuple[ModelField, Mode], JsonSchemaValue]"
Definitions: TypeAlias = dict[str, JsonObject]

REF_PREFIX = "#/components/schemas/"
REF_TEMPLATE = REF_PREFIX + "{model}"
_NAMED = (BaseModel, Enum)
_MODES: tuple[Mode, Mode] = ("validation", "serialization")


class GenerateJsonSchema(_GenerateJsonSchema):
    """Pydantic's generator, with bytes described as OpenAPI 3.1 requires."""

    def bytes_schema(self, schema: CoreSchema) -> JsonSchemaValue:
        """Describe bytes by their media type: JSON Schema 2020-12 has no format `binary`."""
        described = {"type": "string", "contentMediaType": "application/octet-stream"}
        serializing = self.mode == "serialization"
        config = self._config
        if (config.ser_json_bytes if serializing else config.val_json_bytes) == "base64":
            described["contentEncoding"] = "base64"
        self.update_with_validations(described, schema, self.ValidationsMapping.bytes)
        return described

    names_decimals: ClassVar[bool] = False
    """Whether decimal numbers have the format "decimal", for clients made of a document."""

    def decimal_schema(self, schema: DecimalSchema) -> JsonSchemaValue:
        """Describe decimal numbers, which are strings or numbers."""
        described = super().decimal_schema(schema)
        if self.names_decimals:
            for part in (described, *described.get("anyOf", ())):
                if part.get("type") == "string":
                    part["format"] = "decimal"
        return described

    def encode_default(self, dft: Any) -> Any:
        """Encode a default, which may be a Struct."""
        parts = dft if type(dft) in (list, tuple) else (dft,)
        if any(is_msgspec_class(type(part)) for part in parts):
            return jsonable_encoder(dft)
        return super().encode_default(dft)


def get_definitions(
    *,
    fields: "Sequence[ModelField]",
    model_name_map: ModelNameMap,
    separate_input_output_schemas: bool = True,
) -> tuple[FieldMapping, Definitions]:
    """Generate the schemas of the fields, and the definitions that these schemas refer to.

    Args:
        fields: The fields to describe, each in its own mode.
        model_name_map: Ignored; Pydantic chooses the names. COMPAT: FastAPI 0.165.
        separate_input_output_schemas: If False, fields are described in validation mode, unless
            computed fields make the output differ from the input.
    """
    mapping, definitions = get_shared_definitions(fields, separate_input_output_schemas)
    seen: set[int] = set()
    for key, schema in mapping.items():
        if id(schema) in seen:
            mapping[key] = copied(schema)
        seen.add(id(schema))
    return mapping, definitions


def get_shared_definitions(
    fields: "Sequence[ModelField]", separate_input_output_schemas: bool
) -> tuple[FieldMapping, Definitions]:
    """Do the same for callers that change no schema: fields with equal schemas share one."""

    def mode_of(field: "ModelField") -> Mode:
        if separate_input_output_schemas or _has_computed_fields(field):
            return field.mode
        return "validation"

    annotations = [field.field_info.annotation for field in fields]
    described = {annotation for annotation in annotations if _is_class(annotation, _NAMED)}
    # Fields that share an adapter have equal schemas, and the first one is described.
    keys: list[tuple[int, Mode]] = [(id(field._type_adapter), mode_of(field)) for field in fields]
    first: dict[tuple[int, Mode], ModelField] = {}
    for key, field in zip(keys, fields, strict=True):
        first.setdefault(key, field)
    inputs: list[tuple[Any, Mode, CoreSchema]] = [
        (field, mode, field._type_adapter.core_schema) for (_, mode), field in first.items()
    ]
    for mode in _MODES:
        # A model that only occurs inside others is described too, even if nothing refers to it.
        models = get_flat_models_from_fields(
            [field for field in fields if field.mode == mode], known_models=set()
        )
        for model in sorted(models - described, key=_qualified_name):
            core_schema = TypeAdapter(model).core_schema
            own_mode = mode
            if not separate_input_output_schemas and not _computes(model, core_schema):
                own_mode = "validation"
            inputs.append((model, own_mode, core_schema))

    mapping, definitions = GenerateJsonSchema(ref_template=REF_TEMPLATE).generate_definitions(
        inputs=inputs
    )
    for key, field in zip(keys, fields, strict=True):
        if first[key] is not field:
            mapping[field, key[1]] = mapping[first[key], key[1]]
    return mapping, {str(name): _cut(definition) for name, definition in definitions.items()}


def _cut(definition: JsonObject) -> JsonObject:
    # COMPAT: in FastAPI 0.165, the document shows a docstring up to a form feed.
    if "description" in definition:
        definition["description"] = definition["description"].split("\f")[0]
    return definition


def copied(schema: Any) -> Any:
    """Copy a JSON Schema, so that changing one does not change another."""
    if type(schema) is dict:
        return {name: copied(value) for name, value in schema.items()}
    return [copied(item) for item in schema] if type(schema) is list else schema


def get_schema_from_model_field(
    *,
    field: "ModelField",
    model_name_map: ModelNameMap,
    field_mapping: FieldMapping,
    separate_input_output_schemas: bool = True,
    field_alias: str | None = None,
) -> JsonObject:
    """Return the field's own schema, with the field's title unless it is a reference."""
    mode = field.mode
    if not separate_input_output_schemas and not _has_computed_fields(field):
        mode = "validation"
    schema = field_mapping[field, mode].copy()
    if "$ref" not in schema:
        schema["title"] = field.field_info.title or _title(field_alias or _alias(field))
    return schema


def _alias(field: "ModelField") -> str:
    if field.mode == "validation":
        return field.validation_alias or field.alias
    return field.serialization_alias or field.alias


def _title(alias: str) -> str:
    return alias.title().replace("_", " ")


def get_model_name_map(unique_models: Iterable[NamedModel]) -> ModelNameMap:
    """Name each model by its class. Of several models with one name, the last one gets it."""
    by_name = {re.sub(r"[^a-zA-Z0-9.\-_]", "_", model.__name__): model for model in unique_models}
    return {model: name for name, model in by_name.items()}


def get_flat_models_from_fields(
    fields: "Iterable[ModelField]", known_models: set[NamedModel]
) -> set[NamedModel]:
    """Add to `known_models` every model and enumeration that the fields' annotations reach."""
    for field in fields:
        _collect_models(field.field_info.annotation, known_models)
    return known_models


def _collect_models(annotation: Any, known: set[NamedModel]) -> None:
    # PERF: only annotations are read; no validators are built for the fields of nested models.
    pending = [annotation]
    while pending:
        current = pending.pop()
        if type(current) is type:
            continue  # models and enumerations have metaclasses
        if not _is_class(current, _NAMED):
            pending.extend(get_args(current) if get_origin(current) is not None else ())
        elif current not in known:
            known.add(current)
            if issubclass(current, BaseModel):
                pending.extend(info.annotation for info in current.model_fields.values())


def _has_computed_fields(field: "ModelField") -> bool:
    return _computes(field.field_info.annotation, field._type_adapter.core_schema)


def _computes(annotation: object, core_schema: CoreSchema) -> bool:
    # A data class can have computed fields, which only its core schema shows.
    inner: Any = core_schema.get("schema", {})
    if inner.get("computed_fields"):
        return True
    return any(model.model_computed_fields for model in _reachable_models(annotation))


def _reachable_models(annotation: object) -> Iterator[type[BaseModel]]:
    known: set[NamedModel] = set()
    _collect_models(annotation, known)
    return (model for model in known if issubclass(model, BaseModel))


def _is_class(value: object, bases: tuple[type, ...]) -> bool:
    # `list[int]` passes isinstance(value, type) in Python 3.11 but not issubclass().
    return isinstance(value, type) and get_origin(value) is None and issubclass(value, bases)


def _qualified_name(model: type) -> str:
    return f"{model.__module__}.{model.__qualname__}"
