"""An undefined name in an annotation is named, with the line that it stands in."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rapide.cli import program
from rapide.cli.discover import find_application
from rapide.cli.serve import banner
from rapide.server.options import Options

START = """\
from __future__ import annotations
from typing import Annotated
from pydantic import BaseModel
from rapide import Body, Depends, FastAPI, Query
app = FastAPI()
"""
MODEL = "class Item(BaseModel):\n    first: int\n    other: Later\n"

PARAMETER = "@app.get('/x')\ndef read(\n    first: int,\n    item: Itm,\n) -> int: ...\n"
ANNOTATED = "@app.get('/x')\ndef read(item: Annotated[list[Itm], Query()]): ...\n"
DEPENDENCY = (
    "def need(q: Itm): ...\n@app.get('/x')\ndef read(q: Annotated[int, Depends(need)]): ...\n"
)
ANSWER = "@app.get('/x')\ndef read() -> dict[str, Itm]: ...\n"
RESPONSES = "@app.get('/x', responses={404: {'model': 'list[Itm]'}})\ndef read() -> int: ...\n"
IN_MODEL = MODEL + "@app.post('/x')\ndef read(item: Item): ...\n"
IN_LIST = MODEL + "@app.post('/x')\ndef read(item: list[Item] | None = None): ...\n"


@pytest.mark.parametrize(
    ("text", "name", "line", "what"),
    [
        (PARAMETER, "Itm", 9, "item"),
        (ANNOTATED, "Itm", 7, "item"),
        (DEPENDENCY, "Itm", 6, "q"),
        (ANSWER, "Itm", 7, "response_model"),
        (IN_MODEL, "Later", 8, "item"),
        (IN_LIST, "Later", 8, "item"),
    ],
)
def test_a_name_and_its_line_are_said(
    write: Any, text: str, name: str, line: int, what: str
) -> None:
    write("main.py", START + text)
    checked = CliRunner().invoke(program.app, ["check", "main.py"])
    assert checked.exit_code == 1
    told = checked.output
    assert f"UndefinedNameError: name '{name}' is not defined, in an annotation\n" in told
    assert f"  parameter: {what}\n  defined at: main.py:{line}\n" in told
    assert "Not ready: 1 error\n" in told
    assert "errors.pydantic.dev" not in told
    explained = CliRunner().invoke(program.app, ["explain", "main.py"]).output
    assert f"has the undefined name {name} (main.py:{line})" in explained
    options = Options(host="", port=0)
    generic = banner(find_application("main.py"), options)["Generic"]
    assert f"has the undefined name {name} (main.py:{line})" in generic


def test_every_name_is_an_error_of_its_own(write: Any) -> None:
    write("main.py", START + PARAMETER + ANSWER.replace("Itm", "Answer").replace("/x", "/y"))
    told = CliRunner().invoke(program.app, ["check", "main.py"]).output
    assert told.count("UndefinedNameError") == 2
    assert "name 'Answer' is not defined" in told


def test_a_name_that_python_itself_misses_is_said_with_its_line(write: Any) -> None:
    write("main.py", PARAMETER.replace("@app.get('/x')\n", ""))
    result = CliRunner().invoke(program.app, ["run", "main.py"])
    assert result.exit_code == 1
    assert result.stdout == (
        "Error: importing main failed at main.py:3: NameError: name 'Itm' is not defined\n"
        "    item: Itm,\n"
    )


def test_other_reasons_for_a_missing_document_are_still_said(write: Any) -> None:
    broken = "def broken(): raise KeyError('x')\napp.openapi = broken\n"
    write("main.py", START + PARAMETER + broken)
    told = CliRunner().invoke(program.app, ["check", "main.py"]).output
    assert "UndefinedNameError" in told
    assert "GET /openapi.json would fail: KeyError: 'x'\n" in told
    assert Path("main.py").exists()
