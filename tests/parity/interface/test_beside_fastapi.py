"""Applications of Rapide beside FastAPI itself: their classes are kin, and its objects are read."""

import inspect
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import fastapi
import fastapi.routing
import pytest
from fastapi.security import OAuth2PasswordBearer, SecurityScopes
from pydantic import BaseModel
from starlette.routing import compile_path

import rapide
import rapide.routing

from ..harness import Framework, path_of_execution, same_value

KIN = [
    (fastapi.FastAPI, rapide.FastAPI),
    *(
        (getattr(fastapi.routing, name), getattr(rapide.routing, name))
        for name in ("APIRouter", "APIRoute", "APIWebSocketRoute", "_IncludedRouter")
    ),
]

#: What FastAPI's class alone has, and nothing calls on ours.
FASTAPIS_OWN = {"effective_low_priority_routes"}


class Item(BaseModel):
    n: int


@pytest.mark.parametrize(("theirs", "own"), KIN)
def test_our_classes_are_subclasses_that_inherit_nothing(theirs: Any, own: Any) -> None:
    """Every public name is our own."""
    assert issubclass(own, theirs)
    assert not issubclass(theirs, own)
    before = own.__mro__[: own.__mro__.index(theirs)]
    names = set().union(*(vars(cls) for cls in before))
    made_by_python = {"__annotations__", "__dataclass_fields__", "__dataclass_params__"}
    made_by_python |= {"__match_args__", "__dict__", "__weakref__", "__slotnames__"}
    public = {name for name in vars(theirs) if not name.startswith("_") or name.endswith("__")}
    assert public - names - made_by_python <= FASTAPIS_OWN


def test_nothing_of_fastapi_runs_for_an_application() -> None:
    """A profiler watches declarations, the document and requests."""
    ran: set[str] = set()

    def watch(frame: Any, event: str, argument: Any) -> None:
        name = frame.f_globals.get("__name__", "")
        if event == "call" and name.startswith("fastapi"):
            ran.add(f"{name}.{frame.f_code.co_qualname}")

    sys.setprofile(watch)
    try:
        fw = Framework("rapide")
        app, outer = fw.FastAPI(), fw.APIRouter(prefix="/o")
        router = fw.APIRouter(route_class=type("Own", (fw.routing.APIRoute,), {}))
        router.get("/{i}")(read_item)
        router.add_route("/plain", lambda request: fw.responses.JSONResponse(1))
        outer.include_router(router, prefix="/i")
        app.include_router(outer)
        app.websocket("/ws")(talk)
        app.openapi()
        client = fw.testclient.TestClient(app)
        for path in ("/o/i/1", "/o/i/x", "/o/i/plain", "/nowhere", "/docs", "/o/i/1/"):
            client.get(path)
            client.post(path)
        with client.websocket_connect("/ws?q=1") as session:
            session.receive_json()
        included = app.routes[-2]
        assert included == included
        assert isinstance(hash(included), int)
    finally:
        sys.setprofile(None)
    assert not ran


def read_item(i: int) -> int:
    """Answer."""
    return i


async def talk(websocket: rapide.WebSocket, q: int = 0) -> None:
    """Send a number."""
    await websocket.accept()
    await websocket.send_json(q)
    await websocket.close()


# What FastAPI's declarations mean


def dependency(q: int = 1) -> int:
    """Depend on a parameter."""
    return q


async def opened(q: int = 1) -> AsyncIterator[int]:
    """Depend with yield."""
    yield q


scheme = OAuth2PasswordBearer("token", scopes={"a": "A"}, auto_error=False)


def scoped(scopes: SecurityScopes, token: Annotated[str | None, fastapi.Depends(scheme)]) -> str:
    """Depend on scopes and a scheme of FastAPI's."""
    return f"{scopes.scope_str} {token}"


def endpoint_with_defaults(
    i: int = fastapi.Path(ge=1),
    q: list[int] = fastapi.Query([], alias="qq"),
    x_token: str | None = fastapi.Header(None),
    raw: str | None = fastapi.Header(None, convert_underscores=False),
    session: str | None = fastapi.Cookie(None),
    d: int = fastapi.Depends(dependency),
    y: int = fastapi.Depends(opened, scope="function"),
    s: str = fastapi.Security(scoped, scopes=["a"]),
    body: Item = fastapi.Body(None, embed=True),
) -> Any:
    """Answer with everything."""
    return [i, q, x_token, raw, session, d, y, s, body]


def endpoint_with_annotations(
    i: Annotated[int, fastapi.Path(ge=1)],
    d: Annotated[int, fastapi.Depends(dependency, max_concurrency=2)],
    y: Annotated[int, fastapi.Depends(opened)],
    s: Annotated[str, fastapi.Security(scoped, scopes=["a"])],
    q: Annotated[list[int], fastapi.Query(alias="qq", max_length=2)] = [],  # noqa: B006
    x_token: Annotated[str | None, fastapi.Header(description="x")] = None,
    session: Annotated[str | None, fastapi.Cookie()] = None,
    body: Annotated[Item | None, fastapi.Body(embed=True)] = None,
) -> Any:
    """Answer with everything."""
    return [i, q, x_token, session, d, y, s, body]


def form_with_defaults(
    name: str = fastapi.Form(), file: bytes = fastapi.File(), up: fastapi.UploadFile | None = None
) -> Any:
    """Answer with a form."""
    return [name, file.decode(), up and up.filename]


class Typed:
    """A class as a dependency, without saying which."""

    def __init__(self, q: int = 1) -> None:
        self.q = q


def endpoint_with_class(
    typed: Annotated[Typed, fastapi.Depends()], tasks: fastapi.BackgroundTasks
) -> int:
    """Answer with a class."""
    tasks.add_task(dependency)
    return typed.q


def declare(app: Any) -> None:
    """The routes, on an application or a router of either framework."""
    dependencies = [fastapi.Depends(dependency), fastapi.Security(scoped, scopes=["a"])]
    app.post("/defaults/{i}")(endpoint_with_defaults)
    app.post("/annotations/{i}", dependencies=dependencies)(endpoint_with_annotations)
    app.post("/form")(form_with_defaults)
    app.get("/class")(endpoint_with_class)


def conversation(fw: Framework, app: Any, prefix: str = "") -> list[Any]:
    """What it answers, and its document."""
    client = fw.testclient.TestClient(app)
    headers = {"x-token": "t", "raw": "r", "authorization": "Bearer b", "cookie": "session=s"}
    answers = []
    for kind in ("defaults", "annotations"):
        url = f"{prefix}/{kind}"
        answers += [
            client.post(f"{url}/1?qq=1&qq=2", json={"body": {"n": 1}}, headers=headers),
            client.post(f"{url}/0?qq=x&q=y", json={"body": {"n": "x"}}),
            client.post(f"{url}/2"),
        ]
    form = {"data": {"name": "n"}, "files": {"file": b"f", "up": b"u"}}
    answers += [client.post(f"{prefix}/form", **form), client.post(f"{prefix}/form")]
    answers += [client.get(f"{prefix}/class?q=3")]
    return [*([one.status_code, one.json()] for one in answers), app.openapi()]


@pytest.mark.parametrize("generic", [False, True])
def test_declarations_of_fastapi_mean_what_they_mean_there(generic: bool) -> None:
    """All of its classes and functions for parameters stand in signatures and defaults."""

    @same_value
    def answers(fw: Framework) -> Any:
        app = fw.FastAPI()
        with path_of_execution(fw.root, generic):
            declare(app)
            return conversation(fw, app)

    answers()


def test_declarations_of_fastapi_are_not_changed() -> None:
    query, before = fastapi.Query(1, ge=0), repr(fastapi.Query(1, ge=0))

    def endpoint(q: int = query) -> int:
        return q

    rapide.FastAPI().get("/")(endpoint)
    assert repr(query) == before
    assert query.annotation is None


# Routers


def router_of_fastapi() -> Any:
    """A router of FastAPI itself, with a bit of everything."""
    started = fastapi.APIRouter(prefix="/in", tags=["in"])
    router = fastapi.APIRouter(
        prefix="/f",
        tags=["f"],
        dependencies=[fastapi.Depends(dependency)],
        responses={418: {"model": Item}},
        on_startup=[lambda: None],
    )
    declare(router)

    @started.get("/stream")
    def stream() -> Iterator[Item]:
        yield Item(n=1)
        yield Item(n=2)

    @started.get("/model", response_model=Item, status_code=201, name="model", summary="S")
    def model() -> Any:
        return {"n": 1, "more": 2}

    @started.websocket("/ws", dependencies=[fastapi.Depends(dependency)])
    async def session(websocket: fastapi.WebSocket, q: int = 0) -> None:
        await talk(websocket, q)

    router.include_router(started, prefix="/deep", tags=["deep"])
    router.add_route("/plain", lambda request: fastapi.responses.PlainTextResponse("plain"))
    return router


@same_value
def test_a_router_of_fastapi_can_be_included(fw):
    app, outer = fw.FastAPI(), fw.APIRouter(prefix="/outer")
    router = router_of_fastapi()
    outer.include_router(router, prefix="/p", dependencies=[fw.Depends(dependency)])
    app.include_router(outer)
    client = fw.testclient.TestClient(app)
    deep = "/outer/p/f/deep/in"
    answers = [client.get(path).text for path in (f"{deep}/stream", f"{deep}/model")]
    answers += [client.get(path).text for path in ("/outer/p/f/plain", f"{deep}/model?q=x")]
    with client.websocket_connect(f"{deep}/ws?q=5") as session:
        answers.append(session.receive_json())
    answers.append(str(app.url_path_for("model")))
    # The tree stays live.
    router.get("/later")(dependency)
    return [*conversation(fw, app, "/outer/p/f"), answers, client.get("/outer/p/f/later?q=4").text]


@same_value
def test_a_router_of_fastapi_is_one_router_wherever_it_is_included(fw):
    app, router = fw.FastAPI(), fastapi.APIRouter()
    router.get("/x")(dependency)
    for prefix in ("/a", "/b"):
        app.include_router(router, prefix=prefix)
    client = fw.testclient.TestClient(app)
    return [client.get(path).text for path in ("/a/x", "/b/x", "/b/x?q=2")]


def test_a_route_that_only_fastapi_can_serve_is_refused() -> None:
    class Own(fastapi.routing.APIRoute):
        def get_route_handler(self) -> Any:
            return super().get_route_handler()

    router = fastapi.APIRouter(route_class=Own)
    router.get("/x")(dependency)
    with pytest.raises(AttributeError, match="as-fastapi"):
        rapide.FastAPI().include_router(router)


# Class-based views, as an engine makes them


def walk(router: Any, prefix: str = "") -> Iterator[tuple[Any, Any, str]]:
    """Each route that FastAPI's class is a base of, with its router and prefix."""
    for route in router.routes:
        if isinstance(route, (fastapi.routing.APIRoute, fastapi.routing.APIWebSocketRoute)):
            yield route, router, prefix
        elif isinstance(route, fastapi.routing._IncludedRouter):
            below = prefix + route.include_context.prefix
            yield from walk(route.original_router, below)


def bind(app: Any, cls: type, instance: Any) -> None:
    """Let the methods of a class be endpoints, with `self` as a dependency, as Ray Serve does."""

    async def current() -> Any:
        return instance

    names = tuple(f"{base.__qualname__}." for base in cls.__mro__ if base is not object)
    found = [item for item in walk(app) if item[0].endpoint.__qualname__.startswith(names)]
    view = fastapi.APIRouter()
    for route, router, prefix in found:
        router.routes.remove(route)
        if prefix:
            route.path = prefix + route.path
            route.path_regex, route.path_format, route.param_convertors = compile_path(route.path)
        signature = inspect.signature(route.endpoint)
        first, *others = signature.parameters.values()
        parameters = [
            first.replace(default=fastapi.Depends(current)),
            *(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in others),
        ]
        route.endpoint.__signature__ = signature.replace(parameters=parameters)
        view.routes.append(route)
    app.include_router(view)


@pytest.mark.parametrize("served", [False, True])
def test_an_engine_finds_routes_and_binds_methods(served: bool) -> None:
    """It asks for classes, moves routes to a router of FastAPI's, and passes `self` by its
    `Depends`.
    """

    @same_value
    def answers(fw: Framework) -> Any:
        app, router = fw.FastAPI(), fw.APIRouter(prefix="/in")

        class Service:
            base = 100

            @app.get("/r/{i}")
            async def read(self, i: int, q: int = 1) -> int:
                return self.base + i + q

            @router.post("/x")
            def write(self, item: Item) -> Item:
                return Item(n=self.base + item.n)

            @app.websocket("/ws")
            async def talk(self, websocket: fw.WebSocket, q: int = 0) -> None:
                await talk(websocket, self.base + q)

        app.include_router(router, prefix="/p")
        client = fw.testclient.TestClient(app, raise_server_exceptions=False)
        if served:
            client.get("/r/1")
        assert isinstance(app, (fastapi.FastAPI, fastapi.APIRouter))
        bind(app, Service, Service())
        found = [client.get(path).text for path in ("/r/1?q=2", "/r/x", "/r/1?self=2")]
        found += [client.post("/p/in/x", json={"n": n}).text for n in (1, "x")]
        with client.websocket_connect("/ws?q=5") as session:
            found.append(session.receive_json())
        return [*found, app.openapi()]

    answers()


# The order of imports

PROGRAMS = {
    "rapide first": "import rapide; app = rapide.FastAPI(); import fastapi",
    "fastapi first": "import fastapi, rapide; app = rapide.FastAPI()",
    "served before": (
        "import rapide\nfrom rapide.testclient import TestClient\napp = rapide.FastAPI()\n"
        "app.get('/y')(lambda: 1)\nassert TestClient(app).get('/y').json() == 1\n"
        "import fastapi\nassert TestClient(app).get('/y').json() == 1"
    ),
    "a submodule": "import rapide; app = rapide.FastAPI(); from fastapi.routing import APIRouter",
    "an own class": (
        "import rapide\n"
        "class Own(rapide.FastAPI):\n"
        "    def __init__(self): super().__init__(title='own')\n"
        "app = Own()\n"
        "import fastapi\n"
        "assert app.__class__ is Own and Own().title == 'own'"
    ),
}


@pytest.mark.parametrize("order", PROGRAMS)
def test_the_order_of_imports_does_not_matter(order: str) -> None:
    program = (
        f"{PROGRAMS[order]}\nimport fastapi, sys\n"
        "assert isinstance(app, fastapi.FastAPI)\n"
        "assert not isinstance(fastapi.FastAPI(), rapide.FastAPI)\n"
        "assert isinstance(app.router, fastapi.APIRouter)\n"
        "assert type(fastapi.__loader__).__name__ == 'SourceFileLoader', fastapi.__loader__\n"
        "assert fastapi.__spec__.loader is fastapi.__loader__\n"
        "assert not any('rapide' in type(item).__module__ for item in sys.meta_path)\n"
        "from rapide.testclient import TestClient\n"
        "app.get('/x')(lambda: 1)\n"
        "assert TestClient(app).get('/x').json() == 1\n"
    )
    assert_runs(program)


def test_under_fastapis_name_the_classes_stay_as_they_are() -> None:
    program = (
        "import rapide\nrapide.as_fastapi()\nimport fastapi\n"
        "assert fastapi.FastAPI is rapide.FastAPI\n"
        "assert [cls.__name__ for cls in fastapi.FastAPI.__mro__] == "
        "['FastAPI', 'Starlette', 'object']\n"
    )
    assert_runs(program)


def test_without_fastapi_the_classes_stay_as_they_are() -> None:
    program = (
        "import sys, rapide\n"
        "try:\n    import fastapi_that_is_not_there\nexcept ModuleNotFoundError:\n    pass\n"
        "assert 'fastapi' not in sys.modules\n"
        "assert [cls.__name__ for cls in rapide.FastAPI.__mro__] == "
        "['FastAPI', 'Starlette', 'object']\n"
    )
    assert_runs(program)


def assert_runs(program: str) -> None:
    """Run a program in a fresh process."""
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
