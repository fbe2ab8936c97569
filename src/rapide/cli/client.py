"""Find an application, and write its client or compare it with the files that are there."""

from pathlib import Path
from typing import cast

import typer

from rapide.cli.discover import Target, find_application
from rapide.cli.failures import DiscoveryError, call_failure
from rapide.contracts.clients.making import (
    Described,
    Language,
    changed_files,
    make_client,
    write_files,
)


def find_described(
    where: str | None,
    *,
    app_name: str | None,
    entrypoint: str | None,
    factory: bool,
    app_dir: Path | None,
) -> Target:
    """Find an application that has a document.

    Raises:
        DiscoveryError: There is none.
    """
    found = find_application(
        where, app_name=app_name, entrypoint=entrypoint, factory=factory, app_dir=app_dir
    )
    if not callable(getattr(found.app, "openapi", None)):
        kind = type(found.app).__name__
        raise DiscoveryError(
            f"{found.import_string} has no OpenAPI document: it is of type {kind}, not FastAPI"
        )
    return found


def write_or_check(found: Target, language: Language, output: Path | None, *, check: bool) -> None:
    """Write a client, print it, or say whether the files are up to date.

    Args:
        found: The application.
        language: The language of the client.
        output: The file or the folder; None to print the client.
        check: Whether to write nothing.

    Raises:
        DiscoveryError: The application has no document, or the files cannot be written.
        typer.Exit: The files are not up to date.
    """
    if check and output is None:
        raise DiscoveryError("--check compares files: name them with --output")
    target = Path(f"client{language.suffix}") if output is None else output
    if target.suffix and target.suffix != language.suffix and not target.is_dir():
        raise DiscoveryError(
            f"--output {target} is neither a folder nor a file of {language.name}, "
            f"whose name ends in {language.suffix}"
        )
    try:
        made = make_client(cast("Described", found.app), language, target)
    except Exception as error:  # in the application's code, which makes the document
        action = f"making the document of {found.import_string}"
        raise call_failure(action, found.folder, error) from error
    if output is None:
        typer.echo("".join(made.values()), nl=False)
    elif check:
        _report(changed_files(made), output, language)
    else:
        _write(made, output)


def _report(changed: list[Path], output: Path, language: Language) -> None:
    if not changed:
        typer.echo(f"{output} is up to date")
        return
    for path in changed:
        what = "is not what would be written" if path.exists() else "is missing"
        typer.echo(f"{path} {what}: run rapide client {language.name} --output {output}", err=True)
    raise typer.Exit(1)


def _write(made: dict[Path, str], output: Path) -> None:
    try:
        changed = write_files(made)
    except OSError as error:
        raise DiscoveryError(f"{output} cannot be written: {error.strerror}") from error
    for path in changed:
        typer.echo(f"wrote {path}")
    if not changed:
        typer.echo(f"{output} is up to date")
