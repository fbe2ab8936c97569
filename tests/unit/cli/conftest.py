"""A folder of its own for each test, in which modules can be imported afresh."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

APPLICATION = """\
from rapide import FastAPI

app = FastAPI()


@app.get("/items/{item_id}")
def read_item(item_id: int) -> dict[str, int]:
    return {"item_id": item_id}
"""

Write = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return tmp_path


@pytest.fixture
def write(project: Path) -> Write:
    """Write a file into the project, with its folders."""

    def write(name: str, text: str = APPLICATION) -> Path:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write
