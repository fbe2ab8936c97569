"""What middleware reads and changes in the messages of requests and responses."""

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from ..client import GET, POST, PUT, Req
from ..harness import parity
from .recording import http_only


@parity(
    "/ / /dict /dict /text /response /empty /stream /error /nowhere /validation?n=x /redirect",
    POST("/"),
    "HEAD / /file /304",
    GET("/docs", body=False),
)
def test_messages_can_be_read_and_their_headers_changed(fw):
    """Requests share nothing of the messages."""
    log = fw.log

    async def change(app, scope, receive, send):
        async def watch(message):
            log.append([message["type"], sorted(message), type(message.get("headers")).__name__])
            log.append(type(message.get("body")).__name__)
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("x-appended", "1")
                message["headers"].append((b"x-raw", b"2"))
                MutableHeaders(raw=message["headers"])["x-appended-too"] = "3"
                message["status"] = {200: 203}.get(message["status"], message["status"])
            await send(message)

        await app(scope, receive, watch)

    app = fw.FastAPI()
    app.add_middleware(http_only(change))

    @app.get("/")
    async def root() -> int:
        return 1

    @app.get("/dict")
    def dictionary() -> dict[str, int]:
        return {"a": 1}

    @app.get("/text", response_class=PlainTextResponse)
    def text():
        return "text"

    shared = PlainTextResponse("one response for all")

    @app.get("/response")
    def response():
        return Response("r", headers={"x-own": "1"})

    @app.get("/empty", status_code=204)
    def empty():
        return None

    @app.get("/stream")
    def stream():
        return StreamingResponse(iter(["a", "b"]))

    @app.get("/error")
    def error():
        raise fw.HTTPException(418, headers={"x-error": "1"})

    @app.get("/validation")
    def validation(n: int):
        return n

    @app.get("/redirect/")
    def redirect():
        return None

    @app.get("/file")
    def file():
        return shared

    @app.get("/304", status_code=304)
    def not_modified():
        return None

    return app


@parity(
    "/get",
    GET("/get", content="ignored"),
    POST("/json", {"a": 1}),
    Req("POST", "/json", content=[b'{"a"', b": 2}"], headers={"content-type": "application/json"}),
    POST("/form", form={"a": "3"}),
    POST("/raw", content="raw"),
    PUT("/json", {"a": 1}),
    POST("/nowhere", {"a": 1}),
    POST("/none", {"a": 1}),
    POST("/json", {"a": 1}, disconnect=True),
)
def test_the_body_can_be_watched_and_changed(fw):
    """Middleware wraps `receive`."""
    log = fw.log

    async def watch(app, scope, receive, send):
        async def watched():
            message = await receive()
            log.append([message["type"], message.get("body"), message.get("more_body")])
            if message.get("body"):
                message = {**message, "body": message["body"].replace(b"1", b"10")}
            return message

        await app(scope, watched, send)

    app = fw.FastAPI()
    app.add_middleware(http_only(watch))

    @app.get("/get")
    def get():
        return "get"

    @app.post("/json")
    async def json(a: int = fw.Body(embed=True)):
        return a

    @app.post("/form")
    def form(a: int = fw.Form()):
        return a

    @app.post("/raw")
    async def raw(request: fw.Request):
        return (await request.body()).decode()

    @app.post("/none")
    async def none():
        return "none"

    return app


@parity(
    POST("/", {"a": 1}),
    POST("/after", {"a": 1}),
    POST("/stream", {"a": 1}),
    POST("/form", form={"a": "1"}),
    POST("/swallowed", {"a": 1}),
    GET("/cached"),
    trio=True,
)
def test_a_based_middleware_may_read_the_body_too(fw):
    """It reads the body, the stream or the form."""
    app = fw.FastAPI()

    @app.middleware("http")
    async def read(request, call_next):
        path = request.url.path
        if path == "/stream":
            fw.log.append([chunk async for chunk in request.stream()])
        elif path == "/form":
            fw.log.append(dict(await request.form()))
        elif path != "/after":
            fw.log.append(await request.body())
        try:
            response = await call_next(request)
        except Exception as error:
            fw.log.append(type(error).__name__)
            raise
        if path == "/after":
            try:
                fw.log.append(await request.body())
            except Exception as error:
                fw.log.append(type(error).__name__)
        return response

    async def json(a: int = fw.Body(embed=True)):
        return a

    for path in ("/", "/after", "/stream"):
        app.add_api_route(path, json, methods=["POST"])

    @app.post("/form")
    def form(a: int = fw.Form()):
        return a

    return app


@parity("/ /twice /stream /replaced /background /text", GET("/gone", disconnect=True), trio=True)
def test_a_based_middleware_may_change_the_response(fw):
    """It changes the body, cookies, the background task and the status."""
    app = fw.FastAPI()

    @app.middleware("http")
    async def change(request, call_next):
        response = await call_next(request)
        fw.log.append([type(response).__name__, response.status_code, response.media_type])
        path = request.url.path
        if path == "/replaced":
            body = b"".join([chunk async for chunk in response.body_iterator])
            return Response(body.upper(), 299, dict(response.headers) | {"content-length": "8"})
        if path == "/text":
            return PlainTextResponse("text")
        if path == "/background":
            response.background = fw.BackgroundTasks()
            response.background.add_task(fw.log.append, "task of middleware")
        response.set_cookie("seen", "1")
        response.status_code = 202
        return response

    @app.get("/")
    def root():
        return "root"

    @app.get("/twice")
    async def twice(request: fw.Request):
        return await request.is_disconnected()

    @app.get("/stream")
    async def stream():
        async def lines():
            for number in range(3):
                fw.log.append(number)
                yield str(number)

        return StreamingResponse(lines())

    @app.get("/replaced")
    def replaced():
        return "answer"

    @app.get("/background")
    def background(tasks: fw.BackgroundTasks):
        tasks.add_task(fw.log.append, "task of endpoint")

    @app.get("/gone")
    async def gone():
        return "gone"

    return app
