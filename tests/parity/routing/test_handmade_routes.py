"""Applications put together in unusual ways: hand-made routes, foreign parents."""

from contextlib import AsyncExitStack
from typing import Annotated

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, Router

from ..client import GET, POST, WS
from ..harness import parity


class Item(BaseModel):
    name: str


@parity("/made/3 /made/x POST /made/3 /listed/4 /own/5", POST("/added", {"name": "a"}))
def test_routes_made_by_hand_are_served(fw):
    """Routes are constructed, and given to the application."""

    def made(n: int):
        return n

    async def added(item: Item) -> Item:
        return item

    class Own(fw.routing.APIRoute):
        pass

    APIRoute = fw.routing.APIRoute
    app = fw.FastAPI(routes=[APIRoute("/listed/{n}", made)])
    app.router.routes.append(APIRoute("/made/{n}", made, methods=["GET"]))
    app.routes.insert(0, APIRoute("/added", added, methods=["POST"], status_code=201))
    app.routes.append(Own("/own/{n}", made, name="own"))
    return app


@parity("/app/5?q=1 /app/x /app", WS("/app/ws"), openapi=False)
def test_an_application_can_be_mounted_in_a_starlette_application(fw):
    sub = fw.FastAPI()

    @sub.get("/{n}")
    def subbed(n: int, q: int):
        return [n, q]

    @sub.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.close()

    return Starlette(routes=[Mount("/app", app=sub)])


@parity(
    "/users/7/items/3 /users/x/items/3 /users/7/items/x /users/7/who",
    GET("/tenant", headers={"host": "acme.example.org"}),
    GET("/tenant", headers={"host": "example.org"}),
)
def test_parameters_of_mounts_and_hosts_reach_the_endpoints(fw):
    app = fw.FastAPI()
    sub = fw.FastAPI()
    hosted = fw.FastAPI()

    @sub.get("/items/{n}")
    def item(user: int, n: int):
        return [user, n]

    @sub.get("/who")
    def who(request: fw.Request):
        return request.path_params

    @hosted.get("/tenant")
    def tenant(name: Annotated[str, fw.Path()]):
        return name

    app.router.routes.append(Mount("/users/{user}", app=sub))
    app.router.routes.append(Host("{name}.example.org", app=hosted))
    return app


@parity("/a/1 /b/1?q=2 /b/x /c/1/2", POST("/a/1"), POST("/a/x"))
def test_one_endpoint_may_serve_several_routes(fw):
    """The paths and methods differ."""
    app = fw.FastAPI()

    @app.get("/a/{n}")
    @app.post("/a/{n}", status_code=201)
    @app.get("/b/{n}", response_model=int)
    @app.get("/c/{n}/{q}", tags=["c"])
    def read(n: int, q: int = 0):
        return n + q

    return app


@parity("/direct", openapi=False)
def test_route_objects_can_be_called_by_other_code(fw):
    """Other code calls `route.app`, `route.handle` and `route.matches`."""
    inner = fw.FastAPI()

    @inner.get("/direct")
    def direct(request: fw.Request):
        return request.scope["path_params"]

    route = inner.routes[-1]

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await inner(scope, receive, send)
        else:
            async with AsyncExitStack() as stack:
                scope |= {"path_params": {"by": "hand"}, "fastapi_middleware_astack": stack}
                match, _ = route.matches(dict(scope))
                fw.log.append(match.name)
                await route.handle(scope, receive, send)

    return app


@parity("/v1/a /v1/b /v2/a /v2/b /v1/openapi.json-not /v2/shared")
def test_versions_of_one_application_share_routers(fw):
    app = fw.FastAPI()
    shared = fw.APIRouter()

    @shared.get("/a")
    def a(request: fw.Request):
        return request.app.title

    for version in ("v1", "v2"):
        sub = fw.FastAPI(
            title=version, dependencies=[fw.Depends(lambda v=version: fw.log.append(v))]
        )
        sub.include_router(shared)
        sub.add_api_route("/b", lambda v=version: v)
        app.mount(f"/{version}", sub)
    return app


@parity("/p/a /p/b", lambda fw, app: fw.keep.inner.add_api_route("/p/c", fw.keep.c), "/p/c /p/a")
def test_plain_routers_may_hold_api_routes(fw):
    """They are changed later."""
    app = fw.FastAPI()
    fw.keep.c = lambda: "c"

    def a():
        return "a"

    inner = fw.APIRouter()
    inner.add_api_route("/p/a", a)
    fw.keep.inner = inner
    app.include_router(inner)
    app.router.mount("/", Router([fw.routing.APIRoute("/p/b", a)]))
    return app


@parity("/a /b", lambda fw, app: fw.keep.swap(), "/a /b", lambda fw, app: fw.keep.drop(), "/a /b")
def test_routes_may_be_replaced_and_removed_in_place(fw):
    app = fw.FastAPI()
    app.add_api_route("/a", lambda: "first", name="a")
    app.add_api_route("/b", lambda: "b", name="b")

    def swap():
        app.router.routes[-2] = fw.routing.APIRoute("/a", lambda: "second", name="a")
        app.router.routes.insert(0, fw.routing.APIRoute("/b", lambda: "b first", name="b"))

    def drop():
        del app.router.routes[0]
        app.router.routes.reverse()
        app.router.routes = [r for r in app.router.routes if getattr(r, "name", "") != "a"]

    vars(fw.keep).update(swap=swap, drop=drop)
    return app


@parity(
    "/",
    lambda fw, app: setattr(app.state, "n", 5),
    "/",
    lambda fw, app: setattr(app, "title", "New"),
    "/",
)
def test_state_and_attributes_stay_live(fw):
    app = fw.FastAPI()
    app.state.n = 1

    @app.get("/")
    def read(request: fw.Request):
        return [request.app.state.n, app.title, request.app is app]

    return app


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
