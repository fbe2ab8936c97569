"""Applications with routers, callbacks, and options of their own."""

import datetime
import decimal
import functools
import http
from typing import Annotated, Any, Literal

from pydantic import AnyUrl, BaseModel, ConfigDict, EmailStr, Field, HttpUrl, SecretStr

from .sample_models import (
    Cat,
    Circle,
    Dog,
    Envelope,
    Holder,
    Item,
    Node,
    Pet,
    Point,
    Priced,
    Rank,
    Size,
    Tag,
    sample,
)


@sample
def everything_about_the_application(fw):
    app = fw.FastAPI(
        title="Shop",
        summary="A shop",
        description="With *text*",
        version="2.1",
        terms_of_service="https://example.com/terms",
        contact={"name": "N", "url": "https://example.com", "email": "a@example.com", "x-k": None},
        license_info={"name": "MIT", "identifier": "MIT"},
        openapi_tags=[
            {"name": "b", "description": "B", "externalDocs": {"url": "https://example.com/b"}},
            {"name": "a"},
        ],
        servers=[
            {"url": "/"},
            {"url": "https://example.com", "description": "Live"},
            {
                "url": "https://{name}.example.com",
                "variables": {"name": {"default": "x", "enum": ["x", "y"]}},
            },
        ],
        openapi_external_docs={"url": "https://example.com/docs", "description": "More"},
        deprecated=True,
    )

    @app.get("/tagged", tags=["a", Size.small], operation_id="own_id", deprecated=False)
    def tagged():
        pass

    @app.get("/hidden", include_in_schema=False)
    def hidden(item: Item):
        pass

    return app


@sample
def extra_parts_of_operations(fw):
    app = fw.FastAPI()

    @app.post(
        "/extra/{a}",
        openapi_extra={
            "x-own": {"deep": [1, None]},
            "parameters": [
                {"name": "b", "in": "query", "schema": {"type": "string", "example": None}}
            ],
            "requestBody": {"content": {"application/yaml": {"schema": {"type": "object"}}}},
            "responses": {"200": {"description": "Own", "headers": {"X": {"$ref": "#/x"}}}},
            "security": [{"own": []}],
            "servers": [{"url": "https://example.com/v2"}],
            "tags": ["extra"],
        },
        tags=["first"],
    )
    def extra(a: int, item: Item) -> Item:
        pass

    return app


@sample
def callbacks_and_webhooks(fw):
    callbacks = fw.APIRouter()

    @callbacks.post("{$callback_url}/paid/{$request.body.id}", response_model=Tag)
    def paid(body: Item, token: Annotated[str, fw.Header()]):
        pass

    @callbacks.get("{$callback_url}/ping")
    def ping():
        pass

    app = fw.FastAPI(callbacks=callbacks.routes)

    @app.post("/invoice", callbacks=callbacks.routes)
    def invoice(url: HttpUrl | None = None, other: AnyUrl | None = None):
        pass

    @app.webhooks.post("new-subscription")
    def subscribed(body: Holder):
        """A subscription began."""

    @app.webhooks.get("alive")
    def alive() -> Tag:
        pass

    return app


@sample
def included_routers(fw):
    app = fw.FastAPI()
    inner = fw.APIRouter(prefix="/inner", tags=["inner"], responses={404: {"model": Tag}})
    outer = fw.APIRouter(prefix="/outer", deprecated=True, responses={401: {"description": "No"}})

    def needed(x_key: Annotated[str, fw.Header()]):
        pass

    @inner.get("/a/{a}")
    def a(a: int) -> Item:
        pass

    @inner.websocket("/ws")
    async def ws(socket: fw.WebSocket):
        pass

    outer.include_router(inner, prefix="/mid", dependencies=[fw.Depends(needed)])
    app.include_router(outer, tags=["late"], responses={401: {"description": "Never"}})
    app.include_router(inner, include_in_schema=False, prefix="/hidden")

    @inner.post("/late")
    def late(item: Item):
        pass

    sub = fw.FastAPI()
    app.mount("/sub", sub)
    return app


@sample
def the_same_names_twice(fw):
    app = fw.FastAPI()

    def make(kind):
        class Item(BaseModel):
            kind_of: kind  # type: ignore[valid-type]

        Item.__qualname__ = "Item"
        return Item

    first, second = make(int), make(str)

    @app.post("/first")
    def one(item: first) -> second:  # type: ignore[valid-type]
        pass

    @app.post("/third")
    def three(item: Item) -> list[first]:  # type: ignore[valid-type]
        pass

    return app


@sample
def duplicate_operation_ids(fw):
    app = fw.FastAPI()

    def endpoint():
        pass

    app.add_api_route("/a", endpoint, methods=["POST"], operation_id="same")
    app.add_api_route("/b", endpoint, methods=["GET"], operation_id="same")
    app.add_api_route("/b", endpoint, methods=["GET"], operation_id="other")
    return app


@sample
def kinds_of_values(fw):
    app = fw.FastAPI()

    class Kinds(BaseModel):
        email: EmailStr
        url: HttpUrl
        secret: SecretStr
        time: datetime.time
        delta: datetime.timedelta
        number: decimal.Decimal
        pair: tuple[int, str]
        many: tuple[int, ...] = ()
        unique: set[Rank] = set()
        frozen: frozenset[str] = frozenset({"a"})
        nothing: None = None
        const: Literal[1] = 1
        pet: Pet | None = None
        nested: dict[str, dict[int, list[Tag | None]]] = {}
        left_out: Point | None = Field(None, exclude=True)
        bytes_: Annotated[bytes, Field(max_length=3)] = b"a"
        encoded: bytes = b""

        model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", title="Own")

    @app.post("/kinds")
    def kinds(kinds: Kinds) -> Kinds:
        pass

    @app.get("/scalars")
    def scalars() -> tuple[int, Literal["a"], Size]:
        pass

    @app.get("/any")
    def anything() -> Any:
        pass

    @app.get("/bytes")
    def raw() -> bytes:
        pass

    return app


@sample
def inherited_options_of_routers(fw):
    def short_id(route):
        return f"{route.tags[0] if route.tags else 'none'}-{route.name}"

    app = fw.FastAPI(
        generate_unique_id_function=short_id,
        default_response_class=fw.responses.PlainTextResponse,
        responses={500: {"model": Tag}},
        dependencies=[fw.Depends(fw.security.HTTPBasic())],
    )
    router = fw.APIRouter(
        prefix="/r", tags=["r"], default_response_class=fw.responses.HTMLResponse, deprecated=True
    )
    callbacks = fw.APIRouter(default_response_class=fw.responses.JSONResponse)

    @callbacks.put("{$request.query.url}", include_in_schema=False)
    def hidden(item: Item):
        pass

    @callbacks.post("{$request.query.url}", responses={410: {"model": Cat}})
    def told(item: Item) -> Dog:
        pass

    @router.get("/html", callbacks=callbacks.routes)
    def html(q: int = 0):
        pass

    @router.api_route("/several", methods=["GET", "POST", "PUT"], name="own name")
    def several(item: Item | None = None) -> list[Tag]:
        pass

    @app.get("/text")
    def text() -> str:
        pass

    @app.get("/model", response_model=None, response_class=fw.responses.JSONResponse)
    def without_model() -> Item:
        pass

    app.include_router(router, prefix="/one")
    app.include_router(
        router,
        prefix="/two",
        tags=["two"],
        generate_unique_id_function=lambda route: f"two-{route.name}",
        responses={"2XX": {"description": "Fine"}},
        callbacks=callbacks.routes,
    )
    return app


@sample
def statuses_written_in_every_way(fw):
    app = fw.FastAPI()

    @app.post("/enum", status_code=http.HTTPStatus.CREATED, responses={"201": {"model": Tag}})
    def enumerated() -> Item:
        pass

    @app.get(
        "/ways",
        responses={
            "200": {"description": "Text"},
            http.HTTPStatus.NOT_FOUND: {"model": Tag},
            "DEFAULT": {"description": "Else"},
            "1XX": {"model": Cat},
            "3xx": {"description": "Elsewhere"},
            422: {"description": "Ours"},
            451: {"model": dict[str, list[Dog]], "description": ""},
        },
    )
    def ways(q: int) -> Item:
        pass

    @app.get("/inherited", responses={"4xx": {"description": "Any"}})
    def any_client_error(q: int):
        pass

    @app.get("/shared", responses={200: {"content": {"application/json": {"schema": {}}}}})
    def shared() -> dict[str, int]:
        pass

    @app.put("/reset", status_code=205)
    def reset():
        pass

    return app


@sample
def scopes_from_everywhere(fw):
    security = fw.security
    scheme = security.OAuth2PasswordBearer(tokenUrl="t", scopes={"a": "A", "b": "B", "c": "C"})
    other = security.OAuth2PasswordBearer(tokenUrl="u", scheme_name="Other")

    class Guard:
        def __call__(self, token: Annotated[str, fw.Depends(scheme)]):
            pass

    app = fw.FastAPI(dependencies=[fw.Security(scheme, scopes=["a"])])
    router = fw.APIRouter(dependencies=[fw.Security(Guard(), scopes=["b", "a"])])

    @router.get("/deep", dependencies=[fw.Depends(other), fw.Security(other, scopes=["x"])])
    def deep(guard: Annotated[Any, fw.Security(functools.partial(Guard()), scopes=["c"])]):
        pass

    @router.get("/cached")
    def cached(
        one: Annotated[Any, fw.Depends(scheme)],
        two: Annotated[Any, fw.Depends(scheme, use_cache=False)],
    ):
        pass

    app.include_router(router, dependencies=[fw.Security(scheme, scopes=["c", "b"])])
    return app


@sample
def models_that_only_occur_inside_others(fw):
    class Inner(BaseModel):
        tag: Tag | None = Field(None, exclude=True)
        point: Point = Point(1)

    class Outer(BaseModel):
        inner: Inner = Field(exclude=True)
        priced: list[Priced] = []
        rank: Rank = Rank.high
        shape: Circle | Point | None = None

    app = fw.FastAPI(separate_input_output_schemas=False)

    @app.get("/outer")
    def outer() -> Annotated[Outer | None, "note"]:
        pass

    @app.post("/outer")
    def post_outer(outer: Outer, ranks: Annotated[set[Rank], fw.Query()]) -> tuple[Outer, ...]:
        pass

    @app.post("/self")
    def own(node: Node | None = None) -> Envelope[Node]:
        pass

    return app
