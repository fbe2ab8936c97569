"""`rapide routes`: the table, the filters, and JSON for tools."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rapide.cli import program

SHOP = """\
from typing import Annotated

from pydantic import BaseModel
from rapide import APIRouter, Depends, FastAPI, Header, Path, WebSocket
from rapide.security import HTTPBearer

print("loaded")
app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, threads={"default": 40, "slow": 2})
inner = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
books = APIRouter(prefix="/books", tags=["books"])


class Book(BaseModel):
    title: str


def find(x_shelf: Annotated[str, Header()] = "a") -> str:
    return open(x_shelf).read()


@books.post("/{book_id}", operation_id="put")
async def put_book(
    book_id: Annotated[int, Path(ge=1)],
    book: Book,
    found: Annotated[str, Depends(find)],
    token: Annotated[object, Depends(HTTPBearer())],
) -> list[Book]:
    "Put a book."
    return [book]


@books.get("/{book_id}", threads="slow")
def read_book(book_id: int) -> str:
    return open(str(book_id)).read()


@inner.get("/deep")
async def deep() -> None: ...


@app.websocket("/live")
async def live(websocket: WebSocket) -> None: ...


app.include_router(books)
app.mount("/inner", inner)
"""


@pytest.fixture
def shop(write: Any) -> None:
    write("shop.py", SHOP)


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(program.app, ["routes", "shop.py", *arguments])


@pytest.mark.usefixtures("shop")
def test_routes_are_listed_in_the_order_in_which_they_are_tried() -> None:
    result = invoke()
    assert result.exit_code == 0, result.output
    heading, *rows = [line.split("  ") for line in result.stdout.splitlines()]
    assert [cell.strip() for cell in heading if cell][:2] == ["METHOD", "PATH"]
    assert [[cell.strip() for cell in row if cell] for row in rows] == [
        ["WS", "/live", "shop.live", "websocket", "event loop"],
        [
            *("POST", "/books/{book_id}", "shop.put_book", "compiled, direct"),
            *("event loop and threads", "books"),
        ],
        [
            "GET",
            "/books/{book_id}",
            "shop.read_book",
            "compiled, direct",
            "threads (slow)",
            "books",
        ],
        ["MOUNT", "/inner", "rapide.applications.FastAPI", "mount"],
        ["GET", "/inner/deep", "shop.deep", "compiled, by ASGI", "event loop"],
    ]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        (["--path", "/books"], {"put_book", "read_book"}),
        (["--path", "*deep", "--path", "/live"], {"deep", "live"}),
        (["-m", "get"], {"read_book", "deep"}),
        (["-m", "WS"], {"live"}),
        (["--tag", "books", "--method", "POST"], {"put_book"}),
        (["--text", "PUT A"], {"put_book"}),
        (["--generic"], {"live", "FastAPI"}),
        (["--compiled"], {"put_book", "read_book", "deep"}),
        (["--text", "absent"], set()),
    ],
)
def test_a_route_is_shown_if_it_passes_all_filters(filters: list[str], shown: set[str]) -> None:
    result = invoke(*filters, "--json")
    routes = json.loads(result.stdout)["routes"]
    assert {route["function"].rpartition(".")[2] for route in routes} == shown
    assert result.exit_code == (0 if shown else 1)


@pytest.mark.usefixtures("shop")
def test_tools_are_told_where_everything_is_declared() -> None:
    (route,) = json.loads(invoke("--json", "-m", "POST").stdout)["routes"]
    line = SHOP.splitlines().index('@books.post("/{book_id}", operation_id="put")') + 1
    assert (route["file"], route["line"], route["operation_id"]) == ("shop.py", line, "put")
    assert route["security"] == ["HTTPBearer"]
    assert [item["function"] for item in route["dependencies"]] == ["shop.find"]
    parameters = {item["name"]: item for item in route["parameters"]}
    assert {name: item["in"] for name, item in parameters.items()} == {
        "book_id": "path",
        "book": "body",
        "x-shelf": "header",
    }
    assert parameters["book_id"]["constraints"] == {"ge": 1}
    assert parameters["x-shelf"]["default"] == "'a'"
    model = {"name": "shop.Book", "file": "shop.py", "line": 13}
    assert parameters["book"]["model"] == route["response_model"] == model


def test_an_application_without_routes_is_one_line(write: Any) -> None:
    write("shop.py", "async def app(scope, receive, send): ...\n")
    result = invoke("--app", "app")
    assert result.exit_code == 2
    assert result.stderr == "Error: an application of type function has no routes to list\n"


def test_an_empty_application_has_no_routes(write: Any) -> None:
    write("shop.py", "from rapide import FastAPI\napp = FastAPI(openapi_url=None)\n")
    result = invoke()
    assert (result.exit_code, result.stdout) == (1, "The application has no routes.\n")
    filtered = invoke("--method", "GET")
    assert (filtered.exit_code, filtered.stdout) == (1, "No route passes the filters.\n")


def test_a_value_of_any_type_has_no_model(write: Any) -> None:
    write(
        "shop.py",
        "from typing import Any\nfrom rapide import FastAPI\napp = FastAPI(openapi_url=None)\n"
        "@app.get('/')\ndef read(value: Any = None) -> None: ...\n",
    )
    (route,) = json.loads(invoke("--json").stdout)["routes"]
    assert route["parameters"][0]["model"] is None


KEPT = """\
from rapide import FastAPI
from rapide.distributed.cache import Cache
from rapide.distributed.idempotency import Idempotency

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


@app.get("/books/{slug}", cache=Cache(60, tags="book:{slug}"))
async def read_book(slug: str) -> str:
    return slug


@app.post("/orders", idempotency=Idempotency(store="redis://user:secret@localhost/0"))
async def order() -> None: ...
"""


def test_kept_answers_are_shown(write: Any) -> None:
    write("shop.py", KEPT)
    lines = invoke().stdout.splitlines()
    assert "compiled, by ASGI, cache  " in lines[1]
    assert "compiled, by ASGI, idempotency  " in lines[2]
    records = json.loads(invoke("--json").stdout)["routes"]
    assert records[0]["cache"] == "seconds=60, tags=('book:{slug}',)"
    assert "cache" not in records[1]
    explained = CliRunner().invoke(program.app, ["explain", "shop.py", "GET /books/{slug}"]).stdout
    assert "cache: seconds=60, tags=('book:{slug}',) (<Answers in memory>)" in explained
    assert "RecallAnswer cache seconds=60" in explained
    explained = CliRunner().invoke(program.app, ["explain", "shop.py", "POST /orders"]).stdout
    assert "idempotency: (<Answers in Redis>)" in explained
    assert "secret" not in explained
