"""Let Rapide stand in for FastAPI: `fastapi` and `fastapi.*` import Rapide's modules.

This package is separate from `rapide` because it is imported at the start of an interpreter, and by
pytest as a plugin (`-p rapide_as_fastapi`), when nothing else may be loaded yet. It only uses the
standard library, and imports most of that when it is needed.

PYTEST_DONT_REWRITE: pytest warns about plugins that were imported before it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rapide_as_fastapi.names import VARIABLE, is_named_fastapi
from rapide_as_fastapi.names import VERSION as VERSION

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from importlib.metadata import Distribution, DistributionFinder
    from types import ModuleType


class FastAPIAlreadyImported(RuntimeError):
    """FastAPI itself was imported before Rapide could take its place; the message names who did."""


def as_fastapi() -> None:
    """Let Rapide stand in for FastAPI from now on, in this process and in those it starts.

    From then on, `import fastapi` and the import of any submodule return the module objects of
    `rapide`, whether FastAPI is installed or not. Calling this again does nothing.

    Raises:
        FastAPIAlreadyImported: FastAPI itself is loaded.
    """
    if not is_active():
        if any(map(_is_fastapi, sys.modules.copy().items())):
            from rapide_as_fastapi.importer import describe_importer

            raise FastAPIAlreadyImported(describe_importer())
        sys.meta_path.insert(0, Finder())
    os.environ[VARIABLE] = "1"
    from rapide_as_fastapi.inherit import reach_subprocesses

    reach_subprocesses()


def pytest_addoption() -> None:
    """Stand in for FastAPI: pytest's first hook, called before it loads installed plugins."""
    try:
        as_fastapi()
    except FastAPIAlreadyImported as error:
        import pytest

        raise pytest.UsageError(str(error)) from None


def is_active() -> bool:
    """Return whether Rapide stands in for FastAPI in this process."""
    return any(isinstance(finder, Finder) for finder in sys.meta_path)


def is_wanted() -> bool:
    """Return whether the variable requests the stand-in: it is neither empty nor `0`."""
    return os.environ.get(VARIABLE, "0") not in {"", "0"}


def _is_fastapi(item: tuple[str, ModuleType | None]) -> bool:
    name, module = item
    return is_named_fastapi(name) and module is not None


class Finder:
    """A finder of Rapide's modules, and of a distribution, under FastAPI's names."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find Rapide's module for a name of FastAPI, without importing it."""
        if not is_named_fastapi(fullname):
            return None
        from importlib.util import find_spec

        name = "rapide" + fullname.removeprefix("fastapi")
        own = find_spec(name)
        if own is not None:
            from rapide_as_fastapi.alias import alias_spec

            return alias_spec(fullname, own)
        if fullname == "fastapi":  # no other finder may find FastAPI itself
            raise ModuleNotFoundError(
                f"Rapide is to stand in for fastapi ({VARIABLE}), but cannot be found", name=name
            )
        return None

    def find_distributions(self, context: DistributionFinder.Context) -> Iterable[Distribution]:
        """Find FastAPI's distribution, as `importlib.metadata.version("fastapi")` does."""
        # A caller with its own path (pip, for example) wants to know what is installed there.
        is_everywhere = "path" not in vars(context)
        if is_everywhere and (context.name or "fastapi").lower() == "fastapi":
            from rapide_as_fastapi.distribution import StandInDistribution

            yield StandInDistribution()
