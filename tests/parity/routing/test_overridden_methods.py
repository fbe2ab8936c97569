"""What the methods that declare routes hand to each other, as overrides in subclasses see it."""

import warnings
from typing import Any

import pytest

from ..frontend_site import ROOT, built_site
from ..harness import Framework, parity, same_value

VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

#: The methods that subclasses override, by class.
LINKS = {
    "FastAPI": (
        *VERBS,
        *("api_route", "add_api_route", "add_route", "add_websocket_route", "websocket"),
        *("add_api_websocket_route", "websocket_route", "include_router", "frontend", "mount"),
        *("middleware", "add_middleware", "exception_handler", "add_exception_handler"),
        *("on_event", "setup", "openapi", "build_middleware_stack", "host"),
    ),
    "APIRouter": (
        *VERBS,
        *("__init__", "api_route", "add_api_route", "route", "add_route", "websocket"),
        *("add_api_websocket_route", "websocket_route", "add_websocket_route"),
        *("include_router", "frontend", "on_event", "add_event_handler", "mount", "host"),
    ),
    "APIRoute": ("__init__", "get_route_handler"),
    "APIWebSocketRoute": ("__init__",),
}


class Recorder:
    """Subclasses of a framework's classes that note each call of a link, in order."""

    def __init__(self, fw: Framework) -> None:
        self.fw = fw
        self.calls: list[Any] = []
        self.things: list[tuple[object, str]] = []
        bases = {"FastAPI": fw.FastAPI}
        bases |= {name: getattr(fw.routing, name) for name in LINKS if name != "FastAPI"}
        self.classes = {
            name: type(name, (base,), {link: self._link(base, name, link) for link in LINKS[name]})
            for name, base in bases.items()
        }

    def __getattr__(self, name: str) -> Any:
        return self.classes[name]

    def _link(self, base: Any, owner: str, link: str) -> Any:
        inherited = getattr(base, link)

        def override(this: Any, *args: Any, **kwargs: Any) -> Any:
            described = [self.describe(item) for item in args]
            named = [[name, self.describe(value)] for name, value in kwargs.items()]
            self.calls.append([f"{owner}.{link}", described, named])
            return inherited(this, *args, **kwargs)

        return override

    def thing(self, value: Any, name: str) -> Any:
        """Give an object a name, by which it is known again wherever it arrives."""
        self.things.append((value, name))
        return value

    def describe(self, value: Any) -> Any:
        """What is compared: the object itself where it has a name, else what it is."""
        for known, name in self.things:
            if known is value:
                return f"<{name}>"
        kind = type(value).__name__
        if kind == "DefaultPlaceholder":
            return ["Default", self.describe(value.value)]
        if isinstance(value, (list, tuple)):
            return [kind, *(self.describe(item) for item in value)]
        if isinstance(value, dict):
            return [kind, *([str(key), self.describe(item)] for key, item in value.items())]
        if isinstance(value, type) or callable(value):
            return getattr(value, "__name__", kind)
        return repr(value) if isinstance(value, (str, int, type(None))) else kind


def router_with_recorded_routes(seen: Recorder, **options: Any) -> Any:
    """A router whose calls are recorded, and those of its routes."""
    return seen.APIRouter(route_class=seen.APIRoute, **options)


def app_with_recorded_router(seen: Recorder, **options: Any) -> Any:
    """An application whose calls are recorded, and those of its router and of its routes."""
    app = seen.FastAPI(**options)
    app.router = router_with_recorded_routes(seen, dependency_overrides_provider=app)
    return app


def endpoint() -> int:
    """Answer."""
    return 1


def dependency() -> None:
    """Depend on nothing."""


def unique_id(route: Any) -> str:
    """Make an id."""
    return "id"


def given_options(seen: Recorder) -> dict[str, Any]:
    """A value other than the default for each option of a route that all methods take."""
    thing = seen.thing
    return {
        "form_limits": thing({"max_fields": 3}, "form limits"),
        "response_model": thing(list[int], "model"),
        "status_code": 201,
        "tags": thing(["b"], "tags"),
        "dependencies": thing([seen.fw.Depends(dependency)], "dependencies"),
        "summary": "s",
        "description": "d",
        "response_description": "r",
        "responses": thing({404: {"description": "none"}}, "responses"),
        "deprecated": True,
        "operation_id": "o",
        "response_model_include": thing({"a"}, "include"),
        "response_model_exclude": thing({"b"}, "exclude"),
        "response_model_by_alias": False,
        "response_model_exclude_unset": True,
        "response_model_exclude_defaults": True,
        "response_model_exclude_none": True,
        "include_in_schema": False,
        "response_class": thing(seen.fw.responses.PlainTextResponse, "response class"),
        "name": "n",
        "openapi_extra": thing({"x-a": 1}, "extra"),
        "generate_unique_id_function": thing(unique_id, "unique id"),
        "max_body_size": 7,
    }


def empty_options() -> dict[str, Any]:
    """Options as somebody gives them who has nothing to say."""
    return {
        "response_model": None,
        "tags": [],
        "dependencies": (),
        "responses": {},
        "summary": "",
        "deprecated": False,
        "form_limits": None,
        "max_body_size": 0,
        "operation_id": "",
    }


def ways_to_say(seen: Recorder) -> list[dict[str, Any]]:
    """Nothing, everything, each option alone, and empty values."""
    options = given_options(seen)
    return [{}, options, *({name: value} for name, value in options.items()), empty_options()]


def routers_of(seen: Recorder) -> list[Any]:
    """A router that says nothing itself, and one that says everything."""
    own = {
        "prefix": "/p",
        "tags": ["a"],
        "dependencies": [seen.fw.Depends(dependency)],
        "default_response_class": seen.thing(seen.fw.responses.HTMLResponse, "html"),
        "responses": {418: {"description": "teapot"}},
        "callbacks": seen.fw.APIRouter().routes,
        "deprecated": True,
        "include_in_schema": False,
        "generate_unique_id_function": seen.thing(lambda route: "own", "own unique id"),
        "strict_content_type": False,
        "max_body_size": 9,
        "form_limits": {"max_files": 1},
    }
    return [router_with_recorded_routes(seen), router_with_recorded_routes(seen, **own)]


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_of_a_router_passes_on_every_option(verb: str) -> None:
    """Compare positional arguments, keywords and values of each link."""

    @same_value
    def calls(fw: Framework) -> list[Any]:
        seen = Recorder(fw)
        for router in routers_of(seen):
            for options in ways_to_say(seen):
                getattr(router, verb)("/x", **options)(endpoint)
            getattr(router, verb)(path="/x", callbacks=[*fw.APIRouter().routes])(endpoint)
        return seen.calls

    calls()


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_of_an_application_passes_on_every_option(verb: str) -> None:
    @same_value
    def calls(fw: Framework) -> list[Any]:
        seen = Recorder(fw)
        app = app_with_recorded_router(seen)
        for options in ways_to_say(seen):
            getattr(app, verb)("/x", **options)(endpoint)
        getattr(app, verb)(path="/x", callbacks=[])(endpoint)
        return seen.calls

    calls()


@same_value
def test_api_route_and_add_api_route_of_a_router_pass_on_every_option(fw):
    seen = Recorder(fw)
    for router in routers_of(seen):
        for options in ways_to_say(seen):
            for methods in ({}, {"methods": ["post", "GET"]}):
                router.api_route("/x", **options, **methods)(endpoint)
                router.add_api_route("/x", endpoint, **options, **methods)
        router.add_api_route(path="/y", endpoint=endpoint, methods={"PUT"})
        router.add_api_route("/y", endpoint, strict_content_type=True)
        router.add_api_route("/y", endpoint, route_class_override=fw.routing.APIRoute)
        router.add_api_route("/y", endpoint, callbacks=[])
    return seen.calls


@same_value
def test_api_route_and_add_api_route_of_an_application_pass_on_every_option(fw):
    """They call the router's `add_api_route`, without callbacks."""
    seen = Recorder(fw)
    app = app_with_recorded_router(seen)
    for options in ways_to_say(seen):
        for methods in ({}, {"methods": ["post", "GET"]}):
            app.api_route("/x", **options, **methods)(endpoint)
            app.add_api_route("/x", endpoint, **options, **methods)
    app.add_api_route(path="/y", endpoint=endpoint)
    return seen.calls


@same_value
def test_websocket_routes_are_declared_through_the_same_links(fw):
    seen = Recorder(fw)
    original = fw.routing.APIWebSocketRoute
    fw.routing.APIWebSocketRoute = seen.APIWebSocketRoute
    try:
        for owner in (app_with_recorded_router(seen), *routers_of(seen)):
            given = {"dependencies": [fw.Depends(dependency)]}
            for options in ({}, {"name": "n"}, {"name": None}, given):
                owner.websocket("/ws", **options)(endpoint)
                owner.add_api_websocket_route("/ws", endpoint, **options)
            owner.websocket("/ws", "n")(endpoint)
            owner.websocket(path="/ws")(endpoint)
            owner.websocket_route("/ws")(dependency)
            owner.websocket_route("/ws", "n")(dependency)
    finally:
        fw.routing.APIWebSocketRoute = original
    return seen.calls


@same_value
def test_inclusion_passes_on_every_option(fw):
    """Routers are nested and have event handlers."""
    seen = Recorder(fw)
    options = {
        "prefix": "/i",
        "tags": seen.thing(["c"], "tags"),
        "dependencies": seen.thing([fw.Depends(dependency)], "dependencies"),
        "default_response_class": fw.responses.PlainTextResponse,
        "responses": {},
        "callbacks": [],
        "deprecated": True,
        "include_in_schema": False,
        "generate_unique_id_function": unique_id,
        "max_body_size": 5,
        "form_limits": {"max_fields": 2},
    }
    for owner in (app_with_recorded_router(seen), *routers_of(seen)):
        inner = router_with_recorded_routes(seen, on_startup=[dependency], on_shutdown=[dependency])
        inner.get("/x")(endpoint)
        middle = router_with_recorded_routes(seen, prefix="/m")
        middle.include_router(inner)
        for given in ({}, options, *({name: value} for name, value in options.items())):
            owner.include_router(middle, **given)
        owner.include_router(router=middle)
    return seen.calls


@same_value
def test_other_declarations_go_through_the_same_links(fw):
    """These are routes of Starlette, mounts, hosts, middleware, handlers, events and frontends."""
    seen = Recorder(fw)
    with built_site(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for owner in (app_with_recorded_router(seen), *routers_of(seen)):
            owner.add_route("/r", endpoint)
            owner.add_route("/r", endpoint, ["POST"], "n", False)
            owner.mount("/m", endpoint, name="n")
            owner.host("h", endpoint)
            owner.on_event("startup")(dependency)
            owner.frontend("/f", directory=ROOT / "spa")
            owner.frontend("/f", directory=ROOT / "spa", fallback="index.html", check_dir=True)
        for router in routers_of(seen):
            router.route("/r")(endpoint)
            router.route("/r", ["POST"], name="n", include_in_schema=False)(endpoint)
            router.add_event_handler("shutdown", dependency)
    app = app_with_recorded_router(seen)
    app.middleware("http")(endpoint)
    app.exception_handler(404)(endpoint)
    app.add_exception_handler(ValueError, endpoint)
    return [
        # Where the files are differs, and the class behind `middleware` is each one's own.
        [name, args, [pair for pair in named if pair[0] != "directory"]]
        for name, args, named in seen.calls
    ]


@same_value
def test_an_application_is_set_up_through_the_same_links(fw):
    """It adds the document, the pages and the handlers."""
    seen = Recorder(fw)
    original = fw.routing.APIRouter
    fw.routing.APIRouter = seen.APIRouter
    try:
        for options in (
            {},
            {"openapi_url": None},
            {"docs_url": None},
            {"redoc_url": None, "swagger_ui_oauth2_redirect_url": None},
            {"strict_content_type": False, "max_body_size": 1, "form_limits": {"max_files": 1}},
        ):
            app = seen.FastAPI(**options, exception_handlers={ValueError: endpoint})
            seen.calls.append([type(app.router).__name__, type(app.webhooks).__name__])
            seen.calls.append([getattr(key, "__name__", key) for key in app.exception_handlers])
    finally:
        fw.routing.APIRouter = original
    return seen.calls


@same_value
def test_a_handler_is_asked_for_without_arguments(fw):
    """`get_route_handler` is called at the declaration, also of a route that is made by hand."""
    seen = Recorder(fw)
    for router in routers_of(seen):
        router.get("/x")(endpoint)
    seen.APIRoute("/x", endpoint)
    seen.APIRoute("/x", endpoint=endpoint, methods={"post"}, name=None)
    return seen.calls


@pytest.mark.parametrize("owner", ["FastAPI", "APIRouter"])
@pytest.mark.parametrize("link", [*VERBS, "api_route", "add_api_route"])
def test_an_unknown_option_is_refused_where_it_is_given(owner: str, link: str) -> None:
    """The `TypeError` names the method that was called."""

    @same_value
    def message(fw: Framework) -> str:
        call = getattr(getattr(fw, owner)(), link)
        try:
            call("/x", endpoint, tag=[]) if link == "add_api_route" else call("/x", tag=[])
        except TypeError as error:
            return str(error).split(". Did you mean")[0]
        return "accepted"

    message()


@same_value
def test_a_verb_does_not_take_methods(fw):
    """`get(methods=…)` is a `TypeError`."""
    raised = []
    for owner in (fw.FastAPI(), fw.APIRouter()):
        for verb in VERBS:
            with pytest.raises(TypeError) as caught:
                getattr(owner, verb)("/x", methods=["GET"])
            raised.append(str(caught.value).split(". Did you mean")[0])
    return raised


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
