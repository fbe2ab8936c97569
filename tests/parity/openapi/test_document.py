"""The OpenAPI document: every option of applications and routes, schemas, callbacks, webhooks."""

import enum
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import (
    BaseModel,
    Field,
    HttpUrl,
)

from ..client import GET, document
from ..harness import parity, same_value

T = TypeVar("T")


class Item(BaseModel):
    """An item."""

    name: str = Field(description="Its name", examples=["Foo"])
    price: float = Field(gt=0)
    sub: "Sub | None" = None


class Sub(BaseModel):
    n: int = 0


@parity(
    document("/openapi.json"),
    GET("/docs", body=False),
    GET("/redoc", body=False),
    GET("/docs/oauth2-redirect", body=False),
)
def test_an_application_describes_itself(fw):
    """The document has its title, summary, version, terms, contact, licence, tags, servers and
    links.
    """
    app = fw.FastAPI(
        title="A title",
        summary="A summary",
        description="A *description*",
        version="2.3.4",
        terms_of_service="https://example.org/terms",
        contact={"name": "n", "url": "https://example.org", "email": "a@example.org"},
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
        openapi_tags=[
            {
                "name": "users",
                "description": "d",
                "externalDocs": {"url": "https://example.org", "description": "x"},
            }
        ],
        servers=[
            {"url": "/", "description": "here"},
            {"url": "https://example.org", "variables": {"a": {"default": "b"}}},
        ],
        openapi_external_docs={"url": "https://example.org/docs", "description": "more"},
    )

    @app.get("/users", tags=["users", "other"])
    def users():
        """List users."""

    return app


class Tags(enum.Enum):
    one = "one"
    two = "two"


@parity(
    "/a",
)
def test_an_operation_is_described_by_its_options(fw):
    app = fw.FastAPI()

    @app.get(
        "/a",
        tags=[Tags.one, "plain"],
        summary="Summary",
        description="Description",
        response_description="What comes back",
        deprecated=True,
        operation_id="opA",
        openapi_extra={
            "x-extra": {"a": 1},
            "parameters": [{"name": "added", "in": "query"}],
            "tags": ["replaced"],
        },
        status_code=206,
        name="named",
        responses={
            200: {"description": "Two hundred", "model": Sub},
            206: {
                "description": "Overridden",
                "content": {"application/json": {"example": {"a": 1}}},
            },
            "default": {"description": "Anything", "model": Item},
            404: {"model": Sub},
            "5XX": {"description": "Server", "headers": {"x-a": {"schema": {"type": "string"}}}},
            422: {"description": "Mine"},
        },
    )
    def a(q: int) -> Item:
        """Unused docstring."""

    @app.post("/docstring")
    def several_words_in_name(item: Item):
        """First line.

        Second paragraph with `code`.
        \f
        Cut here.
        """

    @app.put("/indent")
    def indent():
        """
        Indented
            block
        end
        """

    @app.get("/hidden", include_in_schema=False)
    def hidden(): ...

    @app.get("/no-doc")
    def CamelCase_and__underscores(): ...

    return app


@parity("/")
def test_bodies_and_parameters_are_described(fw):
    """Parameters are in every place; bodies are required or have examples."""
    app = fw.FastAPI()
    Q, B, H, C, P, F = fw.Query, fw.Body, fw.Header, fw.Cookie, fw.Path, fw.Form

    @app.get("/{p}/{u}")
    def parameters(
        p: Annotated[int, P(title="The p", ge=1, examples=[1])],
        u: UUID,
        q: Annotated[str | None, Q(min_length=2, pattern="^a")] = None,
        many: Annotated[list[int], Q()] = [1, 2],  # noqa: B006
        flag: bool = False,
        kind: Literal["a", "b"] = "a",
        when: date | None = None,
        tag: Tags = Tags.one,
        x_token: Annotated[str, H()] = "t",
        session: Annotated[str | None, C(deprecated=True)] = None,
        ex: Annotated[
            int, Q(openapi_examples={"a": {"value": 1}, "b": {"summary": "s", "value": 2}})
        ] = 0,
        decimal: Decimal = Decimal("1.5"),
        delta: timedelta = timedelta(seconds=5),
        any_: Any = None,
        untyped="x",
        infinite: float = 1.0,
    ): ...

    @app.post("/one")
    def one(item: Item): ...

    @app.post("/optional")
    def optional(item: Item | None = None): ...

    @app.post("/two")
    def two(
        item: Item, sub: Annotated[Sub, B(description="A sub")], n: Annotated[int, B(ge=0)] = 3
    ): ...

    @app.post("/embed")
    def embed(
        item: Annotated[Item, B(embed=True, title="T", examples=[{"name": "a", "price": 1}])],
    ): ...

    @app.post("/list")
    def many_items(items: list[Item], q: int = 0): ...

    @app.post("/form")
    def form(a: Annotated[str, F(description="field")], b: Annotated[int, F()] = 1): ...

    @app.post("/file")
    def file(
        f: fw.UploadFile, fs: Annotated[list[bytes], fw.File()], o: fw.UploadFile | None = None
    ): ...

    @app.post("/single-form")
    def single(a: Annotated[str, F()]): ...

    @app.post("/media")
    def media(a: Annotated[Item, B(media_type="application/xml")]): ...

    @app.get("/get-body")
    def get_body(item: Item): ...

    @app.delete("/delete-body")
    def delete_body(ids: list[int]): ...

    return app


@parity(
    document("/openapi.json"),
    compiled=False,
)
def test_responses_are_described_by_class_and_status(fw):
    """Some statuses have no body."""
    r = fw.responses
    app = fw.FastAPI()

    class Custom(fw.Response):
        media_type = "application/x-custom"

    for name in (
        "HTMLResponse",
        "PlainTextResponse",
        "RedirectResponse",
        "StreamingResponse",
        "FileResponse",
        "Response",
        "JSONResponse",
    ):
        app.get(f"/{name}", response_class=getattr(r, name), name=name)(lambda: None)

    app.get(
        "/custom",
        response_class=Custom,
        responses={404: {"model": Sub, "content": {"image/png": {}}}},
        name="custom",
    )(lambda: None)
    for code in (201, 204, 205, 304, 301, 418, 599, 102):
        app.get(f"/status/{code}", status_code=code, name=f"status{code}")(lambda: None)

    @app.get("/annotated")
    def annotated() -> r.HTMLResponse: ...

    @app.get("/typed-html", response_class=r.HTMLResponse)
    def typed_html() -> str: ...

    @app.get("/redirect", status_code=302, response_class=r.RedirectResponse)
    def redirect(): ...

    @app.get("/validated")
    def validated(n: int): ...

    @app.get("/validated-custom", responses={"4XX": {"description": "any client error"}})
    def validated_custom(n: int): ...

    @app.get("/validated-default", responses={"default": {"description": "any"}})
    def validated_default(n: int): ...

    @app.get("/lines")
    async def lines():
        yield 1

    from collections.abc import AsyncIterable

    @app.get("/typed-lines")
    async def typed_lines() -> AsyncIterable[Item]:
        yield None

    @app.get("/events", response_class=fw.sse.EventSourceResponse)
    async def events() -> AsyncIterable[Item]:
        yield None

    @app.get("/plain-events", response_class=fw.sse.EventSourceResponse)
    async def plain_events():
        yield None

    return app


@parity()
def test_callbacks_and_webhooks_are_described(fw):
    callbacks = fw.APIRouter()

    class Event(BaseModel):
        ok: bool

    @callbacks.post(
        "{$request.body.url}/done/{n}", response_model=Sub, tags=["cb"], status_code=202
    )
    def done(n: int, event: Event): ...

    app = fw.FastAPI(callbacks=callbacks.routes[:0])

    @app.post("/start", callbacks=callbacks.routes)
    def start(url: Annotated[HttpUrl, fw.Body(embed=True)]): ...

    @app.webhooks.post("new-event", tags=["hook"])
    def hook(body: Event):
        """When something happens."""

    @app.webhooks.get("second")
    def second() -> Item: ...

    return app


@parity()
def test_security_schemes_are_described(fw):
    """The scopes of one scheme are merged."""
    s = fw.security
    app = fw.FastAPI()
    oauth = s.OAuth2PasswordBearer(
        tokenUrl="token", scopes={"a": "A", "b": "B"}, description="The scheme"
    )
    header = s.APIKeyHeader(name="x-key", scheme_name="Key")
    optional = s.HTTPBearer(auto_error=False)

    def user(
        token: Annotated[str, fw.Security(oauth, scopes=["a"])],
        key: Annotated[str, fw.Depends(header)],
    ): ...

    @app.get("/a")
    def a(
        u: Annotated[None, fw.Security(user, scopes=["b"])],
        t: Annotated[str, fw.Security(oauth, scopes=["c", "a"])],
    ): ...

    @app.get("/b", dependencies=[fw.Depends(optional), fw.Depends(header)])
    def b(): ...

    @app.get("/c")
    def c(k: Annotated[str, fw.Security(header)], o: str = fw.Security(optional)): ...

    @app.get("/d")
    def d(
        x=fw.Depends(s.OAuth2(flows={"implicit": {"authorizationUrl": "u", "scopes": {"z": "Z"}}})),
    ): ...

    for scheme in (
        s.HTTPBasic(),
        s.HTTPDigest(description="digest"),
        s.APIKeyQuery(name="k"),
        s.APIKeyCookie(name="c"),
        s.OpenIdConnect(openIdConnectUrl="https://example.org"),
        s.OAuth2AuthorizationCodeBearer(authorizationUrl="a", tokenUrl="t", scopes={"q": "Q"}),
    ):
        name = type(scheme).__name__
        app.get(f"/{name}", dependencies=[fw.Depends(scheme)], name=name)(lambda: None)
    return app


@parity(
    "/x /second",
)
def test_duplicates_are_warned_about_and_the_last_is_shown(fw):
    """Duplicates are operation ids, and paths with the same method."""
    app = fw.FastAPI()

    @app.get("/x", operation_id="same")
    def first(a: int = 0):
        return "first"

    @app.get("/x")
    def second(b: int = 0):
        return "second"

    @app.get("/second", operation_id="same")
    def third():
        return "third"

    return app


@same_value
def test_the_document_is_rebuilt_when_routes_change(fw):
    app = fw.FastAPI()
    router = fw.APIRouter()
    app.include_router(router, prefix="/r")
    first = app.openapi()
    same = app.openapi() is first
    router.get("/late")(lambda: None)
    app.get("/later", name="later")(lambda: None)
    second = app.openapi()
    app.openapi_schema = {"mine": True}
    return [first, same, second, app.openapi(), app.openapi_version]


@same_value
def test_get_openapi_is_a_public_function(fw):
    app = fw.FastAPI()
    app.get("/x/{a}", name="x")(lambda a: a)
    utils = fw.module("openapi.utils")
    document = utils.get_openapi(
        title="T",
        version="1",
        openapi_version="3.1.0",
        description="d",
        routes=app.routes,
        tags=[{"name": "t"}],
    )
    return [document, app.openapi()["paths"]]


@parity(
    document("/custom.json"),
    document("/openapi.json"),
    lambda fw, app: setattr(app, "openapi", lambda: {"openapi": "3.1.0", "x": 1}),
    document("/custom.json"),
)
def test_the_document_may_be_replaced_and_moved(fw):
    """`openapi_url` moves it, and `app.openapi` is replaced."""
    app = fw.FastAPI(openapi_url="/custom.json")

    @app.get("/a")
    def a(): ...

    return app


@parity(
    document("/api/v1/openapi.json"),
    document("/api/v1/openapi.json", scope={"root_path": "/proxy"}),
    document("/openapi.json"),
)
def test_the_root_path_is_listed_among_the_servers(fw):
    app = fw.FastAPI(
        openapi_url="/api/v1/openapi.json",
        servers=[{"url": "https://example.org"}],
        root_path="/api/v1",
    )

    @app.get("/a")
    def a(): ...

    return app


@parity(
    document("/openapi.json"),
    document("/openapi.json", scope={"root_path": "/proxy"}),
)
def test_the_root_path_can_be_left_out_of_the_servers(fw):
    """`root_path_in_servers` is false."""
    app = fw.FastAPI(root_path_in_servers=False)
    app.get("/a", name="a")(lambda: None)
    return app


@parity()
def test_everything_can_be_hidden_or_deprecated_at_once(fw):
    """The application has `include_in_schema` and `deprecated`."""
    app = fw.FastAPI(deprecated=True)
    hidden = fw.FastAPI(include_in_schema=False)

    @app.get("/a", deprecated=False)
    def a(): ...

    @hidden.get("/b")
    def b(): ...

    app.mount("/hidden", hidden)
    return app
