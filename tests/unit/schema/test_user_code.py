"""Which types Pydantic validates without running code of the application's."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    computed_field,
    field_validator,
    model_validator,
)

from rapide.schema.user_code import is_free_of_user_code


class Part(BaseModel):
    when: datetime | None = None
    many: list[int] = []


class Whole(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str = Field("x", max_length=3, alias="Name")
    kind: Literal["a", 1] = "a"
    parts: dict[str, Part] = Field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.name

    @computed_field  # type: ignore[prop-decorator]
    @property
    def computed(self) -> int:
        return 1


class Tree(BaseModel):
    children: list[Tree] = []


class Checked(BaseModel):
    name: str

    @field_validator("name")
    @classmethod
    def check(cls, value: str) -> str:
        return value


class CheckedAsAWhole(BaseModel):
    @model_validator(mode="before")
    @classmethod
    def check(cls, value: Any) -> Any:
        return value


class MadeByItsOwn(BaseModel):
    def __init__(self, **values: Any) -> None:
        super().__init__(**values)


class MadeAnew(BaseModel):
    def __new__(cls, *values: Any, **more: Any) -> Any:
        return super().__new__(cls)


class Finished(BaseModel):
    def model_post_init(self, context: Any) -> None:
        self.__dict__["done"] = True


class WithFactory(BaseModel):
    name: str = Field(default_factory=lambda: "x")


class WithPart(BaseModel):
    part: Part = Part()


class Color(Enum):
    RED = "red"


class WithColor(BaseModel):
    color: Color = Color.RED


class WithMore(BaseModel):
    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, Checked] = Field(init=False)


class WithUnion(BaseModel):
    value: Part | Whole | int


class WithAnnotation(BaseModel):
    name: Annotated[str, AfterValidator(str.upper)]


@pytest.mark.parametrize(
    ("declared", "is_free"),
    [
        (int, True),
        (list[dict[str, float]], True),
        (Part, True),
        (Whole, True),
        (Tree, True),
        (Checked, False),
        (list[Checked], False),
        (CheckedAsAWhole, False),
        (MadeByItsOwn, False),
        (MadeAnew, False),
        (Finished, False),
        (WithFactory, False),
        (WithPart, False),
        (WithColor, False),
        (WithMore, False),
        (WithUnion, False),
        (WithAnnotation, False),
    ],
)
def test_types_that_run_no_code_of_the_applications(declared: Any, is_free: bool) -> None:
    assert is_free_of_user_code(TypeAdapter(declared).core_schema) is is_free


def test_a_stand_in_for_a_schema_is_not_known() -> None:
    assert not is_free_of_user_code(object())
