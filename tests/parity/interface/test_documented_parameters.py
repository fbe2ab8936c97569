"""Each parameter that FastAPI documents has a documentation of ours."""

import importlib
import inspect
import pkgutil
import re
import typing
import warnings
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import pytest

from ..surface import load


def functions() -> Iterator[Any]:
    """The functions and methods of FastAPI that document parameters, with their places."""
    package = load("fastapi")
    seen = set()
    for info in pkgutil.walk_packages(package.__path__, "fastapi."):
        if info.name.endswith("__main__"):
            continue
        module = load(info.name)
        owners = [module, *(item for item in vars(module).values() if inspect.isclass(item))]
        for owner in owners:
            for item in vars(owner).values():
                function = inspect.unwrap(item) if callable(item) else None
                is_theirs = getattr(function, "__module__", None) == info.name
                if isinstance(function, FunctionType) and is_theirs and function not in seen:
                    seen.add(function)
                    if documented(function):
                        yield pytest.param(function, id=f"{info.name}.{function.__qualname__}")


def documented(function: Any) -> dict[str, str]:
    """The documentation of the parameters of a function."""
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        for item in getattr(parameter.annotation, "__metadata__", ()):
            if type(item).__name__ == "Doc":
                found[name] = inspect.cleandoc(item.documentation)
    return found


def counterpart(function: Any) -> Any:
    found: Any = importlib.import_module(function.__module__.replace("fastapi", "rapide", 1))
    for name in function.__qualname__.split("."):
        found = getattr(found, name)
    return found


FUNCTIONS = list(functions())


def test_every_documented_parameter_is_found() -> None:
    """FastAPI 0.165 documents so many."""
    assert sum(len(documented(case.values[0])) for case in FUNCTIONS) == 828


@pytest.mark.parametrize("theirs", FUNCTIONS)
def test_the_documentation_is_ours(theirs: Any) -> None:
    """It has whole sentences, and none of FastAPI's."""
    ours = documented(counterpart(theirs))
    for name, text in documented(theirs).items():
        assert re.match(r"[A-Z`0-9].*[.]$", ours[name]), name
        for sentence in re.split(r"(?<=[.]) ", ours[name]):
            assert sentence not in " ".join(text.split()), name


@pytest.mark.parametrize("theirs", FUNCTIONS)
def test_types_can_be_evaluated_with_their_documentation(theirs: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = typing.get_type_hints(theirs, include_extras=True)
        hints = typing.get_type_hints(counterpart(theirs), include_extras=True)
    assert expected.keys() - hints.keys() - {"self"} == set()
    for name in documented(theirs):
        assert any(type(item).__name__ == "Doc" for item in hints[name].__metadata__), name
