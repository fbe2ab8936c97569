"""Import submodules of a package when they are first used."""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def loading(package: str, *names: str, **homes: str) -> Callable[[str], Any]:
    """Return a `__getattr__` for a package that imports these submodules on demand.

    Args:
        package: The name of the package.
        names: The names of submodules.
        homes: Other names, and the submodules that have them.

    COMPAT: `import fastapi` also loads FastAPI's submodules, so that `fastapi.openapi.utils` works
    without an import of its own.
    """

    def load(name: str) -> Any:
        if name in names:
            return import_module(f"{package}.{name}")
        if name in homes:
            return getattr(import_module(f"{package}.{homes[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return load
