"""The application object: arguments, lifespan, middleware, state, mounting, documentation pages."""

import warnings
from contextlib import asynccontextmanager, contextmanager

from ..client import GET, POST, WS, Req, document
from ..harness import parity, same_value


@same_value
def test_the_defaults_of_an_application_are_those_of_fastapi(fw):
    """Compare every attribute of a new application."""
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
    """The URLs of the pages are `None`."""
    app = fw.FastAPI(docs_url=None, redoc_url=None)
    app.get("/a", name="a")(lambda: "a")
    return app


@parity(
    "/docs /redoc",
    document("/openapi.json"),
)
def test_without_a_document_there_are_no_pages(fw):
    """`openapi_url` is `None`."""
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
    """`docs_url`, `redoc_url` and `swagger_ui_oauth2_redirect_url` name other places."""
    return fw.FastAPI(
        docs_url="/d",
        redoc_url="/r",
        swagger_ui_oauth2_redirect_url="/o2",
        swagger_ui_parameters={"deepLinking": False},
    )


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
    """A mounted application has a document and servers of its own, and stands in `scope["app"]`."""

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
    """Call it with each of its options."""
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
    """Warnings are errors, on asyncio and on trio."""
    from ..bodies import test_json_bodies
    from ..client import drive
    from ..harness import SUBJECT, Framework

    case = test_json_bodies.test_a_model_is_read_from_the_body.case
    for backend in ("asyncio", "trio"):
        with strict_warnings():
            fw = Framework(SUBJECT)
            app = case.build(fw)
            answers = drive(app, case.steps, fw, backend, str)
            app.openapi()
        assert len(answers) == len(case.steps) + 1
