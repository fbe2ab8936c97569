"""Read the public surface of a package: the names of its modules, their signatures and classes.

Public is what a module defines without a leading underscore, and what it imports in the form
``from x import name as name``, which is how a type checker tells a re-export.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import typing
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Annotated, Any


def load(name: str) -> ModuleType:
    """Import a module without the deprecation warnings of what it re-exports."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


def public_modules(root: str) -> list[str]:
    """Return the names of the modules below a package, relative to it; ``""`` is the package."""
    found = pkgutil.iter_modules(load(root).__path__)
    paths = [""]
    pending = [info.name for info in found if info.name not in ("__main__", "cli")]
    for name in pending:
        if any(part.startswith("_") for part in name.split(".")):
            continue
        paths.append(name)
        module = load(f"{root}.{name}")
        if hasattr(module, "__path__"):
            paths += [f"{name}.{info.name}" for info in pkgutil.iter_modules(module.__path__)]
    return [path for path in paths if "._" not in path]


def public_names(module: ModuleType) -> set[str]:
    """Return what the source of a module defines or re-exports for others."""
    assert module.__file__ is not None
    with open(module.__file__, encoding="utf-8") as source:
        tree = ast.parse(source.read())
    return {name for name in _names_in(tree.body) if not re.match(r"_(?!_version)", name)}


def _names_in(statements: list[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield name
            case ast.ImportFrom(names=names):
                yield from (alias.name for alias in names if alias.asname == alias.name)
            case ast.If() | ast.Try():
                parts = [statement.body, statement.orelse]
                parts += [handler.body for handler in getattr(statement, "handlers", ())]
                yield from (name for part in parts for name in _names_in(part))


def parameters(function: Any) -> dict[str, tuple[str, str]] | None:
    """Return kind and default of each parameter, or None where Python knows no signature."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    return {
        name: (parameter.kind.name, describe_default(parameter.default))
        for name, parameter in signature.parameters.items()
    }


def annotations(function: Any) -> dict[str, str]:
    """Return the plain text of each parameter's annotation and of the returned type's."""
    signature = inspect.signature(function)
    given = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    given["return"] = signature.return_annotation
    return {name: describe_type(annotation) for name, annotation in given.items()}


def describe_default(value: Any) -> str:
    """Return a default in words that do not depend on the package."""
    if type(value).__name__ == "DefaultPlaceholder":
        return f"Default({describe_default(value.value)})"
    if inspect.isclass(value) or inspect.isfunction(value):
        return value.__name__ if value is not inspect.Parameter.empty else "required"
    return repr(value)


def describe_type(annotation: Any) -> str:
    """Return an annotation as text: no documentation, no packages, one spelling of optional."""
    if typing.get_origin(annotation) is Annotated:
        return describe_type(annotation.__origin__)
    text = annotation.__name__ if isinstance(annotation, type) else repr(annotation)
    if typing.get_args(annotation):
        text = repr(annotation)
    text = re.sub(r"ForwardRef\('([^']*)'[^)]*\)|'([^']*)'", r"\1\2", text)
    text = re.sub(r"<class ([\w.]*)>", r"\1", text)
    text = re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", text)
    return re.sub(r"Optional\[(.*)\]$", r"\1 | None", text)


def members(class_: type[Any], root: str) -> dict[str, Any]:
    """Return the public attributes that a class and its bases in the same package define."""
    found: dict[str, Any] = {}
    for base in reversed(class_.__mro__):
        if base.__module__.split(".")[0] == root:
            found |= {name: value for name, value in vars(base).items() if name[0] != "_"}
            found |= {name: value for name, value in vars(base).items() if name == "__call__"}
    return found


def attributes(instance: Any) -> set[str]:
    """Return the public attributes that an instance holds, in its dictionary or in slots."""
    slots = {
        name
        for base in type(instance).__mro__
        for name in getattr(base, "__slots__", ())
        if hasattr(instance, name)
    }
    return {name for name in {*getattr(instance, "__dict__", ()), *slots} if name[0] != "_"}


def is_plain(text: str) -> bool:
    """Tell whether the text of an annotation is made of built-in names only."""
    return (
        re.fullmatch(r"((str|int|float|bool|bytes|None|dict|list|set)\b|[\[\], |])+", text)
        is not None
    )
