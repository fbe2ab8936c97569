"""Compare two documents, and print the changes."""

from dataclasses import dataclass
from pathlib import Path

import typer

from rapide.cli.openapi.sides import Naming, read_sides
from rapide.contracts.diff import report
from rapide.contracts.diff.changes import accept, failing, read_accepted, unused
from rapide.contracts.diff.documents import compare_documents


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `rapide openapi diff` was asked."""

    old: str
    new: str
    naming: Naming
    format: str
    fail_on: str
    allow_file: Path | None
    allow: tuple[str, ...]


def compare_and_print(asked: Comparison) -> bool:
    """Print the changes, and return whether they make the command fail.

    Raises:
        UnreadableDocument: A side, or the list of accepted changes, cannot be read.
    """
    file = asked.allow_file
    lines = file.read_text(encoding="utf-8").splitlines() if file else []
    entries = read_accepted([*lines, *asked.allow])
    sides = read_sides(asked.old, asked.new, asked.naming)
    changes = accept(compare_documents(*sides), entries)
    left = unused(changes, entries)
    if asked.format == "json":
        typer.echo(report.as_json(changes, left))
    else:
        write = report.as_text if asked.format == "text" else report.as_markdown
        typer.echo(write(changes))
        for entry in left:
            typer.echo(f"Note: nothing to accept for {entry}", err=True)
    return bool(failing(changes, asked.fail_on))
