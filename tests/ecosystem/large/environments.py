"""A virtual environment for each application: their requirements exclude each other."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
#: What runs in the environments of the applications.
INSIDE = HERE / "inside"
ROOT = HERE.parents[2]
FOLDER = Path(os.environ.get("ECOSYSTEM_ENVIRONMENTS") or ROOT / ".venv-ecosystem-large")
REQUIREMENTS = HERE / "requirements"
#: Every application gets these, whatever its package says of versions that are newer than itself.
FORCED = REQUIREMENTS / "forced.txt"


def names() -> list[str]:
    """The names of the applications, as modules have them."""
    return sorted(file.stem for file in (INSIDE / "served").glob("[!_]*.py"))


def python_of(name: str) -> Path:
    return FOLDER / name / "bin" / "python"


def environment_for(name: str, wheel: Path) -> Path:
    """Make the environment of an application where it is not up to date; return its Python."""
    requirements = REQUIREMENTS / f"{name}.txt"
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    ready = FOLDER / name / ".ready"
    python = python_of(name)
    if not ready.exists() or ready.read_text() != digest:
        _uv("venv", "--seed", "--clear", "--python", sys.executable, str(FOLDER / name))
        _uv("pip", "install", "--python", str(python), "--no-deps", "-r", str(requirements))
        ready.write_text(digest)
    _uv("pip", "install", "--python", str(python), "--no-deps", "--reinstall", str(wheel))
    return python


def lock(name: str) -> None:
    """Renew the pinned requirements of an application."""
    source, target = REQUIREMENTS / f"{name}.in", REQUIREMENTS / f"{name}.txt"
    options = ["--upgrade", "--no-annotate", "--no-header", "--no-emit-index-url"]
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    options += ["--override", str(FORCED), "--python-version", version]
    _uv("pip", "compile", str(source), str(FORCED), *options, "--output-file", str(target))


def _uv(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "uv", "--quiet", *arguments], check=True, cwd=ROOT)
