"""The command line: `rapide run`, `dev`, `check`, `explain` and `verify`."""

import os
import sys
from pathlib import Path

from rapide._imported_names import add_imported_names

__all__ = ["main"]

_EXTRA = frozenset({"click", "rich", "typer", "uvicorn"})
#: The exit status of a program that SIGINT has ended, in shells.
INTERRUPTED = 130


def main() -> None:
    """Run the command line on `sys.argv`.

    Exit with status 2 and one line on standard error if a package of the extra `standard` is
    missing, and with status 130 and no traceback if Ctrl+C comes while the commands are imported.

    Raises:
        RuntimeError: `cli_main` was replaced by `None`, as FastAPI does if its command line is not
            installed.
    """
    if not globals().get("cli_main", main):
        message = (
            'To use the fastapi command, please install "fastapi[standard]", which is '
            '"rapide[standard]" here'
        )
        sys.stdout.write(f"{message}\n")
        raise RuntimeError(message)
    try:
        from rapide.cli.program import app
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        sys.stderr.write(
            f'Error: the command line needs {error.name}: pip install "rapide[standard]"\n'
        )
        raise SystemExit(2) from None
    _open_streams()
    app(prog_name="rapide")


def _open_streams() -> None:
    """Open standard streams that the parent has closed, as `1>&-` does in a shell.

    Otherwise a socket or a file of the server would be the next one to have its number, and would
    get what is printed.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 -- it stays open


add_imported_names(__name__)
