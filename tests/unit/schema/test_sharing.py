"""Fields that have one JSON Schema, which is generated once."""

from typing import Annotated

import pytest
from pydantic import BaseModel, Field, WithJsonSchema

from rapide import FastAPI, Query
from rapide.schema import definitions


class Item(BaseModel):
    name: str = Field(min_length=1)


class Hooked(BaseModel):
    name: str

    @classmethod
    def __get_pydantic_json_schema__(cls, schema, handler):
        return handler(schema)


def _generated(monkeypatch, *parameters):
    """Return how many schemas are generated for routes with these parameters of one name."""
    counted = []

    class Counting(definitions.GenerateJsonSchema):
        def generate_definitions(self, inputs):
            counted.extend(inputs)
            return super().generate_definitions(inputs)

    monkeypatch.setattr(definitions, "GenerateJsonSchema", Counting)
    app = FastAPI()
    for number, (annotation, *defaults) in enumerate(parameters):

        def endpoint(q):
            pass

        endpoint.__annotations__ = {"q": annotation}
        endpoint.__defaults__ = tuple(defaults)
        app.post(f"/{number}")(endpoint)
    app.openapi()
    return len(counted)


@pytest.mark.parametrize(
    "declared",
    [
        (int, 1),
        (str | None, None),
        (Annotated[str, Query(max_length=9, pattern="x", description="A text")], "x"),
        (Annotated[list[int], Query(examples=[[1, {"a": 2.5}]])], [1]),
        (Annotated[Item, Field(description="An item")],),
    ],
)
def test_equal_fields_are_described_once(monkeypatch, declared):
    assert _generated(monkeypatch, declared, declared, declared) == 1


@pytest.mark.parametrize(
    "declared",
    [
        (Annotated[int, WithJsonSchema({"type": "integer"})], 1),
        (Annotated[int, Query(json_schema_extra=lambda schema: None)], 1),
        (Annotated[int, Query(default_factory=lambda: 1)],),
        (Hooked,),
    ],
)
def test_functions_of_the_application_are_called_for_each_field(monkeypatch, declared):
    assert _generated(monkeypatch, declared, declared, declared) == 3


def test_fields_that_differ_are_described_one_by_one(monkeypatch):
    query = [Query(default) for default in (1, True, 1.0, "1", None)]
    query += [
        Query(1, title="T"),
        Query(1, description="D"),
        Query(1, ge=0),
        Query(1, deprecated=True),
    ]
    assert _generated(monkeypatch, *[(int, default) for default in query]) == len(query)


def test_equal_fields_have_schemas_of_their_own():
    """Options of one route that change a schema in place do not change that of another route."""
    app = FastAPI()
    properties = {"properties": {"more": {"type": "string"}}}
    extra = {"requestBody": {"content": {"application/json": {"schema": {"items": properties}}}}}
    app.post("/changed", openapi_extra=extra)(lambda items=None: None)
    for path, options in (("/a", {"openapi_extra": extra}), ("/b", {})):

        def endpoint(items: list[list[int]]):
            pass

        app.post(path, **options)(endpoint)
    paths = app.openapi()["paths"]
    schema = paths["/b"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["items"] == {"type": "array", "items": {"type": "integer"}}
