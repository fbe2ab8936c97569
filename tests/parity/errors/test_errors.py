"""HTTP errors, exception handlers, and what happens when things fail late."""

from typing import Annotated

from pydantic import BaseModel
from starlette.exceptions import HTTPException as StarletteHTTPException

from ..client import GET, POST, WS, raw
from ..harness import parity

DETAILS = {
    "text": "gone",
    "none": None,
    "dict": {"a": [1]},
    "list": [1, None],
    "int": 0,
    "empty": "",
    "unicode": "é€",
}


@parity(
    *(f"/{name}" for name in DETAILS),
    "/headers /starlette /204 /304 /499 /unencodable /sync /kw /multi",
    trio=True,
)
def test_http_exceptions_become_json_answers(fw):
    """Details are of every kind, and there are headers."""
    app = fw.FastAPI()
    HTTPException = fw.HTTPException

    def add(path, error):
        async def endpoint():
            raise error

        app.get(path, name=path)(endpoint)

    for name, detail in DETAILS.items():
        add(f"/{name}", HTTPException(404, detail))
    add(
        "/headers", HTTPException(401, "no", headers={"WWW-Authenticate": "Bearer", "X-Error": "1"})
    )
    add("/multi", HTTPException(400, headers={"content-type": "text/x"}))
    add("/starlette", StarletteHTTPException(410, "starlette"))
    add("/204", HTTPException(204, headers={"x-a": "1"}))
    add("/304", HTTPException(304))
    add("/499", HTTPException(418))
    add("/unencodable", HTTPException(400, detail={"s": {1}}))
    add("/kw", HTTPException(status_code=400, detail="kw"))

    @app.get("/sync")
    def sync():
        raise HTTPException(409, "sync")

    return app


class Base(Exception):
    pass


class Derived(Base):
    pass


class Other(Exception):
    pass


@parity(
    """
    /base /derived /other /value /key /404 /418 /nowhere /validation?n=x /dep /async
    /handler-raises /handler-http POST /base /group /response
    """,
    trio=True,
)
def test_handlers_are_found_by_class_and_by_status(fw):
    """Handlers are for classes, for statuses, for 500 and for `Exception`; one raises."""
    r = fw.responses
    app = fw.FastAPI()

    @app.exception_handler(Base)
    async def base(request, error):
        return r.JSONResponse({"base": type(error).__name__, "path": request.url.path}, 400)

    @app.exception_handler(ValueError)
    def value(request, error):
        return r.PlainTextResponse(f"value {error}", 422)

    @app.exception_handler(404)
    async def not_found(request, error):
        return r.PlainTextResponse(f"{error.detail}", 404)

    @app.exception_handler(418)
    def teapot(request, error):
        return r.PlainTextResponse("handled by status", 418)

    @app.exception_handler(KeyError)
    def raises(request, error):
        raise Other("from handler")

    @app.exception_handler(IndexError)
    def raises_http(request, error):
        raise fw.HTTPException(418, "from handler")

    @app.exception_handler(Exception)
    async def everything(request, error):
        return r.PlainTextResponse(f"caught {type(error).__name__}", 500)

    def add(path, error):
        @app.get(path, name=path)
        def endpoint():
            raise error

    add("/base", Base())
    add("/derived", Derived())
    add("/other", Other("o"))
    add("/value", ValueError("v"))
    add("/key", KeyError("k"))
    add("/404", fw.HTTPException(404, "mine"))
    add("/418", fw.HTTPException(418, "pot"))
    add("/handler-raises", KeyError("k"))
    add("/handler-http", IndexError())
    add("/group", ExceptionGroup("g", [Base()]))

    @app.get("/validation")
    def validation(n: int):
        return n

    def broken():
        raise Derived

    @app.get("/dep", dependencies=[fw.Depends(broken)])
    def dep():
        return "never"

    @app.get("/async")
    async def asynchronous():
        raise Derived

    @app.get("/response")
    async def response() -> int:
        return "x"

    return app


@parity(
    "/?n=x",
    POST("/", {"a": "x"}),
    raw("/", "{"),
    WS("/ws?n=x"),
    WS("/ws"),
    "/http /nowhere POST /http",
    POST("/default", {"a": 1}),
)
def test_validation_and_http_error_handlers_can_be_replaced(fw):
    r, exceptions = fw.responses, fw.exceptions
    app = fw.FastAPI()

    class Model(BaseModel):
        a: int

    @app.exception_handler(exceptions.RequestValidationError)
    async def validation(request, error):
        return r.JSONResponse(
            {
                "errors": error.errors(),
                "body": error.body if not isinstance(error.body, bytes) else "bytes",
            },
            400,
        )

    @app.exception_handler(StarletteHTTPException)
    async def http(request, error):
        return r.PlainTextResponse(f"{error.status_code} {error.detail}", error.status_code)

    @app.exception_handler(exceptions.WebSocketRequestValidationError)
    async def websocket(socket, error):
        await socket.close(4000, reason=str(len(error.errors())))

    @app.get("/")
    def read(n: int):
        return n

    @app.post("/")
    def post(m: Model):
        return m

    @app.post("/default")
    def default(m: Model):
        raise exceptions.RequestValidationError(
            [{"loc": ["x"], "msg": "mine", "type": "custom"}], body="b"
        )

    @app.get("/http")
    def raises():
        raise fw.HTTPException(403, "forbidden", headers={"x": "y"})

    @app.websocket("/ws")
    async def ws(socket: fw.WebSocket, n: int):
        await socket.accept()

    return app


@parity(
    "/?n=x /http",
    POST("/", {"a": "x"}),
)
def test_handlers_may_call_the_default_ones(fw):
    handlers = fw.exception_handlers

    async def http(request, error):
        fw.log.append("http")
        return await handlers.http_exception_handler(request, error)

    async def validation(request, error):
        fw.log.append(str(error))
        return await handlers.request_validation_exception_handler(request, error)

    app = fw.FastAPI(
        exception_handlers={
            fw.HTTPException: http,
            fw.exceptions.RequestValidationError: validation,
        }
    )

    @app.get("/")
    def read(n: int):
        return n

    @app.post("/")
    def post(a: Annotated[int, fw.Body(embed=True)]):
        return a

    @app.get("/http")
    def raises():
        raise fw.HTTPException(403, "forbidden", headers={"x": "y"})

    return app


@parity(
    "/fail",
    GET("/fail", headers={"accept": "text/html"}),
    "/ok /http",
    compiled=True,
)
def test_debug_is_off_by_default_and_failures_are_plain(fw):
    app = fw.FastAPI()

    @app.get("/fail")
    def fail():
        raise RuntimeError("secret")

    @app.get("/ok")
    def ok():
        return app.debug

    @app.get("/http")
    def http():
        raise fw.HTTPException(500, "mine")

    return app


@parity(
    GET("/fail", body=False),
    GET("/fail", headers={"accept": "text/html"}, body=False),
    "/ok /nowhere",
)
def test_debug_shows_a_traceback(fw):
    app = fw.FastAPI(debug=True)

    @app.get("/fail")
    def fail():
        raise RuntimeError("secret")

    @app.get("/ok")
    def ok():
        return app.debug

    return app


@parity(
    "/stream /stream-http /background /background-http /generator /handled",
    trio=True,
)
def test_exceptions_after_the_response_has_started_leave_the_application(fw):
    """Streams and background tasks raise."""
    app = fw.FastAPI()
    StreamingResponse = fw.responses.StreamingResponse

    @app.exception_handler(Base)
    def base(request, error):
        fw.log.append("handler")
        return fw.responses.PlainTextResponse("too late")

    def chunks(error):
        async def inner():
            yield "first"
            raise error

        return inner()

    @app.get("/stream")
    async def stream():
        return StreamingResponse(chunks(RuntimeError("midway")))

    @app.get("/stream-http")
    async def stream_http():
        return StreamingResponse(chunks(fw.HTTPException(400, "midway")))

    @app.get("/handled")
    async def handled():
        return StreamingResponse(chunks(Base()))

    def raiser(error):
        raise error

    @app.get("/background")
    async def background(tasks: fw.BackgroundTasks):
        tasks.add_task(raiser, RuntimeError("task"))
        return "sent"

    @app.get("/background-http")
    async def background_http(tasks: fw.BackgroundTasks):
        tasks.add_task(raiser, fw.HTTPException(400))
        return "sent"

    def gen():
        yield
        raise Base

    @app.get("/generator", dependencies=[fw.Depends(gen)])
    async def generator():
        return "sent"

    return app


@parity(
    """
    / PATCH / /nowhere POST /only-get HEAD /only-get OPTIONS /only-get /slash /slash/ /no-slash/
    /no-slash/?a=1&b=%20 BREW / get /
    """,
)
def test_unknown_paths_and_methods_are_refused(fw):
    """Refusals are 404, 405 with `Allow`, and 307."""
    app = fw.FastAPI()

    @app.get("/")
    @app.post("/")
    def read():
        return "root"

    @app.get("/only-get")
    def only_get():
        return "get"

    @app.get("/slash/")
    def slash():
        return "slash"

    @app.get("/no-slash")
    def no_slash():
        return "no slash"

    return app


@parity(
    "/a /b",
    lambda fw, app: app.add_exception_handler(Base, fw.keep.handler),
    "/a /b",
    openapi=False,
)
def test_handlers_added_after_the_first_request(fw):
    app = fw.FastAPI()

    def handler(request, error):
        return fw.responses.PlainTextResponse("late handler", 418)

    fw.keep.handler = handler

    @app.get("/a")
    def a():
        raise Base("a")

    @app.get("/b")
    def b():
        raise fw.HTTPException(404, "b")

    return app


@parity(
    "/ /sub/x /sub/http /sub/nowhere /sub/?n=x /http",
)
def test_mounted_applications_handle_their_own_errors(fw):
    app = fw.FastAPI()
    sub = fw.FastAPI()

    @app.exception_handler(Base)
    def outer(request, error):
        return fw.responses.PlainTextResponse("outer", 400)

    @sub.exception_handler(StarletteHTTPException)
    def inner(request, error):
        return fw.responses.PlainTextResponse("inner", 400)

    @app.get("/")
    def read():
        raise Base

    @app.get("/http")
    def outer_http():
        raise fw.HTTPException(400, "outer http")

    @sub.get("/x")
    def x():
        raise Base

    @sub.get("/http")
    def http():
        raise fw.HTTPException(404)

    app.mount("/sub", sub)
    return app


@parity(
    GET("/missing"),
    POST("/small", {}),
    POST("/small", {"long": "x" * 50}),
    POST("/small", content=[b"x" * 20, b"y" * 20], headers={"content-type": "text/plain"}),
    POST("/none", content=b"x"),
    POST("/none", content=b""),
    POST("/wide", {"long": "x" * 50}),
    POST("/inner/wide", {"long": "x" * 50}),
    POST("/inner/own", {"long": "x" * 50}),
)
def test_refusals_by_the_framework_have_a_detail(fw):
    """Refusals are 404, 405 and 413."""
    app = fw.FastAPI(max_body_size=30)
    router = fw.APIRouter(max_body_size=40)

    async def read(request: fw.Request):
        return len(await request.body())

    app.post("/small")(read)
    app.post("/none", max_body_size=0)(read)
    app.post("/wide", max_body_size=100)(read)
    router.post("/wide", max_body_size=100)(read)
    router.post("/own")(read)
    app.include_router(router, prefix="/inner", max_body_size=500)
    return app
