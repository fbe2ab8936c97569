"""`rapide explain`."""

from typing import Annotated

import typer

from rapide.cli import options as of
from rapide.cli.discover import find_application
from rapide.cli.failures import DiscoveryError, one_line_failure
from rapide.cli.program import new_commands

app = new_commands()


@app.command()
def explain(
    path: of.Where = None,
    route: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ROUTE",
            help='A route, as in "GET /items/{item_id}". Without it, every route is listed.',
            show_default=False,
        ),
    ] = None,
    *,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    factory: of.Factory = False,
    app_dir: of.AppDir = None,
    as_fastapi: of.AsFastAPI = False,
    verbose: of.Verbose = False,
) -> None:
    """Show the plan and the generated source of a route, or list which routes are compiled."""
    from rapide.cli.explain import UnknownRoute, explain_route, list_routes, split_arguments

    where, wanted = split_arguments([*([] if path is None else [path]), *(route or [])])
    with one_line_failure(DiscoveryError, verbose=verbose):
        target = find_application(
            where, app_name=app, entrypoint=entrypoint, factory=factory, app_dir=app_dir
        )
    with one_line_failure(UnknownRoute, verbose=verbose):
        if wanted is None:
            list_routes(target.app)
        else:
            explain_route(target.app, wanted)
