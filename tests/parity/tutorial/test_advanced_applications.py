"""The advanced guide, on whole applications: mounting, settings, lifespan, frontends, GraphQL."""

from contextlib import asynccontextmanager
from typing import Annotated

import pytest
from pydantic import BaseModel

from ..client import GET, POST, WS, document
from ..frontend_site import ROOT, built_site, page
from ..harness import parity, same_value
from ..surface import load


class Item(BaseModel):
    name: str
    price: float = 0


@parity(
    "/app /sub/app /sub/missing /sub/users/3",
    document("/openapi.json"),
    document("/sub/openapi.json"),
    document("/openapi.json", scope={"root_path": "/proxy"}),
    GET("/app", scope={"root_path": "/proxy"}),
    GET("/proxy/app", scope={"root_path": "/proxy"}),
    GET("/sub/app", scope={"root_path": "/proxy"}),
)
def test_sub_applications_and_proxies(fw):
    """The root path and the servers are those of a proxy."""
    app = fw.FastAPI(servers=[{"url": "https://stage.example.org", "description": "Stage"}])

    @app.get("/app")
    def main(request: fw.Request):
        return {"root_path": request.scope["root_path"], "url": str(request.url)}

    sub = fw.FastAPI(title="Sub")

    @sub.get("/app")
    def below(request: fw.Request):
        return {"root_path": request.scope["root_path"], "app": request.app.title}

    @sub.get("/users/{number}")
    def user(number: int):
        return number

    app.mount("/sub", sub)
    return app


@parity("/pages/3 /pages/%3Cb%3E", openapi=False)
def test_templates(fw):
    import jinja2

    texts = {"page.html": "<a href=\"{{ url_for('page', name='next') }}\">{{ name }}</a>"}
    environment = jinja2.Environment(loader=jinja2.DictLoader(texts), autoescape=True)
    templates = fw.templating.Jinja2Templates(env=environment)
    app = fw.FastAPI()

    @app.get("/pages/{name}", response_class=fw.responses.HTMLResponse)
    async def page(request: fw.Request, name: str):
        return templates.TemplateResponse(request, "page.html", {"name": name})

    return app


@parity("/answer /state")
def test_lifespan_events(fw):
    """The lifespan gives state to requests."""
    models: dict[str, int] = {}

    @asynccontextmanager
    async def lifespan(app):
        fw.log.append("load")
        models["answer"] = 42
        yield {"loaded": True}
        models.clear()
        fw.log.append("unload")

    app = fw.FastAPI(lifespan=lifespan)

    @app.get("/answer")
    async def answer():
        return models

    @app.get("/state")
    async def state(request: fw.Request):
        return request.state.loaded

    return app


@same_value
def test_asynchronous_tests(fw):
    """An HTTP client runs in the event loop of the application."""
    import anyio
    import httpx

    app = fw.FastAPI()

    @app.get("/")
    async def root() -> Item:
        return Item(name="chair")

    async def main():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.get("/")
            return [answer.status_code, answer.json(), dict(answer.headers)]

    return anyio.run(main)


@parity("/info")
def test_settings(fw):
    """They come from environment variables, are cached, and are a dependency."""
    from functools import lru_cache

    from pydantic_settings import BaseSettings, SettingsConfigDict

    class Settings(BaseSettings):
        model_config = SettingsConfigDict(env_prefix="PARITY_TUTORIAL_")
        name: str = "Library"
        limit: int = 50

    @lru_cache
    def settings():
        fw.log.append("read")
        return Settings()

    app = fw.FastAPI()

    @app.get("/info")
    async def info(settings: Annotated[Settings, fw.Depends(settings)]):
        return settings

    return app


@parity(POST("/invoices?callback=https://example.org", {"id": "1", "total": 3}))
def test_callbacks_and_webhooks(fw):
    class Invoice(BaseModel):
        id: str
        total: float

    class Received(BaseModel):
        ok: bool

    callbacks = fw.APIRouter()

    @callbacks.post("{$callback_url}/invoices/{$request.body.id}", response_model=Received)
    def notify(body: Invoice): ...

    app = fw.FastAPI()

    @app.post("/invoices", callbacks=callbacks.routes)
    def make(invoice: Invoice, callback: str | None = None):
        return {"made": invoice.id}

    @app.webhooks.post("new-subscription")
    def subscription(body: Item):
        """Sent for each new subscription."""

    return app


@parity("/v1/old /v1 /v2", POST("/v1/post", content=b"abc"))
def test_wsgi_applications(fw):
    app = fw.FastAPI()

    def wsgi(environ, start_response):
        size = len(environ["wsgi.input"].read())
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {size}".encode()]

    @app.get("/v2")
    def new():
        return "new"

    app.mount("/v1", load(f"{fw.root}.middleware.wsgi").WSGIMiddleware(wsgi))
    return app


@same_value
def test_generating_clients(fw):
    """Clients are generated from the operation ids and tags of the document."""
    app = fw.FastAPI(generate_unique_id_function=lambda route: f"{route.tags[0]}-{route.name}")

    @app.get("/items", tags=["items"])
    def get_items() -> list[Item]: ...

    @app.post("/items", tags=["items"])
    def create_item(item: Item) -> Item: ...

    @app.post("/users", tags=["users"])
    def create_user(item: Item) -> dict[str, str]: ...

    document = app.openapi()
    for path in document["paths"].values():
        for operation in path.values():
            tag = operation["tags"][0]
            operation["operationId"] = operation["operationId"].removeprefix(f"{tag}-")
    return document


@pytest.mark.parametrize("mode", ["compiled", "generic"])
def test_frontends(mode):
    @parity("/ /app.js /api /api/missing /missing", page("/books/3"), POST("/app.js"))
    def case(fw):
        app = fw.FastAPI()

        @app.get("/api")
        def api():
            return []

        app.frontend("/", directory=ROOT / "spa")
        return app

    with built_site():
        case(mode)


@parity(
    POST("/graphql/", {"query": '{ author(name: "Jane Austen") { name books } }'}),
    POST("/graphql/", {"query": "{ nobody }"}),
    POST("/graphql/", {"query": 'mutation { rename(name: "a") }'}),
    '/graphql?query={author(name:"a"){books}} /other',
    WS("/graphql/", [], headers={"sec-websocket-protocol": "graphql-transport-ws"}),
)
def test_graphql(fw):
    """Strawberry's ASGI application answers."""
    import strawberry
    from strawberry.asgi import GraphQL

    @strawberry.type
    class Writer:
        name: str
        books: list[str]

    @strawberry.type
    class Query:
        @strawberry.field
        def author(self, name: str) -> Writer:
            return Writer(name=name, books=["Emma", "Persuasion"])

    @strawberry.type
    class Mutation:
        @strawberry.mutation
        async def rename(self, name: str) -> str:
            return name.upper()

    app = fw.FastAPI()
    app.mount("/graphql", GraphQL(strawberry.Schema(Query, Mutation)))

    @app.get("/other")
    def other():
        return "other"

    return app
