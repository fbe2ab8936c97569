"""Routers: prefixes, inclusion, inheritance, mounts, order, live changes, URLs."""

from typing import Annotated

from pydantic import BaseModel
from starlette.responses import PlainTextResponse as Plain
from starlette.routing import Host, Mount, Route, Router

from .client import GET, POST, WS, Req, document
from .harness import parity, same_value


@parity(
    """
    /a /p/b /x/p/b /p/q/c /x/p/q/c /x/p/q/deep/3 /p /p/ /x/p/q/deep/x /two/c /two/q/c /q/c
    """,
)
def test_prefixes_add_up_over_nested_inclusions(fw):
    """prefix: parent.prefix + argument + route.path; same router included twice"""
    app = fw.FastAPI()
    outer = fw.APIRouter(prefix="/p")
    inner = fw.APIRouter(prefix="/q", tags=["inner"])

    @app.get("/a")
    def a():
        return "a"

    @outer.get("/b")
    def b():
        return "b"

    @outer.get("")
    def empty():
        return "empty"

    @inner.get("/c")
    def c():
        return "c"

    @inner.get("/deep/{n}")
    def deep(n: int):
        return n

    outer.include_router(inner)
    app.include_router(outer)
    app.include_router(outer, prefix="/x")
    app.include_router(inner, prefix="/two", tags=["two"])
    return app


@parity(
    "/in/late",
    lambda fw, app: fw.keep.late(),
    "/in/late /in/nested",
    lambda fw, app: fw.keep.nested(),
    "/in/nested /in/late",
    lambda fw, app: fw.keep.app_route(),
    "/direct",
    lambda fw, app: fw.keep.include_late(),
    "/third /in/late",
    lambda fw, app: app.router.routes.pop(),
    "/third",
    lambda fw, app: app.routes.clear(),
    "/direct /in/late",
)
def test_routes_added_after_inclusion_and_after_requests_are_served(fw):
    """Router tree (0.137): later additions to the child appear; direct mutation of app.routes"""
    app = fw.FastAPI()
    router = fw.APIRouter(prefix="/in")
    app.include_router(router)

    @app.get("/first")
    def first():
        return "first"

    def late():
        router.get("/late", name="late")(lambda: "late")

    def nested():
        child = fw.APIRouter()
        router.include_router(child)
        child.get("/nested", name="nested")(lambda: "nested")

    def app_route():
        app.add_api_route("/direct", lambda: "direct", name="direct")

    def include_late():
        third = fw.APIRouter()
        third.get("/third", name="third")(lambda: "third")
        app.include_router(third)

    vars(fw.keep).update(late=late, nested=nested, app_route=app_route, include_late=include_late)
    return app


@parity(
    "/p/a /p/b /p/c /p/hidden",
)
def test_options_are_inherited_by_included_routes(fw):
    """Inheritance on include_router: tags, responses, deprecated, include_in_schema, callbacks, generate_unique_id_function"""
    app = fw.FastAPI(
        responses={400: {"description": "app 400"}, 401: {"description": "app 401"}},
        generate_unique_id_function=lambda route: f"app-{route.name}",
    )
    callbacks = fw.APIRouter()

    @callbacks.post("{$callback_url}/done")
    def done(body: dict[str, int]):
        pass

    router = fw.APIRouter(
        tags=["router"],
        responses={400: {"description": "router 400"}, 402: {"description": "router 402"}},
        generate_unique_id_function=lambda route: f"router-{route.name}-{route.path}",
    )
    plain = fw.APIRouter(tags=["plain"], deprecated=True)
    hidden = fw.APIRouter(include_in_schema=False)

    @router.get(
        "/a",
        tags=["route"],
        responses={402: {"description": "route 402"}, "4XX": {"description": "any"}},
    )
    def a():
        return "a"

    @router.get("/b", deprecated=True, operation_id="explicit", callbacks=callbacks.routes)
    def b():
        return "b"

    @plain.get("/c", tags=["plain", "route"])
    def c():
        return "c"

    @hidden.get("/hidden")
    def in_hidden():
        return "hidden"

    app.include_router(
        router,
        prefix="/p",
        tags=["include"],
        responses={401: {"description": "include 401"}},
        callbacks=callbacks.routes,
    )
    app.include_router(
        plain, prefix="/p", generate_unique_id_function=lambda route: f"inc-{route.name}"
    )
    app.include_router(hidden, prefix="/p")
    return app


@parity(
    """
    /users/me /users/3 /users/x /same POST /same /same/1 /param/x /param/exact PUT /param/exact
    DELETE /param/exact /a/1/b /a/x/b /a/1/c /int/5 /int/five /static/deep/file
    /static/deep/other
    """,
)
def test_the_first_full_match_in_order_of_registration_wins(fw):
    """route order: first full match; else first partial (405)"""
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


@parity(
    """
    /users/a /users/me /plain/1 /mounted /mounted/ /mounted/x /mounted-not /after /late/x
    """,
    GET("/x", headers={"host": "api.example.org"}),
    "/x HEAD /plain/1 POST /plain/1 OPTIONS /plain/1 /users/me/",
)
def test_opaque_routes_keep_their_place(fw):
    """The route table: opaque routes (mounts, hosts, plain Starlette routes) keep their place"""
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
    "/p/plain /p/mounted/x",
    GET("/p/x", headers={"host": "h.example.org"}),
    "/p/api",
    WS("/p/ws"),
    "/p/func",
    WS("/p/wsfunc"),
)
def test_opaque_routes_of_an_included_router_are_created_again_without_dependencies(fw):
    """Mount / Host / plain Route in the child: re-created under the prefix, without dependencies"""

    def dep():
        fw.log.append("dep")

    app = fw.FastAPI()
    router = fw.APIRouter(dependencies=[fw.Depends(dep)])

    async def plain(request):
        return Plain("plain")

    async def socket(websocket):
        await websocket.accept()
        await websocket.close()

    router.routes.append(Route("/plain", plain, name="plain"))
    router.routes.append(Mount("/mounted", routes=[Route("/x", plain)], name="mounted"))
    router.add_route("/func", plain)
    router.add_websocket_route("/wsfunc", socket)

    @router.get("/api")
    def api():
        return "api"

    @router.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.close()

    app.include_router(router, prefix="/p")
    return app


@parity(
    "/a /a/ /a/?x=1&y=%20%2B /b /b/ /b?x=1 POST /b /c/ /p/ /p /p/3/ /p/3 //a /a// /",
    Req("GET", ""),
    "HEAD /a/ /enc%20/ /enc%20",
    GET("/a/", headers={"host": "example.org:8080"}),
    GET("/a/", scope={"scheme": "https", "server": ("h", 443)}),
)
def test_slashes_are_redirected(fw):
    """redirect_slashes: tried after all routes; 307; with query strings"""
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
    """redirect_slashes off"""
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
    """trailing newline path, encoded slashes"""
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
    """root_path; sub-app mount: own schema, `servers:[{"url": "/sub"}]`"""
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
    """scope keys read by plugins: route, router, endpoint, path_params, app, root_path; `scope["route"]` is the original APIRoute (no prefix)"""
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
    "/ /x /fixed /p/r /nothing",
)
def test_a_router_is_an_application_with_a_default_of_its_own(fw):
    """APIRouter: default, routes"""

    async def fallback(scope, receive, send):
        await Plain("fallback")(scope, receive, send)

    app = fw.FastAPI()
    router = fw.APIRouter(default=fallback)

    @router.get("/x")
    def x():
        return "x"

    app.mount("/p", router)
    app.router.default = fallback
    return app


@same_value
def test_url_path_for_finds_routes_by_name(fw):
    """url_path_for"""
    app = fw.FastAPI()
    router = fw.APIRouter(prefix="/r")

    @app.get("/items/{item_id}")
    def item(item_id: int): ...

    @app.get("/files/{path:path}", name="file")
    def read(path: str): ...

    @router.get("/{a}/{b:int}")
    def pair(a: str, b: int): ...

    @router.websocket("/ws/{n}", name="socket")
    async def socket(websocket: fw.WebSocket, n: int): ...

    app.include_router(router, prefix="/p")
    app.mount("/static", Router([Route("/{x}", lambda r: None, name="asset")]), name="static")
    found = [
        app.url_path_for("item", item_id=3),
        app.url_path_for("file", path="a/b"),
        app.url_path_for("pair", a="x", b=2),
        app.url_path_for("socket", n=1),
        app.url_path_for("static:asset", x="f"),
        app.url_path_for("openapi"),
        app.url_path_for("swagger_ui_html"),
        app.router.url_path_for("item", item_id="é"),
    ]
    for name, params in (
        ("nope", {}),
        ("item", {}),
        ("item", {"item_id": 1, "x": 2}),
        ("file", {"path": ""}),
    ):
        try:
            found.append(app.url_path_for(name, **params))
        except Exception as error:
            found.append(type(error).__name__)
    return [str(path) for path in found]


class Model(BaseModel):
    a: int


@same_value
def test_route_contexts_list_every_effective_route(fw):
    """`iter_route_contexts(routes)` yields RouteContext(path, path_format, name, methods, endpoint, original_route, …)"""
    app = fw.FastAPI(dependencies=[fw.Depends(lambda: None)])
    router = fw.APIRouter(prefix="/r", tags=["t"])
    inner = fw.APIRouter()

    @inner.post("/{n:int}", status_code=201, response_model=Model)
    def create(n: int, m: Model): ...

    @router.get("/x", name="named", operation_id="op")
    def x(): ...

    @inner.websocket("/ws")
    async def ws(websocket: fw.WebSocket): ...

    router.include_router(inner, prefix="/i")
    app.include_router(router, prefix="/p")
    app.mount("/m", fw.FastAPI())
    names = (
        "path",
        "path_format",
        "name",
        "methods",
        "include_in_schema",
        "tags",
        "status_code",
        "operation_id",
        "unique_id",
        "deprecated",
        "summary",
    )
    rows = []
    for context in fw.routing.iter_route_contexts(app.routes):
        row = {name: getattr(context, name, "absent") for name in names}
        row["methods"] = (
            sorted(row["methods"]) if isinstance(row["methods"], set | list) else row["methods"]
        )
        row["original"] = [
            type(context.original_route).__name__,
            getattr(context.original_route, "path", None),
        ]
        row["endpoint"] = (
            getattr(context.endpoint, "__name__", None)
            if hasattr(context, "endpoint")
            else "absent"
        )
        rows.append(row)
    return rows


@same_value
def test_api_routes_have_the_attributes_that_plugins_read(fw):
    """routes (`routing.APIRoute`) have FastAPI's APIRoute attributes"""
    app = fw.FastAPI()

    @app.post(
        "/items/{n}",
        tags=["a"],
        summary="S",
        description="D",
        response_model=Model,
        status_code=201,
    )
    def create(n: int, m: Model, q: str | None = None, x: Annotated[str, fw.Header()] = ""):
        """Docstring."""

    @app.get("/doc")
    def documented():
        """First line.

        More.\fHidden.
        """

    rows = []
    for route in app.routes:
        if not isinstance(route, fw.routing.APIRoute):
            rows.append([type(route).__name__, route.path, route.name])
            continue
        names = [
            "path",
            "path_format",
            "name",
            "tags",
            "summary",
            "description",
            "status_code",
            "operation_id",
            "deprecated",
            "response_description",
            "include_in_schema",
            "unique_id",
        ]
        row = [getattr(route, name) for name in names]
        d = route.dependant
        row += [
            sorted(route.methods),
            str(route),
            route.path_regex.pattern,
            sorted(route.param_convertors),
        ]
        row += [
            [f.name for f in getattr(d, f"{kind}_params")]
            for kind in ("path", "query", "header", "cookie", "body")
        ]
        row += [
            route.body_field and route.body_field.name,
            route.response_field and route.response_field.name,
        ]
        row += [
            route.endpoint.__name__,
            route.response_model and route.response_model.__name__,
            route.is_json_stream if hasattr(route, "is_json_stream") else None,
        ]
        rows.append(row)
    return rows


@same_value
def test_the_routes_of_an_application_are_listed_in_order(fw):
    """Router tree: `app.routes` holds `_IncludedRouter`"""
    app = fw.FastAPI()
    router = fw.APIRouter()
    router.add_api_route("/x", lambda: 1)
    app.include_router(router, prefix="/p")
    app.mount("/m", fw.FastAPI(), name="m")
    return [
        [type(r).__name__, getattr(r, "path", None), getattr(r, "name", None)] for r in app.routes
    ]


@parity(
    "/a /p/b POST /p/b /p/c",
    compiled=False,
)
def test_a_custom_route_class_may_override_the_handler(fw):
    """a custom `route_class` that overrides `get_route_handler`"""

    class Logged(fw.routing.APIRoute):
        def get_route_handler(self):
            original = super().get_route_handler()

            async def handler(request):
                fw.log.append(f"before {request.url.path}")
                response = await original(request)
                response.headers["x-logged"] = "1"
                return response

            return handler

    class Plainly(fw.routing.APIRoute):
        pass

    app = fw.FastAPI()
    app.router.route_class = Logged
    router = fw.APIRouter(route_class=Logged)
    other = fw.APIRouter(route_class=Plainly)

    @app.get("/a")
    def a():
        return "a"

    @router.get("/b")
    def b():
        return "b"

    @router.post("/b")
    async def post(n: int):
        return n

    @other.get("/c")
    def c():
        return "c"

    app.include_router(router, prefix="/p")
    app.include_router(other, prefix="/p")
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
    """Verb decorators (get put post delete options head patch trace); api_route"""
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


@parity(
    "/x/1 /x/1/y /x/a /z/1/2 /p/v1/3 /p/v1/x",
)
def test_parameters_in_prefixes_are_parameters_of_the_routes(fw):
    """prefixes with parameters"""
    app = fw.FastAPI()
    router = fw.APIRouter(prefix="/{n}")

    @router.get("")
    def root(n: int):
        return n

    @router.get("/y")
    def y(n: str):
        return n

    @router.get("/{m}")
    def both(n: int, m: int):
        return [n, m]

    app.include_router(router, prefix="/x")
    app.include_router(router, prefix="/z")
    app.include_router(router, prefix="/p/{version}", include_in_schema=False)
    return app


@parity(
    "/ /a.txt /sub/ /sub /missing",
    GET("/missing", headers={"accept": "text/html"}),
    "/api POST /a.txt POST /missing HEAD /a.txt /api/x /..%2fetc",
    openapi=True,
)
def test_a_frontend_is_served_after_all_routes(fw):
    """frontend() (0.138–0.141)"""
    import os
    import pathlib
    import tempfile

    root = pathlib.Path(tempfile.gettempdir(), "parity-frontend")
    for name, text in {"index.html": "<p>index", "a.txt": "a", "sub/index.html": "<p>sub"}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_text(text)
        os.utime(file, (1_700_000_000, 1_700_000_000))
    app = fw.FastAPI()
    app.frontend("/", directory=root)

    @app.get("/api")
    def api():
        return "api"

    return app
