"""Make the stand-in active in the processes that this one starts.

The variable is set for them. Two things read it when an interpreter starts: a hook, which is one
line in a `.pth` file that the wheel installs among the packages; and, if that is not installed, a
`sitecustomize` module in a folder on `PYTHONPATH`.
"""

from __future__ import annotations

import os
import sys

from rapide_as_fastapi.names import VARIABLE

#: The hook's file, beside the installed packages.
HOOK = "rapide_as_fastapi.pth"

#: The hook. It must cost nothing if the variable is not set. If it fails, Python reports the error
#: and continues.
LINE = (
    f'import os; os.environ.get("{VARIABLE}", "0") in ("", "0") '
    'or __import__("rapide_as_fastapi").as_fastapi()\n'
)

#: The folder with `sitecustomize`.
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "startup")


def has_hook() -> bool:
    """Return whether interpreters like this one read the variable when they start."""
    import site  # usually imported already

    # `sys.prefix` is necessary because `site` does not have it yet while the hook runs.
    folders = site.getsitepackages([sys.prefix, sys.exec_prefix, *site.PREFIXES])
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    return any(os.path.isfile(os.path.join(folder, HOOK)) for folder in folders)


def reach_subprocesses() -> None:
    """Make sure that processes started from now on read the variable."""
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if FOLDER not in paths and not has_hook():
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [FOLDER, *paths]))


def install_hook(folder: str | None = None) -> str:
    """Write the hook among the installed packages or into `folder`, and return its path."""
    from sysconfig import get_path

    file = os.path.join(folder or get_path("purelib"), HOOK)
    with open(file, "w", encoding="utf-8") as hook:
        hook.write(LINE)
    return file
