"""Make one module available under two names."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import InspectLoader
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType

from rapide_as_fastapi.names import VERSION


def alias_spec(name: str, own: ModuleSpec) -> ModuleSpec:
    """Describe the module that `own` describes under another name."""
    spec = ModuleSpec(name, _AliasLoader(own), origin=own.origin)
    spec.submodule_search_locations = own.submodule_search_locations
    return spec


class _AliasLoader(InspectLoader):
    """A loader that returns a module of Rapide under its own name, so that no code runs twice."""

    def __init__(self, own: ModuleSpec) -> None:
        self._own = own

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self._own.name)
        if module.__spec__ is not None:
            self._own = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has given the module this loader's spec.
        module.__spec__ = self._own
        if module.__name__ == "rapide":
            # COMPAT: plugins compare this with FastAPI's versions.
            module.__version__ = VERSION  # type: ignore[attr-defined]
            _name_errors()
        _show_loaded_modules()

    # The methods of a loader that `python -m`, `inspect` and `linecache` call.

    def is_package(self, fullname: str) -> bool:
        return self._own.submodule_search_locations is not None

    def get_filename(self, fullname: str) -> str | None:
        return self._own.origin

    def get_code(self, fullname: str) -> CodeType | None:
        loader = self._own.loader
        return loader.get_code(self._own.name) if isinstance(loader, InspectLoader) else None

    def get_source(self, fullname: str) -> str | None:
        loader = self._own.loader
        return loader.get_source(self._own.name) if isinstance(loader, InspectLoader) else None


def _name_errors() -> None:
    """Set the module of exception classes to the name under which the program imports them.

    COMPAT: Sentry, Logfire and OpenTelemetry record `fastapi.exceptions.HTTPException`.
    """
    for value in vars(import_module("rapide.exceptions")).values():
        if isinstance(value, type) and value.__module__ == "rapide.exceptions":
            value.__module__ = "fastapi.exceptions"


def _show_loaded_modules() -> None:
    """Add the loaded modules of Rapide to `sys.modules` under FastAPI's names too.

    COMPAT: `import fastapi` loads most of FastAPI, and code looks for it in `sys.modules`.
    """
    for name, module in sys.modules.copy().items():
        if name == "rapide" or name.startswith("rapide."):
            spec = getattr(module, "__spec__", None)
            if spec is not None and not getattr(spec, "_initializing", False):
                sys.modules.setdefault("fastapi" + name.removeprefix("rapide"), module)
