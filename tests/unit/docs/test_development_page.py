"""The answer that docs/development.md shows is the one that its application gives."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rapide.development.install import install_pages
from rapide.routing import pages
from rapide.stack import build
from rapide.testclient import TestClient

from .pages import ROOT, check_made, read_blocks

BLOCKS = read_blocks(ROOT / "docs" / "development.md")


def test_the_answer_is_the_one_that_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "main", raising=False)
    monkeypatch.setattr(build, "default_handler", None)
    monkeypatch.setattr(pages, "answer_failure", None)
    (source,) = (block for block in BLOCKS if block.marker == "file: main.py")
    (shown,) = (block for block in BLOCKS if block.marker == "made: error page")
    (tmp_path / "main.py").write_text(source.text)
    install_pages()
    import main

    client = TestClient(main.app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
    for name in ("accept-encoding", "connection"):
        del client.headers[name]
    answer = client.get("/books/walden/words-per-page", headers={"user-agent": "curl/8.5.0"})
    monkeypatch.delitem(sys.modules, "main")
    assert answer.status_code == 500
    check_made(shown, answer.text)
