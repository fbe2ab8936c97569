"""The application object: arguments, lifespan, middleware, state, mounting, documentation pages."""

import warnings
from contextlib import asynccontextmanager, contextmanager

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse

from .client import GET, POST, WS, Req, document
from .harness import parity, same_value


@same_value
def test_the_defaults_of_an_application_are_those_of_fastapi(fw):
    """FastAPI(*, …): attributes: all of those plus openapi_version, openapi_schema, webhooks, state…"""
    app = fw.FastAPI()
    names = [
        "debug",
        "title",
        "summary",
        "description",
        "version",
        "openapi_url",
        "openapi_tags",
        "servers",
        "docs_url",
        "redoc_url",
        "swagger_ui_oauth2_redirect_url",
        "swagger_ui_init_oauth",
        "terms_of_service",
        "contact",
        "license_info",
        "root_path",
        "root_path_in_servers",
        "swagger_ui_parameters",
        "separate_input_output_schemas",
        "openapi_external_docs",
        "openapi_version",
        "openapi_schema",
        "dependency_overrides",
        "user_middleware",
        "middleware_stack",
    ]
    values = {name: getattr(app, name) for name in names}
    values["handlers"] = sorted(str(getattr(k, "__name__", k)) for k in app.exception_handlers)
    values["router"] = type(app.router).__name__
    values["webhooks"] = [type(app.webhooks).__name__, len(app.webhooks.routes)]
    values["setup"] = [callable(app.setup), callable(app.openapi)]
    return values


@parity(
    "/a /docs /redoc",
    document("/openapi.json"),
    "/docs/oauth2-redirect",
)
def test_the_documentation_can_be_switched_off(fw):
    """docs urls None"""
    app = fw.FastAPI(docs_url=None, redoc_url=None)
    app.get("/a", name="a")(lambda: "a")
    return app


@parity(
    "/docs /redoc",
    document("/openapi.json"),
)
def test_without_a_document_there_are_no_pages(fw):
    """openapi_url=None"""
    return fw.FastAPI(openapi_url=None)


@parity(
    GET("/d", body=False),
    GET("/r", body=False),
    GET("/o2", body=False),
    "/docs /redoc",
    Req("HEAD", "/d", body=False),
    GET("/d/", body=False),
)
def test_the_pages_can_be_moved(fw):
    """docs_url, redoc_url, swagger_ui_oauth2_redirect_url"""
    return fw.FastAPI(
        docs_url="/d",
        redoc_url="/r",
        swagger_ui_oauth2_redirect_url="/o2",
        swagger_ui_parameters={"deepLinking": False},
    )


@parity(
    "/",
    WS("/ws"),
    lambda fw, app: fw.log.append("between"),
    "/sub/x",
    trio=True,
)
def test_the_lifespan_surrounds_the_requests_and_gives_state(fw):
    """lifespan; state"""

    @asynccontextmanager
    async def lifespan(app):
        fw.log.append(f"start {type(app).__name__}")
        app.state.on_app = "app state"
        yield {"from_lifespan": [1, 2]}
        fw.log.append("stop")

    app = fw.FastAPI(lifespan=lifespan)

    @app.get("/")
    def read(request: fw.Request):
        return [request.state.from_lifespan, request.app.state.on_app]

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.send_json(websocket.state.from_lifespan)
        await websocket.close()

    sub = fw.FastAPI()

    @sub.get("/x")
    def x(request: fw.Request):
        return request.state.from_lifespan

    app.mount("/sub", sub)
    return app


@parity(
    "/",
    trio=True,
)
def test_lifespans_of_included_routers_nest(fw):
    """lifespan: child lifespan nested inside the parent's; state dicts merged, parent keys win"""

    def lifespan(name):
        @asynccontextmanager
        async def inner(app):
            fw.log.append(f"start {name} {type(app).__name__}")
            yield {name: True, "shared": name}
            fw.log.append(f"stop {name}")

        return inner

    app = fw.FastAPI(lifespan=lifespan("app"))
    parent = fw.APIRouter(lifespan=lifespan("parent"))
    child = fw.APIRouter(lifespan=lifespan("child"))
    late = fw.APIRouter(lifespan=lifespan("late"))
    parent.include_router(child)
    app.include_router(parent)
    app.include_router(late)
    app.mount("/mounted", fw.FastAPI(lifespan=lifespan("mounted")))

    @app.get("/")
    def read(request: fw.Request):
        return {
            k: getattr(request.state, k, None)
            for k in ("app", "parent", "child", "late", "mounted", "shared")
        }

    return app


@parity(
    "/never",
)
def test_a_lifespan_that_fails_to_start_stops_the_application(fw):
    """lifespan failure"""

    @asynccontextmanager
    async def lifespan(app):
        raise RuntimeError("no start")
        yield

    return fw.FastAPI(lifespan=lifespan)


@parity(
    "/",
)
def test_a_lifespan_that_fails_to_stop_is_reported(fw):
    """lifespan failure"""

    @asynccontextmanager
    async def lifespan(app):
        yield
        raise RuntimeError("no stop")

    return fw.FastAPI(lifespan=lifespan)


@parity(
    "/",
)
def test_event_handlers_run_at_start_and_stop(fw):
    """on_event, on_startup/on_shutdown re-implemented; deprecated"""
    log = fw.log
    app = fw.FastAPI(
        on_startup=[lambda: log.append("argument")],
        on_shutdown=[lambda: log.append("bye argument")],
    )
    router = fw.APIRouter(on_startup=[lambda: log.append("router argument")])

    @app.on_event("startup")
    async def started():
        log.append("decorated")

    @app.on_event("shutdown")
    def stopped():
        log.append("bye")

    @router.on_event("startup")
    def router_started():
        log.append("router")

    app.router.add_event_handler("startup", lambda: log.append("added"))
    app.include_router(router)

    @router.on_event("startup")
    def too_late():
        log.append("after inclusion")

    app.get("/", name="root")(lambda: "root")
    return app


@parity(
    "/ /fail /http /nowhere",
    POST("/body", {"a": 1}),
    "/state",
    WS("/ws"),
    trio=True,
)
def test_middleware_of_every_form_wraps_the_application(fw):
    """middleware order: ServerError → … → user → Exception → AsyncExitStack → router; add_middleware, @app.middleware"""
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
    """.middleware.*: CORSMiddleware, GZipMiddleware, TrustedHostMiddleware"""
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
    """middleware that short-circuits, rewrites paths, wraps receive"""
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
    """add_middleware after start: RuntimeError"""
    import anyio

    from .harness import ORACLE, SUBJECT, Framework

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


@parity(
    "/sub/a",
    document("/sub/openapi.json"),
    "/sub/deep/b",
    GET("/sub/docs", body=False),
    "/a /sub/ /sub /sub/scope",
    document("/openapi.json"),
    WS("/sub/ws"),
)
def test_applications_can_be_mounted(fw):
    """sub-app mount: own schema, `servers:[{"url": "/sub"}]`, scope["app"]=sub"""

    def dep():
        fw.log.append("parent dependency")

    app = fw.FastAPI(dependencies=[fw.Depends(dep)], title="Parent")
    sub = fw.FastAPI(title="Sub")
    deep = fw.FastAPI(title="Deep")

    @app.get("/a")
    def a():
        return "parent"

    @sub.get("/a")
    def sub_a():
        return "sub"

    @sub.get("/scope")
    def scope(request: fw.Request):
        return [request.app.title, request.scope["root_path"], request.url_for("scope").path]

    @sub.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.close()

    @deep.get("/b")
    def b(request: fw.Request):
        return [request.app.title, request.scope["root_path"]]

    app.mount("/sub", sub)
    sub.mount("/deep", deep)
    return app


@parity(
    "/ /other",
)
def test_the_application_may_be_subclassed(fw):
    """FastAPI subclasses"""

    class Mine(fw.FastAPI):
        def __init__(self, **options):
            super().__init__(title="Mine", **options)
            self.get("/other", name="other")(lambda: "other")

        def openapi(self):
            return super().openapi() | {"x-mine": True}

    app = Mine(version="9")

    @app.get("/")
    def read(request: fw.Request):
        return type(request.app).__name__

    return app


@parity(
    "/typed?n=1",
    POST("/typed", {"a": 1}),
)
def test_add_methods_do_what_the_decorators_do(fw):
    """add_api_route, add_api_websocket_route, include_router"""
    app = fw.FastAPI()

    def typed(n: int):
        return n

    async def post(a: dict[str, int]):
        return a

    app.add_api_route("/typed", typed, tags=["t"], status_code=202, response_model=int)
    app.add_api_route("/typed", post, methods=["POST"], summary="Post")
    return app


@same_value
def test_the_test_client_drives_the_application(fw):
    """TestClient"""

    @asynccontextmanager
    async def lifespan(app):
        fw.log.append("start")
        yield {"s": 1}
        fw.log.append("stop")

    app = fw.FastAPI(lifespan=lifespan)

    @app.post("/items/{n}")
    def create(n: int, request: fw.Request, body: dict[str, int], response: fw.Response):
        response.set_cookie("c", "v")
        return [n, body, request.state.s, request.cookies.get("c")]

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.send_text((await websocket.receive_text()).upper())
        await websocket.close()

    @app.get("/fail")
    def fail():
        raise ValueError("out")

    results = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with fw.testclient.TestClient(app) as client:
            for _ in range(2):
                answer = client.post("/items/3", json={"a": 1})
                results.append([answer.status_code, answer.json(), dict(answer.headers)])
            results.append(client.get("/openapi.json").json())
            with client.websocket_connect("/ws") as socket:
                socket.send_text("hi")
                results.append(socket.receive_text())
            try:
                client.get("/fail")
            except ValueError as error:
                results.append(str(error))
        quiet = fw.testclient.TestClient(app, raise_server_exceptions=False)
        results.append(quiet.get("/fail").status_code)
    return [results, fw.log]


@same_value
def test_jsonable_encoder_is_a_public_function(fw):
    """jsonable_encoder(obj, include, exclude, by_alias, exclude_unset, …, custom_encoder, sqlalchemy_safe)"""
    from datetime import datetime
    from decimal import Decimal

    from pydantic import BaseModel, Field

    encode = fw.encoders.jsonable_encoder

    class Model(BaseModel):
        a: int = Field(1, alias="A")
        b: datetime | None = None
        c: Decimal = Decimal("1.5")

    class Odd:
        pass

    model = Model(b=datetime(2024, 1, 1))
    return [
        encode(model),
        encode(model, by_alias=False),
        encode(model, exclude_unset=True),
        encode(Model(), exclude_defaults=True),
        encode(Model(), exclude_none=True),
        encode(model, include={"a"}),
        encode(model, exclude={"a", "b"}, by_alias=False),
        encode({"x": Odd(), "y": None}, custom_encoder={Odd: lambda o: "odd"}, exclude_none=True),
        encode({"_sa_x": 1, "y": model}, sqlalchemy_safe=False),
        encode({"_sa_x": 1, "y": 2}),
        encode([model, (1, {2})], exclude={"a"}),
        encode({"a": 1, "b": 2}, include={"a"}),
        encode({"a": 1, "b": 2}, exclude=["a"]),
    ]


@contextmanager
def strict_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_an_ordinary_application_raises_no_warning():
    """runs under `-W error`, asyncio and trio"""
    from . import test_json_bodies
    from .client import drive
    from .harness import SUBJECT, Framework

    case = test_json_bodies.test_a_model_is_read_from_the_body.case
    for backend in ("asyncio", "trio"):
        with strict_warnings():
            fw = Framework(SUBJECT)
            app = case.build(fw)
            answers = drive(app, case.steps, fw, backend, str)
            app.openapi()
        assert len(answers) == len(case.steps) + 1
