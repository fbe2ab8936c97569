"""What Starlette brings, under FastAPI's names: requests, templates, static files, compression."""

import subprocess
import sys
import typing
from pathlib import Path

from ..client import GET, WS, Req
from ..harness import ORACLE, SUBJECT, parity, same_value

HERE = Path(__file__).parent


class Settings(typing.TypedDict):
    colour: str


@parity("/state /typed /refused", WS("/ws"))
def test_state_is_also_read_like_a_dict(fw):
    """Starlette 1.10: `State` is indexed like a dictionary, and `Request` is generic."""
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def lifespan(app):
        yield {"colour": "red"}

    app = fw.FastAPI(lifespan=lifespan)

    def paint(request: fw.Request):
        request.state.paint = "thick"
        request.state["layers"] = 2

    @app.get("/state", dependencies=[fw.Depends(paint)])
    def state(request: fw.Request):
        state = request.state
        del state["layers"]
        return [state["colour"], state.colour, state["paint"], "layers" in state, len(state)]

    async def typed(request: fw.Request[Settings]):
        return fw.responses.JSONResponse(request.state["colour"])

    async def socket(websocket: fw.WebSocket[Settings]):
        await websocket.accept()
        await websocket.send_json(websocket.state["colour"])
        await websocket.close()

    app.add_route("/typed", typed)
    app.router.add_websocket_route("/ws", socket)
    refused = []
    for add, endpoint in ((app.get, typed), (app.websocket, socket)):
        try:
            add("/never")(endpoint)
        except fw.exceptions.FastAPIError:
            refused.append("the generic one as a parameter")
    app.get("/refused", name="refused")(lambda: refused)
    return app


@parity(
    GET("/", scope={"extensions": {"http.response.early_hint": {}}}),
    GET("/"),
    openapi=False,
)
def test_early_hints_are_sent_where_the_server_knows_them(fw):
    """Starlette 1.10 has `request.send_early_hints()`."""
    app = fw.FastAPI()

    @app.get("/")
    async def read(request: fw.Request) -> str:
        await request.send_early_hints("</a.css>; rel=preload")
        return "hints"

    return app


@parity(
    GET("/", headers=[("cookie", "a=1"), ("cookie", "b=2; a=3")]),
    GET("/model", headers=[("cookie", "a=1"), ("cookie", "b=2")]),
    GET("/request", headers=[("cookie", "a=1"), ("cookie", "b=2")]),
)
def test_several_cookie_headers_are_one(fw):
    """Starlette 1.10 merges them."""
    from pydantic import BaseModel

    class Cookies(BaseModel):
        a: int
        b: int

    app = fw.FastAPI()

    @app.get("/")
    def read(a: typing.Annotated[int, fw.Cookie()], b: typing.Annotated[int, fw.Cookie()]):
        return [a, b]

    @app.get("/model")
    def model(cookies: typing.Annotated[Cookies, fw.Cookie()]):
        return cookies

    @app.get("/request")
    def request(request: fw.Request):
        return request.cookies

    return app


@parity("/page/3 /directory", openapi=False)
def test_templates_are_rendered_for_a_request(fw):
    """Starlette 1.10 takes the request as the first argument only."""
    import jinja2

    Jinja2Templates = fw.templating.Jinja2Templates
    pages = {"page.html": "{{ number }} {{ who }} {{ url_for('page', number=4) }} {{ markup }}"}
    env = jinja2.Environment(loader=jinja2.DictLoader(pages), autoescape=True)
    templates = Jinja2Templates(env=env, context_processors=[lambda request: {"who": "processor"}])
    app = fw.FastAPI()

    @app.get("/page/{number}", response_class=fw.responses.HTMLResponse)
    def page(request: fw.Request, number: int):
        context = {"number": number, "markup": "<b>"}
        return templates.TemplateResponse(
            request, "page.html", context, status_code=201, headers={"x-page": str(number)}
        )

    @app.get("/directory")
    def directory(request: fw.Request):
        found = Jinja2Templates(directory=HERE)
        attempts = [
            lambda: found.get_template("no-such-page.html"),
            lambda: templates.TemplateResponse("page.html", {"request": request}),
            lambda: Jinja2Templates(),
            lambda: Jinja2Templates(directory=HERE, env=env),
        ]
        return [kind_of_error(attempt) for attempt in attempts]

    return app


def kind_of_error(attempt):
    try:
        attempt()
    except Exception as error:
        return type(error).__name__
    return None


def tag(path):
    """The entity tag that Starlette gives a file."""
    import hashlib

    stat = path.stat()
    base = f"{stat.st_mtime}-{stat.st_size}"
    return f'"{hashlib.md5(base.encode(), usedforsecurity=False).hexdigest()}"'


FILE = HERE / "__init__.py"


@parity(
    GET("/static/__init__.py"),
    GET("/static/__init__.py", headers={"if-none-match": tag(FILE)}),
    GET("/static/__init__.py", headers={"if-none-match": '"other"'}),
    GET("/static/__init__.py", headers={"range": "bytes=0-3"}),
    GET("/file", headers={"range": "bytes=-4"}),
    GET(
        "/file", headers={"range": "bytes=0-1,3-4"}, body=False, ignored_headers=(b"content-type",)
    ),
    GET("/file", headers={"range": "bytes=9999-"}),
    GET("/file", headers={"range": "bytes=0-3", "if-range": '"other"'}),
    Req("HEAD", "/static/__init__.py"),
    "/static/missing /static POST /static/__init__.py",
)
def test_static_files_have_an_etag_and_files_have_ranges(fw):
    """Starlette 1.10 answers 304 and parts of files."""
    app = fw.FastAPI()
    app.mount("/static", fw.staticfiles.StaticFiles(directory=HERE), name="static")

    @app.get("/file", response_class=fw.responses.FileResponse)
    def file():
        return FILE

    return app


@parity(
    *(
        GET(path, headers={"accept-encoding": "gzip"}, body=False)
        for path in ("/long", "/short", "/events", "/lines", "/plain")
    ),
    openapi=False,
)
def test_compression_has_a_size_for_threads_and_leaves_events_alone(fw):
    """Starlette 1.10 has `thread_minimum_size` and `exclude_content_types`."""
    app = fw.FastAPI()
    app.add_middleware(
        fw.module("middleware.gzip").GZipMiddleware, minimum_size=100, thread_minimum_size=200
    )

    @app.get("/long")
    def long():
        return "x" * 1000

    @app.get("/short")
    def short():
        return "x"

    @app.get("/events", response_class=fw.sse.EventSourceResponse)
    def events():
        yield "x" * 1000

    @app.get("/lines")
    def lines():
        yield "x" * 1000

    @app.get("/plain", response_class=fw.responses.PlainTextResponse)
    async def plain():
        return "x" * 150

    return app


WITHOUT_HTTPX2 = """
import sys, warnings
sys.modules["httpx2"] = None
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from {root}.testclient import TestClient
from {root} import FastAPI
app = FastAPI()
app.get("/")(lambda: "answer")
print(any(base.__module__.startswith("httpx.") for base in TestClient.__mro__))
print(TestClient(app).get("/").json())
print(sorted({{warning.category.__name__ for warning in caught}}))
"""


def test_the_test_client_falls_back_to_httpx():
    """The fallback warns of its deprecation."""
    answers = [
        subprocess.run(
            [sys.executable, "-c", WITHOUT_HTTPX2.format(root=root)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for root in (ORACLE, SUBJECT)
    ]
    assert answers[0] == answers[1]
    assert answers[0].startswith("True\nanswer\n")


@same_value
def test_names_of_starlette_take_what_its_newest_release_takes(fw):
    """Compare the parameters of what is exported again."""
    import inspect

    return [
        str(inspect.signature(value))
        for value in (
            fw.templating.Jinja2Templates,
            fw.staticfiles.StaticFiles,
            fw.module("middleware.gzip").GZipMiddleware,
            fw.module("middleware.cors").CORSMiddleware,
            fw.Response.set_cookie,
            fw.Request.send_early_hints,
            fw.routing.Mount,
        )
    ]
