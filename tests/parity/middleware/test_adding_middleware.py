"""Middleware of every form, added in every way."""

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse

from ..client import GET, POST, WS, Req
from ..harness import parity


@parity(
    "/ /fail /http /nowhere",
    POST("/body", {"a": 1}),
    "/state",
    WS("/ws"),
    trio=True,
)
def test_middleware_of_every_form_wraps_the_application(fw):
    """Users' middleware stands between the error layers."""
    log = fw.log

    class Pure:
        def __init__(self, app, name):
            self.app, self.name = app, name

        async def __call__(self, scope, receive, send):
            log.append(f"{self.name} in {scope['type']}")
            try:
                await self.app(scope, receive, send)
            finally:
                log.append(f"{self.name} out")

    class Based(BaseHTTPMiddleware):
        async def dispatch(self, request, call_next):
            request.state.added = "by middleware"
            response = await call_next(request)
            response.headers["x-based"] = "1"
            return response

    app = fw.FastAPI(middleware=[fw.module("middleware").Middleware(Pure, name="argument")])
    app.add_middleware(Pure, name="added")
    app.add_middleware(Based)

    @app.middleware("http")
    async def decorated(request, call_next):
        log.append("decorated in")
        response = await call_next(request)
        response.headers["x-decorated"] = request.url.path
        log.append("decorated out")
        return response

    async def gen():
        log.append("dependency in")
        yield
        log.append("dependency out")

    @app.get("/", dependencies=[fw.Depends(gen)])
    def read(tasks: fw.BackgroundTasks):
        tasks.add_task(log.append, "background")
        return "read"

    @app.get("/fail")
    def fail():
        raise RuntimeError("failed")

    @app.get("/http")
    async def http():
        raise fw.HTTPException(403)

    @app.post("/body")
    async def body(a: dict[str, int]):
        return a

    @app.get("/state")
    def state(request: fw.Request):
        return request.state.added

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.close()

    return app


CORS = {"origin": "https://example.org"}


@parity(
    GET("/", headers=CORS),
    Req("OPTIONS", "/", headers=CORS | {"access-control-request-method": "POST"}),
    GET("/", headers={"host": "evil.example.org"}),
    GET("/big", headers={"accept-encoding": "gzip"}),
    GET("/", headers={"accept-encoding": "gzip"}),
    "/",
)
def test_the_middleware_of_starlette_works(fw):
    app = fw.FastAPI()
    app.add_middleware(fw.module("middleware.gzip").GZipMiddleware, minimum_size=100)
    app.add_middleware(
        fw.module("middleware.trustedhost").TrustedHostMiddleware, allowed_hosts=["testserver"]
    )
    app.add_middleware(
        fw.module("middleware.cors").CORSMiddleware,
        allow_origins=["https://example.org"],
        allow_methods=["*"],
        allow_credentials=True,
    )

    @app.get("/")
    def read():
        return "short"

    @app.get("/big")
    def big():
        return "x" * 1000

    return app


@parity(
    "/ /short /nowhere /receive",
)
def test_middleware_may_answer_itself_or_change_the_scope(fw):
    """It may also wrap `receive`."""
    app = fw.FastAPI()

    @app.middleware("http")
    async def answer(request, call_next):
        if request.url.path == "/short":
            return PlainTextResponse("short", 299)
        if request.url.path == "/nowhere":
            request.scope["path"] = "/"
            request.scope["query_string"] = b"n=5"
        return await call_next(request)

    @app.get("/")
    def read(n: int = 1):
        return n

    return app


def test_middleware_cannot_be_added_once_started_and_both_say_so():
    """The exception is a `RuntimeError`."""
    import anyio

    from ..harness import ORACLE, SUBJECT, Framework

    for root in (ORACLE, SUBJECT):
        app = Framework(root).FastAPI()

        async def use(app=app):
            async def receive():
                return {"type": "http.request", "body": b""}

            async def send(message):
                pass

            await app(
                {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""},
                receive,
                send,
            )

        anyio.run(use)
        try:
            app.add_middleware(BaseHTTPMiddleware)
        except RuntimeError:
            continue
        raise AssertionError(f"{root} accepted a middleware after it had started")
