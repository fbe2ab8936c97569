"""Whose code a frame is: the application's, the framework's, or another package's."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from typing import Final

#: The names of folders of installed packages.
_OF_PACKAGES: Final = frozenset({"site-packages", "dist-packages"})
_RAPIDE: Final = Path(__file__).resolve().parents[1]
_STANDARD_LIBRARY: Final = Path(sysconfig.get_path("stdlib")).resolve()
#: How the names of files of generated handlers begin.
_GENERATED: Final = "<rapide "
_PROGRAMS: Final = Path(sys.prefix) / "bin"


def is_generated(file: str) -> bool:
    """Return whether a file is the generated source of a route."""
    return file.startswith(_GENERATED)


def is_own(file: str) -> bool:
    """Return whether a file is the application's own, as far as its place says."""
    if file.startswith("<"):
        return False
    path = Path(file).resolve()
    return not (
        path.is_relative_to(_RAPIDE)
        or _OF_PACKAGES & {*path.parts}
        or path.is_relative_to(_STANDARD_LIBRARY)
        or path.is_relative_to(_PROGRAMS)
    )


def shown_path(file: str) -> str:
    """Return the path of a file, from the current folder or from the folder of its package."""
    if file.startswith("<"):
        return file
    path = Path(file)
    if path.is_relative_to(Path.cwd()) and is_own(file):
        return str(path.relative_to(Path.cwd()))
    for number in range(len(path.parts) - 1, 0, -1):
        if path.parts[number] in _OF_PACKAGES:
            return str(Path(*path.parts[number + 1 :]))
    for folder in (_RAPIDE.parent, _STANDARD_LIBRARY):
        if path.is_relative_to(folder):
            return str(path.relative_to(folder))
    return file
