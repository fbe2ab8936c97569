"""The command line: `rapide run`, `dev`, `check`, `explain` and `verify`."""

import sys

from rapide._imported_names import add_imported_names

__all__ = ["main"]

_EXTRA = frozenset({"click", "rich", "typer", "uvicorn"})


def main() -> None:
    """Run the command line on `sys.argv`.

    Exit with status 2 and one line on standard error if a package of the extra `standard` is
    missing.

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
        from rapide.cli.commands import app
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        sys.stderr.write(
            f'Error: the command line needs {error.name}: pip install "rapide[standard]"\n'
        )
        raise SystemExit(2) from None
    app(prog_name="rapide")


add_imported_names(__name__)
