"""JSON Schema of fields."""

from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, computed_field
from pydantic.fields import FieldInfo

from rapide.schema import ModelField
from rapide.schema.definitions import (
    get_definitions,
    get_flat_models_from_fields,
    get_model_name_map,
    get_schema_from_model_field,
)


class Leaf(BaseModel):
    size: int = 1


class Branch(BaseModel):
    leaves: list[Leaf] = []
    parent: "Branch | None" = None


class Sum(BaseModel):
    parts: list[int]

    @computed_field
    @property
    def total(self) -> int:
        return sum(self.parts)


class Amount(BaseModel):
    net: Decimal


def field(annotation: Any, mode: Any = "validation", name: str = "some_name") -> ModelField:
    return ModelField(field_info=FieldInfo(annotation=annotation), name=name, mode=mode)


def describe(one, *, separate=True, **options):
    mapping, definitions = get_definitions(
        fields=[one], model_name_map={}, separate_input_output_schemas=separate
    )
    schema = get_schema_from_model_field(
        field=one,
        model_name_map={},
        field_mapping=mapping,
        separate_input_output_schemas=separate,
        **options,
    )
    return schema, definitions


def test_a_schema_is_titled_after_its_field():
    assert describe(field(int)) == ({"type": "integer", "title": "Some Name"}, {})
    assert describe(field(int), field_alias="other-name")[0]["title"] == "Other-Name"


def test_a_reference_is_not_titled():
    schema, definitions = describe(field(Leaf))
    assert schema == {"$ref": "#/components/schemas/Leaf"}
    assert list(definitions) == ["Leaf"]


@pytest.mark.parametrize(("mode", "encoding"), [("validation", None), ("serialization", "base64")])
def test_bytes_say_how_they_are_written(mode, encoding):
    class Blob(BaseModel):
        model_config = ConfigDict(ser_json_bytes="base64")

        data: Annotated[bytes, Field(max_length=3)]

    _, definitions = describe(field(Blob, mode))
    schema = definitions["Blob"]["properties"]["data"]
    assert schema["contentMediaType"] == "application/octet-stream"
    assert schema.get("contentEncoding") == encoding
    assert schema["maxLength"] == 3
    assert "format" not in schema


@pytest.mark.parametrize("annotation", [Sum, list[Sum], dict[str, Sum | None]])
def test_one_schema_is_the_output_where_fields_are_computed(annotation):
    _, definitions = describe(field(annotation, "serialization"), separate=False)
    assert definitions["Sum"]["required"] == ["parts", "total"]


def test_one_schema_is_the_input_elsewhere():
    _, apart = describe(field(Amount, "serialization"))
    _, together = describe(field(Amount, "serialization"), separate=False)
    assert apart["Amount"]["properties"]["net"]["type"] == "string"
    assert {"type": "number"} in together["Amount"]["properties"]["net"]["anyOf"]


def test_every_model_that_annotations_reach_is_found_once():
    found = get_flat_models_from_fields([field(dict[str, Branch | int])], known_models=set())
    assert found == {Branch, Leaf}


def test_a_known_model_is_not_entered_again():
    found = get_flat_models_from_fields([field(Branch)], known_models={Branch})
    assert found == {Branch}


def test_names_of_models_are_made_of_allowed_characters():
    strange = type("Größe[x]", (BaseModel,), {})
    assert get_model_name_map([strange, Leaf]) == {strange: "Gr__e_x_", Leaf: "Leaf"}


def test_annotations_with_unhashable_notes_are_described():
    schema, _ = describe(field(list[Annotated[int, {"a": 1}]]))
    assert schema == {"type": "array", "items": {"type": "integer"}, "title": "Some Name"}
