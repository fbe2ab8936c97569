"""How models become schemas of the document."""

import dataclasses
import enum
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    HttpUrl,
    RootModel,
    SecretStr,
    computed_field,
)
from typing_extensions import TypedDict

from ..harness import parity

T = TypeVar("T")


class Item(BaseModel):
    """An item."""

    name: str = Field(description="Its name", examples=["Foo"])
    price: float = Field(gt=0)
    sub: "Sub | None" = None


class Sub(BaseModel):
    n: int = 0


class Tags(enum.Enum):
    one = "one"
    two = "two"


class WithDefault(BaseModel):
    name: str
    extra: str = "default"
    when: datetime | None = None


class Computed(BaseModel):
    a: int

    @computed_field
    @property
    def twice(self) -> int:
        return self.a * 2


class SerialAlias(BaseModel):
    a: int = Field(validation_alias="in", serialization_alias="out")


def schema_app(fw, **options):
    app = fw.FastAPI(**options)

    @app.post("/default")
    def default(v: WithDefault) -> WithDefault: ...

    @app.post("/computed")
    def computed(v: Computed) -> Computed: ...

    @app.post("/list")
    def many(v: list[WithDefault]) -> list[Computed]: ...

    @app.post("/alias")
    def alias(v: SerialAlias) -> SerialAlias: ...

    @app.post("/same")
    def same(v: Sub) -> Item: ...

    @app.get("/only-out")
    def only_out() -> Item: ...

    return app


@parity()
def test_schemas_of_input_and_output_are_separated(fw):
    """They are named `M-Input` and `M-Output` if they differ."""
    return schema_app(fw)


@parity()
def test_schemas_can_be_kept_together(fw):
    """Only computed fields keep a schema for the output."""
    return schema_app(fw, separate_input_output_schemas=False)


class Page(BaseModel, Generic[T]):
    items: list[T]


class Node(BaseModel):
    value: int
    children: list["Node"] = []


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


@dataclasses.dataclass
class Data:
    x: int
    y: Item | None = None


class Typed(TypedDict, total=False):
    a: int
    b: Item


class Numbers(RootModel[list[int]]):
    """Numbers."""


def models_named_alike():
    class Inner(BaseModel):
        a: int

    first = Inner

    class Inner(BaseModel):
        b: str

    return first, Inner


@parity()
def test_models_of_every_kind_are_described(fw):
    """Models are generic, recursive, unions, dataclasses, typed dictionaries, or have one name."""
    first, second = models_named_alike()
    app = fw.FastAPI()

    class Rich(BaseModel):
        model_config = ConfigDict(
            extra="forbid", title="Rich title", json_schema_extra={"examples": [{"a": 1}]}
        )
        url: HttpUrl = Field(default="https://example.org", validate_default=False)
        email: EmailStr | None = None
        secret: SecretStr = SecretStr("s")
        mapping: dict[str, list[Decimal]] = {}
        pair: tuple[int, str] = (1, "a")
        enum_: Tags = Tags.two
        blob: bytes = b""
        union: int | str | None = Field(None, deprecated=True)
        constrained: Annotated[list[Annotated[int, Field(ge=0)]], Field(max_length=3)] = []

    @app.post("/page")
    def page(v: Page[Item]) -> Page[Page[Sub]]: ...

    @app.post("/node")
    def node(v: Node) -> Node: ...

    @app.post("/union")
    def union(v: Annotated[Cat | Dog, Field(discriminator="kind")]) -> Cat | Dog | None: ...

    @app.post("/data")
    def data(v: Data) -> Data: ...

    @app.post("/typed")
    def typed(v: Typed) -> Typed: ...

    @app.post("/numbers")
    def numbers(v: Numbers) -> Numbers: ...

    @app.post("/rich")
    def rich(v: Rich) -> dict[str, Rich]: ...

    @app.post("/first")
    def one(v: first) -> second: ...

    @app.get("/enum")
    def enums(tag: Tags, tags: Annotated[list[Tags], fw.Query()] = []) -> list[Tags]: ...  # noqa: B006

    @app.get("/scalars")
    def scalars() -> int | None: ...

    @app.get("/any")
    def any_() -> Any: ...

    @app.get("/none")
    def none() -> None: ...

    @app.get("/response-model", response_model=list[Item])
    def response_model() -> Any: ...

    @app.get("/off", response_model=None)
    def off() -> Item: ...

    return app


@parity()
def test_schema_only_types_and_hidden_fields(fw):
    """Types say what their schema is, and models hide parameters."""
    from pydantic import WithJsonSchema
    from pydantic.json_schema import SkipJsonSchema

    class Model(BaseModel):
        shown: int = 0
        hidden: SkipJsonSchema[int] = 1
        custom: Annotated[int, WithJsonSchema({"type": "string", "x": 1})] = 0

    class Params(BaseModel):
        a: int = Field(description="an a")
        b: str | None = Field(None, deprecated=True, examples=["x"])
        c_c: list[str] = Field([], alias="c-c")

    app = fw.FastAPI()

    @app.post("/")
    def read(
        m: Model, p: Annotated[Params, fw.Query()], h: Annotated[Params, fw.Header()]
    ) -> Model: ...

    return app
