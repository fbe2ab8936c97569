"""Make applications, routers and routes subclasses of FastAPI's if FastAPI is loaded too.

Packages that import `fastapi` check `isinstance(app, FastAPI)` before they do anything. If FastAPI
itself is loaded, our classes become real subclasses of their counterparts. So the check is true,
also for instances of subclasses and for unpickled instances. Our classes have all public methods of
FastAPI's classes themselves, so they never inherit anything from them
(`tests/parity/interface/test_beside_fastapi.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_FASTAPI = "fastapi"
_NAMES = {
    "applications": ("FastAPI",),
    "routing": ("APIRouter", "APIRoute", "APIWebSocketRoute", "_IncludedRouter"),
}


#: FastAPI's class between each of ours and Starlette's.
_above: dict[type, type] = {}


def starlettes(cls: type, instance: object) -> Any:
    """Return `super()` for an instance of `cls`, but skip FastAPI's class."""
    behind: object = _above.get(cls, cls)
    return super(behind, instance)


def become_kin() -> None:
    """Insert FastAPI's classes between ours and Starlette's, unless they are ours."""
    for module, names in _NAMES.items():
        theirs = sys.modules.get(f"{_FASTAPI}.{module}")
        own = sys.modules[f"rapide.{module}"]
        if theirs is None or theirs is own:
            return
        for name in names:
            _put_between(getattr(own, name), getattr(theirs, name))


def _put_between(own: Any, theirs: Any) -> None:
    if theirs in own.__mro__:
        return
    bases = tuple(theirs if base is theirs.__bases__[0] else base for base in own.__bases__)
    # A subclass of both in another order has no consistent order of bases: leave it unchanged.
    with suppress(TypeError):
        own.__bases__ = bases
        _above[own] = theirs


def watch_for_fastapi() -> None:
    """Call `become_kin` now, or when FastAPI is imported."""
    if _FASTAPI in sys.modules:
        become_kin()
    elif not any(type(finder).__module__ == "rapide_as_fastapi" for finder in sys.meta_path):
        sys.meta_path.insert(0, _Watch())


def stop_watching() -> None:
    """Remove the finder that `watch_for_fastapi` has added."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Watch)]


class _Watch:
    """A finder that finds nothing itself, but notices the import of FastAPI."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Let the other finders find FastAPI, and call `become_kin` when it is loaded."""
        if name != _FASTAPI:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader, self)  # type: ignore[assignment]
                return spec
        return None


class _Loader:
    """A loader that loads FastAPI with its own loader, and is then removed."""

    def __init__(self, loader: Any, watch: _Watch) -> None:
        self._loader = loader
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Create the module with its own loader."""
        spec.loader = self._loader
        module: ModuleType | None = self._loader.create_module(spec)
        spec.loader = self  # type: ignore[assignment]
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Run the module. After that, its classes exist."""
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        with suppress(ValueError):
            sys.meta_path.remove(self._watch)
        become_kin()
