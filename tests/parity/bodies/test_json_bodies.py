"""JSON bodies: models, embedding, other types, content types, malformed input."""

import dataclasses
import enum
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, Optional
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Json,
    RootModel,
    conint,
    field_validator,
    model_validator,
)
from pydantic.types import AwareDatetime
from typing_extensions import TypedDict as ExtTypedDict

from ..client import POST, PUT, Req, raw
from ..harness import parity


class Item(BaseModel):
    name: str
    price: float
    description: str | None = None
    tax: float | None = None
    tags: set[str] = set()


class Image(BaseModel):
    url: str
    size: Annotated[int, Field(gt=0)] = 1


class Offer(BaseModel):
    name: str
    items: list[Item] = []
    image: Image | None = None
    extra: dict[str, int] = {}


@parity(
    POST("/", {"name": "Foo", "price": 50.5}),
    POST("/", {"name": "Foo", "price": "50.5", "tags": ["a", "a"]}),
    POST("/", {"name": "Foo"}),
    POST("/", {}),
    POST("/", []),
    POST("/", None),
    POST("/", "text"),
    POST("/", 3),
    POST("/", {"name": None, "price": "x", "tax": "y"}),
    POST("/", {"name": "a", "price": 1, "unknown": 2}),
    POST("/", {"name": "é€😀", "price": 1e308}),
    PUT("/3?q=z", {"name": "a", "price": 2}),
    PUT("/x", {"price": "b"}),
    POST(
        "/offer",
        {
            "name": "o",
            "items": [{"name": "a", "price": 1}],
            "image": {"url": "u"},
            "extra": {"a": 1},
        },
    ),
    POST(
        "/offer",
        {
            "name": "o",
            "items": [{"name": "a"}, 3],
            "image": {"url": "u", "size": 0},
            "extra": {"a": "x"},
        },
    ),
    Req("POST", "/"),
    raw("/", "null"),
    raw("/", ""),
    raw("/", " "),
    trio=True,
)
def test_a_model_is_read_from_the_body(fw):
    """bodies: single model; empty body: 422 `missing`, loc `["body"]`, input null"""
    app = fw.FastAPI()

    @app.post("/")
    async def create(item: Item):
        return item

    @app.put("/{item_id}")
    def update(item_id: int, item: Item, q: str | None = None):
        return {"item_id": item_id, "q": q, **item.model_dump()}

    @app.post("/offer")
    async def offer(offer: Offer):
        return offer

    return app


@parity(
    POST("/several", {"item": {"name": "a", "price": 1}, "image": {"url": "u"}}),
    POST("/several", {"item": {"name": "a"}}),
    POST("/several", {"name": "a", "price": 1}),
    POST("/several", []),
    POST("/several"),
    POST("/several", None),
    POST("/mixed?q=1", {"item": {"name": "a", "price": 1}, "importance": 5}),
    POST("/mixed", {"importance": "x"}),
    POST("/mixed?q=x", {"item": {"name": "a", "price": 1}, "importance": 0}),
    POST("/embed", {"item": {"name": "a", "price": 1}}),
    POST("/embed", {"name": "a", "price": 1}),
    POST("/embed", {}),
    POST("/embed"),
    POST("/optional", {}),
    POST("/optional"),
    POST("/optional", {"a": {"url": "u"}}),
    POST("/optional", {"a": None, "b": {"url": 3}}),
    POST("/optional", [1]),
    raw("/optional", "null"),
    raw("/several", "3"),
    raw("/several", '"abc"'),
    raw("/several", "[[]]"),
)
def test_several_body_parameters_are_keys_of_one_object(fw):
    """bodies: several, embed; body + query + path mix"""
    app = fw.FastAPI()
    Body = fw.Body

    @app.post("/several")
    def several(item: Item, image: Image):
        return [item, image]

    @app.post("/mixed")
    def mixed(item: Item, importance: Annotated[int, Body(gt=0)], q: int | None = None):
        return [item, importance, q]

    @app.post("/embed")
    def embed(item: Annotated[Item, Body(embed=True)]):
        return item

    @app.post("/optional")
    def optional(a: Image | None = None, b: Image | None = None):
        return [a, b]

    return app


@parity(
    POST("/int", 3),
    POST("/int", "3"),
    POST("/int", "x"),
    POST("/int", None),
    POST("/int", 1.5),
    POST("/int", True),
    POST("/str", "a"),
    POST("/str", 3),
    POST("/list", [1, "2"]),
    POST("/list", [1, "x"]),
    POST("/list", {}),
    POST("/list", "ab"),
    POST("/models", [{"url": "a"}]),
    POST("/models", [{"url": "a"}, {}]),
    POST("/dict", {"1": 1.5}),
    POST("/dict", {"a": "b"}),
    POST("/tuple", [1, "a"]),
    POST("/tuple", [1]),
    POST("/set", [1, 1, 2]),
    POST("/any", {"a": [1, None]}),
    POST("/any", None),
    POST("/any"),
    POST("/optional"),
    POST("/optional", None),
    POST("/optional", 4),
    POST("/default"),
    POST("/default", 9),
    POST("/default", None),
    POST("/bare-dict", {"a": 1}),
    POST("/bare-dict", []),
    POST("/bare-list", [{}]),
    POST("/bytes", "abc"),
    POST("/datetime", "2024-01-01T00:00:00Z"),
    POST("/uuid", "0d1d3a3e-2f3b-4bb5-8b5b-1d7c9a9c7a10"),
    POST("/decimal", "1.10"),
    POST("/decimal", 1.1),
    POST("/enum", "r"),
    POST("/enum", "z"),
    POST("/literal", "b"),
    POST("/root", [1, 2]),
    POST("/root", ["x"]),
    POST("/int"),
    raw("/int", ""),
)
def test_scalars_and_containers_are_read_from_the_body(fw):
    """bodies: scalars, lists, dict"""
    app = fw.FastAPI()
    Body = fw.Body

    class Colour(enum.Enum):
        red = "r"

    class Numbers(RootModel[list[int]]):
        pass

    types = {
        "int": Annotated[int, Body()],
        "str": Annotated[str, Body()],
        "list": list[int],
        "models": list[Image],
        "dict": dict[int, float],
        "tuple": tuple[int, str],
        "set": set[int],
        "any": Annotated[Any, Body()],
        "bare-dict": dict,
        "bare-list": Annotated[list, Body()],
        "bytes": Annotated[bytes, Body()],
        "datetime": Annotated[datetime, Body()],
        "uuid": Annotated[UUID, Body()],
        "decimal": Annotated[Decimal, Body()],
        "enum": Annotated[Colour, Body()],
        "literal": Annotated[Literal["a", "b"], Body()],
        "root": Numbers,
    }
    for name, kind in types.items():

        def read(value):
            return {"type": type(value).__name__, "value": value}

        read.__annotations__ = {"value": kind}
        app.post(f"/{name}", name=name)(read)

    @app.post("/optional")
    def optional(value: Annotated[int | None, Body()] = None):
        return value

    @app.post("/default")
    def default(value: int = Body(7)):
        return value

    return app


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
    """bodies: unions, discriminated, Optional with default"""
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
    """bodies: dataclasses, TypedDict"""
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


@parity(
    POST("/constraints", {"a": 5, "b": "abc", "c": [1]}),
    POST("/constraints", {"a": 50, "b": "a", "c": [1, 2, 3, 4]}),
    POST("/constraints", {"a": 5.5, "b": "abcdefghi"}),
    POST("/alias", {"the-a": 1}),
    POST("/alias", {"a": 1}),
    POST("/alias-single", {"the-item": {"url": "u"}}),
    POST("/alias-single", {"url": "u"}),
    POST("/validation", {"v": 1}),
    POST("/validation", {"a": 1}),
    raw("/media", '{"url": "u"}', "application/vnd.api+json"),
    POST("/examples", {"url": "u"}),
    POST("/strict", 3),
    POST("/strict", "3"),
    POST("/factory"),
    POST("/factory", [1]),
    POST("/factory"),
    POST("/model-default"),
    POST("/model-default", {"url": "z"}),
    POST("/copied"),
    POST("/copied"),
    POST("/validated"),
)
def test_options_of_body_are_honoured(fw):
    """bodies: Body() constraints, aliases, media_type, examples, defaults"""
    app = fw.FastAPI()
    Body = fw.Body

    @app.post("/constraints")
    def constraints(
        a: Annotated[int, Body(ge=1, le=10, title="A", description="first")],
        b: Annotated[str, Body(min_length=2, max_length=5, pattern="^[a-z]+$")],
        c: Annotated[list[int], Body(max_length=3)] = [],  # noqa: B006
    ):
        return [a, b, c]

    @app.post("/alias")
    def alias(a: Annotated[int, Body(alias="the-a", embed=True)]):
        return a

    @app.post("/alias-single")
    def alias_single(item: Annotated[Image, Body(alias="the-item")]):
        return item

    @app.post("/validation")
    def validation(a: Annotated[int, Body(validation_alias="v", embed=True)]):
        return a

    @app.post("/media")
    def media(item: Annotated[Image, Body(media_type="application/vnd.api+json")]):
        return item

    @app.post("/examples")
    def examples(
        item: Annotated[
            Image,
            Body(
                examples=[{"url": "https://example.org"}],
                openapi_examples={"normal": {"summary": "s", "value": {"url": "u"}}},
            ),
        ],
    ):
        return item

    @app.post("/strict")
    def strict(v: Annotated[int, Body(strict=True)]):
        return v

    @app.post("/factory")
    def factory(v: Annotated[list[int], Body(default_factory=lambda: [0])]):
        v.append(1)
        return v

    @app.post("/model-default")
    def model_default(item: Image = Image(url="default")):
        return item

    @app.post("/copied")
    def copied(v: Annotated[dict[str, int], Body()] = {}):  # noqa: B006
        v[f"k{len(v)}"] = 1
        return v

    @app.post("/validated")
    def validated(v: Annotated[int, Body(validate_default=True)] = "x"):
        return v

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
    """bodies: validators, aliases, extra forbid, recursive models"""
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


@parity(
    POST("/a?q=1", {"url": "u"}),
    POST("/a", {"url": "u"}),
    POST("/a", {}),
    POST("/b", {"item": {"url": "u"}, "other": {"url": "o"}}),
    POST("/b", {"url": "u"}),
    POST("/same", {"url": "u"}),
    POST("/same", {"item": {"url": "u"}}),
    POST("/x/y", {"url": 3}),
    POST("/scalar-dep", {"a": 1, "b": 2}),
    POST("/scalar-dep", 1),
)
def test_bodies_may_be_declared_by_dependencies(fw):
    """bodies: body in dependencies"""
    app = fw.FastAPI()
    Depends, Body = fw.Depends, fw.Body

    def one(item: Image, q: int = 0):
        return [item, q]

    def other(other: Image):
        return other

    def scalar(a: Annotated[int, Body()]):
        return a

    @app.post("/a")
    def a(d: Annotated[list, Depends(one)]):
        return d

    @app.post("/b")
    def b(d: Annotated[list, Depends(one)], o: Annotated[Image, Depends(other)]):
        return [d, o]

    @app.post("/same")
    def same(item: Image, d: Annotated[list, Depends(one)]):
        return [item, d]

    @app.post("/scalar-dep")
    def scalar_dep(b: Annotated[int, Body()], a: Annotated[int, Depends(scalar)]):
        return [a, b]

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
    """bodies: more types"""
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
