"""The classes and functions of the parameters behave as FastAPI's."""

import dataclasses
import re
import warnings
from typing import Any

import fastapi.datastructures
import fastapi.param_functions
import fastapi.params
import pytest
from pydantic import AliasChoices

import rapide.datastructures
import rapide.param_functions
import rapide.params
from rapide.exceptions import FastAPIDeprecationWarning

NAMES = ["Query", "Path", "Header", "Cookie", "Body", "Form", "File"]

OPTIONS: list[dict[str, Any]] = [
    {},
    {"default": 5},
    {"default": None},
    {"default": ...},
    {"default_factory": list},
    {"alias": "x-name"},
    {"alias": "a", "validation_alias": "b", "serialization_alias": "c"},
    {"validation_alias": AliasChoices("a", "b")},
    {"alias": "a", "alias_priority": 1},
    {"gt": 1, "ge": 2, "lt": 9, "le": 8, "multiple_of": 2},
    {"min_length": 1, "max_length": 4, "pattern": "^a"},
    {"pattern": re.compile("^a")},
    {"title": "T", "description": "D", "deprecated": True},
    {"strict": True, "allow_inf_nan": False, "max_digits": 3, "decimal_places": 1},
    {"discriminator": "kind", "union_mode": "left_to_right", "fail_fast": True},
    {"validate_default": True, "examples": [1], "json_schema_extra": {"a": 1}},
    {"openapi_examples": {"one": {"value": 1}}, "include_in_schema": False},
    {"annotation": int},
]


def contents(declaration: Any) -> dict[str, Any]:
    slots = {name for base in type(declaration).__mro__ for name in getattr(base, "__slots__", ())}
    found = {name: getattr(declaration, name) for name in sorted(slots)}
    found |= {name: value for name, value in vars(declaration).items() if name != "in_"}
    # Pydantic's metadata compares by identity.
    found["metadata"] = repr(found["metadata"])
    placeholders = (
        rapide.datastructures.DefaultPlaceholder,
        fastapi.datastructures.DefaultPlaceholder,
    )
    return {n: "unset" if isinstance(v, placeholders) else v for n, v in found.items()}


def outcome(make: Any, options: dict[str, Any]) -> Any:
    try:
        made = make(**options)
    except (AssertionError, TypeError) as error:
        return type(error), str(error)
    in_ = getattr(made, "in_", None)
    return contents(made), repr(made), in_ and in_.name


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_a_class_keeps_what_fastapi_keeps(name: str, options: dict[str, Any]) -> None:
    ours, theirs = getattr(rapide.params, name), getattr(fastapi.params, name)
    assert outcome(ours, options) == outcome(theirs, options)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", [o for o in OPTIONS if "annotation" not in o], ids=str)
def test_a_function_returns_what_fastapi_returns(name: str, options: dict[str, Any]) -> None:
    ours, theirs = getattr(rapide.param_functions, name), getattr(fastapi.param_functions, name)
    assert outcome(ours, options) == outcome(theirs, options)
    if name != "Path":
        made = ours(**options)
        assert type(made) is getattr(rapide.params, name)


def test_particular_options_are_kept() -> None:
    assert rapide.params.Header(convert_underscores=False).convert_underscores is False
    assert rapide.params.Header().convert_underscores is True
    body = rapide.params.Body(embed=True, media_type="text/plain")
    assert (body.embed, body.media_type) == (True, "text/plain")
    assert rapide.params.Form().media_type == "application/x-www-form-urlencoded"
    assert rapide.params.File().media_type == "multipart/form-data"
    assert rapide.params.File().embed is None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("module", [rapide.params, rapide.param_functions])
def test_an_unknown_option_is_a_type_error(module: Any, name: str) -> None:
    with pytest.raises(TypeError, match=f"{name}.* got an unexpected keyword argument 'minimum'"):
        getattr(module, name)(minimum=3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("module", [rapide.params, rapide.param_functions])
@pytest.mark.parametrize(("old", "new"), [("example", "examples"), ("regex", "pattern")])
def test_a_renamed_option_warns_at_the_line_of_the_caller(
    module: Any, name: str, old: str, new: str
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        getattr(module, name)(**{old: "a"})
    (warning,) = caught
    assert warning.category is FastAPIDeprecationWarning
    assert str(warning.message) == f"`{old}` has been deprecated, please use `{new}` instead"
    assert warning.filename == __file__


def test_regex_is_the_pattern() -> None:
    with pytest.warns(FastAPIDeprecationWarning):
        declared = rapide.params.Query(regex="^a")
    assert contents(declared)["metadata"] == contents(rapide.params.Query(pattern="^a"))["metadata"]


def f() -> None: ...


def test_dependencies_compare_and_hash_by_value() -> None:
    assert rapide.params.Depends(f) == rapide.param_functions.Depends(f)
    assert rapide.params.Depends(f) != rapide.params.Depends(f, use_cache=False)
    assert len({rapide.params.Depends(f), rapide.params.Depends(f)}) == 1
    assert rapide.params.Security(f, scopes=("a",)) == rapide.params.Security(f, scopes=("a",))
    with pytest.raises(dataclasses.FrozenInstanceError):
        rapide.params.Depends(f).use_cache = False  # type: ignore[misc]


@pytest.mark.parametrize(
    "make",
    [
        lambda m: m.Depends(),
        lambda m: m.Depends(f, use_cache=False, scope="function"),
        lambda m: m.Depends(f, max_concurrency=2),
        lambda m: m.Security(f, scopes=["a"]),
    ],
)
def test_dependencies_print_as_in_fastapi(make: Any) -> None:
    assert repr(make(rapide.param_functions)) == repr(make(fastapi.param_functions))


def test_each_limited_dependency_is_a_declaration_of_its_own() -> None:
    limited = rapide.params.Depends(f, max_concurrency=2)
    assert limited != rapide.params.Depends(f, max_concurrency=2)
    assert limited._concurrency is not None
    assert dataclasses.replace(limited, dependency=print)._concurrency is limited._concurrency
    assert dataclasses.replace(limited, max_concurrency=3)._concurrency is not limited._concurrency
    assert dataclasses.replace(limited, max_concurrency=None)._concurrency is None


@pytest.mark.parametrize("limit", [0, -1, True, 1.0, "1"])
def test_a_limit_must_be_a_positive_integer(limit: Any) -> None:
    with pytest.raises(ValueError, match="max_concurrency must be a positive integer or None"):
        rapide.param_functions.Depends(f, max_concurrency=limit)
