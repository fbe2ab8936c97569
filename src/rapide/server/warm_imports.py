"""Which modules a process may import ahead of the applications that it forks.

Only installed packages count: what is watched is to be imported anew. And only those that find the
process, when an application imports them, as it was before the application began: a package may
read the environment once, or look at what another has put in the place of something.
"""

from __future__ import annotations

import builtins
import importlib
import io
import os
import sys
import sysconfig
import threading
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Final

#: The names of folders of installed packages.
OF_PACKAGES: Final = frozenset({"site-packages", "dist-packages"})
_RAPIDE: Final = Path(__file__).resolve().parents[1]
_STANDARD_LIBRARY: Final = Path(sysconfig.get_path("stdlib")).resolve()
#: How the record is found among the finders of modules.
RECORD: Final = "ImportRecord"


class ImportRecord:
    """Notes which modules are imported before the application changes its surroundings.

    It stands first among the finders of modules, and finds none.
    """

    def __init__(self) -> None:
        self._before = _surroundings()
        self._known = {*sys.modules}
        self._late: set[str] = set()

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None) -> None:
        """Note a module whose import begins."""
        if _surroundings() != self._before:
            self._late.add(name)

    def __enter__(self) -> ImportRecord:
        sys.meta_path.insert(0, self)  # type: ignore[arg-type]
        return self

    def __exit__(self, *raised: object) -> None:
        sys.meta_path.remove(self)  # type: ignore[arg-type]

    def installed(self) -> list[str]:
        """Return the installed modules that were imported, in their order."""
        return [
            name
            for name, module in [*sys.modules.items()]
            if name not in self._known and name not in self._late and _is_installed(module, name)
        ]


def _surroundings() -> tuple[object, ...]:
    """Return what packages may look at when they are imported, to be compared."""
    finders = [id(finder) for finder in sys.meta_path if type(finder).__name__ != RECORD]
    return dict(os.environ), finders, builtins.__import__, threading.active_count()


def _is_installed(module: object, name: str) -> bool:
    spec = getattr(module, "__spec__", None)
    if not isinstance(spec, ModuleSpec) or spec.name != name or spec.origin is None:
        return False
    if not spec.has_location:
        return spec.origin in {"built-in", "frozen"}
    file = Path(spec.origin).resolve()
    is_ours = file.is_relative_to(_RAPIDE)  # also where it is installed from a clone
    return is_ours or bool(OF_PACKAGES & {*file.parts}) or file.is_relative_to(_STANDARD_LIBRARY)


def import_ahead(names: Iterable[str]) -> bool:
    """Import modules, and return whether applications may still be forked from this process.

    They may not if one of them cannot be imported, or starts a thread: it would not be there in a
    forked process. What the modules print is left out, since the application's import printed it.
    """
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        for name in names:
            if name in sys.modules:
                continue
            try:
                importlib.import_module(name)
            except Exception:  # of that package; the application has imported it in another order
                return False
    return threading.active_count() == 1


def state_of_packages() -> list[tuple[str, int]]:
    """Return when packages were last installed or removed, to be compared."""
    folders = [path for path in sys.path if Path(path).name in OF_PACKAGES and Path(path).is_dir()]
    return [(folder, os.stat(folder).st_mtime_ns) for folder in folders]
