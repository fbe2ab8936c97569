"""`rapide check`."""

import sys
from contextlib import nullcontext, redirect_stdout
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
    strict: Annotated[
        bool, typer.Option("--strict", help="Count warnings as errors, too.")
    ] = False,
    output: Annotated[
        of.CheckFormat,
        typer.Option("--format", help="Print text, JSON, or annotations for GitHub Actions."),
    ] = of.CheckFormat.TEXT,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    factory: of.Factory = False,
    app_dir: of.AppDir = None,
    as_fastapi: of.AsFastAPI = False,
    verbose: of.Verbose = False,
) -> None:
    """Find mistakes in an application without starting it, and count the compiled routes.

    Exits with status 1 if there are errors, or warnings with --strict, and with 2 if there is no
    application.
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
    is_text = output is of.CheckFormat.TEXT  # or what the application prints is in the way
    away = nullcontext() if is_text else redirect_stdout(sys.stderr)
    with one_line_failure(DiscoveryError, verbose=verbose), away:
        found = check_application(find)
    is_ready = report(
        found, output=output, all_compiled=all_compiled, strict=strict, verbose=verbose
    )
    if not is_ready:
        raise typer.Exit(1)
