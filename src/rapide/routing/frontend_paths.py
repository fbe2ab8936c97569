"""Paths of built frontends: where they are served, and the directories they come from."""

from __future__ import annotations

import os
import warnings
from typing import Literal

from rapide._inspection import level_outside

Directory = str | os.PathLike[str]
Fallback = Literal["auto", "index.html", "404.html"] | None
CheckDirectory = bool | Literal["auto"]


def specificity_of(path: str) -> int:
    """Return how specific a path is: of two frontends that have a path, the longer serves it."""
    return 0 if path == "/" else len(path)


def normalize_path(path: str) -> str:
    """Return the path of a frontend without the slash at its end.

    Raises:
        AssertionError: The path is empty or does not start with a slash.
    """
    assert path, "A frontend path cannot be empty"
    assert path.startswith("/"), "A frontend path must start with '/'"
    return path if path == "/" else path.rstrip("/")


def join_paths(prefix: str, path: str) -> str:
    """Return the path of a frontend under a prefix."""
    return prefix if prefix and path == "/" else prefix + path


def must_directory_exist(directory: Directory, check_dir: CheckDirectory) -> bool:
    """Decide whether a directory has to exist now; in development, only warn if it does not."""
    if check_dir != "auto":
        return check_dir
    if os.environ.get("FASTAPI_ENV") != "development":
        return True
    if not os.path.isdir(directory):
        warnings.warn(
            missing_directory(directory),
            stacklevel=level_outside("rapide."),
        )
    return False


def missing_directory(directory: Directory) -> str:
    """Say which directory does not exist, and where it was looked for."""
    return (
        f"Frontend directory '{directory}' does not exist. "
        f"Resolved absolute path: '{os.path.realpath(directory)}'"
    )
