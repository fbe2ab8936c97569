"""Responses that endpoints return, inject or choose a class for; statuses and tasks."""

from decimal import Decimal

from ..client import GET, Req
from ..harness import parity
from .returning import Item, sync_returning


@parity(
    """
    /json /text /html /redirect /raw /annotated /none-model /union /custom /injected /status
    /subclass /stream /empty
    """,
)
def test_a_returned_response_is_sent_as_it_is(fw):
    """It gets the background tasks if it has none."""
    r = fw.responses
    app = fw.FastAPI()

    class Custom(r.JSONResponse):
        media_type = "application/vnd.custom+json"

    @app.get("/json", response_model=Item)
    def json():
        return r.JSONResponse({"not": "an item"}, status_code=201, headers={"x-a": "1"})

    @app.get("/text")
    def text() -> r.PlainTextResponse:
        return r.PlainTextResponse("té", 202)

    @app.get("/html")
    async def html():
        return r.HTMLResponse("<p>")

    @app.get("/redirect")
    def redirect() -> r.RedirectResponse:
        return r.RedirectResponse("/elsewhere?q=é")

    @app.get("/raw")
    def raw() -> fw.Response:
        return fw.Response(b"\x00\x01", media_type="application/octet-stream")

    @app.get("/annotated")
    def annotated() -> r.JSONResponse:
        return {"not": "a response"}

    @app.get("/none-model", response_model=None)
    def none_model() -> fw.Response | dict[str, int]:
        return {"a": 1}

    @app.get("/union", response_model=None)
    async def union() -> fw.Response | dict[str, int]:
        return fw.Response("raw")

    @app.get("/custom", status_code=203)
    def custom():
        return Custom({"a": 1})

    @app.get("/injected", status_code=201)
    def injected(response: fw.Response, tasks: fw.BackgroundTasks):
        response.headers["x-lost"] = "1"
        response.status_code = 299
        tasks.add_task(fw.log.append, "task")
        return r.JSONResponse("returned")

    @app.get("/status", status_code=206)
    def status():
        return fw.Response("x", headers={"x-dup": "1"})

    @app.get("/subclass")
    def subclass() -> Custom:
        return Custom([1])

    @app.get("/stream")
    async def stream():
        return r.StreamingResponse(iter(["a", b"b"]), media_type="text/plain")

    @app.get("/empty")
    async def empty():
        return fw.Response()

    return app


CLASSES = [
    "JSONResponse",
    "PlainTextResponse",
    "HTMLResponse",
    "Response",
    "RedirectResponse",
    "StreamingResponse",
]


@parity(
    *(f"/{name}" for name in CLASSES),
    "/custom /custom-model /text-int /html-none /json-str /status /no-media",
)
def test_response_classes_render_the_returned_value(fw):
    r = fw.responses
    app = fw.FastAPI()
    values = {
        "StreamingResponse": ["a", "b"],
        "JSONResponse": {"a": "é"},
        "RedirectResponse": "/to",
    }

    class Custom(fw.Response):
        media_type = "application/x-custom"

        def render(self, content):
            return f"<{content!r}>".encode()

    class Bare(fw.Response):
        def __init__(
            self, content=None, status_code=200, headers=None, media_type=None, background=None
        ):
            super().__init__(str(content), status_code, headers, media_type, background)

    for name in CLASSES:
        app.get(f"/{name}", name=name, response_class=getattr(r, name))(
            sync_returning(values.get(name, "text é"))
        )

    @app.get("/custom", response_class=Custom)
    def custom():
        return {"a": Decimal("1.5")}

    @app.get("/custom-model", response_class=Custom)
    def custom_model() -> Item:
        return Item(name="n")

    @app.get("/text-int", response_class=r.PlainTextResponse)
    def text_int():
        return 5

    @app.get("/html-none", response_class=r.HTMLResponse)
    def html_none():
        return None

    @app.get("/json-str", response_class=r.JSONResponse)
    def json_str():
        return "s"

    @app.get("/status", response_class=r.PlainTextResponse, status_code=404)
    def status():
        return "nope"

    @app.get("/no-media", response_class=Bare)
    def no_media(response: fw.Response):
        response.headers["x-a"] = "1"
        return 3

    return app


@parity(
    "/injected?status=201 /injected?status=204 /injected?status=304 /csv /latin /late-median /json",
    "/object /surrogate /nan",
    Req("HEAD", "/csv"),
)
def test_classes_that_only_name_a_media_type_answer_at_once(fw):
    """The injected response and background tasks count for them."""
    r = fw.responses
    app = fw.FastAPI()

    class CSV(r.Response):
        media_type = "text/csv"

    class Latin(r.PlainTextResponse):
        charset = "latin-1"

    class Problem(r.JSONResponse):
        media_type = "application/problem+json"

    class Late(r.Response):
        media_type = "image/x-median"

    @app.get("/injected", response_class=r.HTMLResponse)
    def injected(status: int, response: fw.Response, tasks: fw.BackgroundTasks) -> str:
        response.status_code = status
        response.set_cookie("a", "1")
        tasks.add_task(fw.log.append, "background")
        return "<p>é</p>"

    @app.api_route("/csv", response_class=CSV, methods=["GET", "HEAD"], status_code=203)
    async def csv():
        return "a,b"

    @app.get("/latin", response_class=Latin)
    async def latin():
        return "é"

    @app.get("/late-median", response_class=Late)
    async def late():
        return b"bytes"

    @app.get("/json", response_class=Problem, status_code=404)
    async def json() -> dict[str, Decimal]:
        return {"é": Decimal("1.5")}

    @app.get("/object", response_class=CSV)
    async def data():
        return {"a": 1}

    @app.get("/surrogate", response_class=r.HTMLResponse)
    async def surrogate():
        return "\ud800"

    @app.get("/nan", response_class=Problem)
    async def nan():
        return {"a": float("nan")}

    return app


@parity(
    "/ /typed /router /router-own /route-own /included",
)
def test_the_default_response_class_is_inherited(fw):
    """The nearest of route, child router, inclusion and parent counts."""
    r = fw.responses

    class Shout(r.JSONResponse):
        media_type = "application/shout+json"

        def render(self, content):
            return super().render(content).upper()

    app = fw.FastAPI(default_response_class=Shout)
    router = fw.APIRouter()
    own = fw.APIRouter(default_response_class=r.PlainTextResponse)
    third = fw.APIRouter()

    @app.get("/")
    def read():
        return {"a": "b"}

    @app.get("/typed")
    def typed() -> Item:
        return Item(name="n")

    @router.get("/router")
    def read_router():
        return "r"

    @own.get("/router-own")
    def read_own():
        return "own"

    @own.get("/route-own", response_class=r.HTMLResponse)
    def route_own():
        return "html"

    @third.get("/included")
    def included():
        return "inc"

    app.include_router(router)
    app.include_router(own)
    app.include_router(third, default_response_class=r.HTMLResponse)
    return app


CODES = [200, 201, 202, 204, 205, 206, 299, 301, 304, 400, 404, 418, 500, 599]


@parity(
    *(f"/{code}" for code in CODES),
    *(f"/typed/{code}" for code in CODES),
    "/enum DELETE /deleted /204-response /304-body",
    Req("HEAD", "/200"),
)
def test_status_codes_are_sent_and_decide_on_the_body(fw):
    """The bodies of 204, 205 and 304 are emptied, and the type is kept."""
    from http import HTTPStatus

    app = fw.FastAPI()
    bodiless = {204, 205, 304}
    for code in CODES:
        app.get(f"/{code}", status_code=code, name=f"u{code}")(sync_returning({"a": 1}))
        typed = sync_returning({"name": "n"})
        typed.__annotations__ = {} if code in bodiless else {"return": Item}
        app.get(f"/typed/{code}", status_code=code, name=f"t{code}")(typed)

    @app.get("/enum", status_code=HTTPStatus.CREATED)
    def enum_code():
        return "x"

    @app.delete("/deleted", status_code=204)
    def deleted():
        return None

    @app.get("/204-response", status_code=204)
    def no_content():
        return fw.Response(status_code=204)

    @app.get("/304-body")
    def not_modified():
        return fw.responses.JSONResponse({"a": 1}, status_code=304)

    return app


@parity(
    "/one /sync /order /response-task /both /fails /later /starlette",
    trio=True,
)
def test_background_tasks_run_after_the_response(fw):
    from starlette.background import BackgroundTask
    from starlette.background import BackgroundTasks as StarletteTasks

    app = fw.FastAPI()
    log = fw.log

    async def work(name, **options):
        log.append([name, options])

    def sync_work(name):
        log.append(name)

    @app.get("/one")
    async def one(tasks: fw.BackgroundTasks):
        tasks.add_task(work, "async", option=1)
        return "one"

    @app.get("/sync")
    def sync(tasks: fw.BackgroundTasks) -> str:
        tasks.add_task(sync_work, "sync")
        return "sync"

    @app.get("/order")
    def order(tasks: fw.BackgroundTasks):
        for n in range(3):
            tasks.add_task(sync_work, n)
        return "order"

    @app.get("/response-task")
    def response_task():
        return fw.responses.JSONResponse(1, background=BackgroundTask(sync_work, "own"))

    @app.get("/both")
    def both(tasks: fw.BackgroundTasks):
        tasks.add_task(sync_work, "injected")
        return fw.responses.JSONResponse(1, background=BackgroundTask(sync_work, "own"))

    @app.get("/fails")
    def fails(tasks: fw.BackgroundTasks):
        def broken():
            log.append("broken")
            raise ValueError("task failed")

        tasks.add_task(broken)
        tasks.add_task(sync_work, "never")
        return "sent"

    @app.get("/later")
    def later(tasks: fw.BackgroundTasks):
        tasks.add_task(lambda: tasks.add_task(sync_work, "nested"))
        return "later"

    @app.get("/starlette")
    def starlette(tasks: StarletteTasks):
        tasks.add_task(sync_work, "starlette")
        return type(tasks).__name__

    return app


@parity(
    "/file",
    GET("/file", headers={"range": "bytes=1-3"}),
    Req("HEAD", "/file"),
    "/attachment /missing /as-class",
)
def test_files_are_served(fw):
    """Parts of them are asked for."""
    import os
    import tempfile

    path = os.path.join(tempfile.gettempdir(), "parity-file.txt")
    if not os.path.exists(path):
        with open(path, "w") as file:
            file.write("0123456789")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    app = fw.FastAPI()
    FileResponse = fw.responses.FileResponse

    @app.api_route("/file", methods=["GET", "HEAD"])
    def read():
        return FileResponse(path)

    @app.get("/attachment")
    def attachment() -> FileResponse:
        return FileResponse(path, filename="naïve.txt", media_type="application/x")

    @app.get("/missing")
    def missing():
        return FileResponse(path + ".missing")

    @app.get("/as-class", response_class=FileResponse)
    def as_class():
        return path

    return app
