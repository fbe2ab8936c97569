"""The files of an application: find them, read and write them byte for byte, and compare them."""

import codecs
import difflib
import os
import re
import subprocess
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from libcst import ParserSyntaxError

from rapide.cli.migrate.project import notes_of_notebook, notes_of_project
from rapide.cli.migrate.requirements import Changed, rewrite_pyproject, rewrite_requirements
from rapide.cli.migrate.rewriting import Note, rewrite

_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "build", "dist"})
_OTHER_FILES = re.compile(
    r"pyproject\.toml|setup\.cfg|Pipfile|.*(requirements|constraints).*\.(txt|in)|(Docker|Container|Make|Proc)file.*"
    r"|.*\.(sh|service|ya?ml|toml)|tox\.ini|justfile"
)
_REQUIREMENTS = re.compile(r".*requirements.*\.(txt|in)")


class MigrationError(Exception):
    """The files cannot be changed; the message is one line."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """What happens to one file."""

    path: Path
    before: bytes
    after: bytes
    notes: Sequence[Note] = ()
    failure: str = ""
    """Why the file could not be read."""
    diff: str = ""


def changes_of(paths: Sequence[Path], old: str, new: str, *, strings: bool) -> list[FileChange]:
    """Return what happens to each file below some paths; files without any change are left out."""
    found = [_change(path, old, new, strings=strings) for path in _files(paths)]
    return [one for one in found if one.diff or one.notes or one.failure]


def check_clean(changes: Sequence[FileChange]) -> None:
    """Raise an error if git does not have the text of a file that would change."""
    for change in changes:
        if not change.diff:
            continue
        asked = ["git", "status", "--porcelain", "--", change.path.name]
        try:
            done = subprocess.run(
                asked, check=False, cwd=change.path.parent, capture_output=True, text=True
            )
        except FileNotFoundError:
            return
        if done.stdout:
            raise MigrationError(
                f"{change.path} has changes that are not committed: commit them, or use --force"
            )


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise MigrationError(f"Path does not exist {path}")
        if path.is_file():
            yield path
            continue
        found = [*_files_below(path)]
        ignored = _ignored(path, found)
        yield from (file for file in found if file not in ignored)


def _files_below(path: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not _is_skipped(Path(folder, name)))
        for name in sorted(names):
            file = Path(folder, name)
            is_known = name.endswith((".py", ".pyi", ".ipynb")) or _OTHER_FILES.fullmatch(name)
            # What a link leads to is found by its own name, or is not of this folder.
            if is_known and file.is_file() and not file.is_symlink():
                yield file


def _ignored(folder: Path, files: Sequence[Path]) -> set[Path]:
    """Return the files that git ignores; none if there is no git, or no repository."""
    # A name may be no text at all.
    names = b"\0".join(os.fsencode(file.absolute()) for file in files)
    asked = ["git", "check-ignore", "--stdin", "-z"]
    try:
        done = subprocess.run(asked, check=False, cwd=folder, input=names, capture_output=True)
    except FileNotFoundError:
        return set()
    found = set(done.stdout.split(b"\0"))
    return {file for file in files if os.fsencode(file.absolute()) in found}


def _is_skipped(folder: Path) -> bool:
    hidden = folder.name.startswith(".") and folder.name not in {".github", ".ci"}
    return hidden or folder.name in _SKIPPED or (folder / "pyvenv.cfg").exists()


def _change(path: Path, old: str, new: str, *, strings: bool) -> FileChange:
    try:
        before = path.read_bytes()
    except OSError as error:
        return FileChange(path, b"", b"", failure=f"cannot be read: {error.strerror}")
    if path.suffix not in {".py", ".pyi"}:
        return _change_of_project(path, before, old, new)
    change = _change_of_python(path, before, old, new, strings=strings)
    if change.diff and not path.stat().st_mode & 0o222:
        return FileChange(path, before, before, failure="is read-only")
    return change


def _change_of_project(path: Path, before: bytes, old: str, new: str) -> FileChange:
    """Return what happens to a file that is not Python."""
    try:
        text = before.decode("utf-8-sig")
    except UnicodeDecodeError:
        return FileChange(path, before, before)
    if path.suffix == ".ipynb":
        return FileChange(path, before, before, notes_of_notebook(text, old, new))
    if path.name == "pyproject.toml":
        made = rewrite_pyproject(text, old, new)
    elif _REQUIREMENTS.fullmatch(path.name):
        made = rewrite_requirements(text, old, new)
    else:
        made = Changed(text)
    is_list = path.name == "pyproject.toml" or _REQUIREMENTS.fullmatch(path.name) is not None
    others = notes_of_project(made.text, old, new, has_requirements=not is_list)
    notes = sorted((*made.notes, *others), key=lambda one: one.line)
    diff = _diff(path, text, made.text) if made.text != text else ""
    bom = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    return FileChange(path, before, bom + made.text.encode(), notes, diff=diff)


def _change_of_python(
    path: Path, before: bytes, old: str, new: str, *, strings: bool
) -> FileChange:
    try:
        # Bytes know one end of a line only, and Python three.
        lines = before.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        encoding = tokenize.detect_encoding(BytesIO(lines).readline)[0]
        text = before.decode(encoding)
        made = rewrite(text, old, new, strings=strings)
    except (ParserSyntaxError, SyntaxError, UnicodeDecodeError, RecursionError) as error:
        line = getattr(error, "raw_line", None)
        place = f" at line {line}" if line else ""
        return FileChange(path, before, before, failure=f"is not Python that can be read{place}")
    if made.text == text:
        return FileChange(path, before, before, made.notes)
    notes = [*made.notes]
    if made.mixes_names:
        notes.insert(0, Note(1, f"imports {new} already; the way back changes these imports too"))
    bom = codecs.BOM_UTF8 if encoding == "utf-8-sig" else b""
    after = bom + made.text.encode("utf-8" if bom else encoding)
    return FileChange(path, before, after, notes, diff=_diff(path, text, made.text))


def _diff(path: Path, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), str(path), str(path), lineterm="", n=1
    )
    return "\n".join(lines)
