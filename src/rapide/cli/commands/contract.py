"""`rapide test-contract`."""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from rapide.cli import options as of
from rapide.cli.discover import find_application
from rapide.cli.failures import DiscoveryError, one_line_failure
from rapide.cli.program import new_commands

app = new_commands()

Texts = list[str] | None
Url = Annotated[str | None, typer.Option("--url", help="Test this server instead of starting one.")]
Header = Annotated[
    Texts, typer.Option("--header", "-H", help="A header field, name:value; may be repeated.")
]
Value = Annotated[
    Texts,
    typer.Option("--value", help="The value of a parameter or field, name=value; may be repeated."),
]
Only = Annotated[
    Texts, typer.Option("--only", help='Only these operations, as "GET /books/*"; repeatable.')
]
Exclude = Annotated[Texts, typer.Option("--exclude", help="Not these operations; may be repeated.")]
Cases = Annotated[
    Texts,
    typer.Option("--case", help='Only these cases, as "query page: *"; may be repeated.'),
]
Seed = Annotated[int, typer.Option("--seed", help="The seed of random choices.")]
Examples = Annotated[
    int,
    typer.Option("--examples", min=0, help="Combinations of optional values for each operation."),
]
Timeout = Annotated[float, typer.Option("--timeout", help="Seconds for an answer.")]
Json = Annotated[bool, typer.Option("--json", help="Print the failures as JSON.")]
JUnit = Annotated[
    Path | None,
    typer.Option("--junit", help="Write the results to this file, for CI.", dir_okay=False),
]
All = Annotated[bool, typer.Option("--all", help="Print each failure, even if it is like another.")]


@app.command("test-contract")
def contract(
    path: of.Where = None,
    *,
    url: Url = None,
    header: Header = None,
    value: Value = None,
    only: Only = None,
    exclude: Exclude = None,
    case: Cases = None,
    seed: Seed = 0,
    examples: Examples = 0,
    timeout: Timeout = 10,
    json: Json = False,
    junit: JUnit = None,
    show_all: All = False,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    factory: of.Factory = False,
    app_dir: of.AppDir = None,
    as_fastapi: of.AsFastAPI = False,
    verbose: of.Verbose = False,
) -> None:
    """Send requests at the boundaries that an application declares, and check the answers.

    Exits with status 1 if an answer breaks the contract, and with 2 if nothing could be tested.
    """
    from rapide.cli.contract import ContractError, Output, pairs_of, run_and_report
    from rapide.cli.openapi.child import document_of

    with redirect_stdout(sys.stderr), one_line_failure(DiscoveryError, verbose=verbose):
        target = find_application(
            path, app_name=app, entrypoint=entrypoint, factory=factory, app_dir=app_dir
        )
        if hasattr(target.app, "openapi"):
            document_of(target)
    with one_line_failure(ContractError, verbose=verbose):
        said = {
            "headers": pairs_of(header or (), ":", "--header"),
            "values": pairs_of(value or (), "=", "--value"),
            "only": tuple(only or ()),
            "exclude": tuple(exclude or ()),
            "named": tuple(case or ()),
            "seed": seed,
            "examples": examples,
            "url": url,
            "seconds": timeout,
        }
        failed = run_and_report(target.app, said, Output(json, junit, show_all))
    if failed:
        raise typer.Exit(1)
