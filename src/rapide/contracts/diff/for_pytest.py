"""A fixture of pytest that compares an application's document with a file."""

import os
from pathlib import Path
from typing import Protocol

import pytest

from rapide.contracts.diff.changes import accept, read_accepted
from rapide.contracts.diff.documents import compare_documents
from rapide.contracts.diff.files import read_document
from rapide.contracts.diff.reading import Document, written
from rapide.contracts.diff.report import as_text

#: Set it to write the file anew, then review the difference.
UPDATE = "RAPIDE_UPDATE_SNAPSHOT"


class HasDocument(Protocol):
    """An application with a document."""

    def openapi(self) -> object:
        """Return the document."""
        ...


class OpenAPISnapshot:
    """What the fixture gives: a function that compares an application with a file.

    Args:
        folder: The folder of the test, where files are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self,
        app: HasDocument,
        file: str | Path = "openapi.json",
        *,
        accept_safe: bool = False,
        allow: tuple[str, ...] = (),
    ) -> None:
        """Fail if the document of an application has changed.

        Args:
            app: The application.
            file: The file with the document, in JSON or YAML, next to the test.
            accept_safe: Whether changes that break nobody may be missing in the file.
            allow: Accepted changes, as for `rapide openapi diff --allow`.
        """
        __tracebackhide__ = True
        path = self.folder / file
        document = app.openapi()
        if os.environ.get(UPDATE):
            is_yaml = path.suffix in (".yaml", ".yml")
            path.write_text(written(document, as_yaml=is_yaml), encoding="utf-8")
            return
        if not path.exists():
            pytest.fail(f"there is no {path}: write it with {UPDATE}=1", pytrace=False)
        sides = Document(read_document(path), str(path)), Document(document, "the application")
        changes = accept(compare_documents(*sides), read_accepted(allow))
        if any(not one.accepted and (one.verdict != "safe" or not accept_safe) for one in changes):
            said = f"The API is not that of {path}.\n\n{as_text(changes)}\n\n"
            pytest.fail(f"{said}If this is intended, run with {UPDATE}=1.", pytrace=False)


@pytest.fixture
def openapi_snapshot(request: pytest.FixtureRequest) -> OpenAPISnapshot:
    """Compare an application's OpenAPI document with a file next to the test."""
    return OpenAPISnapshot(request.path.parent)
