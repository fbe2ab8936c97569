"""What `rapide migrate` prints and writes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import typer

from rapide.cli.failures import shortened
from rapide.cli.migrate.files import FileChange, changes_of, check_clean


def migrate_files(
    paths: Sequence[Path],
    *,
    reverse: bool,
    strings: bool,
    write: bool,
    force: bool,
    check: bool,
) -> bool:
    """Show what changes, write it if that is wanted, and return whether the command succeeded."""
    old, new = ("rapide", "fastapi") if reverse else ("fastapi", "rapide")
    changes = changes_of(paths, old, new, strings=strings)
    if write and not force:
        check_clean(changes)
    for change in changes:
        if change.diff and not write:
            _print(change.diff)
    if write:
        changes = [_written(change) if change.diff else change for change in changes]
    _print_notes(changes)
    count = sum(bool(change.diff) for change in changes)
    files = "1 file" if count == 1 else f"{count} files"
    done = "changed" if write else "to change (--write changes them)" if count else "to change"
    typer.echo(f"{files} {done}")
    return not (check and count) and not any(change.failure for change in changes)


def _written(change: FileChange) -> FileChange:
    """Write a file, and return what happened."""
    try:
        change.path.write_bytes(change.after)
    except OSError as error:
        failure = f"cannot be written: {error.strerror}"
        return replace(change, failure=failure, diff="")
    return change


def _print(text: str) -> None:
    """Print a text; a name of a file may have bytes that are no letters."""
    typer.echo(text.encode(errors="backslashreplace").decode())


def _print_notes(changes: Sequence[FileChange]) -> None:
    for change in changes:
        path = shortened(str(change.path))
        for note in change.notes:
            _print(f"{path}:{note.line}: {note.text}")
        if change.failure:
            _print(f"{path} {change.failure}: left alone")
