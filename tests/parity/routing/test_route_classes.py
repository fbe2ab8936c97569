"""Route classes of applications: when they are called, and with what."""

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
