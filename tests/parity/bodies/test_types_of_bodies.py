"""Types that a JSON body is read into: unions, dataclasses, configured models, rarer ones."""

import dataclasses
from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, Optional

from pydantic import BaseModel, ConfigDict, Field, Json, conint, field_validator, model_validator
from pydantic.types import AwareDatetime
from typing_extensions import TypedDict as ExtTypedDict

from ..client import POST
from ..harness import parity


class Image(BaseModel):
    url: str
    size: Annotated[int, Field(gt=0)] = 1


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    breed: str


@parity(
    POST("/union", {"kind": "cat", "lives": 9}),
    POST("/union", {"breed": "lab"}),
    POST("/union", {"kind": "cow"}),
    POST("/union", 3),
    POST("/discriminated", {"kind": "cat", "lives": 9}),
    POST("/discriminated", {"kind": "cat"}),
    POST("/discriminated", {"kind": "cow"}),
    POST("/discriminated", {}),
    POST("/field", {"kind": "dog", "breed": "b"}),
    POST("/field", {"kind": "x"}),
    POST("/scalar", 3),
    POST("/scalar", "a"),
    POST("/scalar", {"url": "u"}),
    POST("/scalar", [1]),
    POST("/list", [{"kind": "cat", "lives": 1}, {"kind": "dog", "breed": "b"}]),
    POST("/list", [{"kind": "cat"}]),
    POST("/optional"),
    POST("/optional", None),
    POST("/optional", {"kind": "cat", "lives": 1}),
)
def test_unions_are_read_from_the_body(fw):
    """Unions are discriminated, plain or optional."""
    app = fw.FastAPI()

    @app.post("/union")
    def union(pet: Cat | Dog):
        return [type(pet).__name__, pet]

    @app.post("/discriminated")
    def discriminated(pet: Annotated[Cat | Dog, fw.Body(discriminator="kind")]):
        return pet

    @app.post("/field")
    def field(pet: Annotated[Cat | Dog, Field(discriminator="kind")]):
        return pet

    @app.post("/scalar")
    def scalar(value: int | Image | str):
        return [type(value).__name__, value]

    @app.post("/list")
    def many(pets: list[Cat | Dog]) -> list[Cat | Dog]:
        return pets

    @app.post("/optional")
    def optional(pet: Optional[Cat] = None):  # noqa: UP045
        return {"pet": pet}

    return app


@dataclasses.dataclass
class Point:
    x: int
    y: int = 2
    names: list[str] = dataclasses.field(default_factory=list)


class Movie(ExtTypedDict):
    title: str
    year: NotRequired[int]


@parity(
    POST("/dataclass", {"x": 1}),
    POST("/dataclass", {"x": "q"}),
    POST("/dataclass", {}),
    POST("/dataclass", [1, 2]),
    POST("/typeddict", {"title": "t"}),
    POST("/typeddict", {"title": "t", "year": "x"}),
    POST("/typeddict", {}),
    POST("/typeddict", {"title": "t", "z": 1}),
    POST("/dataclasses", [{"x": 1}, {"x": 2}]),
    POST("/dataclasses", [{"x": 1}, {}]),
)
def test_dataclasses_and_typed_dicts_are_read_from_the_body(fw):
    app = fw.FastAPI()

    @app.post("/dataclass")
    def dataclass(point: Point):
        return point

    @app.post("/typeddict")
    def typeddict(movie: Movie) -> Movie:
        return movie

    @app.post("/dataclasses")
    def many(points: list[Point]) -> list[Point]:
        return points

    return app


class Configured(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, populate_by_name=True)

    first_name: str = Field(alias="firstName", examples=["Ada"])
    age: int = Field(strict=True, default=0)
    parent: "Configured | None" = None

    @field_validator("first_name")
    @classmethod
    def no_digits(cls, value):
        if any(c.isdigit() for c in value):
            raise ValueError("digits are not allowed")
        return value

    @model_validator(mode="before")
    @classmethod
    def before(cls, data):
        if isinstance(data, dict) and data.get("firstName") == "boom":
            raise ValueError("boom")
        return data


@parity(
    POST("/", {"firstName": " Ada "}),
    POST("/", {"first_name": "Ada"}),
    POST("/", {"firstName": "a1"}),
    POST("/", {"firstName": "boom"}),
    POST("/", {"firstName": "a", "z": 1}),
    POST("/", {"firstName": "a", "age": "3"}),
    POST("/", {"firstName": "a", "parent": {"firstName": "1"}}),
    POST("/", {"firstName": "a", "parent": {"firstName": "b", "parent": None}}),
    POST("/", {"firstName": "boom", "age": "3"}),
    POST("/assert", {"a": -1}),
    POST("/assert", {"a": 0}),
    POST("/custom", {"a": 3}),
)
def test_configured_models_and_validators_report_their_errors(fw):
    """Models have validators and aliases, forbid extra keys, or contain themselves."""
    from pydantic_core import PydanticCustomError

    app = fw.FastAPI()

    class Asserting(BaseModel):
        a: int

        @field_validator("a")
        @classmethod
        def positive(cls, value):
            assert value >= 0, "negative"
            return value

    class Custom(BaseModel):
        a: int

        @field_validator("a")
        @classmethod
        def fail(cls, value):
            raise PydanticCustomError("odd_number", "{n} is odd", {"n": value})

    @app.post("/")
    def read(item: Configured):
        return item

    @app.post("/assert")
    def read_assert(item: Asserting):
        return item

    @app.post("/custom")
    def read_custom(item: Custom):
        return item

    return app


class Row(NamedTuple):
    a: int
    b: str = "b"


@parity(
    POST("/namedtuple", [1, "x"]),
    POST("/namedtuple", {"a": 1}),
    POST("/default-dict", {"a": [1]}),
    POST("/mapping", {"a": 1}),
    POST("/aware", "2024-01-01T00:00:00"),
    POST("/aware", "2024-01-01T00:00:00Z"),
    POST("/json", '{"a": 1}'),
    POST("/json", "x"),
    POST("/final", 3),
    POST("/conint", 11),
    POST("/optional-any", None),
    POST("/list-any", [1, "a", None, {"b": []}]),
    POST("/nested-list", [[1], ["x"]]),
    POST("/dict-list", {"a": [1], "b": ["z"]}),
    POST("/bool", "yes"),
    POST("/bool", 2),
    POST("/float", "1e5"),
    POST("/float", True),
    POST("/object", {"a": 1}),
    POST("/none", None),
    POST("/none", 1),
    POST("/frozen", [1, 1]),
    POST("/tuple", [1, 2, 3]),
)
def test_less_common_types_are_read_from_the_body(fw):
    app = fw.FastAPI()
    Body = fw.Body
    types = {
        "namedtuple": Annotated[Row, Body()],
        "default-dict": defaultdict[str, list[int]],
        "mapping": Mapping[str, int],
        "aware": Annotated[AwareDatetime, Body()],
        "json": Annotated[Json[dict[str, int]], Body()],
        "conint": Annotated[conint(le=10), Body()],
        "optional-any": Annotated[Any | None, Body()],
        "list-any": list[Any],
        "nested-list": list[list[int]],
        "dict-list": dict[str, list[int]],
        "bool": Annotated[bool, Body()],
        "float": Annotated[float, Body()],
        "object": Annotated[object, Body()],
        "none": Annotated[None, Body()],
        "frozen": frozenset[int],
        "tuple": tuple[int, ...],
        "final": Annotated[int, Body(), "x"],
    }
    for name, kind in types.items():

        def read(v):
            return {"type": type(v).__name__, "v": v}

        read.__annotations__ = {"v": kind}
        app.post(f"/{name}", name=name)(read)
    return app
