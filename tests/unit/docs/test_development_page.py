"""The answer that docs/development.md shows is the one that its application gives."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rapide.cli.developing import Developing
from rapide.cli.discover import find_application
from rapide.cli.failures import DiscoveryError
from rapide.development.install import install_pages
from rapide.routing import pages
from rapide.server.failed_start import WAITING
from rapide.stack import build
from rapide.testclient import TestClient

from .pages import ROOT, Block, check_made, read_blocks

BLOCKS = read_blocks(ROOT / "docs" / "development.md")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder; a module that is imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(build, "default_handler", None)
    monkeypatch.setattr(pages, "answer_failure", None)
    before = sys.modules.pop("main", None)
    yield tmp_path
    sys.modules.pop("main", None)
    if before is not None:
        sys.modules["main"] = before


def block(marker: str) -> Block:
    (found,) = (block for block in BLOCKS if block.marker == marker)
    return found


def test_the_answer_is_the_one_that_the_page_shows(folder: Path) -> None:
    (folder / "main.py").write_text(block("file: main.py").text)
    install_pages()
    app: Any = find_application("main.py").app
    client = TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
    for name in ("accept-encoding", "connection"):
        del client.headers[name]
    answer = client.get("/books/walden/words-per-page", headers={"user-agent": "curl/8.5.0"})
    assert answer.status_code == 500
    check_made(block("made: error page"), answer.text)


def test_the_lines_of_a_failed_start_are_those_that_the_page_shows(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = block("file: main.py").text
    (folder / "main.py").write_text(source.replace("PAGES[book]", "PAGES[book"))
    with pytest.raises(DiscoveryError) as caught:
        find_application("main.py")
    Developing(verbose=False).answer_import(caught.value)
    printed = capfd.readouterr().out
    waiting = WAITING % "http://127.0.0.1:8000"
    check_made(block("made: failed start"), f"{printed}ERROR:    {waiting}\n")
