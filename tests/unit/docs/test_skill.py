"""The skill for agents: its code runs, and its commands and names exist."""

import importlib
import re
import sys
from types import ModuleType

import pytest
import yaml

from rapide.cli import program

from .pages import ROOT, read_blocks

SKILL = ROOT / "src/rapide/.agents/skills/rapide/SKILL.md"
TEXT = SKILL.read_text(encoding="utf-8")


def test_its_code_runs_from_its_first_line_to_its_last(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("written")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    blocks = [block for block in read_blocks(SKILL) if block.language == "python"]
    assert len(blocks) == 2
    for block in blocks:
        exec(compile("\n" * (block.line - 1) + block.text, str(SKILL), "exec"), vars(module))


def test_it_has_the_head_that_agents_read() -> None:
    head = yaml.safe_load(TEXT.split("---\n")[1])
    assert head["name"] == SKILL.parent.name
    assert "rapide" in head["description"]
    assert len(head["description"]) < 1024


def test_its_commands_and_modules_exist() -> None:
    commands = set(re.findall(r"`rapide ([a-z-]+)", TEXT))
    assert commands >= {"check", "dev", "run"}
    assert all(program.command_named(name).name == name for name in commands)
    for module in set(re.findall(r"`(rapide\.\w+)", TEXT)):
        importlib.import_module(module)


def test_the_options_that_only_rapide_has_are_taken() -> None:
    from rapide import FastAPI
    from rapide.limits import RequestLimits

    FastAPI(limits=RequestLimits(timeout=5), threads={"slow": 1}, document_errors=True)
