"""The recipes: custom requests and routes, the document and its pages changed."""

import gzip
from typing import Annotated

from pydantic import BaseModel

from ..client import GET, POST, Req, document, raw
from ..harness import parity, same_value

PACKED = gzip.compress(b"[1, 2, 3]", mtime=0)


@parity(
    POST("/sum", [1, 2]),
    Req(
        "POST",
        "/sum",
        content=PACKED,
        headers={"content-encoding": "gzip"} | {"content-type": "application/json"},
    ),
    compiled=False,
)
def test_a_custom_request_class(fw):
    """A route class unpacks bodies that the client has compressed."""

    class GzipRequest(fw.Request):
        async def body(self):
            if not hasattr(self, "_unpacked"):
                body = await super().body()
                packed = "gzip" in self.headers.getlist("content-encoding")
                self._unpacked = gzip.decompress(body) if packed else body
            return self._unpacked

    class GzipRoute(fw.routing.APIRoute):
        def get_route_handler(self):
            original = super().get_route_handler()

            async def handler(request: fw.Request):
                return await original(GzipRequest(request.scope, request.receive))

            return handler

    app = fw.FastAPI()
    app.router.route_class = GzipRoute

    @app.post("/sum")
    async def total(numbers: Annotated[list[int], fw.Body()]):
        return {"sum": sum(numbers)}

    return app


@parity(POST("/echo", [1]), raw("/echo", "[1"), POST("/echo", ["a"]), "/plain", compiled=False)
def test_a_custom_route_class(fw):
    """A router's route class reads the body of a refused request."""

    class TimedRoute(fw.routing.APIRoute):
        def get_route_handler(self):
            original = super().get_route_handler()

            async def handler(request):
                try:
                    response = await original(request)
                except fw.exceptions.RequestValidationError as error:
                    body = (await request.body()).decode()
                    detail = {"errors": len(error.errors()), "body": body}
                    raise fw.HTTPException(422, detail) from None
                response.headers["x-timed"] = self.path
                return response

            return handler

    router = fw.APIRouter(route_class=TimedRoute)

    @router.post("/echo")
    async def echo(numbers: list[int]):
        return numbers

    app = fw.FastAPI()
    app.include_router(router)

    @app.get("/plain")
    def plain():
        return "plain"

    return app


@parity("/openapi.json /docs /redoc /items")
def test_conditional_openapi(fw):
    """A setting switches it off."""
    app = fw.FastAPI(openapi_url="")

    @app.get("/items")
    def items():
        return []

    return app


@parity(document("/openapi.json"), document("/openapi.json"))
def test_extending_openapi(fw):
    app = fw.FastAPI()

    @app.get("/items")
    def items():
        return []

    def extended():
        if not app.openapi_schema:
            fw.log.append("made")
            schema = fw.module("openapi.utils").get_openapi(
                title="Own", version="3", summary="s", description="d", routes=app.routes
            )
            schema["info"]["x-logo"] = {"url": "https://example.org/logo.png"}
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = extended
    return app


@parity("/docs /redoc /docs/oauth2-redirect /openapi.json", openapi=False)
def test_custom_docs_pages(fw):
    """The pages have assets, settings and an OAuth2 redirect of their own."""
    docs = fw.module("openapi.docs")
    app = fw.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    def described(page):
        text = page.body.decode()
        marks = ["/static/ui.js", "/static/ui.css", "/icon.png", '"deepLinking": false', "Library"]
        return {mark: mark in text for mark in marks}

    @app.get("/docs", include_in_schema=False)
    async def swagger():
        return described(
            docs.get_swagger_ui_html(
                openapi_url="/openapi.json",
                title="Library",
                oauth2_redirect_url="/docs/oauth2-redirect",
                swagger_js_url="/static/ui.js",
                swagger_css_url="/static/ui.css",
                swagger_favicon_url="/icon.png",
                swagger_ui_parameters={"deepLinking": False},
            )
        )

    @app.get("/redoc", include_in_schema=False)
    async def redoc():
        return described(
            docs.get_redoc_html(
                openapi_url="/openapi.json", title="Library", redoc_js_url="/static/ui.js"
            )
        )

    @app.get("/docs/oauth2-redirect", include_in_schema=False)
    async def redirect():
        page = docs.get_swagger_ui_oauth2_redirect_html()
        return [page.status_code, page.media_type, b"swaggerUIRedirectOauth2" in page.body]

    return app


class Stored(BaseModel):
    name: str
    note: str | None = None


@parity(POST("/items", {"name": "a"}), document("/openapi.json"))
def test_schemas_for_input_and_output_together(fw):
    app = fw.FastAPI(separate_input_output_schemas=False)

    @app.post("/items")
    def add(item: Stored) -> Stored:
        return item

    return app


@parity("/items/1", GET("/items/1", headers={"x-user": "ada"}))
def test_overriding_dependencies_in_tests(fw):
    def database():
        raise RuntimeError("not in tests")

    async def user(x_user: Annotated[str, fw.Header()] = "nobody"):
        return x_user

    app = fw.FastAPI()

    @app.get("/items/{number}")
    def item(
        number: int,
        database: Annotated[dict, fw.Depends(database)],
        user: Annotated[str, fw.Depends(user)],
    ):
        return [database[number], user]

    app.dependency_overrides[database] = lambda: {1: "chair"}
    return app


@same_value
def test_validation_errors_as_the_framework_renders_them(fw):
    """Authentication errors have a status of their own."""
    security = fw.security

    class Forbidding(security.HTTPBearer):
        def make_not_authenticated_error(self):
            return fw.HTTPException(status_code=fw.status.HTTP_403_FORBIDDEN, detail="no")

    app = fw.FastAPI()

    @app.get("/")
    def root(
        token: Annotated[security.HTTPAuthorizationCredentials, fw.Depends(Forbidding())],
    ):
        return token.credentials

    client = fw.testclient.TestClient(app)
    answers = [client.get("/"), client.get("/", headers={"authorization": "Bearer x"})]
    return [[answer.status_code, answer.json()] for answer in answers]
