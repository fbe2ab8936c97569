"""The messages of commands if the user's application cannot be found or imported."""

import linecache
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from rapide.server.found import NoApplication


class DiscoveryError(NoApplication):
    """The application that a command names could not be found."""


@contextmanager
def one_line_failure(
    expected: type[Exception], *, verbose: bool, as_fastapi: bool = False
) -> Iterator[None]:
    """Turn an expected failure into its message and exit status 2; `--verbose` adds a traceback.

    COMPAT: with `as_fastapi`, the message goes to standard output and the exit status is 1, as in
    FastAPI 0.165's command line.
    """
    try:
        yield
    except expected as error:
        print_failure(error, verbose=verbose, as_fastapi=as_fastapi)
        raise typer.Exit(1 if as_fastapi else 2) from None


def print_failure(error: Exception, *, verbose: bool, as_fastapi: bool = False) -> None:
    """Print the message of an expected failure; `--verbose` adds a traceback."""
    if verbose:
        traceback.print_exception(error.__cause__ or error)
    _print_message(str(error), as_fastapi=as_fastapi)


def failed(message: str) -> typer.Exit:
    """Print an error, and return the exception that ends the command with status 2."""
    _print_message(message)
    return typer.Exit(2)


def _print_message(message: str, *, as_fastapi: bool = False) -> None:
    typer.secho("Error: ", err=not as_fastapi, fg=typer.colors.RED, bold=True, nl=False)
    typer.echo(message, err=not as_fastapi)


def import_failure(module: str, folder: Path, error: BaseException) -> DiscoveryError:
    """Describe in one line why an import failed, and show the user's own line below it."""
    return call_failure(f"importing {module}", folder, error)


def call_failure(action: str, folder: Path, error: BaseException) -> DiscoveryError:
    """Describe in one line why code of the user failed, and show the line below it.

    Args:
        action: What was done, as "importing main".
        folder: The folder of the user's own code.
        error: What was raised.
    """
    what = said(error)
    file, line = _location(error, folder)
    place = f" at {shortened(file)}:{line}" if file else ""
    message = f"{action} failed{place}: {what}{_way_out(error, what)}"
    source = linecache.getline(file, line).strip()
    below = [source, *notes_of(error)] if source else notes_of(error)
    return DiscoveryError("\n    ".join([message, *below]), in_import=True)


def said(error: BaseException) -> str:
    """Return the class and the message of an error, without its notes."""
    summary = traceback.TracebackException.from_exception(error, limit=0)
    summary.__notes__ = None
    return [*summary.format_exception_only()][-1].strip()


def notes_of(error: BaseException) -> list[str]:
    """Return the notes of an error, as single lines."""
    notes = getattr(error, "__notes__", None)
    if not isinstance(notes, list | tuple):
        return []
    return [line for note in notes for line in str(note).splitlines()]


def _way_out(error: BaseException, what: str) -> str:
    """Return a hint in brackets, if there is one for this error."""
    if "relative import" in what:
        return " (every folder of a package needs an __init__.py)"
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if missing == "fastapi":
        return " (with --as-fastapi, `import fastapi` gives Rapide)"
    if "missing 1 required positional argument: 'path'" in what and "FastAPI." in what:
        return " (FastAPI is a class: write app = FastAPI())"
    return ""


def place_of(error: BaseException) -> str:
    """Return the file and line of an error, if possible one below the current folder."""
    file, line = _location(error, Path.cwd())
    return f"{shortened(file)}:{line}" if file else "no line of Python"


def _location(error: BaseException, folder: Path) -> tuple[str, int]:
    """Return the file and line at fault: the innermost one of the user's own, if there is one.

    A file that cannot be read has no line at fault.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 1
    frames = [
        (frame.filename, frame.lineno or 1)
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen")
    ]
    own = [frame for frame in frames if _is_users(frame[0], folder)]
    return (own or frames or [("", 0)])[-1]


def _is_users(file: str, folder: Path) -> bool:
    path = Path(file)
    installed = "site-packages" in path.parts or path.is_relative_to(sys.base_prefix)
    return path.is_relative_to(folder) and not installed


def shortened(file: str) -> str:
    """Return a file's path, relative to the current folder if the file is below it."""
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file
