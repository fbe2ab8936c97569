"""Builds the site of the documentation, as `make docs` does."""

import os
import subprocess
import sys
from pathlib import Path

from .pages import ROOT


def build_site(folder: Path) -> None:
    """Build the site into a folder; a warning is an error."""
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
