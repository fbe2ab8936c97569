"""docs/checking.md: its output is that of `rapide check`, and its table has the rules.

The table and the output can be written anew:

    RAPIDE_UPDATE_DOCS=1 python -m pytest tests/unit/docs
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rapide.cli import program
from rapide.contracts.checker.rules import RULES, Rule

from .pages import ROOT, UPDATE, Block, check_made, read_blocks

PAGE = ROOT / "docs" / "checking.md"
MARK = "<!-- made: rules -->\n"


def blocks(language: str) -> list[Block]:
    return [block for block in read_blocks(PAGE) if block.language == language]


def test_the_output_is_what_the_command_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    for name, block in zip(("main", "shop"), blocks("python"), strict=True):
        (tmp_path / f"{name}.py").write_text(block.text)
    for block in blocks("console"):
        sys.modules.pop("main", None)
        sys.modules.pop("shop", None)
        command = block.text.partition("\n")[0].removeprefix("$ rapide ")
        result = CliRunner().invoke(program.app, command.split())
        made = f"$ rapide {command}\n{result.output}"
        check_made(block, made)
        assert UPDATE or block.text == made
    sys.modules.pop("main", None)
    sys.modules.pop("shop", None)
    result = CliRunner().invoke(program.app, ["check", "main.py", "--format", "json"])
    sys.modules.pop("main", None)
    printed, shown = json.loads(result.output), json.loads(blocks("json")[0].text)
    assert shown["findings"][0] in printed["findings"]
    assert {**shown, "findings": []} == {**printed, "findings": []}


def severity_of(rule: Rule) -> str:
    milder = f" or {rule.milder.value}" if rule.milder else ""
    return f"{rule.severity.value}{milder}"


def test_the_table_has_all_rules() -> None:
    rows = [f"| `{name}` | {severity_of(rule)} | {rule.summary} |" for name, rule in RULES.items()]
    table = "\n".join(["| rule | | what it finds |", "|---|---|---|", *rows, ""])
    text = PAGE.read_text(encoding="utf-8")
    shown = re.match(r"(\|.*\n)*", text.partition(MARK)[2])
    assert shown is not None
    if UPDATE:
        PAGE.write_text(text.replace(MARK + shown.group(), MARK + table), encoding="utf-8")
    else:
        assert shown.group() == table
