"""Methods, properties and names of Starlette that recipes and agents replace.

They are replaced by recorders, before the application is made or between requests. What is
recorded, and in which order, has to be what FastAPI's requests go through.
"""

import contextlib
from typing import Annotated

import pytest
from pydantic import BaseModel

from ..client import GET, POST, WS, Change, Req
from ..harness import Case, check, chosen_modes
from ..patching import put_back, recorder, replace


@pytest.fixture(autouse=True)
def originals():
    """Leave everything as it was, also after a failure."""
    with contextlib.ExitStack() as stack:
        stack.callback(put_back)
        yield


class Item(BaseModel):
    name: str
    count: int = 1


def application(fw):
    """Return an application with a route for each way to read and to answer."""
    app = fw.FastAPI()
    responses = fw.responses

    @app.get("/read/{key}")
    async def read(
        key: int,
        q: int = 1,
        many: Annotated[list[str], fw.Query()] = [],  # noqa: B006
        x_one: Annotated[str, fw.Header()] = "",
        x_many: Annotated[list[str], fw.Header()] = [],  # noqa: B006
        c: Annotated[str, fw.Cookie()] = "",
    ):
        return [key, q, many, x_one, x_many, c]

    @app.post("/model")
    def model(item: Item) -> Item:
        return item

    @app.post("/any")
    async def any_body(item: dict):
        return item

    @app.post("/embedded")
    async def embedded(item: Item, more: Annotated[int, fw.Body()]):
        return [item, more]

    @app.post("/form")
    def form(a: Annotated[str, fw.Form()], b: Annotated[int, fw.Form()] = 2):
        return [a, b]

    @app.post("/file")
    async def file(file: fw.UploadFile, a: Annotated[str, fw.Form()] = "x"):
        return [file.filename, (await file.read()).decode(), a]

    def blocking(request: fw.Request, response: fw.Response, q: int = 3):
        response.headers["x-q"] = str(q)
        return request.url.path

    async def generator(x_one: Annotated[str, fw.Header()] = ""):
        yield x_one

    @app.get("/dependencies")
    async def dependencies(
        path: Annotated[str, fw.Depends(blocking)],
        one: Annotated[str, fw.Depends(generator)],
        tasks: fw.BackgroundTasks,
    ):
        tasks.add_task(fw.log.append, "background")
        return [path, one]

    @app.get("/plain", response_class=responses.PlainTextResponse)
    def plain():
        return "plain"

    @app.get("/page", response_class=responses.HTMLResponse)
    async def page():
        return "<b>"

    @app.get("/response")
    async def response():
        return responses.JSONResponse({"a": 1}, headers={"x-a": "b"})

    @app.get("/error")
    async def error():
        raise fw.HTTPException(418, "tea")

    @app.get("/nothing", status_code=204)
    def nothing():
        pass

    @app.get("/lines")
    async def lines():
        yield {"a": 1}

    @app.get("/events", response_class=fw.sse.EventSourceResponse)
    async def events():
        yield {"a": 1}

    @app.get("/chunks", response_class=responses.StreamingResponse)
    def chunks():
        yield "a"

    add_routers(fw, app)
    return app


def add_routers(fw, app):
    """Add a router in a router, an application, and a socket."""
    router = fw.APIRouter(prefix="/routed")
    deep = fw.APIRouter(prefix="/deep")
    inner = fw.FastAPI()

    @router.get("/{number}")
    async def routed(number: int):
        return number

    @deep.get("/in")
    def in_router():
        return "deep"

    @inner.get("/in")
    async def in_application():
        return "inner"

    router.include_router(deep)
    app.include_router(router)
    app.mount("/mounted", inner)

    @app.websocket("/socket")
    async def socket(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.send_text("open")
        await websocket.close()


READ = GET(
    "/read/1?q=2&many=a&many=b",
    headers=[("x-one", "v"), ("x-many", "1"), ("x-many", "2"), ("cookie", "c=1")],
)
ANY = POST("/any", {"a": 1})
NO_JSON = Req("POST", "/any", content=b"{", headers={"content-type": "application/json"})
FORM = Req("POST", "/form", form={"a": "1"})
FILE = Req(
    "POST", "/file", files=[("file", "n.txt", "text/plain", b"abc"), ("a", None, None, b"q")]
)
STREAMS = [GET("/lines"), GET("/events"), GET("/chunks")]
ALL = [
    READ,
    GET("/read/x?q=y"),
    POST("/model", {"name": "a"}),
    POST("/model", {"name": 1}),
    ANY,
    NO_JSON,
    POST("/embedded", {"item": {"name": "a"}, "more": 1}),
    FORM,
    Req("POST", "/form", form={"b": "x"}),
    FILE,
    GET("/dependencies?q=4"),
    GET("/plain"),
    GET("/page"),
    GET("/response"),
    GET("/error"),
    GET("/nothing"),
    *STREAMS,
    GET("/nowhere"),
    POST("/plain"),
    GET("/plain/"),
]

READS = [READ, GET("/dependencies?q=4"), GET("/read/x"), GET("/nowhere")]
BODIES = [ANY, NO_JSON, POST("/model", {"name": 1}), READ]
SENT_FORMS = [FORM, FILE, Req("POST", "/form", form={"b": "x"}), ANY]
ANSWERS = [READ, *[GET(f"/{name}") for name in ("plain", "page", "response", "error", "nowhere")]]
STEPS = [GET("/dependencies"), POST("/model", {"name": "a"}), GET("/plain"), GET("/error")]
ROUTED = [
    *[GET("/error"), POST("/page"), GET("/mounted/in"), GET("/mounted/out"), GET("/routed/1")],
    *[GET("/routed/x"), GET("/routed/deep/in"), POST("/routed/deep/in"), GET("/nowhere")],
    *[GET("/page/"), WS("/socket")],
]

#: What is replaced: names of an owner, and requests that go through them.
TABLE = [
    ("starlette.requests.HTTPConnection", "__init__ headers cookies query_params", READS),
    ("starlette.requests.HTTPConnection", "path_params url", READS),
    ("starlette.requests.Request", "__init__ method receive", READS),
    ("starlette.requests", "Headers QueryParams cookie_parser", READS),
    ("starlette.datastructures.Headers", "__init__ __getitem__ __contains__ get getlist", READS),
    ("starlette.datastructures.QueryParams", "__init__", READS),
    ("starlette.datastructures.ImmutableMultiDict", "__init__ get getlist", READS),
    ("starlette.datastructures.ImmutableMultiDict", "__getitem__ __contains__", READS),
    ("starlette.datastructures.MutableHeaders", "__setitem__ __delitem__", READS),
    ("starlette.requests.Request", "stream body json", BODIES),
    ("json", "loads", BODIES),
    ("starlette.requests.Request", "stream form _get_form", SENT_FORMS),
    ("starlette.requests", "FormParser MultiPartParser FormData", SENT_FORMS),
    ("starlette.formparsers.FormParser", "__init__ parse", SENT_FORMS),
    ("starlette.formparsers.MultiPartParser", "__init__ parse", SENT_FORMS),
    ("starlette.datastructures.FormData", "__init__ close", SENT_FORMS),
    ("starlette.datastructures.UploadFile", "__init__ write read seek close", SENT_FORMS),
    ("starlette.responses.Response", "__init__ render init_headers headers __call__", ANSWERS),
    ("starlette.responses.JSONResponse", "__init__ render", ANSWERS),
    ("starlette.responses.PlainTextResponse", "__init__ render", ANSWERS),
    ("starlette.responses.HTMLResponse", "init_headers", ANSWERS),
    ("json", "dumps", ANSWERS),
    ("starlette.responses.StreamingResponse", "__init__ stream_response __call__", STREAMS),
    ("starlette.background.BackgroundTask", "__init__ __call__", STEPS),
    ("starlette.background.BackgroundTasks", "add_task", STEPS),
    ("anyio.to_thread", "run_sync", STEPS),
    ("pydantic.TypeAdapter", "validate_python dump_python dump_json", [*BODIES, READ]),
    ("starlette.middleware.errors.ServerErrorMiddleware", "__call__", STEPS),
    ("starlette.middleware.exceptions.ExceptionMiddleware", "__call__", STEPS),
    ("starlette.applications.Starlette", "__call__", STEPS),
    ("starlette.routing.Router", "__call__ not_found", ROUTED),
    ("starlette.routing.Route", "matches handle", ROUTED),
    ("starlette.routing.WebSocketRoute", "matches handle", ROUTED),
    ("starlette.routing.Mount", "matches handle", ROUTED),
    ("FRAMEWORK.routing.APIRoute", "handle", ROUTED),
    ("FRAMEWORK.routing.APIRouter", "app handle", ROUTED),
    ("FRAMEWORK.applications.FastAPI", "__call__", ROUTED),
]
CASES = {f"{owner}.{name}": requests for owner, names, requests in TABLE for name in names.split()}

#: The encoder of events is called in a task of its own, before the response begins or after.
UNORDERED = {"json.dumps"}


def recording(*names):
    """Return a step that replaces these by recorders."""

    def step(fw, app):
        for name in names:
            path = name.replace("FRAMEWORK", fw.root)
            replace(path, recorder(fw, name))

    return Change(step)


restoring = Change(lambda fw, app: put_back())


def case_of(requests, *names, first=False, make=application):
    """Return a case with requests, and the same ones while the recorders are there."""

    def build(fw):
        if first:
            recording(*names).apply(fw, None)
        return make(fw)

    steps = [*requests, restoring, *requests]
    if not first:
        steps = [*requests, recording(*names), *steps]
    return Case(build, steps, openapi=False)


@pytest.mark.parametrize("mode", chosen_modes("compiled", "direct"))
@pytest.mark.parametrize("name", CASES)
def test_what_replaces_a_part_of_starlette_is_used_after_the_first_request(name, mode):
    check(case_of(CASES[name], name), mode)


@pytest.mark.parametrize("name", CASES)
def test_what_replaces_a_part_of_starlette_is_used_from_the_first_request_on(name):
    check(case_of(CASES[name], name, first=True), "compiled")


MIDDLEWARE = [
    "starlette.middleware.base.BaseHTTPMiddleware.__init__",
    "starlette.middleware.base.BaseHTTPMiddleware.__call__",
    "starlette.middleware.base._CachedRequest.wrapped_receive",
    *[
        f"starlette.middleware.cors.CORSMiddleware.{name}"
        for name in ("__call__", "simple_response", "send", "is_allowed_origin")
    ],
    "starlette.requests.Request.stream",
    "starlette.responses.Response.headers",
]
CROSS = [
    GET("/any", headers={"origin": "http://page"}),
    *[GET("/any"), POST("/body?early=1", {"a": 1}), POST("/body", {"a": 1}), GET("/error")],
    *[GET("/nowhere"), GET("/any?early=1", headers={"origin": "http://other"})],
]


def surrounded(fw):
    """Return an application with cross-origin rules and a function around it."""
    app = fw.FastAPI()

    @app.get("/any")
    async def read():
        return 1

    @app.post("/body")
    def body(item: dict):
        return item

    @app.get("/error")
    async def error():
        raise fw.HTTPException(400)

    app.add_middleware(fw.module("middleware.cors").CORSMiddleware, allow_origins=["http://page"])

    @app.middleware("http")
    async def around(request, call_next):
        if "early" in request.query_params:
            await request.body()
        response = await call_next(request)
        response.headers["x-around"] = "1"
        return response

    return app


@pytest.mark.parametrize("mode", chosen_modes("compiled", "direct"))
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", MIDDLEWARE)
def test_what_replaces_a_part_of_middleware_is_used(name, first, mode):
    check(case_of(CROSS, name, first=first, make=surrounded), mode)


@pytest.mark.parametrize("mode", chosen_modes("compiled", "generic", "trio", "direct"))
@pytest.mark.parametrize("first", [True, False])
def test_all_parts_of_starlette_are_used_in_the_order_of_fastapi(first, mode):
    names = [name for name in CASES if name not in UNORDERED]
    check(case_of(ALL, *names, first=first), mode)
