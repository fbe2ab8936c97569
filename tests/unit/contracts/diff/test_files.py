"""A document may be spread over several files, which refer to each other."""

import json
from pathlib import Path
from typing import Any

import pytest

from rapide.contracts.diff.documents import compare_documents
from rapide.contracts.diff.files import read_document
from rapide.contracts.diff.reading import Document, UnreadableDocument

OPENAPI = """
openapi: 3.1.0
paths:
  /pets: {$ref: "paths/pets.yaml"}
components:
  schemas:
    Name: {type: string, example: {$ref: "no reference"}}
    Default: {type: object, properties: {default: {$ref: "schemas/pet.json#/Pet"}}}
"""
PETS = """
get:
  parameters: [{$ref: "#/x-parameters/Limit"}]
  responses:
    default: {content: {application/json: {schema: {$ref: "../schemas/pet.json#/Pet"}}}}
x-parameters:
  Limit: {name: limit, in: query, schema: {type: integer, maximum: 10}}
"""
PET = {
    "Pet": {
        "type": "object",
        "properties": {
            "name": {"$ref": "../openapi.yaml#/components/schemas/Name"},
            "young": {"type": "array", "items": {"$ref": "#/Pet"}},
            "age": {"$ref": "age%20of%20pets.json"},
        },
    }
}


def write(folder: Path, **changed: str) -> Document:
    files = {
        "openapi.yaml": OPENAPI,
        "paths/pets.yaml": PETS,
        "schemas/pet.json": json.dumps(PET),
        "schemas/age of pets.json": '{"type": "integer"}',
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(changed.get(path.stem.partition(" ")[0], text))
    return Document(read_document(folder / "openapi.yaml"), "openapi.yaml")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"age": '{"type": "string"}'}, [("type-changed", "default body.age")]),
        (
            {"pets": PETS.replace("maximum: 10", "maximum: 9")},
            [("maximum-lowered", "query parameter limit")],
        ),
        (
            {"openapi": OPENAPI.replace("type: string", "type: [string, 'null']")},
            [("null-allowed", "default body.name")],
        ),
    ],
)
def test_references_lead_from_file_to_file(tmp_path: Path, changed: Any, expected: Any) -> None:
    old, new = write(tmp_path / "old"), write(tmp_path / "new", **changed)
    assert [(one.rule, one.place) for one in compare_documents(old, new)] == expected


def test_files_whose_names_are_alike_are_not_mixed_up(tmp_path: Path) -> None:
    for name, type_ in {"a/b.json": "string", "a b.json": "integer"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f'{{"type": "{type_}"}}')
    schemas = {"One": {"$ref": "a/b.json"}, "Two": {"$ref": "a%20b.json"}}
    whole = tmp_path / "openapi.json"
    whole.write_text(json.dumps({"openapi": "3.1.0", "components": {"schemas": schemas}}))
    document = Document(read_document(whole), "openapi.json")
    found = document.content["components"]["schemas"]
    assert document.resolved(found["One"]) == {"type": "string"}
    assert document.resolved(found["Two"]) == {"type": "integer"}


def test_a_schema_that_keeps_its_name_is_called_by_its_types(tmp_path: Path) -> None:
    old = write(tmp_path / "old")
    new = write(tmp_path / "new", age='{"type": "string"}')
    assert [one.detail for one in compare_documents(old, new)] == ["integer → string"]


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("https://example.com/pets.yaml#/Pet", "an address of the network"),
        ("//example.com/pets.yaml", "an address of the network"),
        ("gone.yaml", "gone.yaml cannot be read: No such file or directory"),
        ("paths/pets.yaml#/nothing", "which it refers to"),
        ("openapi.yaml#name", "by a name, not by its place"),
    ],
)
def test_what_no_file_has_is_said_in_one_line(tmp_path: Path, reference: str, said: str) -> None:
    wrong = OPENAPI.replace("paths/pets.yaml", reference)

    def read_and_compare() -> None:
        changed = write(tmp_path / "new", openapi=wrong)
        compare_documents(changed, changed)

    with pytest.raises(UnreadableDocument, match=said) as raised:
        read_and_compare()
    assert "\n" not in str(raised.value)
