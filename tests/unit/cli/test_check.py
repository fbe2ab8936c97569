"""`rapide check`: what would fail at the start, and how many routes are compiled."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rapide.cli import program
from rapide.routing import APIRouter
from tests.unit.cli.conftest import APPLICATION

ROOT = Path(__file__).parents[3]

WRONG = """\
from typing import Annotated

from rapide import APIRouter, Depends, FastAPI, Path, Query, WebSocket

app = FastAPI()
router = APIRouter()


def paging(page: Annotated[int, Query(1)]) -> int:
    return page


@router.get("/books/{slug}")
def read_book(slug: Annotated[str, Path()] = "hamlet") -> str:
    return slug


@app.get("/pages")
def pages(page: Annotated[int, Depends(paging)]) -> int:
    return page


@app.websocket("/live")
async def live(websocket: WebSocket, page: Annotated[int, Query(1)]) -> None: ...


@app.get("/fine")
def fine() -> int:
    return 1


app.include_router(router)
"""

GENERIC = """\
from rapide import FastAPI
from rapide.routing import APIRoute


class Audited(APIRoute):
    def get_route_handler(self):
        return super().get_route_handler()


app = FastAPI(openapi_url=None)
app.router.route_class = Audited


@app.get("/log")
def read_log() -> None: ...


@app.get("/log/{line}")
def read_line(line: int) -> None: ...
"""


def check(*arguments: str) -> Result:
    return CliRunner().invoke(program.app, ["check", *arguments])


def test_an_application_without_errors_is_ready(write: Any) -> None:
    write("main.py")
    result = check("main:app")
    assert result.exit_code == 0, result.output
    assert result.output == "1 of 1 route compiled, 1 direct; 4 others are Starlette's\nReady\n"


def test_every_wrong_declaration_is_told_with_its_place_in_one_run(write: Any) -> None:
    write("main.py", WRONG)
    result = check("main.py")
    assert result.exit_code == 1
    errors = [block.splitlines() for block in result.output.split("\n\n")[:-1]]
    assert [lines[0].partition(":")[0] for lines in errors] == [
        "PathParameterDefaultError",
        "DefaultInAnnotatedError",
        "DefaultInAnnotatedError",
    ]
    for lines, route, parameter, line, chain in zip(
        errors,
        ["GET /books/{slug}", "GET /pages", "WS /live"],
        ["slug", "page", "page"],
        [13, 9, 23],
        ["read_book", "pages → paging", "live"],
        strict=True,
    ):
        assert f"  route: {route}" in lines
        assert f"  parameter: {parameter}" in lines
        assert f"  defined at: main.py:{line}" in lines
        assert f"  reached by: {chain}" in lines
    assert result.output.endswith("\nNot ready: 3 errors\n")


def test_routers_are_as_they_were_afterwards(write: Any) -> None:
    before = APIRouter.add_api_route, APIRouter.add_api_websocket_route
    write("main.py", WRONG)
    check("main.py")
    assert (APIRouter.add_api_route, APIRouter.add_api_websocket_route) == before


def test_what_an_inclusion_declares_is_told_once_with_the_first_route(write: Any) -> None:
    included = WRONG.partition("@router")[0] + (
        "@router.get('/a')\ndef a(): ...\n\n\n@router.get('/b')\ndef b(): ...\n\n\n"
        "app.include_router(router, prefix='/v1', dependencies=[Depends(paging)])\n"
    )
    write("main.py", included)
    result = check("main.py")
    assert result.exit_code == 1
    assert result.output.count("  parameter: page\n") == 1
    assert "  route: GET /v1/a\n" in result.output


def test_what_fails_while_importing_is_an_error_with_the_users_line(write: Any) -> None:
    write("main.py", APPLICATION + "\n1 / 0\n")
    result = check("main.py")
    assert result.exit_code == 1
    assert result.output == (
        "importing main failed at main.py:10: ZeroDivisionError: division by zero\n"
        "    1 / 0\n\nNot ready: 1 error\n"
    )


def test_an_application_that_is_not_there_is_status_2(project: Path) -> None:
    result = check("missing.py")
    assert (result.exit_code, result.stderr) == (2, "Error: Path does not exist missing.py\n")


def test_a_document_that_cannot_be_made_is_an_error(write: Any) -> None:
    write("main.py", APPLICATION + "\n\ndef broken():\n    raise KeyError('x')\n\n\n")
    with Path("main.py").open("a") as file:
        file.write("app.openapi = broken\n")
    result = check("main.py")
    assert result.exit_code == 1
    assert "GET /openapi.json would fail: KeyError: 'x'\n" in result.output


def test_routes_on_the_generic_path_are_told_by_reason_and_are_no_error(write: Any) -> None:
    write("main.py", GENERIC)
    result = check("main.py")
    assert result.exit_code == 0, result.output
    head, reason, *routes, _, advice, last = result.output.splitlines()
    assert head == "0 of 2 routes compiled, 0 direct"
    assert reason.startswith("  generic: Audited overrides get_route_handler")
    assert routes == ["    GET /log", "    GET /log/{line}"]
    assert advice == (
        "Not compiled, as Audited overrides get_route_handler: "
        "do the same in a dependency or a middleware, if they can."
    )
    assert last == "Ready"


def test_they_are_one_where_it_is_asked_for(write: Any) -> None:
    write("main.py", GENERIC)
    result = check("main.py", "--all-compiled")
    assert result.exit_code == 1
    assert result.output.endswith("\nNot ready: 2 routes not compiled\n")
    write("good.py")
    assert check("good.py", "--all-compiled").exit_code == 0


def test_mounted_applications_are_looked_into(write: Any) -> None:
    write("inner.py", GENERIC)
    write("main.py", "import inner\n" + APPLICATION + "\n\napp.mount('/audit', inner.app)\n")
    output = check("main.py").output
    assert output.startswith("1 of 3 routes compiled, 1 direct; ")
    assert "    GET /audit/log\n" in output


def test_an_application_that_is_mounted_in_itself_is_looked_into_once(write: Any) -> None:
    write("main.py", APPLICATION + "\n\napp.mount('/again', app)\n")
    assert check("main.py").output.startswith("1 of 1 route compiled, 1 direct; ")


def test_the_notes_of_an_error_are_told_after_it(write: Any) -> None:
    write("main.py", APPLICATION + "\n\nclass Odd: ...\n\nodd = Odd()\n")
    with Path("main.py").open("a") as file:
        file.write("error = ValueError('wrong')\nerror.add_note('a note')\nraise error\n")
    output = check("main.py").output
    assert ": ValueError: wrong\n    raise error\n    a note\n" in output


def test_any_asgi_application_is_ready_when_it_is_loaded(write: Any) -> None:
    write("main.py", "async def app(scope, receive, send): ...\n")
    result = check("main:app")
    assert (result.exit_code, result.output) == (0, "0 of 0 routes compiled, 0 direct\nReady\n")


def test_verbose_adds_the_traceback(write: Any) -> None:
    write("main.py", WRONG)
    assert "Traceback (most recent call last)" in check("-v", "main.py").stderr
    assert "Traceback" not in check("main.py").stderr


@pytest.mark.parametrize("option", [["--as-fastapi"], []], ids=["stand-in", "FastAPI itself"])
def test_applications_of_fastapi_need_the_stand_in(write: Any, option: list[str]) -> None:
    write("main.py", APPLICATION.replace("rapide", "fastapi"))
    finished = subprocess.run(
        [sys.executable, "-m", "rapide", "check", "main:app", "--all-compiled", *option],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    if option:
        assert (finished.returncode, finished.stderr) == (0, "")
        assert finished.stdout.startswith("1 of 1 route compiled, 1 direct; ")
    else:
        assert finished.returncode == 1
        assert "not compiled: a route of FastAPI itself (see --as-fastapi)" in finished.stdout


def test_routes_that_go_by_asgi_are_told_by_reason_and_are_no_error(write: Any) -> None:
    write(
        "main.py",
        APPLICATION
        + """
@app.post("/items", max_body_size=10)
def add_item() -> None: ...
""",
    )
    result = check("main.py")
    assert result.exit_code == 0
    assert result.output == (
        "2 of 2 routes compiled, 1 direct; 4 others are Starlette's\n"
        "  by ASGI: the route limits the size of request bodies (max_body_size)\n"
        "    POST /items\n"
        "\nBy ASGI, as the route limits the size of request bodies (max_body_size): "
        "let a proxy limit them, or keep the limit: it is worth more than the time.\n"
        "Ready\n"
    )


def test_a_reason_of_all_routes_is_told_once(write: Any) -> None:
    write("main.py", APPLICATION + "\n\napp.get('/b')(lambda: 1)\napp.root_path = '/api'\n")
    output = check("main.py").output
    assert "2 of 2 routes compiled, 0 direct" in output
    assert "  by ASGI: the application has a root path\n    all routes\n" in output
