"""Routers: prefixes, inclusion, inheritance, mounts, order, live changes, URLs."""

from typing import Any

from starlette.responses import PlainTextResponse as Plain
from starlette.routing import Host, Mount, Route, Router

from ..client import GET, WS, Change, document
from ..harness import parity, same_value


@parity(
    """
    /a /p/b /x/p/b /p/q/c /x/p/q/c /x/p/q/deep/3 /p /p/ /x/p/q/deep/x /two/c /two/q/c /q/c
    """,
)
def test_prefixes_add_up_over_nested_inclusions(fw):
    """The same router is included twice."""
    app = fw.FastAPI()
    outer = fw.APIRouter(prefix="/p")
    inner = fw.APIRouter(prefix="/q", tags=["inner"])

    @app.get("/a")
    def a():
        return "a"

    @outer.get("/b")
    def b():
        return "b"

    @outer.get("")
    def empty():
        return "empty"

    @inner.get("/c")
    def c():
        return "c"

    @inner.get("/deep/{n}")
    def deep(n: int):
        return n

    outer.include_router(inner)
    app.include_router(outer)
    app.include_router(outer, prefix="/x")
    app.include_router(inner, prefix="/two", tags=["two"])
    return app


@parity(
    "/in/late",
    lambda fw, app: fw.keep.late(),
    "/in/late /in/nested",
    lambda fw, app: fw.keep.nested(),
    "/in/nested /in/late",
    lambda fw, app: fw.keep.app_route(),
    "/direct",
    lambda fw, app: fw.keep.include_late(),
    "/third /in/late",
    lambda fw, app: app.router.routes.pop(),
    "/third",
    lambda fw, app: app.routes.clear(),
    "/direct /in/late",
)
def test_routes_added_after_inclusion_and_after_requests_are_served(fw):
    """FastAPI 0.137: `app.routes` is changed, and so is a child."""
    app = fw.FastAPI()
    router = fw.APIRouter(prefix="/in")
    app.include_router(router)

    @app.get("/first")
    def first():
        return "first"

    def late():
        router.get("/late", name="late")(lambda: "late")

    def nested():
        child = fw.APIRouter()
        router.include_router(child)
        child.get("/nested", name="nested")(lambda: "nested")

    def app_route():
        app.add_api_route("/direct", lambda: "direct", name="direct")

    def include_late():
        third = fw.APIRouter()
        third.get("/third", name="third")(lambda: "third")
        app.include_router(third)

    vars(fw.keep).update(late=late, nested=nested, app_route=app_route, include_late=include_late)
    return app


@parity(
    "/p/a /p/b /p/c /p/hidden",
)
def test_options_are_inherited_by_included_routes(fw):
    """Tags, dependencies and callbacks are concatenated, responses are merged, and for the others
    the nearest value counts.
    """
    app = fw.FastAPI(
        responses={400: {"description": "app 400"}, 401: {"description": "app 401"}},
        generate_unique_id_function=lambda route: f"app-{route.name}",
    )
    callbacks = fw.APIRouter()

    @callbacks.post("{$callback_url}/done")
    def done(body: dict[str, int]):
        pass

    router = fw.APIRouter(
        tags=["router"],
        responses={400: {"description": "router 400"}, 402: {"description": "router 402"}},
        generate_unique_id_function=lambda route: f"router-{route.name}-{route.path}",
    )
    plain = fw.APIRouter(tags=["plain"], deprecated=True)
    hidden = fw.APIRouter(include_in_schema=False)

    @router.get(
        "/a",
        tags=["route"],
        responses={402: {"description": "route 402"}, "4XX": {"description": "any"}},
    )
    def a():
        return "a"

    @router.get("/b", deprecated=True, operation_id="explicit", callbacks=callbacks.routes)
    def b():
        return "b"

    @plain.get("/c", tags=["plain", "route"])
    def c():
        return "c"

    @hidden.get("/hidden")
    def in_hidden():
        return "hidden"

    app.include_router(
        router,
        prefix="/p",
        tags=["include"],
        responses={401: {"description": "include 401"}},
        callbacks=callbacks.routes,
    )
    app.include_router(
        plain, prefix="/p", generate_unique_id_function=lambda route: f"inc-{route.name}"
    )
    app.include_router(hidden, prefix="/p")
    return app


@parity(
    "/p/plain /p/mounted/x",
    GET("/p/x", headers={"host": "h.example.org"}),
    GET("/x", headers={"host": "h.example.org"}),
    "/p/x /p/api",
    WS("/p/ws"),
    "/p/func",
    WS("/p/wsfunc"),
)
def test_opaque_routes_of_an_included_router_are_created_again_without_dependencies(fw):
    """They get the prefix of the inclusion."""

    def dep():
        fw.log.append("dep")

    app = fw.FastAPI()
    router = fw.APIRouter(dependencies=[fw.Depends(dep)])

    async def plain(request):
        return Plain("plain")

    async def socket(websocket):
        await websocket.accept()
        await websocket.close()

    router.routes.append(Route("/plain", plain, name="plain"))
    router.routes.append(Mount("/mounted", routes=[Route("/x", plain)], name="mounted"))
    router.routes.append(Host("{name}.example.org", Router([Route("/x", plain)]), name="host"))
    router.add_route("/func", plain)
    router.add_websocket_route("/wsfunc", socket)

    @router.get("/api")
    def api():
        return "api"

    @router.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.close()

    app.include_router(router, prefix="/p")
    return app


@parity(
    "/ /x /fixed /p/r /nothing",
)
def test_a_router_is_an_application_with_a_default_of_its_own(fw):
    async def fallback(scope, receive, send):
        await Plain("fallback")(scope, receive, send)

    app = fw.FastAPI()
    router = fw.APIRouter(default=fallback)

    @router.get("/x")
    def x():
        return "x"

    app.mount("/p", router)
    app.router.default = fallback
    return app


@parity(
    "/a /p/b POST /p/b /p/c",
    compiled=False,
)
def test_a_custom_route_class_may_override_the_handler(fw):
    class Logged(fw.routing.APIRoute):
        def get_route_handler(self):
            original = super().get_route_handler()

            async def handler(request):
                fw.log.append(f"before {request.url.path}")
                response = await original(request)
                response.headers["x-logged"] = "1"
                return response

            return handler

    class Plainly(fw.routing.APIRoute):
        pass

    app = fw.FastAPI()
    app.router.route_class = Logged
    router = fw.APIRouter(route_class=Logged)
    other = fw.APIRouter(route_class=Plainly)

    @app.get("/a")
    def a():
        return "a"

    @router.get("/b")
    def b():
        return "b"

    @router.post("/b")
    async def post(n: int):
        return n

    @other.get("/c")
    def c():
        return "c"

    app.include_router(router, prefix="/p")
    app.include_router(other, prefix="/p")
    return app


@parity(
    "/x/1 /x/1/y /x/a /z/1/2 /p/v1/3 /p/v1/x",
)
def test_parameters_in_prefixes_are_parameters_of_the_routes(fw):
    app = fw.FastAPI()
    router = fw.APIRouter(prefix="/{n}")

    @router.get("")
    def root(n: int):
        return n

    @router.get("/y")
    def y(n: str):
        return n

    @router.get("/{m}")
    def both(n: int, m: int):
        return [n, m]

    app.include_router(router, prefix="/x")
    app.include_router(router, prefix="/z")
    app.include_router(router, prefix="/p/{version}", include_in_schema=False)
    return app


@same_value
def test_a_parameter_that_stands_twice_in_a_path_is_refused_at_the_inclusion_without_prefix(fw):
    outer, inner = fw.APIRouter(prefix="/x/{tenant}"), fw.APIRouter()
    inner.get("/{tenant}")(lambda tenant: tenant)
    outer.include_router(inner)
    fw.FastAPI().include_router(outer)


@parity("/p/x/1/2 /p/x/1/2 /fine", openapi=False, compiled=False)
def test_a_parameter_that_stands_twice_in_a_path_is_an_error_of_each_request(fw):
    app = fw.FastAPI(redirect_slashes=False)
    outer, inner = fw.APIRouter(prefix="/x/{tenant}"), fw.APIRouter()
    inner.get("/{tenant}")(lambda tenant: tenant)
    outer.include_router(inner)
    app.include_router(outer, prefix="/p")
    app.get("/fine")(lambda: 1)
    return app


def _without_nested(fw, app):
    fw.keep.outer.routes.clear()
    app.openapi_schema = None


@parity(
    "/outer/inner/x",
    Change(_without_nested),
    "/outer/inner/x",
)
def test_an_inclusion_that_is_taken_away_is_not_served_any_more(fw):
    app = fw.FastAPI(openapi_url="/openapi.json")
    outer, inner = fw.APIRouter(prefix="/outer"), fw.APIRouter(prefix="/inner")

    @inner.get("/x")
    async def x():
        return 1

    outer.include_router(inner)
    app.include_router(outer)
    fw.keep.outer = outer
    return app


@same_value
def test_false_values_of_two_levels_stay_what_they_are(fw):
    """`deprecated` and `include_in_schema` are given on every level."""
    rows = []
    values = (None, False, True)
    for outer in values:
        for inclusion in values:
            for nested in values:
                app = fw.FastAPI(deprecated=outer, include_in_schema=outer)
                middle, inner = fw.APIRouter(), fw.APIRouter()
                for own in values:
                    said = {"deprecated": own, "include_in_schema": own}
                    inner.add_api_route(f"/{own}", lambda: 1, **said)
                middle.include_router(inner, deprecated=nested, include_in_schema=nested)
                app.include_router(middle, deprecated=inclusion, include_in_schema=inclusion)
                found = fw.routing.iter_route_contexts(app.routes)
                served = [route for route in found if route.name == "<lambda>"]
                rows.append([(route.deprecated, route.include_in_schema) for route in served])
                rows.append(sorted(app.openapi()["paths"]))
    return rows


@same_value
def test_an_inclusion_may_be_told_none_of_its_collections(fw):
    app = fw.FastAPI()
    router = fw.APIRouter(tags=["t"], responses={400: {"description": "bad"}})
    router.get("/a")(lambda: 1)
    app.include_router(router, tags=None, dependencies=(), responses=None, callbacks=())
    route = list(fw.routing.iter_route_contexts(app.routes))[-1]
    return [route.tags, route.dependencies, route.responses, route.callbacks]


@parity(document("/openapi.json"), "/a/b/x")
def test_what_inclusions_say_of_responses_and_visibility(fw):
    """Dictionaries of responses are merged; the one nearest to the route wins."""
    child = fw.APIRouter(responses={400: {"description": "child"}, 401: {"description": "child"}})
    child.get("/x", responses={401: {"description": "route"}})(lambda: "x")
    child.get("/old", deprecated=True)(lambda: "old")
    child.get("/hidden", include_in_schema=False)(lambda: "hidden")
    parent = fw.APIRouter(responses={400: {"description": "parent"}, 403: {"description": "p"}})
    parent.include_router(child, prefix="/b", responses={403: {"description": "argument"}})
    app = fw.FastAPI(responses={400: {"description": "app"}, 500: {"description": "app"}})
    app.include_router(parent, prefix="/a")
    app.include_router(child, prefix="/deprecated", deprecated=True)
    app.include_router(child, prefix="/hidden", include_in_schema=False)
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
