"""Which route answers: order, slashes, unusual paths, the root path, the scope."""

import re

from starlette.responses import PlainTextResponse as Plain
from starlette.routing import Host, Route, Router

from ..client import GET, POST, Req, document
from ..harness import parity


@parity(
    """
    /users/me /users/3 /users/x /same POST /same /same/1 /param/x /param/exact PUT /param/exact
    DELETE /param/exact /a/1/b /a/x/b /a/1/c /int/5 /int/five /static/deep/file
    /static/deep/other
    """,
)
def test_the_first_full_match_in_order_of_registration_wins(fw):
    """If there is none, the first partial one is a 405."""
    app = fw.FastAPI()

    def add(method, path, answer):
        app.add_api_route(path, lambda: answer, methods=[method], name=answer)

    add("GET", "/users/me", "me")
    add("GET", "/users/{user_id}", "user")
    add("GET", "/same", "first")
    add("GET", "/same", "second")
    add("POST", "/same", "post")
    add("GET", "/param/{x}", "param get")
    add("POST", "/param/exact", "exact post")
    add("PUT", "/param/exact", "exact put")
    add("GET", "/param/exact", "exact get")
    add("GET", "/a/{n:int}/b", "int b")
    add("GET", "/a/{s}/b", "str b")
    add("GET", "/a/{n:int}/c", "int c")
    add("GET", "/int/{s}", "str")
    add("GET", "/int/{n:int}", "int")
    add("GET", "/static/{rest:path}", "rest")
    add("GET", "/static/deep/file", "file")
    return app


@parity("/items /ITEMS /Items/3/SUB /items/x/sub POST /ITEMS /moved /old /SOCKET /plain /PLAIN")
def test_patterns_can_be_replaced(fw):
    app = fw.FastAPI()

    @app.get("/Items")
    def items():
        return "items"

    @app.get("/Items/{item_id}/Sub")
    def sub(item_id: int):
        return item_id

    @app.get("/old")
    def old():
        return "old"

    app.add_route("/Plain", lambda request: Plain("plain"))
    for route in app.routes:
        route.path_regex = re.compile(route.path_regex.pattern, re.IGNORECASE)
        if route.path == "/old":
            route.path = "/moved"
    return app


@parity(
    """
    /users/a /users/me /plain/1 /mounted /mounted/ /mounted/x /mounted-not /after /late/x
    """,
    GET("/x", headers={"host": "api.example.org"}),
    "/x HEAD /plain/1 POST /plain/1 OPTIONS /plain/1 /users/me/",
)
def test_opaque_routes_keep_their_place(fw):
    """Mounts, hosts and plain routes of Starlette are opaque."""
    app = fw.FastAPI()

    @app.get("/users/{name}")
    def user(name: str):
        return name

    async def plain(request):
        return Plain(f"plain {request.path_params}")

    app.router.routes.append(Route("/users/me", plain))
    app.router.routes.append(Route("/plain/{n:int}", plain))
    app.mount("/mounted", Router([Route("/x", plain), Route("/", plain)]))
    app.router.routes.append(Host("api.example.org", Router([Route("/x", plain)])))

    @app.get("/x")
    def x():
        return "x"

    @app.get("/mounted/x")
    def shadowed():
        return "never"

    @app.get("/after")
    def after():
        return "after"

    app.add_route("/late/{p}", plain, methods=["GET"])
    return app


@parity(
    "/a /a/ /a/?x=1&y=%20%2B /b /b/ /b?x=1 POST /b /c/ /p/ /p /p/3/ /p/3 //a /a// /",
    Req("GET", ""),
    "HEAD /a/ /enc%20/ /enc%20",
    GET("/a/", headers={"host": "example.org:8080"}),
    GET("/a/", scope={"scheme": "https", "server": ("h", 443)}),
)
def test_slashes_are_redirected(fw):
    """The redirect is a 307 with the query, tried after all routes."""
    app = fw.FastAPI()
    router = fw.APIRouter(prefix="/p")

    @app.get("/a")
    def a():
        return "a"

    @app.get("/b/")
    def b():
        return "b"

    @app.post("/c")
    def c():
        return "c"

    @router.get("/")
    def root():
        return "p"

    @router.get("/{n}")
    def n(n: int):
        return n

    @app.get("/enc ")
    def encoded():
        return "enc"

    app.include_router(router)
    return app


@parity(
    "/a /a/ /b /b/ /r/x/ /mounted",
)
def test_slash_redirection_can_be_switched_off(fw):
    app = fw.FastAPI(redirect_slashes=False)
    router = fw.APIRouter(prefix="/r")

    @app.get("/a")
    def a():
        return "a"

    @app.get("/b/")
    def b():
        return "b"

    @router.get("/x")
    def x():
        return "x"

    app.include_router(router)
    app.mount("/mounted", fw.FastAPI())
    return app


@parity(
    """
    /files/a%2Fb /files/a/b /x%0A /x /x%0a/ /%78 /tab%09 /files/%2e%2e/x /files/../x /n/1%0A
    """,
    GET("/%C3%BC"),
    "/X /x;p=1 /x%3F /x%00",
)
def test_unusual_paths_are_matched_alike(fw):
    """They end with a newline, or have encoded slashes."""
    app = fw.FastAPI()

    @app.get("/files/{name}")
    def files(name: str):
        return name

    @app.get("/x")
    def x():
        return "x"

    @app.get("/n/{n:int}")
    def n(n: int):
        return n

    @app.get("/ü")
    def umlaut():
        return "ü"

    return app


@parity(
    GET("/items/3", scope={"root_path": "/api"}),
    GET("/api/items/3", scope={"root_path": "/api"}),
    GET("/api/url", scope={"root_path": "/api"}),
    GET("/url", scope={"root_path": "/api"}),
    GET("/api/items/3/", scope={"root_path": "/api"}),
    GET("/apix/items/3", scope={"root_path": "/api"}),
    "/url",
    GET("/api/sub/url", scope={"root_path": "/api"}),
    "/sub/url",
    GET("/api", scope={"root_path": "/api"}),
    document("/api/openapi.json", scope={"root_path": "/api"}),
    document("/api/sub/openapi.json", scope={"root_path": "/api"}),
    document("/openapi.json"),
    document("/sub/openapi.json"),
)
def test_the_root_path_of_the_server_is_stripped(fw):
    """The document of a mounted application has it in `servers`."""
    app = fw.FastAPI()
    sub = fw.FastAPI()

    @app.get("/items/{n}")
    def item(n: int):
        return n

    def add(target):
        @target.get("/url")
        def url(request: fw.Request):
            return [
                str(request.url),
                str(request.base_url),
                request.scope["root_path"],
                str(request.url_for("url")),
            ]

    add(app)
    add(sub)
    app.mount("/sub", sub)
    return app


@parity(
    "/items/3 /prefix/items/3 /info/4?x=1 /p/info/4 /scope /in/scope /sub/scope",
)
def test_the_scope_tells_which_route_was_matched(fw):
    """Compare the keys that plugins read.

    The route is the one that was declared, without the prefix of its inclusion.
    """
    app = fw.FastAPI()
    router = fw.APIRouter()

    @router.get("/info/{n:int}")
    def info(n: int, request: fw.Request):
        scope = request.scope
        context = scope["fastapi"].get("effective_route_context")
        return [
            scope["route"].path,
            scope["endpoint"].__name__,
            scope["path_params"],
            scope["app"] is app,
            scope["root_path"],
            str(request.url),
            scope.get("router") is app.router,
            context and context.path,
        ]

    @router.get("/scope")
    def keys(request: fw.Request):
        return sorted(k for k in request.scope if k not in ("extensions",))

    @router.get("/items/{n}")
    def items(n, request: fw.Request):
        return [request.scope["path_params"], request.path_params, request.method]

    sub = fw.FastAPI()
    sub.include_router(router)
    app.include_router(router)
    app.include_router(router, prefix="/p")
    app.include_router(router, prefix="/in")
    app.mount("/sub", sub)
    return app


@parity(
    *(
        Req(m, "/all")
        for m in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "CONNECT")
    ),
    *(Req(m, "/several") for m in ("GET", "POST", "PURGE")),
    POST("/router"),
)
def test_every_verb_has_a_decorator(fw):
    app = fw.FastAPI()
    for verb in ("get", "put", "post", "delete", "options", "head", "patch", "trace"):

        async def endpoint(request: fw.Request):
            return request.method

        getattr(app, verb)("/all", name=verb, operation_id=f"op_{verb}")(endpoint)

    @app.api_route("/several", methods=["get", "PURGE"], include_in_schema=False)
    def several():
        return "several"

    router = fw.APIRouter()

    @router.api_route("/router", methods={"POST"})
    def routed():
        return "routed"

    app.include_router(router)
    return app
