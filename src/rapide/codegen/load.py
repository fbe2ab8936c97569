"""Compile generated source so that tracebacks and debuggers show it."""

from __future__ import annotations

import linecache
from itertools import count
from typing import Any
from weakref import finalize

from rapide.types import UserCallable


def load_function(source: str, label: str, name: str, constants: dict[str, object]) -> UserCallable:
    """Compile `source` and return the function called `name`.

    The source stays in `linecache` under `<rapide label>` for as long as the function lives.
    """
    filename, entry = _keep(source, label)
    try:
        namespace: dict[str, Any] = {"__name__": "rapide.compiled", **constants}
        exec(compile(source, filename, "exec"), namespace)
        function: UserCallable = namespace[name]
    except BaseException:
        _forget(filename, entry)
        raise
    finalize(function, _forget, filename, entry)
    return function


def _keep(source: str, label: str) -> tuple[str, object]:
    """Put a source into `linecache` and return its unique file name."""
    # A file name cannot hold NUL.
    label = label.replace("\0", "␀")
    filename = f"<rapide {label}>"
    lines = source.splitlines(keepends=True)
    entry = (len(source), None, lines, filename)
    for number in count(2):
        # Another thread may try the same name at this moment. Only one of them gets it.
        if linecache.cache.setdefault(filename, entry) is entry:
            break
        filename = f"<rapide {label} #{number}>"
        entry = (len(source), None, lines, filename)
    return filename, entry


def _forget(filename: str, entry: object) -> None:
    """Remove a source, unless the entry under its name is another one by now."""
    if linecache.cache.get(filename) is entry:
        linecache.cache.pop(filename, None)
