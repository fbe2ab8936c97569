"""Middleware of applications: its order, what it sees, and what it may change."""

import contextvars

from starlette.datastructures import MutableHeaders
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Host, Mount, Route

from ..client import GET, POST, PUT, WS, Req
from ..harness import parity, same_value


class Noting:
    """Writes into the log when a connection comes in and when it goes out."""

    def __init__(self, app, log, name):
        self.app, self.log, self.name = app, log, name

    async def __call__(self, scope, receive, send):
        self.log.append(f"{self.name} in")
        try:
            await self.app(scope, receive, send)
        except BaseException as error:
            self.log.append(f"{self.name} {type(error).__name__}")
            raise
        finally:
            self.log.append(f"{self.name} out")


class NotingBase(BaseHTTPMiddleware):
    def __init__(self, app, log, name):
        super().__init__(app)
        self.log, self.name = log, name

    async def dispatch(self, request, call_next):
        self.log.append(f"{self.name} in")
        try:
            response = await call_next(request)
        except BaseException as error:
            self.log.append(f"{self.name} {type(error).__name__}")
            raise
        response.headers.append("x-by", self.name)
        self.log.append(f"{self.name} out")
        return response


def asgi(wrap):
    """Make a middleware class out of `async def wrap(app, scope, receive, send)`."""

    class Middleware:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            await wrap(self.app, scope, receive, send)

    return Middleware


def http_only(wrap):
    """The same for requests alone."""

    async def call(app, scope, receive, send):
        if scope["type"] == "http":
            await wrap(app, scope, receive, send)
        else:
            await app(scope, receive, send)

    return asgi(call)


@parity(
    "/ /fail /http /nowhere POST / /redirect",
    WS("/ws"),
    WS("/nowhere"),
    trio=True,
)
def test_the_middleware_added_last_is_the_outermost(fw):
    """middleware order"""
    log = fw.log
    middleware = fw.module("middleware").Middleware
    app = fw.FastAPI(
        middleware=[middleware(Noting, log, "first"), middleware(NotingBase, log, name="second")]
    )
    app.add_middleware(Noting, log=log, name="third")

    @app.middleware("http")
    async def fourth(request, call_next):
        log.append("fourth in")
        response = await call_next(request)
        response.headers.append("x-by", "fourth")
        log.append("fourth out")
        return response

    app.add_middleware(NotingBase, log, "fifth")

    async def dependency():
        log.append("dependency in")
        yield
        log.append("dependency out")

    @app.get("/", dependencies=[fw.Depends(dependency)])
    async def read(tasks: fw.BackgroundTasks):
        log.append("endpoint")
        tasks.add_task(log.append, "task")

    @app.get("/redirect/")
    def redirected():
        return None

    @app.get("/fail")
    def fail():
        raise ValueError("failed")

    @app.get("/http")
    async def http():
        raise fw.HTTPException(403)

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.close()

    return app


@same_value
def test_what_was_added_can_be_looked_at(fw):
    """user_middleware, add_middleware, middleware()"""
    app = fw.FastAPI(middleware=[fw.module("middleware").Middleware(Noting, 1, name="x")])
    app.add_middleware(NotingBase, log=2)

    @app.middleware("http")
    async def decorated(request, call_next):
        return await call_next(request)

    def refuse():
        try:
            app.middleware("websocket")(decorated)
        except AssertionError:
            return "refused"
        return "accepted"

    stack = app.build_middleware_stack()
    names = []
    while not isinstance(stack, (Noting, BaseHTTPMiddleware)):
        stack = stack.app
    while isinstance(stack, (Noting, BaseHTTPMiddleware)):
        names.append(type(stack).__name__)
        stack = stack.app
    return [
        [(m.cls.__name__, m.args, sorted(m.kwargs)) for m in app.user_middleware],
        decorated.__name__,
        refuse(),
        app.middleware_stack,
        names,
    ]


@parity("/ /a", lambda fw, app: fw.keep.wrap(app), "/ /a")
def test_the_stack_may_be_wrapped_or_built_differently(fw):
    """middleware_stack; build_middleware_stack overridden"""

    class Mine(fw.FastAPI):
        def build_middleware_stack(self):
            return Noting(super().build_middleware_stack(), fw.log, "outermost")

    app = Mine()
    app.get("/", name="root")(lambda: "root")

    def wrap(app):
        app.middleware_stack = Noting(app.middleware_stack, fw.log, "wrapped")

    fw.keep.wrap = wrap
    return app


KEYS = (
    "type",
    "path",
    "raw_path",
    "root_path",
    "path_params",
    "method",
    "query_string",
    "http_version",
    "state",
)


def shown(scope):
    """What plugins read from a scope when the response is there."""
    found = {key: scope.get(key) for key in KEYS}
    route, endpoint = scope.get("route"), scope.get("endpoint")
    found["app"] = getattr(scope.get("app"), "title", None)
    found["route"] = route and [type(route).__name__, getattr(route, "path", None)]
    found["endpoint"] = endpoint and getattr(endpoint, "__name__", type(endpoint).__name__)
    found["router"] = "router" in scope and type(scope["router"]).__name__
    context = scope.get("fastapi", {}).get("effective_route_context")
    found["context"] = context and type(context.original_route).__name__
    found["form limits"] = scope.get("fastapi", {}).get("form_limits")
    found["exception handlers"] = "starlette.exception_handlers" in scope
    return found


def application_that_shows_its_scope(fw):
    """An application with targets of each kind, and a middleware that looks before and after."""
    log = fw.log

    async def look(app, scope, receive, send):
        if scope["type"] == "lifespan":
            log.append(sorted(scope))
            await app(scope, receive, send)
            return
        log.append(shown(scope))
        try:
            await app(scope, receive, send)
        finally:
            log.append(shown(scope))

    app = fw.FastAPI(title="Outer")
    app.add_middleware(asgi(look))

    async def endpoint(request):
        return PlainTextResponse("plain")

    class ItemsRoute(fw.routing.APIRoute):
        pass

    inner = fw.APIRouter()
    inner.add_api_route("/a", lambda: "a", name="a")
    router = fw.APIRouter(route_class=ItemsRoute)
    router.include_router(inner, prefix="/in", form_limits={"max_files": 2})
    router.add_route("/plain/{name}", endpoint)

    @app.get("/")
    def root():
        return "root"

    @app.get("/items/{item_id}")
    def item(item_id: int):
        return item_id

    @router.get("/{item_id}")
    async def included(item_id: int):
        return item_id

    @router.websocket("/ws/{item_id}")
    async def included_socket(websocket: fw.WebSocket, item_id: int):
        await websocket.accept()
        await websocket.close()

    @app.websocket("/ws/{item_id}")
    async def socket(websocket: fw.WebSocket, item_id: int):
        await websocket.accept()
        await websocket.close()

    @app.get("/fail")
    def fail():
        raise ValueError

    @app.get("/http")
    def http():
        raise fw.HTTPException(409)

    @app.post("/form", form_limits={"max_files": 1})
    def form(a: int = fw.Form()):
        return a

    sub = fw.FastAPI(title="Sub")
    sub.add_api_route("/sub/{n}", lambda n: n, name="sub")
    app.include_router(router, prefix="/inc")
    app.add_route("/plain/{name}", endpoint)
    app.mount("/mount", sub)
    app.router.routes.append(Host("{sub}.example.org", Mount("/hosted", [Route("/h", endpoint)])))
    return app


@parity(
    "/ /items/3 /items/x /items/3?q=1 /inc/3 /inc/in/a /inc/in/nowhere /nowhere /items/3/",
    "/mount/sub/1 HEAD / OPTIONS /items/3 /fail /http /hosted/h",
    POST("/items/3"),
    POST("/inc/3"),
    POST("/nowhere"),
    WS("/ws/1"),
    WS("/inc/ws/1"),
    WS("/nowhere"),
    POST("/form", form={"a": "1"}),
    Req("GET", "/items/3", scope={"root_path": "/proxy"}),
    Req("GET", "/proxy/items/3", scope={"root_path": "/proxy"}),
    openapi=False,
)
def test_the_scope_tells_what_served_the_request(fw):
    """scope keys: route, endpoint, path_params, router, app, fastapi"""
    return application_that_shows_its_scope(fw)


@parity(
    "/plain/x /inc/plain/y /mount/nowhere",
    GET("/docs", body=False),
    GET("/redoc", body=False),
    GET("/hosted/h", headers={"host": "api.example.org"}),
    openapi=False,
)
def test_the_scope_names_no_route_that_is_not_an_api_route(fw):
    """scope keys: route is left out for plain routes, mounts, hosts, and the pages"""
    return application_that_shows_its_scope(fw)


@parity("/ /items/3 /nowhere /inc/1 /items/3/", POST("/items/3"), WS("/ws"))
def test_middleware_may_ask_the_routes_itself(fw):
    """route.matches(scope) before the call, as instrumentation does"""

    async def ask(app, scope, receive, send):
        if scope["type"] != "lifespan":
            for route in scope["app"].routes:
                match, child = route.matches(scope)
                if match.value:
                    fw.log.append([type(route).__name__, match.name, sorted(child)])
        await app(scope, receive, send)
        fw.log.append(scope.get("fastapi", {}).get("effective_route_context") is not None)

    app = fw.FastAPI()
    router = fw.APIRouter()
    router.add_api_route("/{n}", lambda n: n, name="n")
    app.add_middleware(asgi(ask))
    app.get("/", name="root")(lambda: "root")
    app.get("/items/{n}", name="items")(lambda n: n)
    app.include_router(router, prefix="/inc")

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.close()

    return app


@parity(
    "/sync /async /dependency /stream",
    WS("/ws"),
    trio=True,
)
def test_context_variables_go_in_and_come_out_as_in_fastapi(fw):
    """contextvars across middleware, dependencies, endpoints"""
    var = contextvars.ContextVar("var", default="unset")
    log = fw.log

    async def pure(app, scope, receive, send):
        token = var.set("by middleware")
        try:
            await app(scope, receive, send)
            log.append(f"after: {var.get()}")
        finally:
            var.reset(token)

    app = fw.FastAPI()
    app.add_middleware(http_only(pure))

    @app.middleware("http")
    async def based(request, call_next):
        response = await call_next(request)
        log.append(f"based: {var.get()}")
        return response

    app.add_middleware(http_only(pure))

    def sync_dependency():
        log.append(f"sync dependency: {var.get()}")
        var.set("by sync dependency")

    async def async_dependency():
        log.append(f"async dependency: {var.get()}")
        var.set("by async dependency")

    def sync_generator():
        log.append(f"sync generator: {var.get()}")
        var.set("by sync generator")
        yield
        log.append(f"sync generator after: {var.get()}")

    async def async_generator():
        log.append(f"async generator: {var.get()}")
        token = var.set("by async generator")
        yield
        log.append(f"async generator after: {var.get()}")
        var.reset(token)

    @app.get("/sync")
    def sync():
        log.append(var.get())
        var.set("by sync endpoint")

    @app.get("/async")
    async def asynchronous(tasks: fw.BackgroundTasks):
        log.append(var.get())
        var.set("by async endpoint")
        tasks.add_task(lambda: log.append(f"task: {var.get()}"))

    @app.get(
        "/dependency",
        dependencies=[
            fw.Depends(one)
            for one in (sync_dependency, async_dependency, sync_generator, async_generator)
        ],
    )
    def dependency():
        log.append(var.get())
        var.set("by endpoint")

    @app.get("/stream")
    def stream():
        def lines():
            log.append(f"line: {var.get()}")
            yield "line"

        var.set("before the stream")
        return StreamingResponse(lines())

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        log.append(var.get())
        await websocket.accept()
        await websocket.close()

    return app


@parity(
    "/ / /dict /dict /text /response /empty /stream /error /nowhere /validation?n=x /redirect",
    POST("/"),
    "HEAD / /file /304",
    GET("/docs", body=False),
)
def test_messages_can_be_read_and_their_headers_changed(fw):
    """messages of the response: keys, types, mutable headers, nothing shared between requests"""
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
    "/ /query?n=1 /nowhere",
    GET("/", headers={"x-n": "7"}),
    Req("POST", "/", headers={"x-http-method-override": "PUT"}),
    WS("/moved"),
    "/items/9 /copy /escaped",
)
def test_the_scope_can_be_changed_on_the_way_in(fw):
    """middleware that rewrites path, method, headers, query, state; copies of the scope"""

    async def change(app, scope, receive, send):
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if scope["path"] == "/nowhere":
            scope["path"], scope["query_string"] = "/", b"n=5"
        if scope["path"] == "/moved":
            scope["path"] = "/ws"
        if b"x-http-method-override" in headers:
            scope["method"] = headers[b"x-http-method-override"].decode()
        if scope["path"].startswith("/items"):
            scope["path_params"] = {"from_middleware": "yes", "item_id": "lost"}
        scope["headers"] = [*scope["headers"], (b"x-added", b"by middleware")]
        scope.setdefault("state", {})["added"] = True
        scope["extensions"] = {"mine": {}}
        if scope["path"] == "/copy":
            inner = dict(scope)
            await app(inner, receive, send)
            fw.log.append(["endpoint" in scope, "endpoint" in inner])
        else:
            await app(scope, receive, send)

    app = fw.FastAPI()
    app.add_middleware(asgi(change))

    @app.get("/")
    def root(
        request: fw.Request,
        n: int = 1,
        x_added: str = fw.Header(),
        x_n: int | None = fw.Header(None),
    ):
        return [n, x_added, x_n, request.state.added, request.url.path, request.method]

    @app.put("/")
    def put():
        return "put"

    @app.get("/query")
    def query(n: int):
        return n

    @app.get("/copy")
    def copy(request: fw.Request):
        return list(request.scope["extensions"])

    @app.get("/items/{item_id}")
    def item(request: fw.Request, item_id: int):
        return request.path_params

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket, x_added: str = fw.Header()):
        await websocket.accept()
        await websocket.send_text(x_added)
        await websocket.close()

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
    """middleware around receive"""
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
    """BaseHTTPMiddleware: request.body(), request.stream(), request.form()"""
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
    """BaseHTTPMiddleware: body_iterator, new response, set_cookie, background, status"""
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


@parity("/flaky /flaky /fine /http /nowhere /partly", POST("/flaky"))
def test_a_middleware_may_call_the_application_again(fw):
    """retrying middleware: the same scope served twice"""

    async def retry(app, scope, receive, send):
        messages = []

        async def keep(message):
            messages.append(message)

        for attempt in range(3):
            messages.clear()
            try:
                await app(scope, receive, keep)
            except Exception as error:
                fw.log.append([attempt, type(error).__name__, str(error)])
                continue
            fw.log.append([attempt, messages[0]["status"]])
            if messages[0]["status"] < 400:
                break
        for message in messages:
            await send(message)

    app = fw.FastAPI()
    app.add_middleware(http_only(retry))
    fw.keep.calls = 0

    def flaky():
        fw.keep.calls += 1
        if fw.keep.calls % 3 == 1:
            raise fw.HTTPException(503)
        if fw.keep.calls % 3 == 2:
            raise ValueError("flaky")
        return fw.keep.calls

    app.add_api_route("/flaky", flaky, methods=["GET", "POST"])

    @app.get("/fine")
    def fine():
        return "fine"

    @app.get("/http")
    def http():
        raise fw.HTTPException(404, "not here")

    @app.get("/partly")
    def partly():
        def lines():
            yield "one"
            raise fw.HTTPException(500, "in the middle")

        return StreamingResponse(lines())

    return app


@parity("/sub/a /sub/fail /sub/nowhere /a", WS("/sub/ws"))
def test_a_mounted_application_has_its_own_middleware(fw):
    """middleware of sub-applications, Mount(middleware=…), Route(middleware=…)"""
    log = fw.log
    middleware = fw.module("middleware").Middleware
    app, sub = fw.FastAPI(), fw.FastAPI()
    app.add_middleware(NotingBase, log, "outer")
    sub.add_middleware(NotingBase, log, "inner")
    sub.add_middleware(Noting, log, "pure")
    sub.get("/a", name="a")(lambda: "a")

    @sub.get("/fail")
    def fail():
        raise ValueError("inner failure")

    @sub.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.close()

    async def endpoint(request):
        return PlainTextResponse("plain")

    app.mount("/sub", sub)
    noting = [middleware(Noting, log, "of route")]
    app.router.routes.append(Route("/a", endpoint, middleware=noting))
    return app
