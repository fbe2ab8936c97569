"""Starlette's middleware, under the names that both frameworks give it."""

import itsdangerous
import pytest
from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    AuthenticationError,
    SimpleUser,
)
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse, StreamingResponse

from ..client import GET, POST, PUT, WS, Req
from ..harness import SUBJECT, Framework, parity, same_value

ORIGIN = {"origin": "https://shop.example.org"}
OTHER = {"origin": "https://other.example.com"}


def preflight(target, method="PUT", headers=None, origin=ORIGIN):
    asked = {"access-control-request-method": method}
    if headers is not None:
        asked["access-control-request-headers"] = headers
    return Req("OPTIONS", target, headers=origin | asked)


def answers(fw):
    """An application with an answer of each kind."""
    app = fw.FastAPI()

    @app.get("/")
    async def root() -> dict[str, str]:
        return {"text": "x" * 600}

    @app.put("/")
    def put(body: dict[str, int]):
        return body

    @app.get("/short")
    def short():
        return "short"

    @app.get("/http")
    def http():
        raise fw.HTTPException(404, "y" * 600, headers={"vary": "Accept"})

    @app.get("/fail")
    def fail():
        raise ValueError("z" * 600)

    @app.get("/validation")
    def validation(n: int):
        return n

    @app.get("/stream")
    def stream():
        return StreamingResponse(iter(["s" * 400, "t" * 400]), media_type="text/plain")

    @app.get("/encoded")
    def encoded():
        return PlainTextResponse("e" * 600, headers={"content-encoding": "br"})

    @app.get("/image")
    def image():
        return PlainTextResponse("i" * 600, media_type="image/png")

    @app.get("/cookie")
    def cookie(response: fw.Response):
        response.set_cookie("a", "b")
        response.headers["vary"] = "Accept-Language"
        response.headers["x-total"] = "1"

    @app.get("/empty", status_code=204)
    def empty():
        return None

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.send_text(websocket.url.path)
        await websocket.close()

    return app


PATHS = ("/", "/short", "/http", "/fail", "/validation?n=x", "/stream", "/cookie", "/empty")


def everything(**options):
    """A request for each kind of answer."""
    others = [("GET", "/nowhere"), ("POST", "/"), ("HEAD", "/")]
    return [
        Req(method, path, **options) for method, path in [*(("GET", p) for p in PATHS), *others]
    ]


def cors_case(**options):
    @parity(
        *everything(headers=ORIGIN),
        *everything(headers=OTHER),
        *everything(),
        GET("/", headers=ORIGIN | {"cookie": "a=b"}),
        PUT("/", {"a": 1}, headers=ORIGIN),
        preflight("/"),
        preflight("/", "GET"),
        preflight("/", "DELETE"),
        preflight("/", headers="x-token, content-type"),
        preflight("/", headers="x-unknown"),
        preflight("/", headers=""),
        preflight("/nowhere"),
        preflight("/", origin=OTHER),
        Req("OPTIONS", "/", headers=ORIGIN),
        Req("OPTIONS", "/"),
        WS("/ws", headers=ORIGIN),
        GET("/", headers={"origin": "https://shop.example.org.evil.example"}),
        GET("/", headers={"origin": "null"}),
    )
    def test(fw):
        """Serve an application behind `CORSMiddleware`."""
        app = answers(fw)
        app.add_middleware(fw.module("middleware.cors").CORSMiddleware, **options)
        return app

    return test


test_cors_with_defaults_allows_nothing = cors_case()
test_cors_may_allow_every_origin = cors_case(
    allow_origins=["*"], allow_methods=["*"], allow_headers=["*"]
)
test_cors_may_allow_every_origin_with_credentials = cors_case(
    allow_origins=["*"], allow_credentials=True, expose_headers=["x-total"], max_age=5
)
test_cors_may_allow_one_origin = cors_case(
    allow_origins=["https://shop.example.org"],
    allow_methods=["GET", "PUT"],
    allow_headers=["X-Token"],
    expose_headers=["X-Total", "X-Other"],
)
test_cors_may_allow_origins_by_a_pattern = cors_case(
    allow_origin_regex=r"https://.*\.example\.org", allow_credentials=True, allow_methods=["PUT"]
)


def gzip_case(**options):
    @parity(
        *everything(headers={"accept-encoding": "gzip"}),
        *everything(headers={"accept-encoding": "br"}),
        *everything(),
        GET("/encoded", headers={"accept-encoding": "gzip"}),
        GET("/image", headers={"accept-encoding": "gzip"}),
        GET("/", headers={"accept-encoding": "br, gzip;q=0"}),
        WS("/ws"),
    )
    def test(fw):
        """Serve an application behind `GZipMiddleware`."""
        app = answers(fw)
        app.add_middleware(fw.module("middleware.gzip").GZipMiddleware, **options)
        return app

    return test


test_gzip_compresses_what_is_long_enough = gzip_case()
test_gzip_may_compress_everything = gzip_case(minimum_size=0, compresslevel=1)
test_gzip_may_compress_nothing = gzip_case(minimum_size=100_000)


@parity(
    GET("/events", headers=ORIGIN | {"accept-encoding": "gzip"}),
    GET("/events", headers=ORIGIN),
)
def test_events_are_not_compressed(fw):
    app = fw.FastAPI()
    app.add_middleware(fw.module("middleware.gzip").GZipMiddleware, minimum_size=0)
    app.add_middleware(fw.module("middleware.cors").CORSMiddleware, allow_origins=["*"])

    @app.get("/events", response_class=fw.module("sse").EventSourceResponse)
    def events():
        yield {"a": "a" * 600}

    return app


def host_case(**options):
    @parity(
        *(
            one
            for host in (
                "testserver",
                "shop.example.org",
                "www.shop.example.org",
                "SHOP.example.org",
                "shop.example.org:8000",
                "evil.example",
                "",
                "[::1]:80",
            )
            for one in (
                GET("/", headers={"host": host}),
                GET("/nowhere", headers={"host": host}),
                WS("/ws", headers={"host": host}),
            )
        )
    )
    def test(fw):
        """Serve an application behind `TrustedHostMiddleware`."""
        app = answers(fw)
        app.add_middleware(fw.module("middleware.trustedhost").TrustedHostMiddleware, **options)
        return app

    return test


test_trusted_hosts_may_be_all = host_case()
test_trusted_hosts_may_be_named = host_case(allowed_hosts=["testserver", "www.shop.example.org"])
test_trusted_hosts_may_be_a_pattern = host_case(allowed_hosts=["*.example.org"])
test_trusted_hosts_may_be_without_redirects = host_case(
    allowed_hosts=["www.shop.example.org"], www_redirect=False
)


@parity(
    "/ /nowhere /?q=1 POST /",
    GET("/", scope={"scheme": "https"}),
    GET("/", headers={"host": "shop.example.org:80"}),
    GET("/", headers={"host": "shop.example.org:8000"}),
    GET("/", headers={"host": "shop.example.org:8000"}, scope={"root_path": "/proxy"}),
    WS("/ws"),
    WS("/ws", scope={"scheme": "wss"}),
)
def test_requests_are_redirected_to_https(fw):
    app = answers(fw)
    app.add_middleware(fw.module("middleware.httpsredirect").HTTPSRedirectMiddleware)
    return app


class TimelessSigner(itsdangerous.TimestampSigner):
    """Signs at the same second on both frameworks."""

    def get_timestamp(self):
        return 1_700_000_000


class TimelessSessions(SessionMiddleware):
    def __init__(self, app, **options):
        super().__init__(app, **options)
        self.signer = TimelessSigner(options["secret_key"])


def session_cookie(data, secret="secret"):
    import base64
    import json

    text = base64.b64encode(json.dumps(data).encode())
    return {"cookie": f"session={TimelessSigner(secret).sign(text).decode()}"}


def session_case(**options):
    @parity(
        "/read /write /write?n=5 /clear /fail /http /none",
        GET("/read", headers=session_cookie({"n": 3})),
        GET("/write", headers=session_cookie({"n": 3})),
        GET("/clear", headers=session_cookie({"n": 3})),
        GET("/none", headers=session_cookie({"n": 3})),
        GET("/http", headers=session_cookie({"n": 3})),
        GET("/fail", headers=session_cookie({"n": 3})),
        GET("/read", headers=session_cookie({"n": 3}, "forged")),
        GET("/read", headers={"cookie": "session=nonsense"}),
        WS("/ws", headers=session_cookie({"n": 3})),
    )
    def test(fw):
        """Serve an application behind `SessionMiddleware`."""
        app = fw.FastAPI()
        app.add_middleware(TimelessSessions, secret_key="secret", **options)

        def counted(request: fw.Request):
            return request.session.get("n", 0)

        @app.get("/read")
        def read(n: int = fw.Depends(counted)):
            return n

        @app.get("/write")
        async def write(request: fw.Request, n: int = 1):
            request.session["n"] = request.session.get("n", 0) + n
            return request.session

        @app.get("/clear")
        def clear(request: fw.Request):
            request.session.clear()

        @app.get("/none")
        def none():
            return "no session"

        @app.get("/fail")
        def fail(request: fw.Request):
            request.session["failed"] = True
            raise ValueError

        @app.get("/http")
        def http(request: fw.Request):
            request.session["failed"] = True
            raise fw.HTTPException(403)

        @app.websocket("/ws")
        async def ws(websocket: fw.WebSocket):
            await websocket.accept()
            await websocket.send_json(websocket.session)
            await websocket.close()

        return app

    return test


test_sessions_are_read_and_written = session_case()
test_sessions_may_be_configured = session_case(
    max_age=None, same_site="strict", https_only=True, path="/read", domain="example.org"
)


class Backend(AuthenticationBackend):
    async def authenticate(self, conn):
        name = conn.headers.get("x-user")
        if name is None:
            return None
        if name == "nobody":
            raise AuthenticationError("nobody")
        return AuthCredentials(["read"]), SimpleUser(name)


@parity(
    *(
        GET(target, headers=headers)
        for target in ("/", "/nowhere", "/dependency")
        for headers in ({}, {"x-user": "ada"}, {"x-user": "nobody"})
    ),
    WS("/ws", headers={"x-user": "ada"}),
    WS("/ws", headers={"x-user": "nobody"}),
)
def test_authentication_gives_a_user_to_requests(fw):
    app = fw.FastAPI()
    app.add_middleware(AuthenticationMiddleware, backend=Backend())

    def user(request: fw.Request):
        if not request.user.is_authenticated:
            raise fw.HTTPException(401)
        return request.user.display_name

    @app.get("/")
    def root(request: fw.Request):
        return [request.user.is_authenticated, request.auth.scopes]

    @app.get("/dependency")
    def dependency(name: str = fw.Depends(user)):
        return name

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.send_text(websocket.user.display_name)
        await websocket.close()

    return app


def wsgi(environ, start_response):
    body = environ["wsgi.input"].read()
    path = environ["PATH_INFO"]
    if path == "/fail":
        raise ValueError("wsgi")
    start_response("201 Created", [("Content-Type", "text/plain"), ("X-Wsgi", "1")])
    seen = [environ["REQUEST_METHOD"], environ["SCRIPT_NAME"], path, environ["QUERY_STRING"]]
    return ["|".join(seen).encode(), b" ", body]


@pytest.fixture(autouse=True, scope="module")
def wsgi_modules():
    """Importing them warns, once, that Starlette will do without them."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for root in ("fastapi", SUBJECT):
            Framework(root).module("middleware.wsgi")


@parity(
    "/wsgi /wsgi/ /wsgi/a?q=1 /wsgi/%C3%BC /wsgi/fail /inc/wsgi/a /a",
    POST("/wsgi/a", content="body"),
    Req("POST", "/wsgi/a", content=[b"bo", b"dy"]),
    Req("DELETE", "/wsgi/a"),
    Req("GET", "/proxy/wsgi/a", scope={"root_path": "/proxy"}),
    WS("/ws"),
)
def test_a_wsgi_application_can_be_mounted(fw):
    app = fw.FastAPI()
    app.mount("/wsgi", fw.module("middleware.wsgi").WSGIMiddleware(wsgi))
    router = fw.APIRouter()
    router.mount("/wsgi", fw.module("middleware.wsgi").WSGIMiddleware(wsgi))
    app.include_router(router, prefix="/inc")
    app.get("/a", name="a")(lambda: "a")
    return app


@parity(
    *everything(headers=ORIGIN | {"accept-encoding": "gzip"}),
    preflight("/"),
    GET("/", headers=ORIGIN | {"host": "evil.example"}),
)
def test_all_of_them_work_together(fw):
    app = answers(fw)
    app.add_middleware(fw.module("middleware.gzip").GZipMiddleware)
    app.add_middleware(TimelessSessions, secret_key="secret")
    app.add_middleware(
        fw.module("middleware.trustedhost").TrustedHostMiddleware, allowed_hosts=["testserver"]
    )
    app.add_middleware(fw.module("middleware.cors").CORSMiddleware, allow_origins=["*"])

    @app.middleware("http")
    async def timed(request, call_next):
        response = await call_next(request)
        response.headers["x-process-time"] = "0"
        return response

    return app


@same_value
def test_the_names_are_those_of_starlette(fw):
    names = {
        "middleware": "Middleware",
        "middleware.cors": "CORSMiddleware",
        "middleware.gzip": "GZipMiddleware",
        "middleware.httpsredirect": "HTTPSRedirectMiddleware",
        "middleware.trustedhost": "TrustedHostMiddleware",
        "middleware.wsgi": "WSGIMiddleware",
    }
    return [getattr(fw.module(module), name) for module, name in names.items()]


@parity("/ /fail", trio=True)
def test_the_exit_stack_of_a_request_may_be_used_by_an_application(fw):
    middleware = fw.module("middleware.asyncexitstack").AsyncExitStackMiddleware
    app = fw.FastAPI()
    app.add_middleware(middleware, context_name="mine")

    @app.get("/")
    async def root(request: fw.Request):
        request.scope["mine"].callback(fw.log.append, "closed")
        return "root"

    @app.get("/fail")
    async def fail(request: fw.Request):
        request.scope["mine"].callback(fw.log.append, "closed after an error")
        raise ValueError

    return app
