"""Route classes of applications: when they are called, and with what."""

from typing import Annotated

import pytest

from ..client import to_steps
from ..harness import parity, same_value


@same_value
def test_a_route_class_makes_one_handler_for_each_inclusion(fw):
    """`get_route_handler` runs once for each inclusion."""
    made = []

    class Own(fw.routing.APIRoute):
        def get_route_handler(self):
            made.append(self.path)
            return super().get_route_handler()

    router = fw.APIRouter(route_class=Own)
    router.get("/x")(lambda: "x")
    app = fw.FastAPI()
    app.include_router(router, prefix="/one")
    app.include_router(router, prefix="/two")
    made.clear()
    client = fw.testclient.TestClient(app)
    answers = [client.get(path).json() for path in ("/one/x", "/two/x", "/one/x", "/two/x")]
    return [answers, made]


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


REQUESTS = to_steps("/a?n=1 /a?n=x POST /a /r/a GET /r/a /r/s /s /s/ /nothing")
#: Names that routes, routers and applications of ours have, or had.
NAMES = """
    _admission _app _body_params _check _compile_path _dependencies _direct _dispatcher
    _forget _form_limits _frontends _gate _include _lane _lanes _limits _made_app
    _make_admission _runner _settle _snapshot _threads admission all_limits
    apply_form_limits body_params direct_source fallback_reason has_nothing_else
    is_generator is_opaque label lane limits own_handler_reason plan reads_form runner
    serve_low_priority settle source threads
""".split()  # noqa: SIM905


@parity("/a /r/a POST /r/a /nothing")
def test_subclasses_may_give_attributes_and_methods_any_names(fw):
    class Route(fw.routing.APIRoute):
        def __init__(self, path, endpoint, **options):
            self.plan = self.source = "set before"
            super().__init__(path, endpoint, **options)
            self.label, self._handler, self.fallback_reason = "set after", None, None

        def make_handler(self, kind):
            return f"a handler of {kind}"

    class Router(fw.APIRouter):
        def _add(self, name):
            return f"added {name}"

    app, router = fw.FastAPI(), Router(route_class=Route)
    app.router.route_class = Route
    for owner in (app, router):

        @owner.get("/a", name="a")
        async def read():
            return 1

    app.include_router(router, prefix="/r")
    route = router.routes[0]
    fw.log.append([route.plan, route.source, route.label, route.make_handler("x")])
    fw.log.append(router._add("y"))
    return app


@pytest.mark.parametrize("kind", ["methods", "attributes", "attributes set later"])
def test_subclasses_may_use_the_names_that_are_ours(kind):
    def use(self, *values):
        return "the application's own"

    value = use if kind == "methods" else "text"

    def of(cls):
        if kind != "attributes set later":
            return type(cls.__name__, (cls,), dict.fromkeys(NAMES, value))

        def __init__(self, *values, **options):
            cls.__init__(self, *values, **options)
            for name in NAMES:
                setattr(self, name, value)

        return type(cls.__name__, (cls,), {"__init__": __init__})

    @parity(*REQUESTS, compiled=False, openapi=False)
    def built(fw):
        app, route_class = of(fw.FastAPI)(), of(fw.routing.APIRoute)
        router = of(fw.APIRouter)(route_class=route_class)
        app.router.route_class = route_class

        def check(request: fw.Request):
            route = request.scope["route"]
            fw.log.append({callable(getattr(route, name)) for name in NAMES})

        @app.get("/a", dependencies=[fw.Depends(check)])
        async def read(n: int):
            return n

        @router.post("/a", dependencies=[fw.Depends(check)])
        def write(n: Annotated[int, fw.Form()] = 1):
            return n

        @router.get("/s")
        async def stream():
            yield 1

        app.include_router(router, prefix="/r")
        app.include_router(router)
        return app

    for mode in ("compiled", "generic", "direct"):
        built(mode)
