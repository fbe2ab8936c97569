"""`jsonable_encoder` gives what FastAPI's gives."""

import dataclasses
import datetime
import math
import sys
import uuid
from bisect import bisect_left
from collections import OrderedDict, deque
from decimal import Decimal
from enum import Enum, IntEnum
from ipaddress import IPv4Address, IPv6Network
from pathlib import Path, PurePosixPath
from re import compile as compile_pattern
from typing import Any

import fastapi.encoders
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AnyUrl, BaseModel, Field, SecretBytes, SecretStr
from pydantic_core import PydanticUndefined

import rapide.encoders
from rapide.encoders import jsonable_encoder


class Color(Enum):
    RED = "red"


class Size(IntEnum):
    BIG = 3


class Name(str):
    __slots__ = ()


class Part(BaseModel):
    number: int = Field(default=1, alias="no")
    note: str | None = None
    tags: dict[str, Any] = {}


@dataclasses.dataclass
class Point:
    x: int
    y: Any = None


class Plain:
    def __init__(self) -> None:
        self.a = 1
        self._sa_state = object()


class Pairs:
    def __iter__(self) -> Any:
        return iter([("k", Decimal("1.50"))])


class Moment(datetime.datetime):
    pass


def items() -> Any:
    yield 1
    yield {"a": Color.RED}


VALUES = [
    None,
    True,
    1.5,
    math.inf,
    "text",
    Name("text"),
    b"bytes",
    [1, [2, (3, {4})]],
    {"a": {"b": [None]}},
    {1: "int key", Color.RED: "enum key", None: 1, (1, 2): 3},
    {"_sa_state": 1, "kept": {"_sa": 2}, Name("_sa_x"): 1},
    OrderedDict(a=1, b=None),
    Color.RED,
    {"size": Size.BIG},
    PydanticUndefined,
    Part(no=2, tags={"deep": None, "_sa": 1}),
    [Part(), Part(note="n")],
    Point(1, Point(2)),
    Plain(),
    Pairs(),
    deque([1, 2]),
    frozenset([1]),
    Path("a/b"),
    PurePosixPath("/a"),
    compile_pattern("^a"),
    Decimal("1"),
    Decimal("1.50"),
    Decimal("1E+2"),
    datetime.date(2024, 2, 29),
    datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC),
    Moment(2024, 1, 1),
    datetime.time(1, 2),
    datetime.timedelta(minutes=1.5),
    uuid.UUID(int=1),
    IPv4Address("127.0.0.1"),
    IPv6Network("::/64"),
    AnyUrl("https://example.com"),
    SecretStr("s"),
    SecretBytes(b"s"),
]

OPTIONS: list[dict[str, Any]] = [
    {},
    {"include": {"a", "number"}},
    {"include": ["a", "x"], "exclude": ("x",)},
    {"exclude": {"a": True, "note": True}},
    {"by_alias": False},
    {"exclude_unset": True},
    {"exclude_defaults": True},
    {"exclude_none": True},
    {"sqlalchemy_safe": False},
    {"custom_encoder": {int: str, Color: lambda c: c.name, Part: lambda p: p.number}},
    {"custom_encoder": {dict: len, str: str.upper}},
]


def outcome(encode: Any, value: Any, options: dict[str, Any]) -> Any:
    try:
        return repr(encode(value, **options))
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "-".join(o) or "defaults")
@pytest.mark.parametrize("value", VALUES, ids=lambda v: f"{type(v).__name__}")
def test_the_result_is_that_of_fastapi(value: Any, options: dict[str, Any]) -> None:
    if isinstance(value, Plain) and options.get("sqlalchemy_safe") is False:
        value._sa_state = "state"
    expected = outcome(fastapi.encoders.jsonable_encoder, value, options)
    assert outcome(jsonable_encoder, value, options) == expected


def test_a_generator_becomes_a_list() -> None:
    assert jsonable_encoder(items()) == [1, {"a": "red"}]


@pytest.mark.parametrize("value", [object(), 3 + 4j, Point], ids=["object", "complex", "class"])
def test_what_cannot_be_encoded_fails_as_in_fastapi(value: Any) -> None:
    expected = outcome(fastapi.encoders.jsonable_encoder, value, {})
    assert outcome(jsonable_encoder, value, {}) == expected
    assert isinstance(expected, tuple)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3) | st.just("_sa_x"), inner, max_size=4)
        | st.tuples(inner, inner)
    ),
    max_leaves=12,
)


@given(json_like, st.booleans(), st.booleans())
def test_any_json_data_is_encoded_as_in_fastapi(value: Any, safe: bool, drop_none: bool) -> None:
    options = {"sqlalchemy_safe": safe, "exclude_none": drop_none}
    assert jsonable_encoder(value, **options) == fastapi.encoders.jsonable_encoder(value, **options)


def test_the_result_shares_no_container_with_the_input() -> None:
    value: dict[str, Any] = {"a": [{}]}
    result = jsonable_encoder(value)
    assert result == value
    assert result is not value
    assert result["a"] is not value["a"]
    assert result["a"][0] is not value["a"][0]


def test_a_type_added_to_the_table_is_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rapide.encoders.ENCODERS_BY_TYPE, Pairs, lambda _: "pairs")
    assert jsonable_encoder([Pairs()]) == ["pairs"]


def test_the_table_has_fastapis_types_in_fastapis_order() -> None:
    ours, theirs = rapide.encoders.ENCODERS_BY_TYPE, fastapi.encoders.ENCODERS_BY_TYPE
    assert list(ours) == list(theirs)
    grouped = rapide.encoders.encoders_by_class_tuples.values()
    assert list(grouped) == list(fastapi.encoders.encoders_by_class_tuples.values())


@pytest.mark.parametrize(
    "nest",
    [
        lambda inner: {"a": inner},
        lambda inner: [inner],
        lambda inner: (inner,),
        lambda inner: OrderedDict(a=[inner]),
    ],
)
def test_data_may_be_nested_as_deeply_as_in_fastapi(nest: Any) -> None:
    def is_encoded(encode: Any, depth: int) -> bool:
        value: Any = 1
        for _ in range(depth):
            value = nest(value)
        try:
            encode(value)
        except RecursionError:
            return False
        return True

    deepest = sys.getrecursionlimit()
    deepest = bisect_left(
        range(deepest), True, key=lambda n: not is_encoded(fastapi.encoders.jsonable_encoder, n)
    )
    assert is_encoded(jsonable_encoder, deepest - 5)  # a few frames are around the conversion
    assert not is_encoded(jsonable_encoder, deepest + 5)
