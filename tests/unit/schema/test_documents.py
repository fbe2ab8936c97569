"""Types that are made of the bytes of a JSON document as they are of the parsed document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import product
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    PastDate,
    Strict,
    StringConstraints,
    TypeAdapter,
)
from pydantic import ValidationError as PydanticError

from rapide.schema.documents import is_same_from_json


class Part(BaseModel):
    number: int = 1
    text: str | None = None


class Whole(BaseModel):
    model_config = ConfigDict(populate_by_name=True, str_strip_whitespace=True)

    a: Part
    b: list[Part] = []
    c: list[str] = Field([], alias="C")


class Renamed(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)

    a: list[dict[str, int]]


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", str_to_lower=True, str_max_length=5)

    a: str
    b: float = Field(1.5, gt=0.5, multiple_of=0.1)


class Tree(BaseModel):
    a: Tree | None = None
    b: list[Tree] = []


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class Exact(BaseModel):
    model_config = ConfigDict(strict=True)
    a: int


class Nested(BaseModel):
    a: int = Field(validation_alias=AliasPath("b", 0))


class Numeric(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)
    a: str


class Loose(BaseModel):
    a: Any
    b: int = 1


class Color(Enum):
    RED = "red"


SAME: list[Any] = [
    *(int, float, bool, str, None, date, datetime, time, timedelta, UUID),
    *(Part, Whole, Closed, Tree, int | None, Literal["a", 1, True, None], Literal[1, 2, "1.0"]),
    *(list[int], list[Part], set[str], tuple[int, str], tuple[float, ...], dict[str, list[float]]),
    *(dict[str, dict[str, Part]], dict[Annotated[str, Field(max_length=1)], int]),
    Annotated[int, Field(gt=2, le=10**30, multiple_of=3)],
    Annotated[float, Field(ge=0, allow_inf_nan=False)],
    Annotated[str, Field(min_length=1, max_length=5, pattern="^[a-z0-9]*$")],
    Annotated[list[int], Field(min_length=2, max_length=3)],
    Annotated[set[int], Field(min_length=2, max_length=2)],
    Annotated[datetime, Field(gt=datetime(2000, 1, 1))],
]
OTHER: list[Any] = [
    *(Any, object, Decimal, bytes, list, dict, dict[str, Any], list[Decimal], Color, Loose, Open),
    *(Exact, Nested, Numeric, PastDate, frozenset[int], int | str, date | str),
    Annotated[date, Strict()],
    Annotated[dict[str, int], Field(min_length=2)],
    *(dict[int, bool], dict[date, UUID], dict[float, int], dict[Literal["a", True], str]),
    *(dict[Annotated[str, StringConstraints(to_lower=True)], int], dict[str | None, int], Renamed),
]

NUMBERS = [
    *("0", "-0", "-0.0", "0.0", "1.0", "1", "2", "3", "1e0", "100e-2", "1E+5", "1e-400", "1e999"),
    *(
        "-1e999",
        "NaN",
        "Infinity",
        "-Infinity",
        "0.1",
        "1.5",
        "-1",
        "1e18",
        "1e19",
        "1e22",
        "86400",
    ),
    *("9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775809"),
    *("9223372036854775807.0", "18446744073709551616", "2.2250738585072011e-308", "5e-324"),
    *("0.1000000000000000055511151231257827", "123456789012345678901234567890.5e-10"),
    *("1700000000", "1700000000.123456789", "1700000000000", "20000000001", "253402300800"),
    *("1" * 400 + ".5", "1" * 308, "0." + "1" * 400),
]
TEXTS = [
    *("", "a", "A", " a ", "é", "😀", "\x00", "1", "01", "1.0", "1.5", "-0", "1_000", " 1 ", "1e5"),
    *("nan", "inf", "-Infinity", "true", "True", "on", "YES", "0", "red", "x" * 50, "1" * 400),
    *("2020-01-01", "2020-01-01T00:00:00Z", "2020-01-01 10:11:12.123456789", "2020-01-01T24:00"),
    *("10:11", "10:11:12.5Z", "10:11:12+01:00", "P1DT2H", "1 days 02:03:04", "-P1D", "3:04:05"),
    *("20200101", "1700000000.5", "12345678-1234-5678-1234-567812345678", "1" * 4301),
    *("{12345678-1234-5678-1234-567812345678}", "urn:uuid:12345678123456781234567812345678"),
]
STRINGS = [*map(json.dumps, TEXTS), r'"\ud800"', r'"\ud83d\ude00"', '"\x1f"']
SCALARS = ["null", "true", "false", "[]", "{}", *NUMBERS, *STRINGS]
KEYS = ['"a"', '"b"', '"c"', '"C"', '"1"', '"01"', '"number"', '"text"', '"2020-01-01"']
PARTS = ["1", "1.0", '"1"', "null", "true", '"a"', "[]", '{"number":"2"}', '[{"text":null}]']


def documents() -> Iterator[str]:
    yield from SCALARS
    for key, value in product(KEYS, SCALARS):
        yield f"{{{key}:{value}}}"
        yield f'{{"a":{{{key}:{value}}}}}'
    for count in (1, 2, 3):
        for items in product(PARTS, repeat=count):
            yield f"[{','.join(items)}]"
    yield from (f"[{value}]" for value in SCALARS)
    for first, second in product(product(KEYS, PARTS), repeat=2):
        yield "{{{}:{},{}:{}}}".format(*first, *second)


def shown(value: Any) -> Any:
    """Everything about a value: classes, the order of keys, which fields were set."""
    if isinstance(value, BaseModel):
        fields = [(name, shown(item)) for name, item in vars(value).items()]
        return type(value), fields, value.model_fields_set, value.model_extra
    if isinstance(value, list | tuple):
        return type(value), [shown(item) for item in value]
    if isinstance(value, dict):
        return [(shown(key), shown(item)) for key, item in value.items()]
    if isinstance(value, datetime | time):
        return repr(value), type(value.tzinfo), value.fold
    return type(value), repr(value)


def check(adapter: TypeAdapter[Any], document: bytes) -> None:
    try:
        value = adapter.validator.validate_json(document)  # type: ignore[union-attr]
    except PydanticError:
        return
    parsed = json.loads(document)
    expected = adapter.validator.validate_python(parsed, from_attributes=True)
    assert shown(value) == shown(expected), document


@pytest.mark.parametrize("declared", SAME, ids=str)
def test_types_that_are_the_same(declared: Any) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(declared)
    assert is_same_from_json(adapter.core_schema)
    for document in documents():
        check(adapter, document.encode())


@pytest.mark.parametrize("declared", OTHER, ids=str)
def test_types_that_may_be_others(declared: Any) -> None:
    assert not is_same_from_json(TypeAdapter(declared).core_schema)


ADAPTERS = [TypeAdapter(declared) for declared in SAME]
numbers = st.integers().map(str) | st.floats().map(json.dumps) | st.sampled_from(NUMBERS)
texts = st.text() | st.datetimes().map(str) | st.timedeltas().map(str) | st.floats().map(str)
scalars = numbers | texts.map(json.dumps) | st.sampled_from(SCALARS)
values = st.recursive(
    scalars,
    lambda parts: (
        st.lists(parts, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(st.sampled_from(KEYS), parts), max_size=4).map(
            lambda pairs: "{{{}}}".format(",".join(f"{key}:{item}" for key, item in pairs))
        )
    ),
    max_leaves=6,
)
encodings = st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32-be"])


@given(values, encodings)
def test_any_document_gives_the_same_values(document: str, encoding: str) -> None:
    for adapter in ADAPTERS:
        check(adapter, document.encode(encoding, "replace"))


@pytest.mark.parametrize("depth", [50, 199, 201, 500])
def test_deep_documents_give_the_same_values(depth: int) -> None:
    check(TypeAdapter(Tree), b'{"a":' * depth + b"null" + b"}" * depth)
