"""The samples by name, and the models that they share."""

import dataclasses
import datetime
import decimal
import enum
import typing
from collections.abc import Callable
from types import ModuleType
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    SecretStr,
    computed_field,
)
from pydantic import dataclasses as pydantic_dataclasses
from typing_extensions import TypedDict

Sample = Callable[[ModuleType], Any]
SAMPLES: dict[str, Sample] = {}


def sample(function: Sample) -> Sample:
    SAMPLES[function.__name__] = function
    return function


class Size(enum.Enum):
    small = "s"
    large = "l"


class Rank(enum.IntEnum):
    low = 1
    high = 2


class Tag(BaseModel):
    name: str
    colour: Literal["red", "green"] | None = None


class Item(BaseModel):
    """An article on sale.

    Shown.\fHidden after the form feed.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Nut", "price": 1.5}]})

    name: str = Field(title="The name", examples=["Nut"], max_length=40)
    price: float = Field(gt=0)
    tags: list[Tag] = []
    size: Size = Size.small
    raw: bytes | None = None
    made: datetime.datetime | None = None
    extra: dict[str, Any] | None = None


class Priced(BaseModel):
    net: decimal.Decimal
    note: str = "none"

    @computed_field
    @property
    def gross(self) -> float:
        return float(self.net) * 1.2


class Node(BaseModel):
    value: int
    children: list["Node"] = []


class Holder(BaseModel):
    priced: Priced
    node: Node | None = None
    when: datetime.date = datetime.date(2024, 2, 29)


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    good: bool = True


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


class Names(RootModel[list[str]]):
    pass


class Aliased(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    first: str = Field(alias="firstName")
    second: int = Field(2, validation_alias="secondIn", serialization_alias="secondOut")
    third: str = Field("x", validation_alias=AliasChoices("thirdA", "thirdB"))


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


@pydantic_dataclasses.dataclass
class Circle:
    centre: Point
    radius: float

    @computed_field
    @property
    def area(self) -> float:
        return 3.14 * self.radius**2


T = typing.TypeVar("T")


class Envelope(BaseModel, typing.Generic[T]):
    data: T
    count: int = 0


class Row(TypedDict):
    id: int
    label: str


class Filters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, gt=0, le=100)
    order_by: Literal["created", "updated"] = "created"
    tags: list[str] = []
    needed: str = Field(description="Must be there", deprecated=True)


class Trace(BaseModel):
    x_trace_id: str
    if_modified: datetime.datetime | None = None
    literal: str = Field("v", alias="X_Literal")


class Login(BaseModel):
    user: str
    password: SecretStr
