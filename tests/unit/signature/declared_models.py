"""Models and other types of the endpoints that are declared."""

# ruff: noqa: UP042 - these styles are what is tested

from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, RootModel
from typing_extensions import TypedDict


class Item(BaseModel):
    a: int
    b: str = "x"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    sizes: list[int] = []


class ByName(BaseModel):
    model_config = ConfigDict(validate_by_name=True)
    user_name: str = Field(alias="userName")
    age: int = Field(default=3, validation_alias=AliasChoices("age", "years"))


class Cat(BaseModel):
    kind: Literal["cat"]
    name: str


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


class Numbers(RootModel[list[int]]):
    pass


class Colour(str, Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: int
    y: int = 0


class Pair(NamedTuple):
    left: int
    right: int


class Movie(TypedDict):
    title: str
