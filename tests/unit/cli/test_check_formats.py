"""`rapide check`: its formats and statuses, and the summary of `rapide dev`."""

import json
import logging
import threading
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rapide.cli import program
from rapide.cli.background_check import check_in_thread
from rapide.cli.discover import find_application
from tests.unit.cli.conftest import APPLICATION

WARNED = (
    APPLICATION
    + """
from rapide import Depends
print("imported")


def with_q(q: int = 2) -> None: ...


@app.get("/later")
def later(q: int = 1, e=Depends(with_q)) -> None: ...
"""
)
WRONG = (
    "from typing import Annotated; from rapide import Path; "
    + APPLICATION
    + """

@app.get("/items/{item_id}")
def read_again(item_id: "Missing") -> None: ...


@app.get("/shelves/{n}")
def read_shelf(n: Annotated[int, Path()] = 1) -> None: ...
"""
)
CYCLE = """\
from __future__ import annotations

from typing import Annotated

from rapide import Depends, FastAPI

app = FastAPI()


def shelf(book: Annotated[int, Depends(book)]) -> int:
    return book


def book(place: Annotated[int, Depends(shelf)]) -> int:
    return place


@app.get("/books")
def read_books(found: Annotated[int, Depends(shelf)]) -> int:
    return found


@app.get("/fine")
def fine() -> int:
    return 1
"""


def check(*arguments: str) -> Result:
    return CliRunner().invoke(program.app, ["check", *arguments])


@pytest.mark.parametrize(
    ("options", "status", "last"),
    [
        ([], 0, "Ready, with 1 warning"),
        (["--strict"], 1, "Not ready: 1 warning"),
        (["--format", "github"], 0, "Ready, with 1 warning"),
        (["--format", "github", "--strict"], 1, "Not ready: 1 warning"),
        (["--format", "json", "--strict"], 1, "}"),
        (["--format", "xml"], 2, ""),
    ],
)
def test_warnings_count_if_that_is_asked_for(
    write: Any, options: list[str], status: int, last: str
) -> None:
    write("main.py", WARNED)
    result = check("main.py", *options)
    assert result.exit_code == status
    assert result.stdout.rpartition("\n")[0].rpartition("\n")[2] == last


def test_json_has_errors_that_are_raised_and_mistakes_that_are_found(write: Any) -> None:
    write("main.py", WRONG)
    result = check("main.py", "--format", "json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["ready"]) == (1, False)
    assert document["errors"] == len(document["findings"])
    found = {item["rule"]: item for item in document["findings"]}
    assert found.keys() >= {"undefined-name", "wrong-declaration", "duplicate-route"}
    name = found["undefined-name"]
    assert (name["route"], name["file"], name["line"]) == ("GET /items/{item_id}", "main.py", 12)
    assert "'Missing'" in name["message"]
    assert name["chain"] == ["read_again"]
    assert document["routes"]["total"] == 2


def test_what_an_application_prints_is_not_among_the_findings(write: Any) -> None:
    write("main.py", WARNED)
    result = check("main.py", "--format", "json")
    assert json.loads(result.stdout)["warnings"] == 1
    assert result.stderr == "imported\n"
    assert check("main.py").stdout.startswith("warning: ")


@pytest.mark.parametrize(
    ("source", "rule", "line"),
    [
        (APPLICATION + "1 / 0\n", "failing-import", 9),
        ("import nothing_there\n", "failing-import", 1),
    ],
)
def test_a_failing_import_is_a_finding_with_its_line(
    write: Any, source: str, rule: str, line: int
) -> None:
    write("main.py", source)
    (found,) = json.loads(check("main.py", "--format", "json").stdout)["findings"]
    assert (found["rule"], found["file"], found["line"]) == (rule, "main.py", line)


def test_annotations_have_paths_of_the_repository_and_no_special_characters(
    write: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.parent))
    write("main.py", WRONG)
    first, *_ = check("main.py", "--format", "github", "--all-compiled").stdout.splitlines()
    assert first.startswith(f"::error file={project.name}/main.py,line=")
    assert "%0AInstead: " in first


def test_a_cycle_of_dependencies_is_named(write: Any) -> None:
    write("main.py", CYCLE)
    result = check("main.py")
    assert result.exit_code == 1
    assert "Dependencies depend on each other in a cycle: shelf → book → shelf\n" in result.stdout
    assert "  reached by: read_books → shelf → book → shelf\n" in result.stdout
    assert "  defined at: main.py:10\n" in result.stdout
    assert result.stdout.endswith(
        "1 of 1 route compiled, 1 direct; 4 others are Starlette's\nNot ready: 1 error\n"
    )


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (APPLICATION, ["Check: no mistakes found"]),
        (
            WARNED,
            [
                "Check: 1 warning (rapide check main:app shows what to write instead)",
                "  main.py:14: warning: the query parameter q has the default 2 in with_q(), "
                "but has the default 1 in later() (main.py:17) (differing-parameter)",
            ],
        ),
    ],
)
def test_dev_logs_a_summary(
    write: Any, caplog: pytest.LogCaptureFixture, source: str, told: list[str]
) -> None:
    write("main.py", source)
    with caplog.at_level(logging.INFO, "uvicorn.error"):
        check_in_thread(find_application("main.py"))
        for thread in threading.enumerate():
            if thread.name == "rapide check":
                thread.join()
    assert [record.getMessage() for record in caplog.records] == told


def test_a_check_that_fails_does_not_disturb_dev(
    write: Any, caplog: pytest.LogCaptureFixture
) -> None:
    write("main.py", APPLICATION + "\n\nclass Odd:\n    routes = property(lambda self: 1 / 0)\n")
    target = find_application("main.py")
    target.app.mount("/odd", vars(__import__("main"))["Odd"]())  # type: ignore[attr-defined]
    check_in_thread(target)
    for thread in threading.enumerate():
        if thread.name == "rapide check":
            thread.join()
    (record,) = caplog.records
    assert record.getMessage() == "The check itself failed; requests are served as before"
