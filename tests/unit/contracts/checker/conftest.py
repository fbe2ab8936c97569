"""Applications that are written into files and checked by the rules."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rapide.cli.check import mistakes_in
from rapide.cli.discover import find_application
from rapide.contracts.findings import Finding

#: What every application imports, in one line.
HEAD = (
    "from contextlib import asynccontextmanager, contextmanager; from typing import Annotated; "
    "from pydantic import BaseModel; from starlette.routing import Host, Mount, Route; "
    "from rapide import *; from rapide import APIRouter; "
    "from rapide.staticfiles import StaticFiles; from rapide.responses import Response\n"
)
MAKE = "app = FastAPI()\n"

Check = Callable[..., list[Finding]]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Check]:
    """Write an application, and other modules, and return what is wrong with it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)

    def check(source: str, **modules: str) -> list[Finding]:
        sys.modules.pop("main", None)
        text = source if "app = " in source else MAKE + source
        for name, content in {**modules, "main": text}.items():
            (tmp_path / f"{name}.py").write_text(HEAD + content)
        return mistakes_in(find_application("main.py"))

    yield check
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
