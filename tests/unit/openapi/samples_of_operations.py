"""Applications whose operations have answers, security and dependencies of every kind."""

from collections.abc import AsyncIterable, Iterable
from typing import Annotated, Any

from .sample_models import Aliased, Circle, Envelope, Holder, Item, Priced, Row, Tag, sample


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
    for kind in (Item, Holder, Priced, Circle, Aliased):
        name = kind.__name__.lower()

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
