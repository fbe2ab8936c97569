"""Applications whose documents are compared; each is declared with the framework it is given."""

import dataclasses
import datetime
import decimal
import enum
import functools
import http
import typing
import uuid
from collections.abc import AsyncIterable, Callable, Iterable
from types import ModuleType
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    AnyUrl,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    HttpUrl,
    Json,
    RootModel,
    SecretStr,
    computed_field,
)
from pydantic import dataclasses as pydantic_dataclasses
from typing_extensions import TypedDict

Sample = Callable[[ModuleType], Any]
SAMPLES: dict[str, Sample] = {}


def sample(function: Sample) -> Sample:
    SAMPLES[function.__name__] = function
    return function


class Size(enum.Enum):
    small = "s"
    large = "l"


class Rank(enum.IntEnum):
    low = 1
    high = 2


class Tag(BaseModel):
    name: str
    colour: Literal["red", "green"] | None = None


class Item(BaseModel):
    """An article on sale.

    Shown.\fHidden after the form feed.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Nut", "price": 1.5}]})

    name: str = Field(title="The name", examples=["Nut"], max_length=40)
    price: float = Field(gt=0)
    tags: list[Tag] = []
    size: Size = Size.small
    raw: bytes | None = None
    made: datetime.datetime | None = None
    extra: dict[str, Any] | None = None


class Priced(BaseModel):
    net: decimal.Decimal
    note: str = "none"

    @computed_field
    @property
    def gross(self) -> float:
        return float(self.net) * 1.2


class Node(BaseModel):
    value: int
    children: list["Node"] = []


class Holder(BaseModel):
    priced: Priced
    node: Node | None = None
    when: datetime.date = datetime.date(2024, 2, 29)


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    good: bool = True


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]


class Names(RootModel[list[str]]):
    pass


class Aliased(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    first: str = Field(alias="firstName")
    second: int = Field(2, validation_alias="secondIn", serialization_alias="secondOut")
    third: str = Field("x", validation_alias=AliasChoices("thirdA", "thirdB"))


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


@pydantic_dataclasses.dataclass
class Circle:
    centre: Point
    radius: float

    @computed_field
    @property
    def area(self) -> float:
        return 3.14 * self.radius**2


T = typing.TypeVar("T")


class Envelope(BaseModel, typing.Generic[T]):
    data: T
    count: int = 0


class Row(TypedDict):
    id: int
    label: str


class Filters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, gt=0, le=100)
    order_by: Literal["created", "updated"] = "created"
    tags: list[str] = []
    needed: str = Field(description="Must be there", deprecated=True)


class Trace(BaseModel):
    x_trace_id: str
    if_modified: datetime.datetime | None = None
    literal: str = Field("v", alias="X_Literal")


class Login(BaseModel):
    user: str
    password: SecretStr


@sample
def parameters_of_every_place(fw):
    app = fw.FastAPI()

    @app.get("/items/{item_id}/{size}")
    def read(
        item_id: Annotated[int, fw.Path(ge=1, title="The id")],
        size: Size,
        rank: Rank = Rank.low,
        q: Annotated[str | None, fw.Query(min_length=2, pattern="^a", description="Text")] = None,
        many: Annotated[list[int], fw.Query(max_length=5)] = [],  # noqa: B006
        literal: Literal["a", "b"] = "a",
        hidden: Annotated[str, fw.Query(include_in_schema=False)] = "h",
        old: Annotated[str, fw.Query(deprecated=True, alias="old-name")] = "o",
        user_agent: Annotated[str | None, fw.Header()] = None,
        x_token: Annotated[list[str] | None, fw.Header(convert_underscores=False)] = None,
        session: Annotated[str | None, fw.Cookie(examples=["abc"])] = None,
        when: datetime.datetime | None = None,
        wait: datetime.timedelta | None = None,
        uid: uuid.UUID | None = None,
        amount: Annotated[decimal.Decimal, fw.Query(max_digits=5, decimal_places=2)] = 1,
        ratio: Annotated[float, fw.Query(allow_inf_nan=False, multiple_of=0.5)] = 0.5,
        data: Annotated[Json | None, fw.Query()] = None,
        payload: Annotated[Json[list[int]] | None, fw.Query()] = None,
        blob: bytes = b"x",
        flag: bool | None = None,
        extra: Annotated[str, fw.Query(json_schema_extra={"x-note": "n", "nothing": None})] = "e",
        aliased: Annotated[str, fw.Query(validation_alias="viaAlias")] = "v",
    ):
        """Read one.

        Long **text**.
        """

    @app.get("/files/{path:path}", summary="Own summary", description="Own text")
    def file_by_path(path: str):
        """Ignored."""

    @app.get("/untyped/{a}")
    def untyped(a, b, c=3, d=None):
        pass

    return app


@sample
def examples_of_parameters_and_bodies(fw):
    app = fw.FastAPI()
    named = {
        "normal": {"summary": "S", "description": "D", "value": {"name": "a", "price": 1}},
        "far": {"externalValue": "https://www.rfc-editor.org/rfc/rfc9110.txt"},
        "odd": {"value": None, "x-own": 1},
    }

    @app.post("/named/{key}")
    def post_named(
        item: Annotated[Item, fw.Body(openapi_examples=named)],
        key: Annotated[str, fw.Path(openapi_examples={"one": {"value": "1"}})],
        q: Annotated[str, fw.Query(openapi_examples={"two": {"value": "2"}})] = "",
        h: Annotated[str, fw.Header(examples=["x", "y"])] = "",
    ):
        pass

    @app.post("/listed")
    def post_listed(item: Annotated[Item, fw.Body(examples=[{"name": "b", "price": 2}])]):
        pass

    return app


@sample
def bodies_of_every_shape(fw):
    app = fw.FastAPI()

    @app.post("/one", status_code=201)
    def one(item: Item):
        pass

    @app.put("/two")
    def two(item: Item, owner: Login, level: Annotated[int, fw.Body(gt=0)] = 1):
        pass

    @app.patch("/embedded")
    def embedded(item: Annotated[Item, fw.Body(embed=True, title="T", description="D")]):
        pass

    @app.post("/optional")
    def optional(item: Item | None = None):
        pass

    @app.post("/media")
    def media(item: Annotated[Item, fw.Body(media_type="application/vnd.api+json")]):
        pass

    @app.post("/list")
    def many(items: list[Item]):
        pass

    @app.post("/dict")
    def mapping(items: dict[str, Item | int]):
        pass

    @app.post("/union")
    def union(pet: Pet, other: Annotated[Cat | Dog | None, fw.Body()] = None):
        pass

    @app.post("/root")
    def root(names: Names):
        pass

    @app.post("/any")
    def anything(payload: Annotated[Any, fw.Body()]):
        pass

    @app.post("/bytes")
    def raw(payload: Annotated[bytes, fw.Body()]):
        pass

    @app.post("/classes")
    def classes(point: Point, circle: Circle, row: Row):
        pass

    @app.post("/recursive")
    def recursive(node: Node):
        pass

    @app.post("/aliased")
    def aliased(aliased: Aliased) -> Aliased:
        pass

    @app.get("/get")
    def get_with_body(item: Item):
        pass

    @app.head("/head")
    def head_with_body(item: Item):
        pass

    @app.delete("/delete")
    def delete_with_body(item: Item):
        pass

    @app.options("/options")
    def options_with_body(item: Item):
        pass

    @app.trace("/trace")
    def trace():
        pass

    return app


@sample
def forms_and_files(fw):
    app = fw.FastAPI()

    @app.post("/login")
    def login(user: Annotated[str, fw.Form()], password: Annotated[str, fw.Form(min_length=3)]):
        pass

    @app.post("/model")
    def model(login: Annotated[Login, fw.Form()]):
        pass

    @app.post("/model-media")
    def media(login: Annotated[Login, fw.Form(media_type="multipart/form-data")]):
        pass

    @app.post("/file")
    def file(file: Annotated[bytes, fw.File(description="Bytes")]):
        pass

    @app.post("/upload")
    def upload(file: fw.UploadFile, note: Annotated[str | None, fw.Form()] = None):
        pass

    @app.post("/uploads")
    def uploads(files: list[fw.UploadFile], blobs: Annotated[list[bytes], fw.File()]):
        pass

    @app.post("/maybe")
    def maybe(file: fw.UploadFile | None = None, other: Annotated[bytes | None, fw.File()] = None):
        pass

    return app


@sample
def parameter_models(fw):
    app = fw.FastAPI()

    @app.get("/query")
    def query(filters: Annotated[Filters, fw.Query()]):
        pass

    @app.get("/optional")
    def optional(
        filters: Annotated[Filters | None, fw.Query()] = None,
        trace: Annotated[Trace | None, fw.Header()] = None,
    ):
        pass

    @app.get("/headers")
    def headers(trace: Annotated[Trace, fw.Header()]):
        pass

    @app.get("/literal-headers")
    def literal(trace: Annotated[Trace, fw.Header(convert_underscores=False)]):
        pass

    @app.get("/cookies")
    def cookies(trace: Annotated[Trace, fw.Cookie()]):
        pass

    @app.get("/aliases")
    def aliases(aliased: Annotated[Aliased, fw.Query()]):
        pass

    @app.get("/hidden")
    def hidden(filters: Annotated[Filters, fw.Query(include_in_schema=False)]):
        pass

    return app


@sample
def output_that_differs_from_input(fw):
    app = fw.FastAPI()

    @app.post("/item", response_model=Item)
    def item(item: Item):
        pass

    @app.post("/holder")
    def holder(holder: Holder) -> Holder:
        pass

    @app.post("/priced")
    def priced(priced: Priced) -> list[Priced]:
        pass

    @app.post("/circle")
    def circle(circle: Circle) -> Circle:
        pass

    @app.get("/envelope")
    def envelope() -> Envelope[Item]:
        pass

    @app.post("/envelope")
    def post_envelope(envelope: Envelope[Holder]) -> Envelope[list[Holder]]:
        pass

    @app.get("/union")
    def union() -> Item | Holder | None:
        pass

    @app.get("/row")
    def row() -> Row:
        pass

    return app


@sample
def one_schema_for_input_and_output(fw):
    app = fw.FastAPI(separate_input_output_schemas=False)
    for name in ("item", "holder", "priced", "circle", "aliased"):
        kind = globals()[name.capitalize()]

        def endpoint(body: kind, many: list[kind]) -> kind:  # type: ignore[valid-type]
            pass

        app.add_api_route(f"/{name}", endpoint, methods=["POST"], name=name)

        def several() -> dict[str, list[kind]]:  # type: ignore[valid-type]
            pass

        app.add_api_route(f"/{name}", several, methods=["GET"], name=name)
    return app


@sample
def responses_of_every_kind(fw):
    app = fw.FastAPI(responses={418: {"description": "Tea"}})
    responses = fw.responses

    @app.get("/plain", response_class=responses.PlainTextResponse)
    def plain():
        pass

    @app.get("/html", response_class=responses.HTMLResponse, responses={404: {"model": Tag}})
    def html():
        pass

    @app.get("/redirect", response_class=responses.RedirectResponse)
    def redirect():
        pass

    @app.get("/file", response_class=responses.FileResponse)
    def file():
        pass

    @app.get("/stream", response_class=responses.StreamingResponse)
    def stream():
        pass

    @app.get("/response", response_class=responses.Response)
    def bare():
        pass

    @app.delete("/none", status_code=204)
    def none() -> None:
        pass

    @app.get("/unchanged", status_code=304, response_description="Same")
    def unchanged():
        pass

    @app.get(
        "/declared",
        response_model=Item,
        responses={
            200: {"content": {"image/png": {}}, "headers": {"X-A": {"schema": {"type": "string"}}}},
            "4XX": {"model": Tag, "description": "Any"},
            "default": {"model": Tag},
            "5xx": {},
            503: {"model": list[Tag], "content": {"application/json": {"example": []}}},
            299: {},
        },
    )
    def declared():
        pass

    @app.get("/no422/{a}", responses={422: {"model": Tag}})
    def own_validation_error(a: int):
        pass

    @app.get("/links", responses={200: {"links": {"next": {"operationId": "plain"}}}})
    def links() -> Item:
        pass

    @app.get("/list", responses={200: {"model": list[Tag]}})
    def merged() -> list[Item]:
        pass

    @app.get("/returned")
    def returned() -> responses.Response:
        pass

    class Own(responses.JSONResponse):
        media_type = "application/problem+json"

        def __init__(self, content, status_code: int = 202):
            super().__init__(content, status_code)

    @app.get("/own", response_class=Own)
    def own() -> Item:
        pass

    return app


@sample
def streams(fw):
    app = fw.FastAPI()
    event_source = fw.sse.EventSourceResponse

    @app.get("/lines")
    async def lines() -> AsyncIterable[Item]:
        yield None

    @app.get("/lines-sync")
    def lines_sync() -> Iterable[int]:
        yield 1

    @app.get("/untyped")
    def untyped():
        yield 1

    @app.get("/events", response_class=event_source)
    async def events() -> AsyncIterable[Item]:
        yield None

    @app.post("/untyped-events", response_class=event_source, status_code=206)
    async def untyped_events(item: Item):
        yield None

    @app.get("/raw-events", response_class=event_source, responses={404: {"model": Tag}})
    async def raw_events() -> AsyncIterable[fw.sse.ServerSentEvent]:
        yield None

    @app.get("/own", response_class=fw.responses.StreamingResponse)
    def own() -> Iterable[str]:
        yield "a"

    return app


@sample
def security_of_every_kind(fw):
    security = fw.security
    app = fw.FastAPI(dependencies=[fw.Depends(security.HTTPBearer(bearerFormat="JWT"))])
    oauth2 = security.OAuth2PasswordBearer(
        tokenUrl="token", scopes={"me": "Read me", "items": "Read items"}, description="Password"
    )
    code = security.OAuth2AuthorizationCodeBearer(
        authorizationUrl="https://example.com/auth", tokenUrl="token", refreshUrl="refresh"
    )
    key = security.APIKeyHeader(name="X-Key", scheme_name="Key", description="A key")

    def user(scopes: security.SecurityScopes, token: Annotated[str, fw.Depends(oauth2)]):
        pass

    def active(user: Annotated[Any, fw.Security(user, scopes=["me"])]):
        pass

    @app.get("/me")
    def me(user: Annotated[Any, fw.Security(active, scopes=["items"])]):
        pass

    @app.get("/both")
    def both(
        a: Annotated[Any, fw.Security(user, scopes=["items"])],
        b: Annotated[Any, fw.Security(user, scopes=["me"])],
    ):
        pass

    @app.get("/keys", dependencies=[fw.Depends(key)])
    def keys(
        q: Annotated[str, fw.Depends(security.APIKeyQuery(name="key"))],
        c: Annotated[str, fw.Depends(security.APIKeyCookie(name="key"))],
    ):
        pass

    @app.get("/http", dependencies=[fw.Security(code, scopes=["z"])])
    def http(
        basic: Annotated[Any, fw.Depends(security.HTTPBasic(realm="r"))],
        digest: Annotated[Any, fw.Depends(security.HTTPDigest(description="Digest"))],
    ):
        pass

    flows = {"clientCredentials": {"tokenUrl": "t", "scopes": {"a": "A"}}}

    @app.post("/open")
    def openid(
        a: Annotated[Any, fw.Depends(security.OpenIdConnect(openIdConnectUrl="/openid"))],
        b: Annotated[Any, fw.Depends(security.OAuth2(flows=flows, auto_error=False))],
        form: Annotated[security.OAuth2PasswordRequestForm, fw.Depends()],
    ):
        pass

    return app


@sample
def dependencies_that_add_parameters(fw):
    app = fw.FastAPI()

    def paging(skip: int = 0, limit: Annotated[int, fw.Query(le=100)] = 10):
        pass

    class Common:
        def __init__(self, q: str | None = None, paging: Any = fw.Depends(paging)):
            pass

    def required(q: str):
        pass

    async def generator(x_token: Annotated[str, fw.Header()]):
        yield

    @app.get("/a")
    def a(
        common: Annotated[Common, fw.Depends()],
        again: Annotated[Any, fw.Depends(paging)],
        required: Annotated[Any, fw.Depends(required)],
        token: Annotated[Any, fw.Depends(generator)],
    ):
        pass

    def body(item: Item):
        pass

    @app.post("/b", dependencies=[fw.Depends(body)])
    def b(tag: Tag):
        pass

    return app


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
