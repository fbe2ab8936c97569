"""Write the files of a new application, without touching any other file."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

#: What a folder may have before: the files of version control, editors and environments.
_UNRELATED = frozenset({".git", ".hg", ".svn", ".idea", ".vscode", ".venv", ".DS_Store"})


class CannotWrite(Exception):
    """A folder cannot have a new application; the message is one line."""


def write_files(folder: Path, texts: Mapping[PurePosixPath, str]) -> None:
    """Write files into a folder, which is made if it is not there.

    If one cannot be written, all that were written are removed.

    Raises:
        CannotWrite: There are files in the folder, or it cannot be written.
    """
    made: list[Path] = []
    try:
        _check_empty(folder)
        _make_folder(folder, made)
        for path, text in texts.items():
            file = folder / path
            _make_folder(file.parent, made)
            # "x": a file that appeared meanwhile is not overwritten.
            with file.open("x", encoding="utf-8", newline="\n") as stream:
                made.append(file)
                stream.write(text)
    except BaseException as error:
        _remove(made)
        if not isinstance(error, OSError):
            raise
        reason = error.strerror or str(error)
        raise CannotWrite(f"{error.filename or folder} cannot be written: {reason}") from error


def _check_empty(folder: Path) -> None:
    if folder.is_dir():
        found = sorted(path.name for path in folder.iterdir() if path.name not in _UNRELATED)
        if found:
            names = ", ".join([*found[:3], *["…"][: len(found) > 3]])
            raise CannotWrite(
                f"the folder {folder} is not empty ({names}): --directory names another one"
            )
    elif folder.exists() or folder.is_symlink():
        raise CannotWrite(f"{folder} is there and is not a folder: --directory names another one")


def _make_folder(folder: Path, made: list[Path]) -> None:
    """Make a folder with those around it, and list what was made."""
    if folder.is_dir() or folder == folder.parent:
        return
    _make_folder(folder.parent, made)
    folder.mkdir()
    made.append(folder)


def _remove(made: list[Path]) -> None:
    for path in reversed(made):
        with suppress(OSError):  # a folder that has other files by now stays
            path.rmdir() if path.is_dir() else path.unlink()
