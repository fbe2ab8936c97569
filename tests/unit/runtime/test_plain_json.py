"""The encoder in C: it writes the bytes of `json`, or leaves the value to `json`.

The tests hold without it, too, because then every value is left to `json`.
"""

from __future__ import annotations

import json
import math
import sys
from collections import OrderedDict
from enum import IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.responses import JSONResponse

from rapide.runtime import plain_json
from rapide.runtime.plain_json import encode, encode_result
from rapide.runtime.serialization import encode_plain_json

assert plain_json.__file__ is not None
IS_COMPILED = not plain_json.__file__.endswith(".py")

characters = st.one_of(
    st.sampled_from('"\\\b\t\n\f\r\x00\x1f\x7f/ a'),
    st.sampled_from("\x80é߿ࠀ€퟿\ue000\uffff\U00010000😀\U0010ffff"),
    st.characters(codec="utf-8"),
)
texts = st.text(characters) | st.text("ab\n\x1f\"\\ '\x7f")
#: Strings around the size of the buffer that small documents fit into.
long_texts = st.builds(
    lambda text, size, end: text * (size // max(1, len(text))) + end,
    st.sampled_from(["a", '"', "\x01", "é", "€\n", "😀"]),
    st.integers(1000, 1040) | st.integers(0, 5000),
    texts,
)
short_decimals = st.builds(
    lambda digits, power: digits / 10**power, st.integers(-(10**16), 10**16), st.integers(0, 10)
)
floats = st.floats(allow_nan=False, allow_infinity=False) | short_decimals
edges = st.sampled_from([2**31, 2**32, 2**53, 2**60, 2**62, 2**63, 2**64, 2**120, 10**300])
integers = st.integers() | st.builds(lambda edge, step: edge + step, edges, st.integers(-1, 1))
integers |= integers.map(lambda number: -number)
atoms = st.one_of(st.none(), st.booleans(), integers, floats, texts, long_texts)


def containers(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(values, max_size=4)
    return lists | lists.map(tuple) | st.dictionaries(texts, values, max_size=4)


plain = st.recursive(atoms, containers, max_leaves=12)


class Text(str): ...


class Whole(int): ...


class Real(float): ...


class Items(list[Any]): ...


class Pair(tuple[Any, ...]): ...


class Size(StrEnum):
    SMALL = "small"


class Level(IntEnum):
    HIGH = 3


unusual = st.sampled_from(
    [
        *(math.nan, math.inf, -math.inf, "\ud800", "a\udfffb", "é\ud800", "😀\udc00", b"bytes", 1j),
        *(Text("text"), Whole(1), Real(1.5), Items([1]), Pair((1,)), OrderedDict(a=1)),
        *(Size.SMALL, Level.HIGH, {1: 2}, {None: 1}, {True: 1}, {1.5: 1}, {Text("key"): 1}),
        *({("a", 1): 1}, {math.nan: 1}, {"\ud800": 1}, {1}, range(2), object()),
    ]
)  # fmt: skip
mixed = st.recursive(atoms | unusual, containers, max_leaves=12)


def json_bytes(value: Any) -> bytes:
    return bytes(JSONResponse(value).body)


def outcome(encode: Any, value: Any) -> Any:
    try:
        return encode(value)
    except Exception as error:
        return type(error), str(error), error.__cause__, error.__context__


@given(plain)
@example([2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 0, -1, 10**4000])
@example([0.0, -0.0, 1e-4, 9.9999e-5, 999999999.999999, 1e9, 1e15, 1e16, 1e17, 5e-324])
@example([0.1 + 0.2, 123456789.123456, 123456789.1234565, 1e22, 1.7976931348623157e308])
@example({"": {}, "_sa": [], "a": ()})
def test_plain_values_become_the_bytes_of_json(value: Any) -> None:
    assert encode(value) == (json_bytes(value) if IS_COMPILED else None)


@given(mixed)
def test_any_value_has_the_same_outcome_as_in_a_json_response(value: Any) -> None:
    assert outcome(encode_plain_json, value) == outcome(json_bytes, value)


@given(unusual, st.integers(0, 3))
def test_a_value_that_is_not_plain_is_left_to_json_at_any_depth(value: Any, depth: int) -> None:
    for _ in range(depth):
        value = {"a": [0, value, 1]}
    assert encode(value) is encode_result(value) is None


@pytest.mark.parametrize("key", ["_sa", "_sa_instance_state", "_saé", "_sa😀"])
def test_a_key_that_the_encoder_of_results_drops_is_left_to_it(key: str) -> None:
    assert encode_result([{key: 1}]) is None
    kept = [{f"x{key}": key, "_s": "_sa", "_": 1, "": 2}]
    assert encode_result(kept) == (json_bytes(kept) if IS_COMPILED else None)


@pytest.mark.parametrize("escape", ['"', "\\", "\n", "\x1f"])
@pytest.mark.parametrize("around", ["a", "é", "€", "😀"])
def test_an_escape_may_be_anywhere_in_a_string(escape: str, around: str) -> None:
    for size in range(20):
        for place in range(size + 1):
            text = around * place + escape + around * (size - place)
            assert encode(text) == (json_bytes(text) if IS_COMPILED else None)


def test_a_value_that_is_too_deep_or_contains_itself_has_the_error_of_json() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    within: dict[str, Any] = {}
    within["a"] = [within]
    for value in (deep, within):
        assert encode(value) is None
        assert outcome(encode_plain_json, value)[:2] == outcome(json_bytes, value)[:2]


def test_an_integer_with_more_digits_than_allowed_has_the_error_of_json() -> None:
    assert encode([10**5000]) is None
    assert outcome(encode_plain_json, [10**5000]) == outcome(json_bytes, [10**5000])


def test_an_encoded_value_keeps_its_references() -> None:
    leaf = "a value of its own: é"
    value = {"list": [leaf, leaf], "tuple": (leaf, 10**30, 0.1 + 0.2)}
    before = sys.getrefcount(leaf), sys.getrefcount(value), sys.getrefcount(None)
    for _ in range(100):
        encode(value)
        encode([value, object])
    after = sys.getrefcount(leaf), sys.getrefcount(value), sys.getrefcount(None)
    assert after[:2] == before[:2]
    assert abs(after[2] - before[2]) < 50
    assert json.loads(json_bytes(value)) == json.loads(encode(value) or json_bytes(value))
