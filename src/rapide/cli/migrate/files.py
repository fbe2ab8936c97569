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

from rapide.cli.migrate.rewriting import Note, rewrite

_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "build", "dist"})
_OTHER_FILES = re.compile(
    r"pyproject\.toml|setup\.cfg|.*requirements.*\.(txt|in)|(Docker|Container|Make|Proc)file.*"
    r"|.*\.(sh|service|ya?ml|toml)|tox\.ini|justfile"
)
_COMMAND = re.compile(r"\bfastapi (run|dev)\b")
_REQUIREMENT = re.compile(r"""(^|["'])\s*fastapi\s*(\[[^\]]*\])?\s*($|[=<>~!;"'#])""")


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
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not _is_skipped(Path(folder, name)))
            for name in sorted(names):
                if name.endswith((".py", ".pyi")) or _OTHER_FILES.fullmatch(name):
                    yield Path(folder, name)


def _is_skipped(folder: Path) -> bool:
    hidden = folder.name.startswith(".") and folder.name not in {".github", ".ci"}
    return hidden or folder.name in _SKIPPED or (folder / "pyvenv.cfg").exists()


def _change(path: Path, old: str, new: str, *, strings: bool) -> FileChange:
    before = path.read_bytes()
    if path.suffix not in {".py", ".pyi"}:
        return FileChange(path, before, before, _lines_to_change(before, old, new))
    try:
        # Bytes know one end of a line only, and Python three.
        lines = before.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        encoding = tokenize.detect_encoding(BytesIO(lines).readline)[0]
        text = before.decode(encoding)
        made = rewrite(text, old, new, strings=strings)
    except (ParserSyntaxError, SyntaxError, UnicodeDecodeError) as error:
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


def _lines_to_change(content: bytes, old: str, new: str) -> list[Note]:
    """Return the lines of a file of another kind that name the package or its command."""
    notes = []
    if old == "fastapi":
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if _COMMAND.search(line):
                instead = _COMMAND.sub(rf"{new} \1", line).strip()
                notes.append(Note(number, f"instead: {instead}"))
            elif found := _REQUIREMENT.search(line):
                notes.append(Note(number, f"requires fastapi; instead: {new}{found[2] or ''}"))
    return notes


def _diff(path: Path, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), str(path), str(path), lineterm="", n=1
    )
    return "\n".join(lines)
