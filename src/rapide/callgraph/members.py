"""Attributes of values and types of annotations, looked up without running code."""

from __future__ import annotations

import ast
import enum
import inspect
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache, partial
from inspect import getattr_static
from types import FunctionType, MethodType, ModuleType, UnionType
from typing import Annotated, Union, get_args, get_origin

from rapide.callgraph.scopes import Bound, Instance, Known, Partial, Unloaded, Value

Owns = Callable[[object], bool]

_MISSING = object()
#: How many wrappers of a function are opened.
_DEEPEST = 25
#: Names that mean the class of the object itself in an annotation.
_SELF = frozenset({"Self", "typing.Self", "typing_extensions.Self"})
#: Generic types whose argument is what a generator yields, or what `await` returns.
_CARRIERS = frozenset(
    {"Iterator", "Iterable", "Generator", "AsyncIterator", "AsyncIterable", "AsyncGenerator"}
)


def module_attribute(module: ModuleType, name: str, *, is_library: bool) -> Value | None:
    """Return an attribute or a submodule of a module."""
    found = vars(module).get(name, _MISSING)
    if found is _MISSING:
        found = sys.modules.get(f"{module.__name__}.{name}", _MISSING)
    if found is _MISSING and is_library:
        try:
            with warnings.catch_warnings(action="ignore"):  # of deprecated names
                found = getattr(module, name, _MISSING)  # libraries import parts when needed
        except ImportError:
            return None
    if found is _MISSING:
        return Unloaded(f"{module.__name__}.{name}")
    return Known(found)


def class_attribute(cls: type, name: str) -> Value | None:
    """Return an attribute of a class, such as a function without its object."""
    if issubclass(cls, enum.Enum) and name in cls.__members__:
        return Known(cls.__members__[name])
    found = getattr_static(cls, name, _MISSING)
    if found is _MISSING:
        return None
    if isinstance(found, staticmethod):
        return Known(found.__func__)
    if isinstance(found, classmethod):
        return Bound(Known(found.__func__), Known(cls), name)
    if isinstance(found, property | cached_property):
        return None
    return Known(found)


def object_attribute(value: object, name: str) -> Value | None:
    """Return an attribute of an object that exists."""
    if isinstance(value, enum.Enum) and name in ("value", "name"):
        return Known(value._value_ if name == "value" else value._name_)
    if isinstance(value, MethodType) and name in ("__func__", "__self__"):
        return Known(getattr(value, name))
    attributes = getattr_static(value, "__dict__", None)
    own = vars(value) if attributes is not None and hasattr(value, "__dict__") else {}
    if name in own and not isinstance(value, type):
        return Known(own[name])
    return instance_attribute(Known(value), type(value), name, is_exact=True)


def instance_attribute(
    owner: Value, cls: type, name: str, *, is_exact: bool, is_own: Owns | None = None
) -> Bound | Known | Instance | None:
    """Return a method or another attribute that the objects of a class have by it.

    Nothing is known if a subclass that exists has an attribute of its own with this name, unless
    the class belongs to a library and the subclass does the same.
    """
    found = getattr_static(cls, name, _MISSING)
    if found is _MISSING:
        return None
    if not is_exact and is_overridden(cls, name, is_own):
        return None
    if isinstance(found, staticmethod):
        return Known(found.__func__)
    if isinstance(found, classmethod):
        return Bound(Known(found.__func__), Known(cls), name)
    if isinstance(found, property):
        return returned(found.fget, cls) if isinstance(found.fget, FunctionType) else None
    if isinstance(found, cached_property):
        return returned(found.func, cls)
    if callable(found) and not isinstance(found, type):
        return Bound(Known(found), owner, name)
    return Known(found) if is_exact and not hasattr(type(found), "__get__") else None


@lru_cache(maxsize=65536)
def is_overridden(cls: type, name: str, is_own: Owns | None = None) -> bool:
    """Return whether a subclass that exists has another attribute with this name.

    Args:
        cls: The class.
        name: The name.
        is_own: Says whether a module belongs to the application. The subclasses that libraries have
            of those of libraries do not count: they do the same.
    """
    others = [other for other in subclasses(cls) if name in vars(other)]
    if is_own is None or is_own(cls.__module__):
        return bool(others)
    return any(is_own(other.__module__) and not _calls_base(other, name) for other in others)


def _calls_base(other: type, name: str) -> bool:
    """Return whether a method calls that of a base, so that it does the same and more."""
    code = getattr(vars(other)[name], "__code__", None)
    in_loop = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
    return code is not None and not code.co_flags & in_loop and "super" in code.co_names


def subclasses(cls: type) -> Iterator[type]:
    """Yield the classes that are based on a class."""
    seen: set[type] = set()
    pending: list[type] = [*type.__subclasses__(cls)]
    while pending:
        found = pending.pop()
        if found not in seen:
            seen.add(found)
            pending.extend(type.__subclasses__(found))
            yield found


def returned(
    function: object, cls: type | None = None, *, is_yielded: bool = False
) -> Instance | None:
    """Return what the annotation of a function says that it returns.

    Args:
        function: The function.
        cls: The class whose object it is called on, which is what `Self` means.
        is_yielded: Whether to return what it yields.
    """
    annotations = getattr(function, "__annotations__", None)
    if not isinstance(annotations, Mapping) or "return" not in annotations:
        return None
    names = getattr(function, "__globals__", {})
    found = annotated(annotations["return"], names, cls, is_carried=is_yielded)
    return None if found is None else Instance(found)


def annotated(
    annotation: object,
    names: Mapping[str, object],
    cls: type | None = None,
    *,
    is_carried: bool = False,
) -> type | None:
    """Return the class that an annotation names; None if it is not exactly one."""
    if isinstance(annotation, str):
        tree = _parsed(annotation)
        return None if tree is None else annotated(tree, names, cls, is_carried=is_carried)
    if isinstance(annotation, ast.AST):
        return _of_tree(annotation, names, cls, is_carried=is_carried)
    origin = get_origin(annotation)
    if is_carried:
        arguments = get_args(annotation)
        is_carrier = getattr(origin, "__name__", "") in _CARRIERS
        return annotated(arguments[0], names, cls) if is_carrier and arguments else None
    if getattr(annotation, "__name__", None) == "Self" and not isinstance(annotation, type):
        return cls
    if origin is Annotated:
        return annotated(get_args(annotation)[0], names, cls)
    if origin in (Union, UnionType):
        return _only(annotated(item, names, cls) for item in get_args(annotation))
    found = annotation if origin is None else origin
    return found if isinstance(found, type) and found is not object else None


@lru_cache(maxsize=4096)
def _parsed(annotation: str) -> ast.expr | None:
    try:
        return ast.parse(annotation, mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _of_tree(
    tree: ast.AST, names: Mapping[str, object], cls: type | None, *, is_carried: bool
) -> type | None:
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        return annotated(tree.value, names, cls, is_carried=is_carried)
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.BitOr):
        sides = (tree.left, tree.right)
        return _only(_of_tree(side, names, cls, is_carried=is_carried) for side in sides)
    if isinstance(tree, ast.Subscript):
        first = tree.slice.elts[0] if isinstance(tree.slice, ast.Tuple) else tree.slice
        origin = _named(tree.value, names)
        name = ast.unparse(tree.value).rpartition(".")[2]
        if is_carried:
            return _of_tree(first, names, cls, is_carried=False) if name in _CARRIERS else None
        if name in ("Annotated", "Optional"):
            return _of_tree(first, names, cls, is_carried=False)
        return origin if isinstance(origin, type) else None
    if is_carried:
        return None
    if ast.unparse(tree) in _SELF:
        return cls
    found = _named(tree, names)
    return None if found is None else annotated(found, names, cls)


def _named(tree: ast.AST, names: Mapping[str, object]) -> object:
    if isinstance(tree, ast.Constant) and tree.value is None:
        return type(None)
    if isinstance(tree, ast.Name):
        builtins = names.get("__builtins__", {})
        known = builtins if isinstance(builtins, dict) else vars(builtins)
        return names.get(tree.id, known.get(tree.id))
    if isinstance(tree, ast.Attribute):
        owner = _named(tree.value, names)
        found = getattr_static(owner, tree.attr, None) if owner is not None else None
        return found
    return None


def _only(found: Iterable[type | None]) -> type | None:
    """Return the only class besides that of None, which has no attributes to follow."""
    classes = [item for item in found if item is not type(None)]
    return classes[0] if len(classes) == 1 else None


def opened(value: Value | None) -> Value | None:
    """Return the function behind a partial, a bound method or a callable object."""
    for _ in range(_DEEPEST):
        if isinstance(value, Instance):
            function = instance_attribute(value, value.cls, "__call__", is_exact=value.is_exact)
            return function if isinstance(function, Bound) else None
        if isinstance(value, Partial):
            value = value.callee
        found = value.it if isinstance(value, Known) else None
        if isinstance(found, partial):
            value = Known(found.func)
        elif isinstance(found, MethodType):
            return Bound(Known(found.__func__), Known(found.__self__), found.__func__.__name__)
        elif type(found).__name__ == "_lru_cache_wrapper":
            value = Known(getattr(found, "__wrapped__", None))
        elif isinstance(found, FunctionType | type) or not isinstance(value, Known):
            return value
        else:
            call = instance_attribute(value, type(found), "__call__", is_exact=True)
            is_function = isinstance(call, Bound) and isinstance(call.function.it, FunctionType)
            return call if is_function else value
    return None


def generator_of(callee: Value | None) -> object:
    """Return the generator that `contextlib.contextmanager` has made a callable of."""
    found = callee.it if isinstance(callee, Known) else None
    found = callee.function.it if isinstance(callee, Bound) else found
    made_by = getattr(getattr(found, "__code__", None), "co_filename", "")
    is_manager = made_by.replace("\\", "/").endswith("/contextlib.py")
    return getattr(found, "__wrapped__", None) if is_manager else None
