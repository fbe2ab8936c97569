"""Which modules belong to an application, and which are libraries."""

from __future__ import annotations

import site
import sys
import sysconfig
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import PurePath
from types import ModuleType

#: The framework itself, also where it is installed as a link to its sources.
_FRAMEWORK = frozenset({"rapide", "rapide_as_fastapi", "fastapi", "starlette", "pydantic"})
_INSTALLED = frozenset({"site-packages", "dist-packages"})


class Packages:
    """The packages of an application.

    A module belongs to the application if it is neither installed nor part of Python.

    Args:
        names: Packages that belong to the application although they are installed.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = {name.partition(".")[0] for name in names} - _FRAMEWORK
        self._known: dict[str, bool] = {}

    def contain(self, module: object) -> bool:
        """Return whether the module with this name belongs to the application."""
        if not isinstance(module, str) or not module:
            return False  # a class may have a descriptor as `__module__`
        known = self._known.get(module)
        if known is None:
            known = self._known[module] = self._look(module)
        return known

    def _look(self, module: str) -> bool:
        top = module.partition(".")[0]
        if top in _FRAMEWORK:
            return False
        loaded = sys.modules.get(module) or sys.modules.get(top)
        file = getattr(loaded, "__file__", None)
        if not isinstance(file, str):
            return module == "__main__" or top in self._names
        return top in self._names or not is_installed(file)

    def module(self, name: str) -> ModuleType | None:
        """Return a module, which is imported if it belongs to the application."""
        loaded = sys.modules.get(name)
        if loaded is not None or name.partition(".")[0] in sys.builtin_module_names:
            return loaded
        try:
            spec = find_spec(name)
        except (ImportError, ValueError, AttributeError):
            return None
        top = name.partition(".")[0]
        if spec is None or not spec.origin or top in _FRAMEWORK:
            return None
        if top not in self._names and is_installed(spec.origin):
            return None
        try:
            return import_module(name)
        except Exception:  # of the application: its own request would meet it
            return None


def is_installed(file: str) -> bool:
    """Return whether a file belongs to an installed library or to Python itself."""
    path = PurePath(file)
    if _INSTALLED & {*path.parts}:
        return True
    return any(path.is_relative_to(folder) for folder in _folders())


def _folders() -> list[str]:
    kept = ("stdlib", "platstdlib", "purelib", "platlib")
    paths = sysconfig.get_paths()
    return [*(paths[name] for name in kept if name in paths), *site.getsitepackages()]
