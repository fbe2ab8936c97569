"""docs/errors.md: the statuses and the lines of `rapide explain` are those of its example."""

import json
import sys
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rapide.cli import program

from .pages import ROOT, read_blocks

PAGE = ROOT / "docs" / "errors.md"


def test_the_errors_are_those_of_the_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks: dict[str, str] = {}
    for block in read_blocks(PAGE):
        blocks.setdefault(block.language, block.text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    sys.modules.pop("main", None)
    (tmp_path / "main.py").write_text(blocks["python"])
    explained = CliRunner().invoke(program.app, ["explain", "main.py", "POST /orders/{book}"])
    app = sys.modules.pop("main").app
    lines = explained.output.replace(f"{tmp_path}/", "").splitlines(keepends=True)
    assert "".join(line for line in lines if line.startswith("error: ")) == blocks["text"]
    responses = app.openapi()["paths"]["/orders/{book}"]["post"]["responses"]
    assert sorted(responses) == ["200", "404", "409", "422"]


def test_the_body_is_that_of_the_handler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = list(read_blocks(PAGE))
    (shown,) = [block.text for block in blocks if block.language == "json"]
    (code,) = [block.text for block in blocks if "answer_out_of_stock" in block.text]
    (tmp_path / "stocks.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    app = import_module("stocks").app
    assert app.openapi()["paths"]["/orders/{book}"]["post"]["responses"]["409"] == json.loads(shown)
