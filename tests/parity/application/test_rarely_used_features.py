"""What few applications use: overridable routers, limits on bodies and forms, kept details."""

from typing import Any

from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, Router

from ..client import GET, POST
from ..harness import parity, same_value


@parity(
    "/matched/a /matched/none /matched/refused /handled/a /handled/none /plain",
    compiled=False,
)
def test_routers_may_match_and_handle_in_their_own_way(fw):
    """`APIRouter.matches` and `APIRouter.handle` are overridden."""

    class Matching(fw.APIRouter):
        def matches(self, scope):
            match, child = super().matches(scope)
            fw.log.append(["matches", match.name])
            if scope["path"].endswith("refused"):
                match = fw.routing.Match.NONE
            return match, child

    class Handling(fw.APIRouter):
        async def handle(self, scope, receive, send):
            fw.log.append("handle")
            await super().handle(scope, receive, send)

    app = fw.FastAPI()
    for name, kind in (("matched", Matching), ("handled", Handling)):
        router = kind()

        @router.get("/{value}" if name == "matched" else "/a")
        def read(value: str = "?"):
            return value

        app.include_router(router, prefix=f"/{name}")
    app.get("/plain")(lambda: "plain")
    return app


@parity("/items/1 /v2/items/1", openapi=True)
def test_what_a_route_says_of_itself_is_kept_when_it_is_included(fw):
    """Only `unique_id` is made anew."""
    router = fw.APIRouter()

    @router.get(
        "/items/{n}",
        response_model_exclude={"secret"},
        openapi_extra={"x-owner": "catalogue"},
        description="One item.",
        response_description="The item.",
    )
    def read_item(n: int) -> dict[str, Any]:
        return {"n": n, "secret": True}

    @router.get("/named", operation_id="chosen")
    def named(): ...

    app = fw.FastAPI()
    app.include_router(router, prefix="/v2")
    app.include_router(router, generate_unique_id_function=lambda route: f"own-{route.name}")
    routes = fw.routing.iter_route_contexts(app.routes)
    fw.log.append([getattr(route, "unique_id", None) for route in routes])
    return app


@parity(
    GET("/missing"),
    POST("/small", {}),
    POST("/small", {"long": "x" * 50}),
    POST("/small", content=[b"x" * 20, b"y" * 20], headers={"content-type": "text/plain"}),
    POST("/none", content=b"x"),
    POST("/none", content=b""),
    POST("/wide", {"long": "x" * 50}),
    POST("/inner/wide", {"long": "x" * 50}),
    POST("/inner/own", {"long": "x" * 50}),
)
def test_refusals_by_the_framework_have_a_detail(fw):
    """Refusals are 404, 405 and 413."""
    app = fw.FastAPI(max_body_size=30)
    router = fw.APIRouter(max_body_size=40)

    async def read(request: fw.Request):
        return len(await request.body())

    app.post("/small")(read)
    app.post("/none", max_body_size=0)(read)
    app.post("/wide", max_body_size=100)(read)
    router.post("/wide", max_body_size=100)(read)
    router.post("/own")(read)
    app.include_router(router, prefix="/inner", max_body_size=500)
    return app


@same_value
def test_a_limit_on_bodies_is_a_number_of_bytes(fw):
    """The number is at least zero."""
    outcomes = []
    for limit in (-1, True, 1.5, "1", 0, 1):
        for takes in (
            fw.FastAPI,
            fw.APIRouter,
            lambda **given: fw.FastAPI().get("/", **given)(lambda: 1),
        ):
            try:
                takes(max_body_size=limit)
                outcomes.append("taken")
            except Exception as error:
                outcomes.append(type(error).__name__)
    return outcomes


@same_value
def test_a_route_class_gets_form_limits_only_when_there_are_any(fw):
    given = []

    class Own(fw.routing.APIRoute):
        def __init__(self, path, endpoint, **options):
            given.append([path, *sorted(options)])
            super().__init__(path, endpoint, **options)

    router = fw.APIRouter(route_class=Own)
    router.get("/plain")(lambda: 1)
    router.get("/limited", form_limits={"max_fields": 1})(lambda: 1)
    other = fw.APIRouter()
    other.add_api_route("/other", lambda: 1, route_class_override=Own)
    other.add_api_route("/strict", lambda: 1, strict_content_type=False, route_class_override=Own)
    return given


@parity("/plain /mounted/x /router/x", POST("/plain", content=b"too long"))
def test_routes_of_starlette_take_middleware_and_limits(fw):
    """Starlette 1.10: routes, mounts and routers take `middleware` and `max_body_size`."""

    class Naming:
        def __init__(self, app, name):
            self.app, self.name = app, name

        async def __call__(self, scope, receive, send):
            fw.log.append(self.name)
            await self.app(scope, receive, send)

    async def answer(request):
        return PlainTextResponse(await request.body() or b"empty")

    def route(path, name):
        around = [Middleware(Naming, name)]
        return Route(path, answer, methods=["GET", "POST"], middleware=around, max_body_size=3)

    app = fw.FastAPI()
    app.router.routes.append(route("/plain", "plain"))
    inner = Router([route("/x", "inner")], middleware=[Middleware(Naming, "router")])
    app.mount("/router", inner)
    app.router.routes.append(
        Mount(
            "/mounted", routes=[route("/x", "in mount")], middleware=[Middleware(Naming, "mount")]
        )
    )
    return app


@same_value
def test_the_test_client_is_that_of_starlette(fw):
    """It is a subclass of `httpx2.Client`."""
    return [f"{base.__module__}.{base.__qualname__}" for base in fw.testclient.TestClient.__mro__]
