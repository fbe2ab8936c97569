"""Reaching the processes that this one starts.

The variable is set for them, and two things look at it when an interpreter starts: a hook, one line
in a `.pth` file that the wheel puts among the installed packages; and where that is not installed,
a `sitecustomize` module in a folder that `PYTHONPATH` names.
"""

from __future__ import annotations

import os
import sys

from rapide_as_fastapi import VARIABLE

#: The hook's file, beside the installed packages.
HOOK = "rapide_as_fastapi.pth"

#: The hook. It must cost nothing where the variable is not set. When it fails, Python says so and
#: goes on.
LINE = (
    f'import os; os.environ.get("{VARIABLE}", "0") in ("", "0") '
    'or __import__("rapide_as_fastapi").as_fastapi()\n'
)

#: The folder with `sitecustomize`.
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "startup")


def has_hook() -> bool:
    """Return whether interpreters like this one look at the variable when they start."""
    import site  # imported at the start, as a rule

    # `sys.prefix`: while the hook of a virtual environment runs, `site` does not know that yet.
    folders = site.getsitepackages([sys.prefix, sys.exec_prefix, *site.PREFIXES])
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    return any(os.path.isfile(os.path.join(folder, HOOK)) for folder in folders)


def reach_subprocesses() -> None:
    """See to it that processes started from now on look at the variable."""
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if FOLDER not in paths and not has_hook():
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [FOLDER, *paths]))


def install_hook(folder: str | None = None) -> str:
    """Put the hook among the installed packages, or into this folder, and return its path."""
    from sysconfig import get_path

    file = os.path.join(folder or get_path("purelib"), HOOK)
    with open(file, "w", encoding="utf-8") as hook:
        hook.write(LINE)
    return file
