"""Replacing methods, properties and names of Starlette by recorders, and putting them back."""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Callable, Iterator
from typing import Any

MISSING: Any = object()

#: What is replaced just now: owner, name, and what was there.
_replaced: list[tuple[Any, str, Any]] = []


def find_owner(path: str) -> tuple[Any, str]:
    """Return what ``starlette.requests.Request.body`` is an attribute of, and its name there."""
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        with contextlib.suppress(ImportError):
            owner: Any = importlib.import_module(".".join(parts[:length]))
            for name in parts[length:-1]:
                owner = getattr(owner, name)
            return owner, parts[-1]
    raise LookupError(path)


def replace(path: str, make: Callable[[Any], Any]) -> None:
    """Put what ``make`` makes of it in the place of an attribute."""
    owner, name = find_owner(path)
    _replaced.append((owner, name, vars(owner).get(name, MISSING)))
    setattr(owner, name, make(getattr(owner, name)))


def put_back() -> None:
    """Undo all replacements, the last first."""
    while _replaced:
        owner, name, before = _replaced.pop()
        if before is MISSING:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


@contextlib.contextmanager
def putting_back() -> Iterator[None]:
    """Undo all replacements at the end, whatever happens."""
    try:
        yield
    finally:
        put_back()


def recorder(fw: Any, path: str) -> Callable[[Any], Any]:
    """Return what makes of a method or property one that writes into the log when it is used."""
    name = ".".join(path.split(".")[-2:])

    def make(original: Any) -> Any:
        if isinstance(original, property):
            return property(recorded(original.fget), original.fset)
        return recorded(original)

    def recorded(original: Any) -> Any:
        @functools.wraps(original)
        def function(*args: Any, **kwargs: Any) -> Any:
            fw.log.append(name)
            return original(*args, **kwargs)

        return function

    return make
