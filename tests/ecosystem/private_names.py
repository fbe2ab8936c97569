"""The names that installed plugins import from FastAPI, read from their source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import files
from pathlib import Path

from plugins import PLUGINS

#: Names that FastAPI 0.165 does not document: what begins with an underscore, and these modules.
PRIVATE_MODULES = ("fastapi._compat", "fastapi.dependencies")


def imported_names() -> dict[str, list[str]]:
    """The plugins that import it, for each dotted name of FastAPI."""
    found: dict[str, list[str]] = {}
    for plugin in PLUGINS:
        for name in sorted(set(_names_of(plugin.name))):
            found.setdefault(name, []).append(plugin.name)
    return dict(sorted(found.items()))


def private_names() -> dict[str, list[str]]:
    """Those that FastAPI does not document."""
    return {
        name: plugins
        for name, plugins in imported_names().items()
        if name.startswith(PRIVATE_MODULES) or "._" in name or _is_machinery(name)
    }


def missing_names() -> list[str]:
    """Those that FastAPI has, and Rapide has not."""
    return [name for name in imported_names() if _has("fastapi", name) and not _has("rapide", name)]


def _is_machinery(name: str) -> bool:
    """Whether it is a function of FastAPI's routing module, which are all undocumented."""
    module, _, last = name.rpartition(".")
    return module == "fastapi.routing" and last.islower()


def _names_of(distribution: str) -> Iterator[str]:
    for file in files(distribution) or ():
        if file.suffix == ".py":
            yield from _names_in(Path(str(file.locate())))


def _names_in(file: Path) -> Iterator[str]:
    text = file.read_text(encoding="utf-8", errors="replace")
    if "fastapi" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.ImportFrom(module=str(module), names=names, level=0) if _is_fastapi(module):
                yield from (f"{module}.{name.name}" for name in names)
            case ast.Import(names=names):
                yield from (name.name for name in names if _is_fastapi(name.name))
            case ast.Attribute() if _is_fastapi(ast.unparse(node)):
                yield ast.unparse(node)


def _is_fastapi(name: str) -> bool:
    return name.partition(".")[0] == "fastapi"


def _has(root: str, name: str) -> bool:
    """Whether the name, of a module or in one, exists below this package."""
    found, path = import_module(root), root
    for part in name.split(".")[1:]:
        path += f".{part}"
        if not hasattr(found, part):
            try:
                import_module(path)
            except ImportError:
                return False
        found = getattr(found, part)
    return True
