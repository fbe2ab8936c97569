from __future__ import annotations

import json
import math
from collections import OrderedDict, UserDict, deque, namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from rapide.encoders import jsonable_encoder
from rapide.runtime.serialization import encode_any_json, encode_json, encode_plain_json


class Color(Enum):
    RED = "red"
    NESTED = ("a", 1)


class Size(StrEnum):
    SMALL = "small"


class Level(IntEnum):
    HIGH = 3


class Text(str):
    def __str__(self) -> str:
        return "not this"


class Whole(int):
    def __repr__(self) -> str:
        return "not this"


class Real(float):
    def __repr__(self) -> str:
        return "not this"


class Mapping(dict[Any, Any]):
    pass


class Sequence(list[Any]):
    pass


@dataclass
class Point:
    x: Any
    y: Any = None


class Item(BaseModel):
    name: Any
    price: Decimal = Field(default=Decimal("1.50"), alias="cost")


class Row:
    def __init__(self, value: Any) -> None:
        self._sa_instance_state = object
        self.value = value


Pair = namedtuple("Pair", "left right")

atoms = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.text(st.characters()),  # with lone surrogates
    st.sampled_from(["_sa", "_sa_state", '"_sa', "\ud800", "\x00\x1f\x7f\u2028", "ü€😀"]),
)
odd_atoms = st.one_of(
    st.sampled_from([*Color, *Size, *Level, Color]),
    st.text().map(Text),
    st.integers().map(Whole),
    st.floats().map(Real),
    st.decimals(),
    st.binary(max_size=4),
    st.uuids(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.builds(PurePosixPath, st.text(st.characters(codec="ascii"), max_size=5)),
    st.builds(object),
)
keys = st.one_of(
    st.text(max_size=3),
    st.sampled_from(["_sa", "_sa_x", "x_sa", Text("_sa_key"), Text("key")]),
    st.integers(),
    st.none(),
    st.booleans(),
    st.floats(),
    st.sampled_from([*Color, *Size, *Level]),
    st.decimals(allow_nan=False),
    st.uuids(),
    st.tuples(st.integers()),
    st.builds(Whole, st.integers()),
)


def containers(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(values, max_size=3)
    mappings = st.dictionaries(keys, values, max_size=3)
    return st.one_of(
        lists,
        mappings,
        lists.map(tuple),
        lists.map(deque),
        lists.map(Sequence),
        mappings.map(Mapping),
        mappings.map(OrderedDict),
        st.dictionaries(st.text(max_size=3), values, max_size=3).map(UserDict),
        st.builds(Pair, values, values),
        st.builds(Point, values, values),
        st.builds(lambda value: Item.model_construct(name=value, cost=Decimal(1)), values),
        st.builds(Row, values),
        st.sets(st.integers(), max_size=3),
        st.frozensets(st.text(max_size=2), max_size=3),
    )


def containers_of_json(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(values, max_size=4) | st.dictionaries(st.text(), values, max_size=4)


json_like = st.recursive(atoms, containers_of_json, max_leaves=10)
anything = st.recursive(atoms | odd_atoms, containers, max_leaves=10)


def oracle(content: Any) -> bytes:
    return bytes(JSONResponse(jsonable_encoder(content)).body)


def outcome(encode: Callable[[Any], bytes], content: Any) -> Any:
    """The bytes, or the class of what was raised."""
    try:
        return encode(content)
    except Exception as error:
        return type(error)


@given(json_like)
@example({"a": math.nan})
@example([math.inf])
@example("\ud800")
@example({"_sa_instance_state": 1, "kept": {"_sa": 2, "x_sa": 3}})
def test_json_values_become_the_bytes_of_a_json_response(content: Any) -> None:
    assert outcome(encode_json, content) == outcome(oracle, content)


@given(anything)
@example({1: "a", "1": "b", None: 0, False: 1, 1.5: 2, Color.RED: 3})
@example({Size.SMALL: Size.SMALL, Level.HIGH: Level.HIGH})
@example({Text("_sa_key"): 1, "list": Sequence([Whole(1), Real(2.5), Text("t")])})
@example({math.nan: 1})
@example({("a", 1): 1})
@example([Color.RED, {"n": Color.NESTED}])
@example(Row(1))
def test_other_values_become_the_bytes_of_a_json_response(content: Any) -> None:
    assert outcome(encode_json, content) == outcome(oracle, content)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, b"null"),
        ({"a": [1, 2.0, True, "ü"]}, '{"a":[1,2.0,true,"ü"]}'.encode()),
        (Decimal("1.0"), b"1.0"),
        (UUID(int=1), b'"00000000-0000-0000-0000-000000000001"'),
        ({date(2024, 2, 29), }, b'["2024-02-29"]'),
        (datetime(2024, 2, 29, 12, tzinfo=UTC), b'"2024-02-29T12:00:00+00:00"'),
        ([time(1, 2), timedelta(seconds=90)], b'["01:02:00",90.0]'),
        (Item(name="n", cost=Decimal(2)), b'{"name":"n","cost":"2"}'),
        (Point(1, {2}), b'{"x":1,"y":[2]}'),
        (b"bytes", b'"bytes"'),
    ],
)  # fmt: skip
def test_known_types_have_their_form(content: Any, expected: bytes) -> None:
    assert encode_json(content) == expected


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, Decimal("NaN"), Real(math.nan)])
def test_numbers_that_json_does_not_have_are_refused(value: Any) -> None:
    for content in (value, [value], {"key": value}, {value: "key"}, Point(value)):
        assert outcome(encode_json, content) is outcome(oracle, content) is ValueError


@pytest.mark.parametrize(
    "rest",
    [1, {Color.RED: 1}, "_sa", {"_sa_state": 1}, Row(1), {UUID(int=1): 1}],
    ids=["plain", "enum key", "_sa text", "_sa key", "object", "uuid key"],
)
def test_a_generator_is_read_once_whatever_stands_beside_it(rest: Any) -> None:
    def content() -> Any:
        return {"generated": (value for value in (1, Color.RED)), "rest": rest}

    assert encode_json(content()) == oracle(content())
    assert b'"generated":[1,"red"]' in encode_json(content())


def test_a_list_within_itself_is_refused_as_too_deep() -> None:
    content: list[Any] = []
    content.append(content)
    assert outcome(encode_json, content) is outcome(oracle, content) is RecursionError


@given(json_like)
def test_what_a_client_sent_can_always_be_echoed_as_json(content: Any) -> None:
    echoed = encode_any_json(content)
    json.loads(echoed, parse_constant=pytest.fail)
    expected = outcome(oracle, content)
    if isinstance(expected, bytes):
        assert echoed == expected


def test_an_echo_has_null_for_numbers_without_json_form_and_escapes_surrogates() -> None:
    content = {"inf": [math.inf, -math.inf, math.nan, 1.5], "lone": "\ud800é"}
    assert encode_any_json(content) == (b'{"inf":[null,null,null,1.5],"lone":"\\ud800\\u00e9"}')


@given(json_like)
def test_plain_json_is_what_a_json_response_renders(content: Any) -> None:
    expected = outcome(lambda value: bytes(JSONResponse(value).body), content)
    assert outcome(encode_plain_json, content) == expected
