"""`rapide check`."""

from functools import partial
from typing import Annotated

import typer

from rapide.cli import options as of
from rapide.cli.discover import find_application
from rapide.cli.failures import DiscoveryError, one_line_failure
from rapide.cli.program import new_commands

app = new_commands()


@app.command()
def check(
    path: of.Where = None,
    *,
    all_compiled: Annotated[
        bool,
        typer.Option("--all-compiled", help="Count routes on the generic path as errors, too."),
    ] = False,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    factory: of.Factory = False,
    app_dir: of.AppDir = None,
    as_fastapi: of.AsFastAPI = False,
    verbose: of.Verbose = False,
) -> None:
    """Find what would fail when an application starts, and count the compiled routes.

    Exits with status 1 if something would fail, and with 2 if there is no application.
    """
    from rapide.cli.check import check_application, report

    find = partial(
        find_application,
        path,
        app_name=app,
        entrypoint=entrypoint,
        factory=factory,
        app_dir=app_dir,
    )
    with one_line_failure(DiscoveryError, verbose=verbose):
        found = check_application(find)
    report(found, all_compiled=all_compiled, verbose=verbose)
    if found.errors or (all_compiled and found.generic):
        raise typer.Exit(1)
