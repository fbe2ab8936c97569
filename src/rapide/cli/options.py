"""The options of the commands."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rapide.cli.failures import one_line_failure
from rapide.server.options import Protocol


class CheckFormat(StrEnum):
    """How the findings of a check are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def _as_before_command(context: typer.Context, value: bool) -> bool:
    """Make `rapide --verbose run` equivalent to `rapide run --verbose`."""
    return value or bool(context.obj)


def _stand_in_for_fastapi(value: bool) -> bool:
    """Stand in for FastAPI before the application is imported."""
    from rapide.as_fastapi import FastAPIAlreadyImported, as_fastapi, is_wanted

    if value or is_wanted():
        with one_line_failure(FastAPIAlreadyImported, verbose=False):
            as_fastapi()
    return value


Where = Annotated[
    str | None,
    typer.Argument(
        metavar="PATH",
        help="A Python file, a package folder, or module:app. Without it: entrypoint of "
        "[tool.rapide] or [tool.fastapi] in pyproject.toml, else main.py, app.py or api.py, "
        "here or in app/.",
        show_default=False,
    ),
]
AppName = Annotated[
    str | None,
    typer.Option("--app", help="The variable that holds the application, if not app or api."),
]
Entrypoint = Annotated[
    str | None,
    typer.Option("--entrypoint", "-e", help="The application as an import string, module:app."),
]
Factory = Annotated[
    bool,
    typer.Option("--factory", help="The name refers to a function that returns the application."),
]
AppDir = Annotated[
    Path | None,
    typer.Option(
        "--app-dir",
        help="The folder to import the application from instead of this one.",
        exists=True,
        file_okay=False,
    ),
]
AsFastAPI = Annotated[
    bool,
    typer.Option(
        "--as-fastapi",
        help="Let `import fastapi` give Rapide, as RAPIDE_AS_FASTAPI=1 does.",
        callback=_stand_in_for_fastapi,
    ),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Say how the application was found, and show tracebacks.",
        callback=_as_before_command,
    ),
]
ByProtocol = Annotated[
    Protocol,
    typer.Option(
        "--protocol",
        help="rapide answers compiled routes straight from the socket; asgi is uvicorn's own "
        "HTTP/1.1 protocol.",
    ),
]
