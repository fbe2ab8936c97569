"""Lifespans that cannot be entered."""

import ast
import contextlib
import inspect
import textwrap
from abc import ABCMeta
from collections.abc import AsyncIterator, Iterator
from inspect import getattr_static
from types import FunctionType
from typing import Any

from rapide.callgraph.scopes import Instance, Known
from rapide.callgraph.walk import Walker
from rapide.contracts.checker.rules import finding
from rapide.contracts.checker.subject import Subject, place_of
from rapide.contracts.findings import Finding
from rapide.routing.lifespan import flattened


def _generator() -> Iterator[None]:
    yield


async def _async_generator() -> AsyncIterator[None]:
    yield


#: The functions that the decorators of `contextlib` make all have the same code.
_OF_SYNC: Any = contextlib.contextmanager(_generator)
_OF_ASYNC: Any = contextlib.asynccontextmanager(_generator)  # type: ignore[arg-type]

#: What functions with these decorators return.
_CALLED = (
    type(contextlib.asynccontextmanager(_async_generator)()),
    type(contextlib.contextmanager(_generator)()),
)

_RIGHT = "write @asynccontextmanager above an async def with one yield between start and stop"


def wrong_lifespans(subject: Subject) -> Iterator[Finding]:
    """Find lifespans that are not async context managers: the application would not start."""
    seen: set[int] = set()
    for app in subject.applications:
        context = getattr(getattr(app, "router", None), "lifespan_context", None)
        if context is None:
            continue
        for lifespan in flattened(context):
            problem = _problem(lifespan) or _problem_of_result(lifespan, subject.walker)
            if problem is None or id(lifespan) in seen:
                continue
            seen.add(id(lifespan))
            message, advice = problem
            name = getattr(lifespan, "__name__", None) or repr(lifespan)
            place = place_of(lifespan) or subject.place_of_object(app)
            yield finding("wrong-lifespan", f"the lifespan {name} {message}", advice, place=place)


def _problem(lifespan: Any) -> tuple[str, str] | None:
    """Return what is wrong with a lifespan, and what to write instead."""
    if not callable(lifespan) or isinstance(lifespan, _CALLED):
        return "is not a function", f"give the function to lifespan, without calling it; {_RIGHT}"
    if isinstance(lifespan, type) and not hasattr(lifespan, "__aenter__"):
        return "makes objects that have no __aenter__ and __aexit__", _RIGHT
    if inspect.iscoroutinefunction(lifespan):
        return "is an async function, not an async context manager", _RIGHT
    if inspect.isasyncgenfunction(lifespan) or inspect.isgeneratorfunction(lifespan):
        return "is a generator, which only FastAPI(lifespan=…) makes a context manager", _RIGHT
    if (code := getattr(lifespan, "__code__", None)) is _OF_SYNC.__code__:
        return "is a context manager that is not async", "write @asynccontextmanager and async def"
    made_of = getattr(lifespan, "__wrapped__", None)
    if code is _OF_ASYNC.__code__ and not inspect.isasyncgenfunction(made_of):
        return "is not made of an async generator: it has no yield, or no async", _RIGHT
    if isinstance(lifespan, FunctionType) and made_of is None and _returns_nothing(lifespan):
        return "returns nothing that could be entered", _RIGHT
    try:
        inspect.signature(lifespan).bind(None)
    except TypeError:
        return "does not take the application as its only argument", "write (app: FastAPI)"
    except ValueError:
        return None  # it has no signature
    return None


def _problem_of_result(lifespan: Any, walker: Walker) -> tuple[str, str] | None:
    """Return what is wrong with the object that a function returns, if its class is certain."""
    if not isinstance(lifespan, FunctionType) or hasattr(lifespan, "__wrapped__"):
        return None
    scope = walker.scope(Known(lifespan), is_root=True)
    if scope is None or scope.is_async or scope.is_generator:
        return None
    found = [walker.resolver.resolve(value, scope) for value in scope.facts.returned]
    for value in found:
        if not isinstance(value, Instance) or not value.is_exact or _may_be_entered(value.cls):
            return None
    names = dict.fromkeys(value.cls.__name__ for value in found if isinstance(value, Instance))
    if not names:
        return None
    return f"returns {' or '.join(names)}, which has no __aenter__ and __aexit__", _RIGHT


def _may_be_entered(cls: type) -> bool:
    """Return whether calling a class may give something that `async with` takes."""
    is_plain = (
        type(cls) in (type, ABCMeta) and getattr_static(cls, "__new__") is vars(object)["__new__"]
    )
    return not is_plain or (hasattr(cls, "__aenter__") and hasattr(cls, "__aexit__"))


def _returns_nothing(function: FunctionType) -> bool:
    """Return whether it is certain that a function returns None."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError):
        return False
    found = tree.body[0] if tree.body else None
    if not isinstance(found, ast.FunctionDef):
        return False
    returned = (node.value for node in ast.walk(found) if isinstance(node, ast.Return))
    return all(value is None for value in returned)
