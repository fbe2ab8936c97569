"""Requests that reach a route by another road than the route table: forms, limits, dependencies."""

from typing import Annotated

import pytest
from starlette.routing import Match, Mount, Router

from ..client import GET, WS, Req
from ..harness import parity, same_value

REQUESTS = (
    Req("POST", "/form", form={"name": "n"}),
    Req("POST", "/form", form={}),
    Req("POST", "/file", files=[("name", "n.txt", "text/plain", b"content")]),
    Req("POST", "/limited", form=[("name", "n"), ("b", "1"), ("c", "1")]),
    GET("/yield"),
    GET("/lines"),
    GET("/raise"),
)


def add_routes(fw, router):
    """A route for each kind of handler."""

    async def opened():
        fw.log.append("open")
        yield 1
        fw.log.append("close")

    @router.post("/form")
    async def read_form(name: Annotated[str, fw.Form()]):
        return name

    @router.post("/file")
    async def read_file(name: fw.UploadFile):
        return (await name.read()).decode()

    @router.post("/limited", form_limits={"max_fields": 2})
    def read_limited(name: Annotated[str, fw.Form()]):
        return name

    @router.get("/yield")
    async def use(value: Annotated[int, fw.Depends(opened)]):
        return value

    @router.get("/lines")
    async def lines():
        yield {"a": 1}

    @router.get("/raise")
    def fail():
        raise fw.HTTPException(418)


def wrap(fw, route):
    inner = route.app

    async def outer(scope, receive, send):
        fw.log.append("outer")
        await inner(scope, receive, send)

    route.app = outer


def api_routes(fw, router):
    return [route for route in router.routes if isinstance(route, fw.routing.APIRoute)]


@parity(*REQUESTS, compiled=False)
def test_a_wrapped_app_serves_every_kind_of_route(fw):
    app = fw.FastAPI()
    add_routes(fw, app)
    for route in api_routes(fw, app):
        wrap(fw, route)
    return app


@parity(*REQUESTS, compiled=False)
def test_an_app_made_of_the_route_s_handler_serves_every_kind_of_route(fw):
    app = fw.FastAPI()
    add_routes(fw, app)
    for route in api_routes(fw, app):
        route.app = fw.routing.request_response(route.get_route_handler())
    return app


def own_router(fw):
    class OwnRouter(fw.APIRouter):
        async def __call__(self, scope, receive, send):
            if scope["type"] == "lifespan":
                await self.lifespan(scope, receive, send)
                return
            scope["router"] = self
            for route in self.routes:
                match, child = route.matches(scope)
                if match == Match.FULL:
                    scope.update(child)
                    await route.handle(scope, receive, send)
                    return

    return OwnRouter()


@pytest.mark.parametrize("change", [None, wrap])
def test_a_router_with_its_own_way_of_serving_serves_every_kind_of_route(change):
    @parity(*REQUESTS, compiled=False, openapi=False)
    def built(fw):
        app = fw.FastAPI()
        app.router = own_router(fw)
        add_routes(fw, app.router)
        for route in app.router.routes if change else ():
            change(fw, route)
        return app

    for mode in ("compiled", "generic", "direct"):
        built(mode)


@parity(*[Req(**vars(request) | {"target": "/m" + request.target}) for request in REQUESTS])
def test_routes_in_a_mount_serve_every_kind(fw):
    app, router = fw.FastAPI(), fw.APIRouter()
    add_routes(fw, router)
    app.router.routes.append(Mount("/m", routes=router.routes))
    return app


@parity(*[Req(**vars(request) | {"target": "/m" + request.target}) for request in REQUESTS])
def test_routes_in_a_router_of_starlette_serve_every_kind(fw):
    app, router = fw.FastAPI(), fw.APIRouter()
    add_routes(fw, router)
    app.mount("/m", Router(routes=router.routes))
    return app


def recording_class(fw):
    class Recording(fw.routing.APIRoute):
        def matches(self, scope):
            fw.log.append(("matches", self.path, sorted(scope.get("fastapi", {}))))
            return super().matches(scope)

        async def handle(self, scope, receive, send):
            fw.log.append(("handle", self.path, sorted(scope.get("fastapi", {}))))
            await super().handle(scope, receive, send)

    return Recording


@parity(*REQUESTS, GET("/form"), GET("/nothing"), compiled=False)
def test_a_class_with_its_own_matching_is_asked_as_often_as_in_fastapi(fw):
    app = fw.FastAPI()
    app.router.route_class = recording_class(fw)
    add_routes(fw, app)
    return app


@parity(
    *[Req(**vars(request) | {"target": "/o/i" + request.target}) for request in REQUESTS],
    GET("/o/i/form"),
    GET("/o/i/nothing"),
    GET("/o/plain"),
    compiled=False,
)
def test_an_included_class_with_its_own_matching_is_asked_as_often_as_in_fastapi(fw):
    app = fw.FastAPI()
    outer = fw.APIRouter(prefix="/o", form_limits={"max_fields": 5})
    inner = fw.APIRouter(route_class=recording_class(fw))
    add_routes(fw, inner)
    outer.get("/plain")(lambda: "plain")
    outer.include_router(inner, prefix="/i", form_limits={"max_fields": 3})
    app.include_router(outer, dependencies=[fw.Depends(lambda: fw.log.append("above"))])
    return app


@parity(WS("/socket"), WS("/included"), WS("/nothing"), GET("/socket"), compiled=False)
def test_a_class_with_its_own_matching_is_asked_for_every_kind_of_connection(fw):
    class Recording(fw.routing.APIWebSocketRoute):
        def matches(self, scope):
            fw.log.append(("matches", self.path, scope["type"]))
            return super().matches(scope)

    async def accept(websocket: fw.WebSocket):
        await websocket.accept()

    app = fw.FastAPI()
    app.router.route_class = recording_class(fw)
    router = fw.APIRouter(route_class=recording_class(fw))
    app.get("/first")(lambda: 1)
    app.router.routes.append(Recording("/socket", accept))
    router.get("/second")(lambda: 1)
    router.websocket("/included")(accept)
    app.include_router(router)
    return app


@parity("/a POST /a /b /c POST /c /d POST /d", compiled=False)
def test_a_redirect_asks_routes_up_to_the_first_that_has_the_path(fw):
    app = fw.FastAPI()
    app.router.route_class = recording_class(fw)
    router = fw.APIRouter(route_class=recording_class(fw))
    app.get("/first/")(lambda: 1)
    app.get("/a/")(lambda: 1)
    app.post("/a/")(lambda: 1)
    app.get("/b")(lambda: 1)
    router.get("/c/")(lambda: 1)
    router.post("/c/")(lambda: 1)
    app.include_router(router)
    app.get("/d/")(lambda: 1)
    app.get("/last/")(lambda: 1)
    return app


@parity(
    Req("POST", "/v/form", form={"name": "n"}),
    Req("POST", "/v/form", form=[("name", "n"), ("b", "1"), ("c", "1")]),
    compiled=False,
)
def test_matching_may_put_another_dictionary_into_the_scope(fw):
    class Replacing(fw.routing.APIRoute):
        def matches(self, scope):
            match, child = super().matches(scope)
            scope["fastapi"] = dict(scope.get("fastapi", {}))
            return match, child

    app = fw.FastAPI()
    router = fw.APIRouter(route_class=Replacing, form_limits={"max_fields": 2})

    @router.post("/form")
    def read_form(name: Annotated[str, fw.Form()]):
        return name

    app.include_router(router, prefix="/v")
    return app


@parity("/v1/data", GET("/v1/data", headers={"authorization": "secret"}), "/data")
def test_the_dependencies_of_an_inclusion_guard_a_route_whose_app_was_replaced(fw):
    def guard(authorization: Annotated[str | None, fw.Header()] = None):
        if authorization != "secret":
            raise fw.HTTPException(401)

    app, router = fw.FastAPI(), fw.APIRouter()
    router.get("/data")(lambda: "data")
    for route in router.routes:
        wrap(fw, route)
    app.include_router(router, prefix="/v1", dependencies=[fw.Depends(guard)])
    return app


@parity("/v1/data /plain", compiled=False)
def test_a_handler_made_by_one_route_alone_serves_its_inclusions(fw):
    app, router = fw.FastAPI(), fw.APIRouter()
    router.get("/data")(lambda: "data")
    route = router.routes[0]
    original = route.get_route_handler

    def get_route_handler():
        handler = original()

        async def counted(request):
            fw.log.append("counted")
            return await handler(request)

        return counted

    route.get_route_handler = get_route_handler
    app.include_router(router, prefix="/v1")
    app.get("/plain")(lambda: "plain")
    return app


def replace_session(fw, app):
    for route in app.router.routes:
        if isinstance(route, fw.routing.APIWebSocketRoute):
            wrap(fw, route)


def guard_sessions(fw, app):
    utils = fw.module("dependencies.utils")

    def refuse():
        raise fw.WebSocketException(1008)

    guard = utils.get_parameterless_sub_dependant(depends=fw.Depends(refuse), path="/ws")
    for route in app.router.routes:
        if isinstance(route, fw.routing.APIWebSocketRoute):
            route.dependant.dependencies.insert(0, guard)


@parity(WS("/ws"), replace_session, WS("/ws"), guard_sessions, WS("/ws"))
def test_a_websocket_route_may_be_changed_while_it_is_served(fw):
    app = fw.FastAPI()

    @app.websocket("/ws")
    async def session(websocket: fw.WebSocket, q: int = 1):
        await websocket.accept()
        await websocket.send_json(q)
        await websocket.close()

    return app


def limit_forms(fw, app):
    app.router.form_limits = {"max_fields": 1}


TWO_FIELDS = Req("POST", "/form", form=[("name", "n"), ("b", "1")])


@parity(TWO_FIELDS, limit_forms, TWO_FIELDS)
def test_the_form_limits_of_the_application_may_be_set_while_it_is_served(fw):
    app = fw.FastAPI()

    @app.post("/form")
    def read_form(name: Annotated[str, fw.Form()]):
        return name

    return app


@same_value
def test_the_settings_of_included_routes_are_what_vars_shows(fw):
    """Compare what the private iterators of routes give."""
    app = fw.FastAPI(tags=None)
    router = fw.APIRouter(prefix="/r", tags=["t"])

    @router.post("/{number}", status_code=201, responses={404: {"description": "None"}})
    def add(number: int, name: Annotated[str, fw.Form()], limit: int = 3) -> dict[str, int]:
        """Add."""

    app.include_router(router, prefix="/v1", deprecated=True)
    (_, context) = list(fw.routing._iter_routes_with_context(app.routes))[-1]
    plain = fw.routing._EffectiveRouteContext(original_route=router.routes[0])
    described = ("path", "name", "tags", "unique_id", "status_code", "deprecated", "description")
    return [
        sorted(vars(context)),
        [getattr(context, name) for name in described],
        sorted(context.methods),
        context.body_field.name,
        context.response_field.name,
        sorted(vars(plain)),
        [getattr(plain, name) for name in described],
        plain.dependant,
        plain.app,
    ]
