"""Compiling generated source, so that tracebacks and debuggers show it."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from itertools import count
from typing import Any
from weakref import finalize


def load_function(
    source: str, label: str, name: str, constants: dict[str, Any]
) -> Callable[..., Any]:
    """Compile `source` and give the function called `name`.

    The source stays in `linecache` under `<rapide label>` for as long as the function lives.
    """
    filename = _free_filename(label)
    namespace: dict[str, Any] = {"__name__": "rapide.compiled", **constants}
    exec(compile(source, filename, "exec"), namespace)
    function: Callable[..., Any] = namespace[name]
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    # The entry must go with the code of this route, and only then.
    finalize(function, linecache.cache.pop, filename, None)
    return function


def _free_filename(label: str) -> str:
    # A file name cannot hold NUL.
    label = label.replace("\0", "␀")
    filename = f"<rapide {label}>"
    for number in count(2):
        if filename not in linecache.cache:
            break
        filename = f"<rapide {label} #{number}>"
    return filename
