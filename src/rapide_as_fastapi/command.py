"""`python -m rapide.as_fastapi`: run a program in which Rapide stands in for FastAPI."""

from __future__ import annotations

import os
import sys

from rapide_as_fastapi.inherit import has_hook, install_hook, reach_subprocesses
from rapide_as_fastapi.names import VARIABLE

USAGE = """\
usage: python -m rapide.as_fastapi (-m MODULE | -c CODE | SCRIPT) [ARGUMENT ...]
       python -m rapide.as_fastapi --install-hook [FOLDER]

Runs a program as python does, in which Rapide stands in for FastAPI.

--install-hook lets every interpreter of this environment look at RAPIDE_AS_FASTAPI when it starts.
Installing Rapide does that too, also an editable installation; a bare source tree needs it once.
"""


def main() -> None:
    """Run the program in `sys.argv` in a new interpreter with the options of this one."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in {"-h", "--help"}:
        sys.stderr.write(USAGE)
        raise SystemExit(0 if arguments else 2)
    if arguments[0] == "--install-hook":
        sys.stdout.write(f"{install_hook(*arguments[1:2])}\n")
        return
    if sys.flags.no_site or (sys.flags.ignore_environment and not has_hook()):
        sys.stderr.write(
            "Error: python -S cannot be reached, and -E and -I need the hook: "
            "python -m rapide.as_fastapi --install-hook\n"
        )
        raise SystemExit(2)
    os.environ[VARIABLE] = "1"
    reach_subprocesses()
    _replace_process([sys.executable, *_interpreter_options(len(arguments)), *arguments])


def _interpreter_options(arguments: int) -> list[str]:
    """Return the options of python itself, which come before `-m rapide.as_fastapi`."""
    before = sys.orig_argv[1 : len(sys.orig_argv) - arguments]
    module = before.pop()
    if not module.startswith("-"):
        module = before.pop()
    flags = module.partition("m")[0]  # `-m`, or joined with others as in `-Bm`
    return [*before, flags] if len(flags) > 1 else before


def _replace_process(command: list[str]) -> None:
    """Replace this process by another one, which then gets the signals and sets the exit status."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)
    import subprocess  # on Windows, a console does not wait for a replaced process

    raise SystemExit(subprocess.run(command, check=False).returncode)
