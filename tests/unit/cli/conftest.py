"""A folder of its own for each test, in which modules can be imported afresh."""

import sys
from collections.abc import Callable, Iterator
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
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, empty; what is imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield tmp_path
    for name, module in list(sys.modules.items()):
        origins = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
        if name not in before and any(str(origin).startswith(str(tmp_path)) for origin in origins):
            del sys.modules[name]


@pytest.fixture
def write(project: Path) -> Write:
    """Write a file into the project, with its folders."""

    def write(name: str, text: str = APPLICATION) -> Path:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write
