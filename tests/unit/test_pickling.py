"""Applications that are pickled, as Ray and other engines send them to their workers."""

import copy
import io
import marshal
import pickle
import subprocess
import sys
import types
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from rapide import (
    APIRouter,
    Depends,
    FastAPI,
    Form,
    HTTPException,
    Request,
    UploadFile,
    WebSocket,
)
from rapide.changes import changes
from rapide.routing import APIRoute, iter_route_contexts
from rapide.testclient import TestClient


def make_function(code: bytes, module: str, name: str, *rest: Any) -> Any:
    """Make a function out of what `ByValue` writes, without the cells that it closes over."""
    namespace = __import__(module, fromlist=["*"]).__dict__
    cells = tuple(types.CellType() for _ in range(rest[0]))
    return types.FunctionType(marshal.loads(code), namespace, name, None, cells)


def fill_function(function: Any, state: dict[str, Any]) -> None:
    """Give a function its cells, defaults and attributes."""
    for cell, contents in zip(function.__closure__ or (), state.pop("cells"), strict=True):
        if contents:
            cell.cell_contents = contents[0]
    for name, value in state.items():
        setattr(function, name, value)


class ByValue(pickle.Pickler):
    """Pickles functions that cannot be imported by their code, as cloudpickle does."""

    def reducer_override(self, thing: Any) -> Any:
        """Say how a function inside of a function is written."""
        if not isinstance(thing, types.FunctionType) or "<locals>" not in thing.__qualname__:
            return NotImplemented
        cells = thing.__closure__ or ()
        made = marshal.dumps(thing.__code__), thing.__module__, thing.__name__, len(cells)
        names = ("__defaults__", "__kwdefaults__", "__annotations__", "__qualname__", "__doc__")
        state = {name: getattr(thing, name) for name in names}
        state["cells"] = [self._contents(cell) for cell in cells]
        return make_function, made, state, None, None, fill_function

    @staticmethod
    def _contents(cell: Any) -> list[Any]:
        try:
            return [cell.cell_contents]
        except ValueError:
            return []


def dumped(thing: Any) -> bytes:
    """The pickle of something."""
    buffer = io.BytesIO()
    ByValue(buffer, 5).dump(thing)
    return buffer.getvalue()


class Item(BaseModel):
    """A body and an answer."""

    n: int


class LoudRoute(APIRoute):
    """A route that makes its handler itself."""

    def get_route_handler(self) -> Any:
        """Wrap the handler."""
        handler = super().get_route_handler()

        async def loud(request: Request) -> Any:
            response = await handler(request)
            response.headers["x-loud"] = "yes"
            return response

        return loud


async def opened() -> AsyncIterator[int]:
    """A dependency with yield."""
    yield 3


def overridden() -> int:
    """A dependency that is overridden."""
    return 0


def override() -> int:
    """What is called instead."""
    return 40


class Nothing:
    """Middleware with a state."""

    def __init__(self, app: Any, *, label: str) -> None:
        self.app, self.label = app, label

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass on."""
        await self.app(scope, receive, send)


def make_app(site: Path) -> FastAPI:
    """An application with a bit of everything."""
    app = FastAPI(title="pickled")
    app.state.value = {"n": 1}
    app.dependency_overrides[overridden] = override
    app.add_middleware(Nothing, label="a")
    router = APIRouter(prefix="/r", dependencies=[Depends(opened)])
    loud = APIRouter(route_class=LoudRoute)

    @router.post("/{i}")
    def read(i: int, item: Item, d: int = Depends(opened), o: int = Depends(overridden)) -> Item:
        return Item(n=i + item.n + d + o)

    @router.post("/file/upload")
    async def form(file: UploadFile, name: Annotated[str, Form()]) -> dict[str, Any]:
        return {"file": (await file.read()).decode(), "name": name}

    @loud.get("/loud")
    async def shout() -> str:
        return "loud"

    @router.websocket("/ws/{i}")
    async def talk(websocket: WebSocket, i: int) -> None:
        await websocket.accept()
        await websocket.send_json(i + 1)
        await websocket.close()

    @app.get("/state")
    def state(request: Request) -> Any:
        return request.app.state.value

    @app.get("/wrong")
    def wrong() -> None:
        raise HTTPException(418, "no")

    @app.exception_handler(418)
    async def teapot(request: Request, error: Exception) -> Any:
        return await answer(request)

    @app.middleware("http")
    async def mark(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers["x-mark"] = "yes"
        return response

    sub = FastAPI()
    sub.get("/x")(overridden)
    app.mount("/sub", sub)
    router.include_router(loud, prefix="/deep")
    app.include_router(router)
    app.frontend("/site", directory=site)
    return app


async def answer(request: Request) -> Any:
    """The answer of an exception handler."""
    from rapide.responses import JSONResponse

    return JSONResponse({"teapot": request.url.path}, 418)


def conversation(app: FastAPI) -> list[Any]:
    """What the application answers."""
    client = TestClient(app)
    answers = [
        client.post("/r/1", json={"n": 2}),
        client.post("/r/1", json={"n": "x"}),
        client.post("/r/file/upload", files={"file": b"abc"}, data={"name": "n"}),
        client.get("/r/deep/loud"),
        client.get("/state"),
        client.get("/wrong"),
        client.get("/sub/x"),
        client.get("/site/"),
        client.get("/docs"),
        client.get("/openapi.json"),
        client.get("/nowhere"),
    ]
    with client.websocket_connect("/r/ws/4") as session:
        said = session.receive_json()
    return [said, *([a.status_code, sorted(a.headers.items()), a.content] for a in answers)]


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """The application, with a frontend."""
    (tmp_path / "index.html").write_text("<p>site")
    return make_app(tmp_path)


def reasons(app: FastAPI) -> list[Any]:
    """Why each route is not compiled, or None."""
    contexts = iter_route_contexts(app.routes)
    return [getattr(context.original_route, "fallback_reason", None) for context in contexts]


@pytest.mark.parametrize("served", ["before", "after", "changed"])
def test_a_pickled_application_answers_like_the_original(app: FastAPI, served: str) -> None:
    if served != "before":
        conversation(app)
    data = dumped(app)
    if served == "changed":
        changes.bump()
    loaded = pickle.loads(data)
    assert conversation(loaded) == conversation(app)
    assert loaded.openapi() == app.openapi()
    # It stays one application: changes of the original are its own, and those of the copy too.
    loaded.get("/later")(overridden)
    assert TestClient(loaded).get("/later").json() == 0
    assert TestClient(app).get("/later").status_code == 404
    loaded.router.routes.pop()
    assert reasons(loaded) == reasons(app)


@pytest.mark.parametrize("served", [False, True])
def test_a_deep_copy_of_an_application_answers_like_the_original(
    app: FastAPI, served: bool
) -> None:
    if served:
        conversation(app)
    copied = copy.deepcopy(app)
    assert conversation(copied) == conversation(app)
    copied.state.value["n"] = 2
    assert app.state.value == {"n": 1}


def test_a_pickled_router_is_included_like_the_original() -> None:
    router = APIRouter(prefix="/r")
    router.get("/x")(overridden)
    outer = APIRouter()
    outer.include_router(router)
    app = FastAPI()
    app.include_router(pickle.loads(dumped(outer)))
    assert TestClient(app).get("/r/x").json() == 0


def test_another_process_serves_a_pickled_application(app: FastAPI, tmp_path: Path) -> None:
    (tmp_path / "app.pickle").write_bytes(dumped(app))
    expected = conversation(app)
    program = (
        "import pickle, sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        f"import {__name__.rpartition('.')[2]} as tests\n"
        f"sys.modules[{__name__!r}] = tests\n"
        f"app = pickle.loads(open({str(tmp_path / 'app.pickle')!r}, 'rb').read())\n"
        "sys.stdout.buffer.write(pickle.dumps(tests.conversation(app)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, check=False
    )
    assert result.returncode == 0, result.stderr.decode()
    assert pickle.loads(result.stdout) == expected


def test_changes_are_counted_in_one_place_after_a_pickle() -> None:
    assert pickle.loads(pickle.dumps(changes)) is changes
    assert copy.deepcopy(changes) is changes


def test_route_contexts_can_be_copied() -> None:
    app = FastAPI()
    app.get("/x")(overridden)
    router = APIRouter()
    router.get("/y")(overridden)
    app.include_router(router, prefix="/p")
    for context in iter_route_contexts(app.routes):
        for copied in (copy.copy(context), copy.deepcopy(context), pickle.loads(dumped(context))):
            assert (copied.path, copied.name) == (context.path, context.name)
