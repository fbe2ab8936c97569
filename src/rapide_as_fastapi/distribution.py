"""The package metadata of FastAPI while Rapide stands in for it."""

from __future__ import annotations

import os
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from rapide_as_fastapi.names import VERSION


class StandInDistribution(Distribution):
    """FastAPI's distribution: the version of the interface, and Rapide's requirements."""

    def read_text(self, filename: str) -> str | None:
        """Return one of the distribution's files: METADATA or top_level.txt."""
        if filename == "METADATA":
            return _metadata()
        return "fastapi\n" if filename == "top_level.txt" else None

    def locate_file(self, path: str | os.PathLike[str]) -> Path:
        """Return where a file is, relative to the folder of Rapide's packages."""
        return Path(__file__).parents[1] / path


def _metadata() -> str:
    lines = [
        "Metadata-Version: 2.4",
        "Name: fastapi",
        f"Version: {VERSION}",
        "Summary: Rapide, standing in for FastAPI",
    ]
    try:
        own = distribution("rapide").metadata
    except PackageNotFoundError:  # Rapide runs from its source tree
        return "\n".join(lines) + "\n"
    for header in ("Requires-Python", "Requires-Dist", "Provides-Extra"):
        lines += [f"{header}: {value}" for value in own.get_all(header, [])]
    return "\n".join(lines) + "\n"
