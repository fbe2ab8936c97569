"""What plugins read from routes: names, contexts, attributes."""

from typing import Annotated

from pydantic import BaseModel
from starlette.routing import Route, Router

from ..harness import same_value


@same_value
def test_url_path_for_finds_routes_by_name(fw):
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
    """Compare what `iter_route_contexts` yields."""
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
    """An included router is one entry."""
    app = fw.FastAPI()
    router = fw.APIRouter()
    router.add_api_route("/x", lambda: 1)
    app.include_router(router, prefix="/p")
    app.mount("/m", fw.FastAPI(), name="m")
    return [
        [type(r).__name__, getattr(r, "path", None), getattr(r, "name", None)] for r in app.routes
    ]


@same_value
def test_what_a_dependant_calls_may_be_replaced_between_requests(fw):
    app = fw.FastAPI()

    def read_number() -> int:
        return 1

    async def endpoint(number: Annotated[int, fw.Depends(read_number)]):
        return {"first": number}

    async def other(number: int):
        return {"second": number}

    app.get("/")(endpoint)
    client = fw.testclient.TestClient(app)
    answers = [client.get("/").json()]
    route = app.routes[-1]
    route.dependant.call = other
    answers.append(client.get("/").json())
    route.dependant.dependencies[0].call = lambda: 2
    answers.append(client.get("/").json())
    route.dependant.call = endpoint
    answers.append(client.get("/").json())
    return answers


@same_value
def test_the_endpoint_attribute_only_tells_what_was_declared(fw):
    """Replacing it changes no answer."""
    app = fw.FastAPI()
    app.get("/")(lambda: 1)
    client = fw.testclient.TestClient(app)
    answers = [client.get("/").json()]
    app.routes[-1].endpoint = lambda: 2
    answers.append(client.get("/").json())
    return answers
