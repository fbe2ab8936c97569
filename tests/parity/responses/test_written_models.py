"""Models that may be written without Pydantic: exact values, and everything else."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..harness import parity
from .returning import async_returning, sync_returning


class Color(Enum):
    RED = "red"


class Part(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    size: float = 1
    label: str | None = Field(None, alias="the label")


class PartOfKind(Part):
    kind: str = "k"


class Whole(BaseModel):
    id: uuid.UUID = uuid.UUID(int=1)
    day: date = date(2020, 2, 29)
    moment: datetime = datetime(2020, 2, 29, 1, 2, 3, tzinfo=UTC)
    price: Decimal = Decimal("1.10")
    color: Color = Color.RED
    parts: list[Part] = []
    data: dict[str, Any] = {}
    secret: str = Field("s", exclude=True)


class Checked(BaseModel):
    x: int = 1

    @model_validator(mode="after")
    def check(self):
        if self.x == 2:
            raise ValueError("two")
        return self


class Row:
    size = 2.5


def changed(model, **values):
    """Return an instance with values that were not validated."""
    model.__dict__.update(values)
    return model


RESULTS = {
    "whole": (Whole(parts=[Part(size=1e-5), Part(size=1e16)], data={"a": [1, None]}), Whole),
    "number": (changed(Part(), size=3), Part),
    "text": (changed(Part(), size="a"), Part),
    "more": (changed(Part(), more=1), Part),
    "surrogate": (changed(Part(), label="\ud800"), Part),
    "kind": (PartOfKind(), Part),
    "kinds": ([Part(), PartOfKind(size=2)], list[Part]),
    "mixed": ([Part(), {"size": 3, "the label": "x"}, Row()], list[Part]),
    "wrong": ([Part(), {"size": "a"}], list[Part]),
    "none": (None, Part | None),
    "tuple": ((Part(),), list[Part]),
    "by-name": ({"a": Part(), "b": None}, dict[str, Part | None]),
    "checked": (changed(Checked(), x=2), Checked),
    "checked-list": ([changed(Checked(), x=2)], list[Checked]),
    "other": (Part(), Whole),
    "plain": ({"a": [1.5, {"b": None}], "c": 1e300}, dict[str, Any]),
}
OPTIONS = [
    {},
    {"response_model_exclude_none": True},
    {"response_model_exclude_unset": True},
    {"response_model_by_alias": False},
    {"response_model_exclude_defaults": True},
]
PATHS = [f"/{way}-{name}" for way in ("async", "sync") for name in RESULTS]
PATHS += [f"/{number}-{name}" for number in range(1, len(OPTIONS)) for name in ("whole", "mixed")]


@parity(" ".join(PATHS))
def test_models_are_written_as_pydantic_writes_them(fw):
    """Exact values, values of other classes, values that are not valid, and the options."""
    app = fw.FastAPI()
    for way, returning in (("async", async_returning), ("sync", sync_returning)):
        for name, (value, model) in RESULTS.items():
            app.get(f"/{way}-{name}", response_model=model)(returning(value))
    for number, options in enumerate(OPTIONS[1:], start=1):
        for name in ("whole", "mixed"):
            value, model = RESULTS[name]
            app.get(f"/{number}-{name}", response_model=model, **options)(async_returning(value))
    return app
