"""What middleware sees in the scope of a request, and what it may change there."""

from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route

from ..client import GET, POST, WS, Req
from ..harness import parity
from .recording import asgi

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
    """Compare the keys that plugins read."""
    return application_that_shows_its_scope(fw)


@parity(
    "/plain/x /inc/plain/y /mount/nowhere",
    GET("/docs", body=False),
    GET("/redoc", body=False),
    GET("/hosted/h", headers={"host": "api.example.org"}),
    openapi=False,
)
def test_the_scope_names_no_route_that_is_not_an_api_route(fw):
    """Plain routes, mounts, hosts and the pages leave it out."""
    return application_that_shows_its_scope(fw)


@parity("/ /items/3 /nowhere /inc/1 /items/3/", POST("/items/3"), WS("/ws"))
def test_middleware_may_ask_the_routes_itself(fw):
    """Instrumentation calls `route.matches(scope)` before the application."""

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
    "/ /query?n=1 /nowhere",
    GET("/", headers={"x-n": "7"}),
    Req("POST", "/", headers={"x-http-method-override": "PUT"}),
    WS("/moved"),
    "/items/9 /copy /escaped",
)
def test_the_scope_can_be_changed_on_the_way_in(fw):
    """Middleware changes the path, the method, headers, the query and the state, or copies the
    scope.
    """

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
