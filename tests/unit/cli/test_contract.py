"""`rapide test-contract` prints failures, and writes them for CI."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from rapide.cli import program

APPLICATION = """\
from typing import Annotated
from rapide import FastAPI, Query

app = FastAPI()


@app.get("/names")
def read(name: Annotated[str, Query(max_length=5)] = "a") -> bytes:
    return name.encode("ascii")


@app.get("/fine")
def fine(number: int = 1) -> int:
    return number
"""


def run(*arguments: str) -> Any:
    return CliRunner().invoke(program.app, ["test-contract", "main.py", *arguments])


@pytest.fixture(autouse=True)
def application(write: Any) -> None:
    write("main.py", APPLICATION)


def test_failures_that_are_alike_are_shown_together(project: Path) -> None:
    result = run("--only", "GET /names")
    assert result.exit_code == 1
    assert result.stdout.count("  shell:    curl -i -X GET 'http://127.0.0.1:8000/names?") == 2
    assert "more like this (--all shows them):\n  query name: " in result.stdout
    assert result.stdout.splitlines()[-1].startswith("1 operation, ")
    assert result.stdout.splitlines()[-1].endswith("(seed 0)")
    assert ": error " in result.stdout.splitlines()[-1]
    assert run("--only", "GET /names", "--all").stdout.count("  shell: ") > 2


def test_a_case_is_repeated_by_its_name(project: Path) -> None:
    result = run("--case", "query name: astral *", "--json", "--seed", "3")
    shown = json.loads(result.stdout)
    assert (result.exit_code, shown["cases"], shown["seed"]) == (1, 1, 3)
    (failure,) = shown["failures"]
    assert (failure["operation"], failure["kind"]) == ("GET /names", "error")
    assert run("--case", "query number: *").exit_code == 0
    nothing = run("--case", "nothing")
    assert (nothing.exit_code, nothing.stderr) == (2, "Error: no case is left to test\n")


def test_the_results_are_written_for_ci(project: Path) -> None:
    assert run("--junit", "results.xml").exit_code == 1
    suite = ElementTree.parse(project / "results.xml").getroot()[0]
    failed = [test for test in suite if test.find("failure") is not None]
    assert suite.attrib["failures"] == str(len(failed))
    assert suite.attrib["tests"] == str(len(suite))
    assert {test.attrib["classname"] for test in suite} == {"GET /names", "GET /fine"}
    assert {test.attrib["classname"] for test in failed} == {"GET /names"}
    assert "UnicodeEncodeError" in failed[0][0].attrib["message"]
    assert "curl -i -X GET" in (failed[0][0].text or "")
    wrong = run("--junit", "nowhere/results.xml")
    assert wrong.exit_code == 2
    assert wrong.stderr == "Error: nowhere/results.xml cannot be written: there is no such folder\n"


def test_an_application_without_a_document_is_one_line(write: Any) -> None:
    write("main.py", f"{APPLICATION}\ndef fail(): raise LookupError('lost')\napp.openapi = fail\n")
    result = run()
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: main:app.openapi() failed at main.py:16: LookupError")
