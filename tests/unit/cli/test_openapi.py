"""`rapide openapi` exports a document and compares two."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from rapide.cli import program

from .conftest import APPLICATION

NARROWED = APPLICATION.replace("item_id: int", "item_id: bool")


def run(*arguments: str) -> Any:
    return CliRunner().invoke(program.app, ["openapi", *arguments])


def test_the_document_is_that_of_the_application(write: Any, project: Path) -> None:
    write("main.py")
    printed = run("main.py")
    assert printed.exit_code == 0
    assert printed.stdout.endswith("}\n")
    document = json.loads(printed.stdout)
    assert [*document["paths"]] == ["/items/{item_id}"]
    assert run("export", "main.py", "--output", "out.yaml").exit_code == 0
    assert yaml.safe_load((project / "out.yaml").read_text()) == document
    assert run("--format", "yaml").stdout == (project / "out.yaml").read_text()
    (project / "out.json").write_text(printed.stdout)
    assert run("diff", "out.json", "out.yaml").stdout == "No changes.\n"


def test_a_revision_is_compared_without_touching_the_working_tree(
    write: Any, project: Path
) -> None:
    write("main.py")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "First"]):
        subprocess.run([*git, *command], check=True, cwd=project)
    write("main.py", NARROWED)
    before = {path: path.stat().st_mtime_ns for path in project.rglob("*")}
    result = run("diff", "git:HEAD", "main.py", "--format", "json")
    assert result.exit_code == 1
    (change,) = json.loads(result.stdout)["changes"]
    assert (change["rule"], change["verdict"]) == ("type-changed", "breaking")
    assert {path: path.stat().st_mtime_ns for path in project.rglob("*")} == before
    assert run("diff", "git:HEAD:main.py", "git:HEAD:main.py").exit_code == 0
    unknown = run("diff", "git:nowhere", "main.py")
    assert (unknown.exit_code, unknown.stderr) == (2, "Error: git knows no revision 'nowhere'\n")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((), 1),
        (("--fail-on", "never"), 0),
        (("--allow", "type-changed GET /items/*"), 0),
        (("--allow", "type-changed GET /other"), 1),
        (("--allow", "type-chnged *"), 2),
    ],
)
def test_the_exit_status_says_whether_a_change_breaks(
    write: Any, arguments: tuple[str, ...], status: int
) -> None:
    parameter = '{"name": "q", "in": "query", "schema": {"type": "%s"}}'
    paths = '{"/items/{id}": {"get": {"parameters": [' + parameter + "]}}}"
    body = '{"openapi": "3.1.0", "paths": ' + paths + "}"
    write("old.json", body % "string")
    write("new.json", body % "integer")
    assert run("diff", "old.json", "new.json", *arguments).exit_code == status


@pytest.mark.parametrize("value", ["{1}", "float('nan')", "'\\ud800'"])
def test_a_document_that_is_not_json_is_one_line(write: Any, value: str) -> None:
    write("main.py", f"{APPLICATION}\napp.openapi = lambda: {{'openapi': {value}}}\n")
    for arguments in (["main.py"], ["main.py", "--format", "yaml"], ["diff", "main.py", "main.py"]):
        result = run(*arguments)
        assert result.exit_code == 2
        said = "Error: main:app.openapi() returns a document that is not JSON: "
        assert said in result.stderr
        assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "old.json is not JSON"),
        ('{"swagger": "2.0"}', "old.json is not a document of OpenAPI 3"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(write: Any, text: str, said: str) -> None:
    write("old.json", text)
    result = run("diff", "old.json", "old.json")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {said}")
    assert result.stderr.count("\n") == 1


def test_applications_may_be_those_of_an_entry_point_and_of_fastapi(
    write: Any, project: Path
) -> None:
    write("shop/serving.py", APPLICATION.replace("rapide", "fastapi").replace("app", "service"))
    write("shop/__init__.py", "")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "First"]):
        subprocess.run([*git, *command], check=True, cwd=project)
    revisions = "git:HEAD", "git:HEAD"
    result = run("diff", *revisions, "-e", "shop.serving:service")
    assert (result.exit_code, result.stdout) == (0, "No changes.\n")
    useless = run("diff", "main.py", "git:HEAD:shop", "-e", "shop.serving:service")
    assert useless.exit_code == 2
    assert "--entrypoint is for a side that is only a revision" in useless.stderr
    say = "import sys\nfrom fastapi import FastAPI\napp = FastAPI(title=FastAPI.__module__)\n"
    write("main.py", say + "app.get('/' + app.title)(lambda: 1)\n")
    write("openapi.json", '{"openapi": "3.1.0", "paths": {}}')
    for options, module in (((), "fastapi"), (("--as-fastapi",), "rapide")):
        command = [sys.executable, "-m", "rapide", "openapi", "diff", "openapi.json", "main.py"]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        assert f"GET /{module}.applications" in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("broken.py", "import nowhere", "nowhere"),
        ("broken.py", "def", "syntax"),
        ("empty.py", "", "app"),
        ("gone.py", None, "gone.py"),
        ("a.json", "[]", "`openapi` is missing"),
        ("a.json", "[" * 100_000, "nested too deeply"),
        ("a.yaml", "a: [", "is not YAML"),
        ("b.yaml", "\ud800", "cannot be read"),
        ("B.YAML", "openapi: 2", "is not a document of OpenAPI 3"),
        ("https://example.com/openapi.json", None, "an address of the network"),
    ],
)
def test_a_side_that_is_nothing_is_one_line_and_status_2(
    write: Any, project: Path, name: str, text: str | None, said: str
) -> None:
    if text is not None:
        (project / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    write("new.json", '{"openapi": "3.1.0", "paths": {}}')
    result = run("diff", name, "new.json")
    assert result.exit_code == 2
    assert said.lower() in result.stderr.lower()
    assert result.stderr.count("\n") == 1
