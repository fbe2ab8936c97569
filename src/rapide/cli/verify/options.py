"""The options of `rapide verify`."""

from pathlib import Path
from typing import Annotated

import typer

Examples = Annotated[
    int,
    typer.Option(
        min=0, help="Requests to generate for each operation: half of them valid, half not."
    ),
]
Seed = Annotated[
    int, typer.Option(help="The seed of the generator: the same seed gives the same requests.")
]
Requests = Annotated[
    list[Path] | None,
    typer.Option(
        "--requests", help="Requests to send first, one in each line as JSON; may be repeated."
    ),
]
Har = Annotated[
    list[Path] | None,
    typer.Option("--har", help="An HTTP archive with requests to send first; may be repeated."),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        help='Send only what matches, as in "GET /items/{id}" or "/items/*"; may be repeated.'
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(help="Do not send requests that match, in the form of --only; may be repeated."),
]
ExtraHeader = Annotated[
    list[str] | None,
    typer.Option("--header", help='A header of every request, "Name: value"; may be repeated.'),
]
IgnoreHeader = Annotated[
    list[str] | None,
    typer.Option(help="A header of answers not to compare; date never is. May be repeated."),
]
Environment = Annotated[
    list[str] | None,
    typer.Option(
        "--env",
        help="An environment variable for the application, NAME=VALUE; in the value, {side} is "
        "fastapi, rapide or fastapi2, and {tmp} an empty folder of that side. May be repeated.",
    ),
]
Baselines = Annotated[
    int,
    typer.Option(
        min=1,
        max=9,
        help="Runs on FastAPI; values that differ between these runs are not compared.",
    ),
]
Timeout = Annotated[float, typer.Option(min=0.1, help="Seconds to wait for each answer.")]
StartTimeout = Annotated[
    float, typer.Option(min=1, help="Seconds to wait for the application to start.")
]
ShowAll = Annotated[
    bool, typer.Option("--show-all", help="Show every request whose answers differ, not samples.")
]
JsonReport = Annotated[
    Path | None, typer.Option("--json", help="A file to write all findings to, as JSON.")
]
