"""`rapide openapi`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from rapide.cli import options as of
from rapide.cli.failures import DiscoveryError, one_line_failure
from rapide.cli.program import new_commands


class DocumentFormat(StrEnum):
    """How a document is written."""

    JSON = "json"
    YAML = "yaml"


class ReportFormat(StrEnum):
    """How changes are printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class FailOn(StrEnum):
    """Which changes make the command fail."""

    BREAKING = "breaking"
    UNCLEAR = "unclear"
    NEVER = "never"


Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", help="Accept a change: 'RULE METHOD /path'; may be repeated."),
]
AllowFile = Annotated[
    Path | None,
    typer.Option(
        "--allow-file",
        help="A file of changes to accept, one a line.",
        exists=True,
        dir_okay=False,
    ),
]


class ExportByDefault(TyperGroup):
    """`rapide openapi main.py` is `rapide openapi export main.py`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("--help", "-h")):
            args = ["export", *args]
        return super().parse_args(ctx, args)


app = new_commands()
openapi = typer.Typer(
    cls=ExportByDefault,
    add_completion=False,
    rich_markup_mode=None,
    help="Print the OpenAPI document of an application, or compare two.",
)
app.add_typer(openapi, name="openapi")


@app.callback()
def _is_a_group() -> None: ...


@openapi.command()
def export(
    path: of.Where = None,
    *,
    format: Annotated[
        DocumentFormat | None,
        typer.Option("--format", help="json or yaml; by default, as the suffix of --output says."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the document to this file.", dir_okay=False),
    ] = None,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    factory: of.Factory = False,
    app_dir: of.AppDir = None,
    as_fastapi: of.AsFastAPI = False,
    verbose: of.Verbose = False,
) -> None:
    """Print the OpenAPI document of an application."""
    from contextlib import redirect_stdout
    from sys import stderr

    from rapide.cli.discover import find_application
    from rapide.cli.openapi.child import document_of
    from rapide.contracts.diff.reading import UnreadableDocument, written

    ends_in_yaml = output is not None and output.suffix in (".yaml", ".yml")
    as_yaml = ends_in_yaml if format is None else format is DocumentFormat.YAML
    with one_line_failure(DiscoveryError, verbose=verbose), redirect_stdout(stderr):
        target = find_application(
            path, app_name=app, entrypoint=entrypoint, factory=factory, app_dir=app_dir
        )
        document = document_of(target)
    with one_line_failure(UnreadableDocument, verbose=verbose):
        text = written(document, as_yaml=as_yaml)
    if output is None:
        typer.echo(text, nl=False)
        return
    with one_line_failure(OSError, verbose=verbose):
        output.write_bytes(text.encode())


@openapi.command()
def diff(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD",
            help="A document (.json, .yaml), an application, or a revision: git:REVISION or "
            "git:REVISION:PATH.",
        ),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same for the newer side.")],
    *,
    format: Annotated[
        ReportFormat, typer.Option("--format", help="How to print the changes.")
    ] = ReportFormat.TEXT,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="The least severe change that causes exit status 1.")
    ] = FailOn.BREAKING,
    allow: Allow = None,
    allow_file: AllowFile = None,
    app: of.AppName = None,
    entrypoint: Annotated[
        str | None,
        typer.Option(
            "--entrypoint",
            "-e",
            help="The application of a side that is only a revision, as an import string.",
        ),
    ] = None,
    factory: of.Factory = False,
    app_dir: of.AppDir = None,
    as_fastapi: of.AsFastAPI = False,
    verbose: of.Verbose = False,
) -> None:
    """Compare two OpenAPI documents, and say which changes break clients.

    Exits with status 1 if a change is as bad as --fail-on says, with 2 if a side cannot be read.
    """
    from rapide.cli.openapi.command import Comparison, compare_and_print
    from rapide.cli.openapi.sides import Naming
    from rapide.contracts.diff.reading import UnreadableDocument

    with one_line_failure(UnreadableDocument, verbose=verbose):
        comparison = Comparison(
            old,
            new,
            Naming(app, entrypoint, factory, app_dir),
            format.value,
            fail_on.value,
            allow_file,
            tuple(allow or ()),
        )
        if compare_and_print(comparison):
            raise typer.Exit(1)
