"""The two sides of a comparison: files, applications and git revisions."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rapide.contracts.diff.files import read_document
from rapide.contracts.diff.reading import Document, UnreadableDocument

DOCUMENTS = (".json", ".yaml", ".yml")
GIT = "git:"


@dataclass(frozen=True, slots=True)
class Naming:
    """The options that say which object of a module is the application."""

    app: str | None = None
    entrypoint: str | None = None
    factory: bool = False
    app_dir: Path | None = None


def read_sides(old: str, new: str, naming: Naming) -> tuple[Document, Document]:
    """Return the documents of both sides; a bare revision means the other side's application.

    Raises:
        UnreadableDocument: One of them cannot be read. The message is one line.
    """
    if naming.entrypoint and not any(map(_is_bare_revision, (old, new))):
        raise UnreadableDocument(
            "--entrypoint is for a side that is only a revision, such as git:HEAD: each of these "
            "sides names its application or file already"
        )
    return _side(old, new, naming), _side(new, old, naming)


def _is_bare_revision(where: str) -> bool:
    return where.startswith(GIT) and not where.removeprefix(GIT).partition(":")[2]


def _is_document(where: str) -> bool:
    return Path(where).suffix.lower() in DOCUMENTS


def _side(where: str, other: str, naming: Naming) -> Document:
    if not where.startswith(GIT):
        return Document(_content(where, naming, Path.cwd()), where)
    revision, _, path = where.removeprefix(GIT).partition(":")
    if not path and other.startswith(GIT):
        path = other.removeprefix(GIT).partition(":")[2]
    elif not path and not naming.entrypoint and not _is_document(other):
        path = other
    with _checked_out(revision) as (root, copy):
        folder = copy / Path.cwd().resolve().relative_to(root)
        if not folder.is_dir():
            raise UnreadableDocument(f"{where}: this folder does not exist at {revision}")
        try:
            return Document(_content(path, naming, folder, root, copy), where)
        except UnreadableDocument as error:
            said = str(error).replace(f"{folder}{os.sep}", "")
            raise UnreadableDocument(f"{where}: {said}") from error


def _content(
    where: str, naming: Naming, folder: Path, root: Path | None = None, copy: Path | None = None
) -> object:
    if "://" in where:
        raise UnreadableDocument(f"{where} is an address of the network: download it first")
    if _is_document(where):
        return read_document(folder / where if copy else Path(where))
    with tempfile.TemporaryDirectory() as temporary:
        into = Path(temporary) / "document.json"
        arguments = {
            "path": where or None,
            "app": naming.app,
            "entrypoint": None if where else naming.entrypoint,
            "factory": "yes" if naming.factory else None,
            "app_dir": str(naming.app_dir) if naming.app_dir else None,
            "root": root and str(root),
            "copy": copy and str(copy),
            "into": str(into),
        }
        command = [sys.executable, "-B", "-m", "rapide.cli.openapi.child", json.dumps(arguments)]
        ended = subprocess.run(
            command, cwd=folder, check=False, capture_output=True, text=True, errors="replace"
        )
        if not into.exists():
            last = (ended.stderr.strip() or f"exit status {ended.returncode}").splitlines()[-1]
            raise UnreadableDocument(f"importing {where or 'the application'} failed: {last}")
        answer = json.loads(into.read_text(encoding="utf-8"))
    if "error" in answer:
        # Lines of source code follow the first line, which has their place.
        raise UnreadableDocument(answer["error"].partition("\n")[0])
    return answer["document"]


@contextmanager
def _checked_out(revision: str) -> Iterator[tuple[Path, Path]]:
    """Write a revision to a temporary folder; give the repository's folder, and this one.

    An index of its own keeps git from touching that of the working tree.
    """
    top = Path(_git("rev-parse", "--show-toplevel").strip()).resolve()
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        copy = folder / "tree"
        index = {"GIT_INDEX_FILE": str(folder / "index")}
        _git("read-tree", commit.strip(), env=index)
        _git("-C", str(top), "checkout-index", "--all", f"--prefix={copy}{os.sep}", env=index)
        copy.mkdir(exist_ok=True)
        yield top, copy


def _git(*arguments: str, env: dict[str, str] | None = None) -> str:
    try:
        ended = subprocess.run(
            ["git", *arguments],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, **(env or {})},
        )
    except FileNotFoundError:
        raise UnreadableDocument("a revision needs the program git, which is not here") from None
    if ended.returncode:
        if "--verify" in arguments:
            name = arguments[-1].removesuffix("^{commit}")
            raise UnreadableDocument(f"git knows no revision {name!r}")
        raise UnreadableDocument(" ".join(ended.stderr.split()) or f"git {arguments[0]} failed")
    return ended.stdout
