"""What routes inherit, option by option."""

from typing import Any

import pytest
from starlette.responses import HTMLResponse, JSONResponse

from rapide import APIRouter
from rapide.datastructures import Default
from rapide.routing import inheritance, options
from rapide.routing.inheritance import (
    NAMES_ABOVE,
    RULES,
    MissingRuleError,
    check_rules,
    inherit,
    said_by,
)

DECLARATIONS = [declared for name, declared in vars(options).items() if name.endswith("Options")]

OWN_NAMES = {name: own for own, name in NAMES_ABOVE.items()}

DEFAULT = Default(JSONResponse)
OTHER_DEFAULT = Default(HTMLResponse)


@pytest.mark.parametrize("declaration", DECLARATIONS)
def test_every_option_has_a_rule(declaration: Any) -> None:
    names = {OWN_NAMES.get(name, name) for name in declaration.__annotations__}
    assert names <= RULES.keys()
    check_rules(declaration.__annotations__)


def test_every_rule_is_of_an_option() -> None:
    known = {name for declared in DECLARATIONS for name in declared.__annotations__}
    assert {OWN_NAMES.get(name, name) for name in known} == RULES.keys()


def test_an_option_without_a_rule_is_refused() -> None:
    with pytest.raises(MissingRuleError, match=r"No rule says how routes inherit colour, size"):
        check_rules(["tags", "size", "colour"])
    with pytest.raises(MissingRuleError, match="colour"):
        inherit({}, {"colour": "red"})


@pytest.mark.parametrize(
    ("rule", "outer", "inner", "expected"),
    [
        ("join_paths", "/a", "/b", "/a/b"),
        ("join_paths", "", "", ""),
        ("concatenate", ["a"], ("b", "a"), ["a", "b", "a"]),
        ("concatenate", [], [], []),
        ("merge", {1: "a", 2: "b"}, {2: "c", 3: "d"}, {1: "a", 2: "c", 3: "d"}),
        ("first_said", HTMLResponse, JSONResponse, JSONResponse),
        ("first_said", HTMLResponse, DEFAULT, HTMLResponse),
        ("first_said", DEFAULT, None, None),
        ("either", True, None, True),
        ("either", None, True, True),
        ("either", False, None, False),
        ("either", None, False, None),
        ("both", True, True, True),
        ("both", False, True, False),
        ("both", True, False, False),
        ("both", False, None, None),
        ("innermost", 10, None, 10),
        ("innermost", None, 20, 20),
        ("innermost", 10, 20, 20),
        ("innermost", 10, 0, 0),
        ("innermost", None, None, None),
        ("outer_only", "a", "b", "a"),
        ("outer_only", None, "b", None),
        ("inner_only", "a", "b", "b"),
        ("inner_only", "a", None, None),
    ],
)
def test_a_rule_combines_two_levels(rule: str, outer: Any, inner: Any, expected: Any) -> None:
    found = getattr(inheritance, rule)(outer, inner)
    assert found == expected
    assert type(found) is type(expected)


def test_of_two_defaults_the_inner_one_counts() -> None:
    assert inheritance.first_said(DEFAULT, OTHER_DEFAULT) is OTHER_DEFAULT


def test_a_combination_is_new_and_leaves_both_levels_as_they_are() -> None:
    outer, inner = {"tags": ["a"], "responses": {1: {}}}, {"tags": ["b"], "responses": {}}
    found = inherit(outer, inner)
    found["tags"].append("c")
    found["responses"][2] = {}
    assert outer == {"tags": ["a"], "responses": {1: {}}}
    assert inner == {"tags": ["b"], "responses": {}}


def test_options_are_combined_in_the_order_of_the_inner_level() -> None:
    outer = said_by(APIRouter(prefix="/a", tags=["outer"], max_body_size=5))
    inner = {"summary": "S", "tags": ["inner"], "path": "/b", "max_body_size": None, "limits": 1}
    found = inherit(outer, inner)
    assert list(found) == list(inner)
    assert found == {
        "summary": "S",
        "tags": ["outer", "inner"],
        "path": "/a/b",
        "max_body_size": 5,
        "limits": 1,
    }


def test_a_router_says_all_that_is_inherited() -> None:
    inherited = {name for name, rule in RULES.items() if rule is not inheritance.inner_only}
    assert said_by(APIRouter()).keys() == inherited
