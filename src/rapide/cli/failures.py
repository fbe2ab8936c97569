"""What a command says when the user's application cannot be found or imported."""

import linecache
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer


class DiscoveryError(Exception):
    """An application could not be found; the message says why, in one line.

    Args:
        message: Why.
        in_import: Whether it is there, and failed while it was imported.
    """

    def __init__(self, message: str, *, in_import: bool = False) -> None:
        super().__init__(message)
        self.in_import = in_import


@contextmanager
def one_line_failure(expected: type[Exception], *, verbose: bool) -> Iterator[None]:
    """Turn an expected failure into its message and exit status 2; `--verbose` adds a traceback."""
    try:
        yield
    except expected as error:
        if verbose:
            traceback.print_exception(error.__cause__ or error)
        typer.secho("Error: ", err=True, fg=typer.colors.RED, bold=True, nl=False)
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None


def import_failure(module: str, folder: Path, error: BaseException) -> DiscoveryError:
    """Say in one line what stopped an import, and show the user's own line under it."""
    file, line = _location(error, folder)
    what = traceback.format_exception_only(error)[-1].strip()
    message = f"importing {module} failed at {shortened(file)}:{line}: {what}"
    if "relative import" in what:
        message += " (every folder of a package needs an __init__.py)"
    source = linecache.getline(file, line).strip()
    return DiscoveryError(f"{message}\n    {source}" if source else message, in_import=True)


def place_of(error: BaseException) -> str:
    """Return the file and line that an error comes from, below the current folder if it can be."""
    file, line = _location(error, Path.cwd())
    return f"{shortened(file)}:{line}"


def _location(error: BaseException, folder: Path) -> tuple[str, int]:
    """Return the file and line to blame: the deepest one of the user's own, where there is one."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 1
    frames = [
        (frame.filename, frame.lineno or 1)
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen")
    ]
    own = [frame for frame in frames if _is_users(frame[0], folder)]
    return (own or frames)[-1]


def _is_users(file: str, folder: Path) -> bool:
    path = Path(file)
    installed = "site-packages" in path.parts or path.is_relative_to(sys.base_prefix)
    return path.is_relative_to(folder) and not installed


def shortened(file: str) -> str:
    """Return a file's path from the current folder, where it is below it."""
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file
