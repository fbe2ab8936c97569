"""Structs of msgspec and attrs classes that Pydantic can handle, by what it is told about them."""

from typing import Annotated

import attrs
from msgspec import Struct
from pydantic import BaseModel, InstanceOf, PlainSerializer, PlainValidator
from pydantic_core import core_schema

from ..client import POST
from ..harness import parity


class Amount(Struct):
    value: int


class Described(Struct):
    value: int

    @classmethod
    def __get_pydantic_core_schema__(cls, source, handler):
        return core_schema.no_info_plain_validator_function(lambda value: cls(int(value)))


@attrs.define(slots=False)
class Point:
    x: int


Parsed = Annotated[
    Amount,
    PlainValidator(lambda value: Amount(int(value)), json_schema_input_type=int),
    PlainSerializer(lambda amount: amount.value, return_type=int),
]


class Line(BaseModel):
    amount: Parsed


@parity(
    "/query?amount=3 /query?amount=x /query /annotated?amount=4 /described?value=5",
    "/answer /attributes",
    POST("/line", json={"amount": "7"}),
    openapi=False,
)
def test_classes_that_pydantic_is_told_about_are_pydantics(fw):
    app = fw.FastAPI()

    @app.get("/query")
    def query(amount: Parsed):
        return amount.value

    @app.get("/annotated")
    def annotated(amount: Annotated[Parsed, fw.Query()]):
        return amount.value

    @app.get("/described")
    def described(value: Described):
        return value.value

    @app.get("/answer", response_model=InstanceOf[int])
    def answer():
        return 3

    @app.get("/attributes")
    def attributes():
        return {"point": Point(1)}

    @app.post("/line")
    def line(line: Line) -> Line:
        return line

    return app
