"""Functions of the routing module that tools replace, and objects that applications patch."""

import dataclasses
from contextlib import ExitStack
from typing import Annotated
from unittest import mock

import pytest
from starlette.applications import Starlette

from ..client import GET, POST, to_steps
from ..harness import Case, check, chosen_modes, parity


def patching(name, wrap):
    """Return steps that replace a function of ``routing`` and put it back."""

    def put(fw, app):
        fw.keep.original = getattr(fw.routing, name)
        setattr(fw.routing, name, wrap(fw, fw.keep.original))

    def restore(fw, app):
        setattr(fw.routing, name, fw.keep.original)

    return put, restore


def simple_app(fw):
    app = fw.FastAPI()

    def dep(q: int = 1):
        return q

    @app.get("/")
    async def read(d: Annotated[int, fw.Depends(dep)]):
        return d

    @app.post("/body")
    def body(items: list[int]) -> list[int]:
        return items

    return app


def logging_endpoint_runner(fw, original):
    async def run_endpoint_function(*, dependant, values, is_coroutine, **more):
        fw.log.append(f"endpoint {values} {is_coroutine}")
        return await original(dependant=dependant, values=values, is_coroutine=is_coroutine, **more)

    return run_endpoint_function


put, restore = patching("run_endpoint_function", logging_endpoint_runner)


@parity("/?q=3", put, "/?q=3 /?q=x", POST("/body", [1]), restore, "/?q=3", compiled=True)
def test_a_replaced_endpoint_runner_is_used_while_it_is_there(fw):
    """Logfire replaces `run_endpoint_function`."""
    return simple_app(fw)


def logging_solver(fw, original):
    async def solve_dependencies(*args, **kwargs):
        solved = await original(*args, **kwargs)
        fw.log.append(f"solved {sorted(solved.values)} {len(solved.errors)}")
        return solved

    return solve_dependencies


put_solver, restore_solver = patching("solve_dependencies", logging_solver)


@parity("/?q=3", put_solver, "/?q=3 /?q=x", POST("/body", ["x"]), restore_solver, "/?q=3 /?q=x")
def test_a_replaced_solver_is_used_while_it_is_there(fw):
    """Logfire replaces `solve_dependencies`; compiled routes take the generic path then."""
    return simple_app(fw)


def unpatch(fw, app):
    fw.routing.get_request_handler = fw.keep.original


@parity("/?q=3 /?q=x /early", POST("/body", [1]), unpatch)
def test_a_replaced_request_handler_serves_the_routes_made_from_then_on(fw):
    """Sentry replaces `get_request_handler`."""
    original = fw.keep.original = fw.routing.get_request_handler

    def get_request_handler(*args, **kwargs):
        handler = original(*args, **kwargs)

        async def wrapped(request):
            fw.log.append(f"handling {request.url.path}")
            return await handler(request)

        return wrapped

    fw.routing.get_request_handler = get_request_handler
    app = simple_app(fw)
    app.get("/early", name="early")(lambda: "early")
    return app


@parity(GET("/?q=1", headers={"x-a": "old"}), "/scope /state /params/3")
def test_dependencies_may_change_the_request_for_what_comes_later(fw):
    """They change the scope, the state, the headers or the body."""
    app = fw.FastAPI()
    Depends = fw.Depends

    async def change(request: fw.Request):
        request.scope["headers"] = [(b"x-a", b"new")]
        request.scope["query_string"] = b"q=9"

    def set_state(request: fw.Request):
        request.state.user = "ada"

    def change_path(request: fw.Request):
        request.scope["path_params"] = {"n": "77"}

    @app.get("/", dependencies=[Depends(change)])
    def read(q: int, x_a: Annotated[str, fw.Header()] = "none"):
        return [q, x_a]

    @app.get("/state", dependencies=[Depends(set_state)])
    async def state(request: fw.Request):
        return request.state.user

    @app.get("/params/{n}", dependencies=[Depends(change_path)])
    def params(n: int):
        return n

    @app.get("/scope")
    def scope(request: fw.Request):
        request.scope["custom"] = 1
        return request.scope["custom"]

    return app


@parity("/ /again", POST("/json", {"a": 1}), "/url")
def test_middleware_may_hand_on_another_scope_or_receive(fw):
    """Middleware wraps all three arguments of an application."""

    class Wrapping:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            if scope["type"] != "http":
                await self.app(scope, receive, send)
                return

            async def shouting(message):
                if message["type"] == "http.response.body":
                    message = message | {"body": message["body"].upper()}
                await send(message)

            async def replaced():
                await receive()
                body = b'{"replaced": true}'
                return {"type": "http.request", "body": body, "more_body": False}

            await self.app(dict(scope, extra="seen"), replaced, shouting)

    app = fw.FastAPI()
    app.add_middleware(Wrapping)

    @app.get("/")
    async def read(request: fw.Request):
        return request.scope["extra"]

    @app.post("/json")
    async def json(body: dict[str, bool]):
        return body

    @app.get("/url")
    def url(request: fw.Request):
        return str(request.url)

    return app


@parity("/", openapi=False)
def test_the_endpoint_of_a_route_may_be_replaced_before_it_is_used(fw):
    """Tools set `route.dependant.call`."""
    app = fw.FastAPI()

    @app.get("/")
    def read():
        return "old"

    app.routes[-1].dependant.call = lambda: "new"
    return app


@pytest.mark.parametrize("mode", chosen_modes("compiled", "generic", "direct"))
def test_a_tool_that_watches_all_applications_of_starlette_sees_each_request(monkeypatch, mode):
    """Sentry puts its own function in the place of `Starlette.__call__`."""
    original = Starlette.__call__

    async def watched(self, scope, receive, send):
        seen.append(scope.get("path", scope["type"]))
        await original(self, scope, receive, send)

    seen = []
    monkeypatch.setattr(Starlette, "__call__", watched)

    def build(fw):
        app = fw.FastAPI()

        @app.get("/items/{item_id}")
        async def item(item_id: int):
            return item_id

        return app

    check(Case(build, to_steps("/items/1 /items/x /nothing")), mode)
    assert seen == ["lifespan", "/items/1", "/items/x", "/nothing"] * 2


@parity("/items/1 /items/2", POST("/items/3"), "/router/items/1 /router/items/2", unpatch)
def test_a_replaced_maker_of_handlers_is_asked_once_for_each_route(fw):
    """Sentry wraps `dependant.call` in `get_request_handler`."""
    original = fw.keep.original = fw.routing.get_request_handler

    def get_request_handler(*args, **kwargs):
        dependant = kwargs["dependant"]
        endpoint = dependant.call

        def counted(**values):
            fw.log.append("called")
            return endpoint(**values)

        dependant.call = counted
        return original(*args, **kwargs)

    fw.routing.get_request_handler = get_request_handler
    app = fw.FastAPI()
    app.get("/items/{number}")(lambda number: number)
    app.post("/items/{number}")(lambda number: number)
    router = fw.APIRouter()
    router.get("/items/{number}")(lambda number: number)
    app.include_router(router, prefix="/router")
    return app


def patched_by_mock(find):
    """Return steps that patch an attribute, as tests do, and undo it."""

    def put(fw, app):
        owner, name, value = find(fw, app)
        fw.keep.stack = ExitStack()
        fw.keep.stack.enter_context(mock.patch.object(owner, name, value))

    def undo(fw, app):
        fw.keep.stack.close()

    return put, "/ /x", undo, "/ /x"


@parity(
    "/ /x",
    *patched_by_mock(lambda fw, app: (app, "dependency_overrides", {fw.keep.dep: lambda: "mock"})),
    *patched_by_mock(lambda fw, app: (app.router, "routes", app.routes[:-1])),
    *patched_by_mock(
        lambda fw, app: (app.routes[-1], "app", fw.responses.PlainTextResponse("mock"))
    ),
    *patched_by_mock(lambda fw, app: (app.routes[-1], "methods", {"POST"})),
    *patched_by_mock(lambda fw, app: (app.routes[-1].dependant, "call", lambda d: "mock")),
    *patched_by_mock(
        lambda fw, app: (app.routes[-1].dependant.dependencies[0], "call", lambda: "mock")
    ),
    compiled=True,
)
def test_attributes_may_be_patched_and_restored_with_mock(fw):
    app = fw.FastAPI()

    def dep():
        return "dep"

    fw.keep.dep = dep

    @app.get("/x")
    def other():
        return "other"

    @app.get("/")
    def read(d: Annotated[str, fw.Depends(dep)]):
        return d

    return app


@parity("/?count=2")
def test_a_field_is_a_dataclass(fw):
    """Plugins make fields from others with `dataclasses.replace`."""
    app = fw.FastAPI()

    @app.get("/")
    def read(count: int = 1):
        return count

    dependant = app.routes[-1].dependant
    field = dependant.query_params[0]
    renamed = dataclasses.replace(field, name="other")
    fw.log.append([item.name for item in dataclasses.fields(field)])
    fw.log.append([field.name, renamed.name, renamed.field_info is field.field_info])
    field.note = "plugins may add attributes"
    return app
