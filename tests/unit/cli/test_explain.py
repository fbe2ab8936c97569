"""`rapide explain`: the list of routes, and one route's plan and source."""

from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from rapide.cli import explain, program
from rapide.cli.discover import find_application
from rapide.cli.serve import banner
from rapide.server.options import Options

SHOP = """\
from rapide import APIRouter, FastAPI, WebSocket
from rapide.routing import APIRoute


class Audited(APIRoute):
    def get_route_handler(self):
        return super().get_route_handler()


app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
audited = APIRouter(prefix="/audit", route_class=Audited)


@app.get("/items/{item_id}")
def read_item(item_id: int) -> dict[str, int]:
    return {"item_id": item_id}


@app.put("/items/{item_id}")
def replace_item(item_id: int) -> None: ...


@audited.get("/log")
def read_log() -> None: ...


@app.websocket("/live")
async def live(websocket: WebSocket) -> None: ...


app.include_router(audited)
"""


@pytest.fixture
def shop(write: Any) -> None:
    write("shop.py", SHOP)


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(program.app, ["explain", *arguments])


@pytest.mark.usefixtures("shop")
def test_without_a_route_every_route_is_listed_with_its_verdict() -> None:
    result = invoke("shop.py")
    assert result.exit_code == 0, result.output
    listed, _, advice = result.output.partition("\n\n")
    rows = [line.split(maxsplit=3) for line in listed.splitlines()]
    assert rows[:2] == [
        ["GET", "/items/{item_id}", "shop.read_item", "compiled, direct"],
        ["PUT", "/items/{item_id}", "shop.replace_item", "compiled, direct"],
    ]
    verdicts = {row[1]: row[3] for row in rows}
    assert verdicts["/audit/log"].startswith("generic, by ASGI: ")
    assert "get_route_handler" in verdicts["/audit/log"]
    assert verdicts["/live"] == "not compiled, by ASGI: a WebSocket"
    assert advice.startswith("Not compiled, as Audited overrides get_route_handler: do the same ")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("wanted", ["GET /items/{item_id}", "get /items/{item_id}", "GET /items/7"])
def test_a_route_is_shown_with_its_plan_and_source(wanted: str) -> None:
    result = invoke("shop:app", wanted)
    assert result.exit_code == 0, result.output
    head, plan, source = result.output.partition("\nPlan\n")[0], *sections(result.output)
    assert head == "GET /items/{item_id} -> shop.read_item\ncompiled, direct\n"
    assert "item_id" in plan
    compile(source, "<source>", "exec")
    assert "async def" in source


@pytest.mark.usefixtures("shop")
def test_a_path_without_method_shows_every_route_of_that_path() -> None:
    output = invoke("shop.py", "/items/{item_id}").output
    assert output.count("-> shop.read_item\n") == 1
    assert output.count("-> shop.replace_item\n") == 1


@pytest.mark.usefixtures("shop")
def test_a_route_on_the_generic_path_says_why_and_what_to_do() -> None:
    output = invoke("shop.py", "GET /audit/log").output
    assert output.startswith("GET /audit/log -> shop.read_log\ngeneric, by ASGI: ")
    assert output.endswith(": do the same in a dependency or a middleware, if they can.\n")


OTHERS = """\
from rapide import FastAPI
from starlette.applications import Starlette
from starlette.routing import Host, Route
from shop import app as shop


async def old(request): ...


app = FastAPI(redoc_url=None, docs_url=None, routes=[Route("/old", old)])
app.mount("/shop", shop)
app.mount("/again", app)


@app.get("/with space")
def read() -> None: ...


app.router.routes.append(Host("shop.example", app=Starlette()))
"""


@pytest.mark.usefixtures("shop")
def test_every_other_kind_of_route_says_what_it_is(write: Any) -> None:
    write("main.py", OTHERS)
    listed, _, advice = invoke("main.py").output.partition("\n\n")
    verdicts = {line[10:].split("  ")[0].strip(): line for line in listed.splitlines()}
    mounted = "the route is one of an application that is mounted in another"
    for path, told in {
        "/openapi.json": "not compiled, by ASGI: a page of the documentation",
        "/old": "not compiled, by ASGI: Route is not an API route",
        "/shop": "not compiled, by ASGI: another application",
        "/again": "not compiled, by ASGI: another application",
        "shop.example": "not compiled, by ASGI: another application",
        "/shop/items/{item_id}": f"compiled, by ASGI: {mounted}",
        "/shop/live": "not compiled, by ASGI: a WebSocket",
        "/with space": "compiled, direct",
    }.items():
        assert verdicts[path].endswith(told)
    assert "Not compiled, as Route is not an API route: declare it with app.get() " in advice
    assert f"By ASGI, as {mounted}: include a router instead of " in advice
    assert "page" not in advice


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("PUT /shop/items/{item_id}", "PUT /shop/items/{item_id} -> shop.replace_item"),
        ("PUT /shop/items/7", "PUT /shop/items/{item_id} -> shop.replace_item"),
        ("GET /with space", "GET /with space -> main.read"),
    ],
)
def test_routes_of_mounted_applications_and_odd_paths_are_shown(
    write: Any, wanted: str, shown: str
) -> None:
    write("main.py", OTHERS)
    result = invoke("main.py", wanted)
    assert result.output.startswith(f"{shown}\ncompiled, "), result.output


def test_a_route_alone_is_looked_up_in_the_default_application(write: Any) -> None:
    write("main.py", SHOP)
    assert invoke("PUT /items/{item_id}").output.startswith(
        "PUT /items/{item_id} -> main.replace_item\n"
    )


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "words",
    [["GET", "/items/{item_id}"], ["shop.py", "get", "/items/7"], ["shop.py", "GET  /items/7"]],
)
def test_a_route_may_be_written_without_quotes(words: list[str], write: Any) -> None:
    write("main.py", SHOP)
    result = invoke(*words)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("GET /items/{item_id} -> ")


TWICE = "Duplicated param name id at path /x/{id}/audit/{id}"


def test_an_inclusion_that_cannot_be_served_is_told(write: Any) -> None:
    text = SHOP.replace('"/log"', '"/{id}"').replace(", route_class=Audited", "")
    write("main.py", text.replace("(audited)", "(audited, prefix='/x/{id}')"))
    listed = invoke("main.py")
    assert listed.exit_code == 2, listed.output
    assert f"the routes cannot be read: ValueError: {TWICE}\n" in listed.output
    assert invoke("main.py", "GET /none").exit_code == 2
    checked = CliRunner().invoke(program.app, ["check", "main.py"])
    assert checked.exit_code == 1
    assert f"ValueError: {TWICE}\n" in checked.output


def test_routes_that_cannot_be_read_are_one_line(write: Any) -> None:
    text = SHOP.replace('"/log"', '"/{id}"')
    write("main.py", text.replace("(audited)", "(audited, prefix='/x/{id}')"))
    listed = invoke("main.py")
    assert listed.exit_code == 2
    assert listed.stderr == f"Error: the routes cannot be read: ValueError: {TWICE}\n"
    checked = CliRunner().invoke(program.app, ["check", "main.py"])
    assert checked.exit_code == 1
    assert f"ValueError: {TWICE}\n" in checked.output
    options = Options(host="", port=0)
    assert TWICE in banner(find_application("main.py"), options)["Compiled"]


@pytest.mark.usefixtures("shop")
def test_an_unknown_route_is_said_with_close_ones() -> None:
    result = invoke("shop.py", "GET /item/{item_id}/x")
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: no route answers GET /item/{item_id}/x; "
        "did you mean GET /items/{item_id} or PUT /items/{item_id}?\n"
    )


@pytest.mark.usefixtures("shop")
def test_a_route_that_is_none_is_refused() -> None:
    result = invoke("shop.py", "items")
    assert result.exit_code == 2
    assert result.stderr == "Error: 'items' is not a route: write \"GET /items/{item_id}\"\n"


def test_an_application_without_routes_is_refused(write: Any) -> None:
    write("main.py", "async def app(scope, receive, send): ...\n")
    result = invoke("main:app")
    assert result.exit_code == 2
    assert result.stderr == "Error: an application of type function has no routes to explain\n"


def test_the_source_is_coloured_on_a_terminal_alone(capsys: pytest.CaptureFixture[str]) -> None:
    source = "async def handler():\n    return None\n"
    for terminal in (True, False):
        console = Console(force_terminal=terminal, color_system="standard")
        explain._print_code(console, source, is_python=True)
    coloured, _, plain = capsys.readouterr().out.partition("None\x1b[0m\n")
    assert "\x1b[" in coloured
    assert plain == source


def sections(output: str) -> tuple[str, str]:
    """Return what stands under the headings Plan and Source."""
    plan, _, source = output.partition("\nPlan\n")[2].partition("\nSource\n")
    return plan, source
