"""docs/errors.md: the statuses and the lines of `rapide explain` are those of its example."""

import sys
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
