"""Our classes have no attributes that FastAPI's lack, so subclasses may give theirs any name.

Names of our own begin with `_rapide_`. The few others are listed with their reasons; a listed name
that is gone fails too. `tests/parity/routing/test_route_classes.py` uses them in subclasses.
"""

import ast
import inspect
import textwrap
from functools import cache

import pytest

from .. import surface
from ..surface import load

_SHOWN = "for people; assigning or overriding it changes nothing"

#: Attributes of our own without the prefix, by class.
OWN_ATTRIBUTES = {
    "APIRoute": dict.fromkeys(("direct_source", "fallback_reason", "plan", "source"), _SHOWN),
    "FastAPI": {"job": "jobs are a feature of our own; an attribute of a subclass replaces it"},
    "ModelField": dict.fromkeys(
        (
            *("_build_full_adapter", "_build_own_adapter", "_copy", "_full_adapter", "_origin"),
            *("copied", "is_identity_for_str", "is_pydantics_own", "is_served", "serializer"),
            *("serve", "types", "validate_document", "validator"),
        ),
        "FastAPI's class is private; only the framework makes fields",
    ),
}

MODULES = [*surface.public_modules("fastapi"), "_compat"]


@cache
def assigned(cls: type) -> set[str]:
    """Return the names that a class annotates, and those that its methods assign to `self`."""
    names = set(vars(cls).get("__annotations__", {}))
    for method in vars(cls).values():
        for node in ast.walk(tree_of(method)):
            match node:
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                    names.add(name)
    return names


def tree_of(method: object) -> ast.AST:
    """Return the syntax of a method that is written in a class; an empty module for others.

    The source of the class itself is not where `__module__` says that it is.
    """
    function = method.fget if isinstance(method, property) else method
    if not inspect.isfunction(function):
        return ast.Module([], [])
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return ast.Module([], [])


def attributes(cls: type) -> set[str]:
    return set(dir(cls)).union(*map(assigned, cls.__mro__))


def is_free(name: str) -> bool:
    is_special = name.startswith("__") and name.endswith("__")
    return not is_special and not name.startswith("_rapide_")


def classes() -> dict[str, tuple[type, type]]:
    """Return the public classes of FastAPI's own, each with ours, by name."""
    found = {}
    for path in MODULES:
        dot = f".{path}" if path else ""
        theirs, ours = load(f"fastapi{dot}"), load(f"rapide{dot}")
        for name in surface.public_names(theirs):
            cls = getattr(theirs, name, None)
            if inspect.isclass(cls) and cls.__module__.partition(".")[0] == "fastapi":
                found[name] = cls, getattr(ours, name, cls)
    return found


CLASSES = classes()


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_a_class_has_no_names_that_fastapis_lacks(name):
    theirs, ours = CLASSES[name]
    own = set(filter(is_free, attributes(ours) - attributes(theirs)))
    assert own == set(OWN_ATTRIBUTES.get(name, ()))


def test_every_listed_class_exists():
    assert OWN_ATTRIBUTES.keys() <= CLASSES.keys()
