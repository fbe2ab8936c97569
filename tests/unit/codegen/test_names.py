from __future__ import annotations

import ast
import keyword as keywords
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapide.codegen.names import Names, keyword

HOSTILE = (
    "a b",
    "it's",
    '"',
    "\\",
    "x\nimport os",
    "*/",
    "é",
    "日本",
    "class",
    "",
    "a" * 500,
    "__debug__",
)


@pytest.mark.parametrize("hint", HOSTILE)
def test_a_local_name_is_a_plain_identifier_whatever_the_hint(hint: str) -> None:
    name = Names().local("arg", hint)
    assert name.isidentifier()
    assert name.isascii()
    assert not keywords.iskeyword(name)
    assert name.startswith("arg_")
    assert len(name) < 40


def test_no_name_is_given_twice() -> None:
    names = Names()
    hints = ["a", "a", "a_2", "a b", "a-b", "a.b", "a_b_2", "a", *["x" * n for n in range(20, 60)]]
    given_names = [names.local("arg", hint) for hint in hints]
    assert len(set(given_names)) == len(hints)


@given(st.lists(st.text(max_size=8), max_size=30), st.lists(st.text(max_size=8), max_size=30))
def test_locals_and_constants_never_clash(hints: list[str], constants: list[str]) -> None:
    names = Names()
    values: list[Any] = [object() for _ in constants]
    allocated = [names.local("arg", hint) for hint in hints]
    allocated += [names.constant("arg", *item) for item in zip(constants, values, strict=True)]
    assert len(set(allocated)) == len(allocated)
    assert list(names.constants.values()) == values


def test_one_object_has_one_name_in_one_role() -> None:
    names, value = Names(), object()
    assert names.constant("call", "get", value) == names.constant("call", "other", value)
    assert names.constant("check", "get", value) != names.constant("call", "get", value)


def test_a_helper_keeps_its_own_name_against_later_ones() -> None:
    names = Names()
    assert names.tool("arg_x", len) == "arg_x"
    assert names.local("arg", "x") == "arg_x_2"


@given(st.one_of(st.text(), st.integers(), st.none(), st.binary()))
def test_a_literal_means_its_value(value: Any) -> None:
    names = Names()
    text = names.literal(value)
    assert eval(text, dict(names.constants)) == value
    assert text.isascii()
    assert "\n" not in text


@given(st.text())
def test_an_argument_of_any_name_reaches_the_call(name: str) -> None:
    text = keyword(name, "7")
    assert text.isascii()
    assert eval(f"dict({text})") == {name: 7}


@pytest.mark.parametrize("name", ["self", "class", "None", "print", "naïve", "a b", "__x"])
def test_an_argument_is_one_expression_of_a_call(name: str) -> None:
    call = ast.parse(f"f({keyword(name, 'value')})", mode="eval").body
    assert isinstance(call, ast.Call)
    assert len(call.keywords) == 1
