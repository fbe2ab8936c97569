"""What the README and docs/cli.md say about the command line is so."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rapide.cli import program
from rapide.testclient import TestClient

ROOT = Path(__file__).parents[3]


def block(file: str, language: str) -> str:
    """Return the first code block of a language."""
    found = re.search(rf"```{language}\n(.*?)```", (ROOT / file).read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_application_of_the_readme_answers() -> None:
    names: dict[str, Any] = {}
    exec(compile(block("README.md", "python"), "README.md", "exec"), names)
    client = TestClient(names["app"])
    assert client.get("/books/7").json() == {"book_id": 7, "lang": "en"}
    assert client.get("/books/seven").status_code == 422


def test_the_readme_explains_a_route_of_its_application(write: Any) -> None:
    write("main.py", block("README.md", "python"))
    command = re.search(r'rapide explain main\.py "(.*)"', (ROOT / "README.md").read_text())
    assert command is not None
    result = CliRunner().invoke(program.app, ["explain", "main.py", command[1]])
    assert result.output.startswith("GET /books/{book_id} -> main.read_book\ncompiled, direct\n")


@pytest.mark.parametrize("name", ["run", "dev"])
def test_the_options_documented_are_those_taken(name: str) -> None:
    command = program.command_named(name)
    taken = {
        option
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("--") and option != "--help"
    }
    section = (ROOT / "docs/cli.md").read_text().partition("## `rapide run` and `rapide dev`")[2]
    section = section.partition("\n## ")[0]
    shared, _, of_run = section.partition("\n### ")
    documented = options_in(shared) | (options_in(of_run) if name == "run" else set())
    only_elsewhere = {"--workers"} if name == "dev" else set()
    assert documented - only_elsewhere == taken


def options_in(text: str) -> set[str]:
    """The options that tables name in their first column."""
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `--")]
    return set(re.findall(r"`(--[a-z-]+)`", " ".join(cells)))


def test_the_defaults_documented_are_those_of_the_options() -> None:
    command = program.command_named("run")
    defaults = {parameter.opts[0]: parameter.default for parameter in command.params}
    rows = re.findall(
        r"\| `(--(?:limit|timeout|backlog|shutdown)[a-z-]*)` \| (\S+) \|",
        (ROOT / "docs/cli.md").read_text(),
    )
    assert len(rows) == 17
    for option, shown in rows:
        assert (shown == "none") == (defaults[option] is None)
        assert shown == "none" or float(shown) == defaults[option]


def blocks_of_programs() -> dict[str, str]:
    """The Python files of docs/cli.md by their names."""
    text = (ROOT / "docs/cli.md").read_text()
    return dict(re.findall(r"<!-- file: (\w+\.py) -->\n```python\n(.*?)```", text, re.DOTALL))


def test_the_program_documented_serves_in_its_event_loop(write: Any) -> None:
    write("program.py", blocks_of_programs()["program.py"])
    command = [sys.executable, "program.py"]
    path = str(ROOT / "src")
    finished = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    assert finished.stdout.splitlines()[-1] == "b'\"welcome\"'"


def test_the_test_documented_passes() -> None:
    names: dict[str, Any] = {}
    exec(compile(blocks_of_programs()["test_shop.py"], "test_shop.py", "exec"), names)
    names["test_the_front_page"]()


def test_the_failure_documented_is_the_one_printed(write: Any) -> None:
    write("main.py")
    result = CliRunner().invoke(program.app, ["run", "main.py", "--app", "ap"])
    assert result.stdout in (ROOT / "docs/cli.md").read_text()


def test_the_check_documented_is_the_one_printed(write: Any) -> None:
    section = (ROOT / "docs/cli.md").read_text().partition("## `rapide check`")[2]
    source, shown = re.findall(r"```(?:python|console)\n(.*?)```", section, re.DOTALL)[:2]
    write("main.py", source)
    result = CliRunner().invoke(program.app, ["check", "main.py"])
    assert result.exit_code == 1
    assert f"$ rapide check main.py\n{result.output}" == shown
