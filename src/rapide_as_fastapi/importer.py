"""Find out which modules imported FastAPI too early."""

from __future__ import annotations

import linecache
import re
import sys
from types import ModuleType

from rapide_as_fastapi.names import VARIABLE, is_named_fastapi

#: The maximal number of named modules.
SHOWN = 3

_IMPORT = re.compile(r"\s*(?:import\s+(?:[\w.]+\s*,\s*)*|from\s+)fastapi\b")


def describe_importer() -> str:
    """Describe which modules imported FastAPI, if they are known, and what to do about it."""
    version = getattr(sys.modules.get("fastapi"), "__version__", "")
    importers = _importers()
    by = ", by " + ", ".join(importers[:SHOWN]) if importers else ""
    if len(importers) > SHOWN:
        by += f" and {len(importers) - SHOWN} more"
    return (
        f"fastapi {version} was imported before Rapide could stand in for it{by}.\n"
        f"Call rapide.as_fastapi() before that import, or set {VARIABLE}=1, or start the program "
        f"with `python -m rapide.as_fastapi`: then nothing is earlier."
    )


def _importers() -> list[str]:
    """Return the modules that have imported a name of FastAPI, in the order of completion.

    The import system adds a module to its list when the import begins, and moves it to the end when
    it is complete. So modules that were complete after FastAPI come after it, in order. Modules
    that are still running, such as `__main__`, come before it.
    """
    names = list(sys.modules)
    end = next(index for index, name in enumerate(names) if is_named_fastapi(name))
    return [
        f"{name}{_line(module)}"
        for name in [*names[end:], *reversed(names[:end])]
        if (module := sys.modules.get(name)) is not None
        and not is_named_fastapi(name)
        and name != "__mp_main__"  # multiprocessing's other name of __main__
        and _holds_fastapi(module)
    ]


def _holds_fastapi(module: ModuleType) -> bool:
    for value in list(getattr(module, "__dict__", {}).values()):
        origin = value.__name__ if isinstance(value, ModuleType) else _origin(value)
        if isinstance(origin, str) and is_named_fastapi(origin):
            return True
    return False


def _origin(value: object) -> object:
    try:
        return getattr(value, "__module__", None)
    except Exception:  # a proxy that cannot be inspected yet
        return None


def _line(module: ModuleType) -> str:
    """Return the place of the first import in a module's source, if the source is available."""
    file = getattr(module, "__file__", None)
    if not file:
        return ""
    for number, text in enumerate(linecache.getlines(file), 1):
        if _IMPORT.match(text):
            return f" ({file}:{number})"
    return f" ({file})"
