"""What another version of FastAPI changes in its surface: `make follow FASTAPI=…` calls this.

    python -m tests.parity.following PACKAGE                  # print its part of FastAPI's surface
    python -m tests.parity.following --compare OLD NEW RAPIDE # compare three such files

A surface is a JSON object from names, such as `routing.APIRouter.get(path)`, to what they are: a
kind, or the default of a parameter.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.parity.surface import load, parameters, public_modules, public_names

Surface = dict[str, str]


def surface_of(root: str) -> Surface:
    """Return those of FastAPI's public names that a package has, with parameters and methods."""
    found: Surface = {}
    for path in public_modules("fastapi"):
        names = sorted(public_names(load(f"fastapi.{path}".rstrip("."))))
        try:
            module = load(f"{root}.{path}".rstrip("."))
        except ModuleNotFoundError:
            continue
        for name in names:
            if hasattr(module, name):
                found.update(_described(f"{path}.{name}".lstrip("."), getattr(module, name), root))
    return found


def _described(name: str, value: Any, root: str) -> Iterator[tuple[str, str]]:
    yield name, "class" if inspect.isclass(value) else "function" if callable(value) else "value"
    is_of_package = str(getattr(value, "__module__", "")).partition(".")[0] == root
    if callable(value) and is_of_package:
        yield from _parameters(name, value)
    if inspect.isclass(value) and is_of_package:
        for attribute, member in sorted(inspect.getmembers(value, inspect.isfunction)):
            if not attribute.startswith("_"):
                yield f"{name}.{attribute}", "method"
                yield from _parameters(f"{name}.{attribute}", member)


def _parameters(name: str, value: Any) -> Iterator[tuple[str, str]]:
    for parameter, (_, default) in (parameters(value) or {}).items():
        if parameter != "self":
            yield f"{name}({parameter})", default


def differences(old: Surface, new: Surface) -> tuple[list[str], list[str], list[str]]:
    """Return the names that are new, those that are gone, and those that have changed."""
    changed = [name for name in old if name in new and old[name] != new[name]]
    return sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys()), sorted(changed)


def report(old: Surface, new: Surface, ours: Surface) -> tuple[list[str], bool]:
    """Return lines for people, and whether Rapide has everything that the new version has."""
    added, removed, changed = differences(old, new)
    missing = [name for name in added if name not in ours]
    lines = [f"{len(added)} new, {len(removed)} gone, {len(changed)} changed"]
    lines += [f"+ {name}{' (Rapide has it)' if name in ours else ''}" for name in added]
    lines += [f"- {name}{' (Rapide has it)' if name in ours else ''}" for name in removed]
    lines += [f"~ {name}: {old[name]} is now {new[name]}" for name in changed]
    stale = [name for name in changed if ours.get(name) != new[name]]
    if missing or stale:
        lines.append(f"To do in Rapide: {len(missing)} names, {len(stale)} defaults or kinds")
    return lines, not (missing or stale)


def main(arguments: Sequence[str]) -> int:
    match arguments:
        case ["--compare", *paths] if len(paths) == 3:
            old, new, ours = (json.loads(Path(path).read_text(encoding="utf-8")) for path in paths)
            lines, is_complete = report(old, new, ours)
            print("\n".join(lines))
            return 0 if is_complete else 1
        case [package] if not package.startswith("-"):
            print(json.dumps(surface_of(package), indent=1, sort_keys=True))
            return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
