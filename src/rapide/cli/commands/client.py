"""`rapide client python` and `rapide client typescript`."""

from pathlib import Path
from typing import Annotated

import typer

from rapide.cli import options as of
from rapide.cli.failures import DiscoveryError, one_line_failure
from rapide.cli.program import new_commands

app = new_commands()
clients = typer.Typer(
    help="Write a typed client of an application, in Python or in TypeScript.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(clients, name="client")

Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="The file to write, or a folder. Without it, the client is printed.",
        show_default=False,
    ),
]
Check = Annotated[
    bool,
    typer.Option(
        "--check",
        help="Write nothing; exit with status 1 if --output is not up to date.",
    ),
]


@clients.command()
def python(
    path: of.Where = None,
    *,
    output: Output = None,
    check: Check = False,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    factory: of.Factory = False,
    app_dir: of.AppDir = None,
    as_fastapi: of.AsFastAPI = False,
    verbose: of.Verbose = False,
) -> None:
    """Write a Python client, which needs httpx and Pydantic.

    Exits with status 1 if --check finds another client, and with 2 if there is no application.
    """
    from rapide.cli.client import find_described, write_or_check
    from rapide.contracts.clients.making import PYTHON

    with one_line_failure(DiscoveryError, verbose=verbose):
        found = find_described(
            path,
            app_name=app,
            entrypoint=entrypoint,
            factory=factory,
            app_dir=app_dir,
        )
        write_or_check(found, PYTHON, output, check=check)


@clients.command()
def typescript(
    path: of.Where = None,
    *,
    output: Output = None,
    check: Check = False,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    factory: of.Factory = False,
    app_dir: of.AppDir = None,
    as_fastapi: of.AsFastAPI = False,
    verbose: of.Verbose = False,
) -> None:
    """Write a TypeScript client, which needs nothing but fetch.

    Exits with status 1 if --check finds another client, and with 2 if there is no application.
    """
    from rapide.cli.client import find_described, write_or_check
    from rapide.contracts.clients.making import TYPESCRIPT

    with one_line_failure(DiscoveryError, verbose=verbose):
        found = find_described(
            path,
            app_name=app,
            entrypoint=entrypoint,
            factory=factory,
            app_dir=app_dir,
        )
        write_or_check(found, TYPESCRIPT, output, check=check)
