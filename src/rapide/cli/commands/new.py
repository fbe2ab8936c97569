"""`rapide new`."""

from pathlib import Path
from typing import Annotated

import typer

from rapide.cli import options as of
from rapide.cli.failures import one_line_failure
from rapide.cli.new.template import Template
from rapide.cli.program import new_commands

app = new_commands()


@app.command()
def new(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="The name of the application: letters, digits, spaces, and . _ -",
            show_default=False,
        ),
    ],
    *,
    template: Annotated[
        Template,
        typer.Option(
            "--template",
            "-t",
            help="minimal is one module; api has a database, accounts, a container and CI.",
        ),
    ] = Template.MINIMAL,
    directory: Annotated[
        Path | None,
        typer.Option(
            "--directory",
            "-d",
            help="The folder to write to, which has to be empty or new. Without it, NAME.",
            show_default=False,
        ),
    ] = None,
    verbose: of.Verbose = False,
) -> None:
    """Write a new application, with its tests and settings.

    Exits with status 2 if the folder is not empty or cannot be written; nothing is written then.
    """
    from rapide.cli.new.command import make_application
    from rapide.cli.new.naming import WrongName, read_name
    from rapide.cli.new.writing import CannotWrite

    with one_line_failure(WrongName, verbose=verbose):
        naming = read_name(name)
    with one_line_failure(CannotWrite, verbose=verbose):
        make_application(naming, template, directory)
