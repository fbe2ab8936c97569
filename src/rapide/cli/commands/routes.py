"""`rapide routes`."""

import sys
from contextlib import redirect_stdout
from typing import Annotated

import typer

from rapide.cli import options as of
from rapide.cli.discover import find_application
from rapide.cli.failures import DiscoveryError, one_line_failure
from rapide.cli.program import new_commands

app = new_commands()

Under = Annotated[
    list[str] | None,
    typer.Option(
        "--path",
        metavar="PATTERN",
        help="Only paths that begin like this, or match it if it has a *; may be repeated.",
    ),
]
Method = Annotated[
    list[str] | None,
    typer.Option("--method", "-m", help="Only this method, or WS or MOUNT; may be repeated."),
]
Tag = Annotated[
    list[str] | None,
    typer.Option("--tag", "-t", help="Only routes with this tag; may be repeated."),
]
Text = Annotated[
    str | None,
    typer.Option(
        "--text", help="Only routes that have this text in path, function, name or summary."
    ),
]
Compiled = Annotated[
    bool | None,
    typer.Option(
        "--compiled/--generic", help="Only compiled routes, or only those that are not compiled."
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print everything about the routes as JSON, for tools.")
]


@app.command()
def routes(
    path: of.Where = None,
    *,
    under: Under = None,
    method: Method = None,
    tag: Tag = None,
    text: Text = None,
    compiled: Compiled = None,
    json: AsJson = False,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    factory: of.Factory = False,
    app_dir: of.AppDir = None,
    as_fastapi: of.AsFastAPI = False,
    verbose: of.Verbose = False,
) -> None:
    """List the routes of an application in the order in which they are tried.

    Exits with status 1 if there is no route to list, and with 2 if there is no application.
    """
    from rapide.cli.routes import Filters, UnreadableRoutes, print_json, print_table, select_routes

    filters = Filters(
        paths=tuple(under or ()),
        methods=frozenset(map(str.upper, method or ())),
        tags=frozenset(tag or ()),
        text=text,
        is_compiled=compiled,
    )
    with redirect_stdout(sys.stderr):  # or what the application prints is in the way
        with one_line_failure(DiscoveryError, verbose=verbose):
            target = find_application(
                path, app_name=app, entrypoint=entrypoint, factory=factory, app_dir=app_dir
            )
        with one_line_failure(UnreadableRoutes, verbose=verbose):
            found = select_routes(target, filters)
    if json:
        print_json(found)
    else:
        print_table(found, is_filtered=filters != Filters())
    if not found:
        raise typer.Exit(1)
