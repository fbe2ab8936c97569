"""`rapide migrate`."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from rapide.cli import options as of
from rapide.cli.failures import failed, one_line_failure
from rapide.cli.program import new_commands

app = new_commands()


@app.command()
def migrate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATHS]...",
            help="Files and folders. Without any, the current folder.",
            show_default=False,
        ),
    ] = None,
    *,
    write: Annotated[bool, typer.Option("--write", help="Write the files.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with status 1 if a file has to change.")
    ] = False,
    reverse: Annotated[bool, typer.Option("--reverse", help="Go back to FastAPI.")] = False,
    strings: Annotated[
        bool, typer.Option("--strings", help='Change strings such as "fastapi.routing.x" too.')
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write files that have uncommitted changes too.")
    ] = False,
    verbose: of.Verbose = False,
) -> None:
    """Replace FastAPI by Rapide in imports and requirements; shows a diff without --write.

    Exits with status 1 if a file cannot be read or written or --check finds changes, and with 2 if
    nothing can be done.
    """
    if find_spec("libcst") is None:
        raise failed('rapide migrate needs LibCST: pip install "rapide[migrate]"')
    from rapide.cli.migrate.command import migrate_files
    from rapide.cli.migrate.files import MigrationError

    with one_line_failure(MigrationError, verbose=verbose):
        succeeded = migrate_files(
            paths or [Path()],
            reverse=reverse,
            strings=strings,
            write=write,
            force=force,
            check=check,
        )
    if not succeeded:
        raise typer.Exit(1)
