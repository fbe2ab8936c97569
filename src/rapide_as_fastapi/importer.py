"""Finding out who imported FastAPI too early."""

from __future__ import annotations

import linecache
import re
import sys
from types import ModuleType

from rapide_as_fastapi import VARIABLE, is_named_fastapi

_IMPORT = re.compile(r"\s*(?:import\s+(?:[\w.]+\s*,\s*)*|from\s+)fastapi\b")


def describe_importer() -> str:
    """Say who imported FastAPI, as far as that can be known, and what to do about it."""
    what = "fastapi"
    version = getattr(sys.modules.get("fastapi"), "__version__", None)
    if version:
        what += f" {version}"
    by = _first_importer()
    return (
        f"{what} was imported before Rapide could stand in for it{', ' + by if by else ''}.\n"
        f"Call rapide.as_fastapi() before that import, or set {VARIABLE}=1, or start the program "
        f"with `python -m rapide.as_fastapi`: then nothing is earlier."
    )


def _first_importer() -> str | None:
    """Name the module that most probably imported it first.

    A module is listed before those that it imports, so the first importer is listed before FastAPI.
    Among the modules there that hold a name of FastAPI, it is the last one, unless another module
    between them was complete when somebody imported FastAPI into it.
    """
    names = list(sys.modules)
    end = next(index for index, name in enumerate(names) if is_named_fastapi(name))
    for name in [*reversed(names[:end]), *names[end:]]:
        module = sys.modules.get(name)
        if module is not None and not is_named_fastapi(name) and _holds_fastapi(module):
            return f"by {name}{_line(module)}"
    return None


def _holds_fastapi(module: ModuleType) -> bool:
    for value in list(vars(module).values()):
        origin = value.__name__ if isinstance(value, ModuleType) else _origin(value)
        if isinstance(origin, str) and is_named_fastapi(origin):
            return True
    return False


def _origin(value: object) -> object:
    try:
        return getattr(value, "__module__", None)
    except Exception:  # some proxy that is not ready to be asked
        return None


def _line(module: ModuleType) -> str:
    """Return the place of the first import in a module's source, where that is to be had."""
    file = getattr(module, "__file__", None)
    if not file:
        return ""
    for number, text in enumerate(linecache.getlines(file), 1):
        if _IMPORT.match(text):
            return f" ({file}:{number})"
    return f" ({file})"
