"""An application that blocks the event loop in many places. The lines have marks in comments."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, field_serializer, field_validator

#: Blocked lines wait for this.
held = threading.Event()
#: The longest time in seconds that a line is blocked.
LONGEST = 60


def hold(value: Any) -> Any:
    held.wait(LONGEST)  # stall: validator
    return value


class Title(BaseModel):
    title: str

    @field_validator("title")
    @classmethod
    def check_title(cls, title: str) -> str:
        if title == "slow":
            held.wait(LONGEST)  # stall: body
        return title


class Shown(BaseModel):
    title: str

    @field_serializer("title")
    def show_title(self, title: str) -> str:
        held.wait(LONGEST)  # stall: response model
        return title


class Lazy:
    """An object whose class is not known yet, as those of libraries with lazy objects."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError("this is another thread than mine")


def build(fw: Any) -> Any:
    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        if fw.keep.__dict__.get("blocks_at_start"):
            held.wait(LONGEST)  # stall: lifespan
        yield

    app = fw.FastAPI(lifespan=lifespan)
    add_endpoints(fw, app)
    add_dependencies(fw, app)
    add_others(fw, app)
    add_mounted(fw, app)
    return app


def add_endpoints(fw: Any, app: Any) -> None:
    @app.get("/endpoint/{name}")
    async def endpoint(name: str):
        held.wait(LONGEST)  # stall: endpoint

    @app.post("/body")
    async def body(title: Title):
        return {}

    @app.get("/response-model", response_model=Shown)
    async def response_model():
        return Shown(title="a")

    @app.get("/validator")
    async def validator(value: Annotated[str, AfterValidator(hold)]):
        return {}

    @app.get("/own-names")
    async def own_names():
        scope, request, websocket = {"type": "http"}, Lazy(), {"type": []}
        held.wait(LONGEST)  # stall: own names
        return [scope, websocket, str(request)]

    @app.get("/computing")
    async def computing():
        while not held.is_set():  # stall: computing
            pass

    @app.get("/library")
    async def library():
        threading.Thread(target=held.wait, args=(LONGEST,)).start()
        for thread in threading.enumerate():
            if thread.name.endswith("(wait)"):
                thread.join()  # stall: library

    @app.get("/pattern")
    async def pattern():
        re.match("(a+)+$", "a" * 22 + "b")  # stall: pattern

    @app.get("/sum")
    async def sum_up():
        sum(range(8_000_000))  # stall: sum

    @app.get("/task")
    async def task():
        async def child():
            await asyncio.sleep(0)
            held.wait(LONGEST)  # stall: task

        await asyncio.create_task(child())

    @app.get("/gathered")
    async def gathered():
        async def child():
            await asyncio.sleep(0)
            held.wait(LONGEST)  # stall: gathered

        await asyncio.gather(child(), asyncio.sleep(0))

    @app.get("/callback")
    async def callback():
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def call():
            held.wait(LONGEST)  # stall: callback
            done.set()

        loop.call_soon(call)
        await done.wait()


def add_dependencies(fw: Any, app: Any) -> None:
    async def dependency():
        held.wait(LONGEST)  # stall: dependency

    @app.get("/dependency", dependencies=[fw.Depends(dependency)])
    async def with_dependency():
        return {}

    async def entering():
        held.wait(LONGEST)  # stall: entering
        yield

    async def leaving():
        yield
        held.wait(LONGEST)  # stall: leaving

    @app.get("/entering", dependencies=[fw.Depends(entering)])
    async def with_entering():
        return {}

    @app.get("/leaving/{number}", dependencies=[fw.Depends(leaving)])
    async def with_leaving(number: int, request: fw.Request):
        return {}


def add_others(fw: Any, app: Any) -> None:
    async def work():
        held.wait(LONGEST)  # stall: background

    @app.get("/background")
    async def background(tasks: fw.BackgroundTasks):
        tasks.add_task(work)

    @app.get("/stream", response_class=fw.responses.StreamingResponse)
    async def stream():
        yield "a"
        held.wait(LONGEST)  # stall: stream

    @app.get("/lines")
    async def lines() -> AsyncIterator[int]:
        yield 1
        held.wait(LONGEST)  # stall: lines
        yield 2

    @app.get("/events", response_class=fw.module("sse").EventSourceResponse)
    async def events() -> AsyncIterator[int]:
        yield 1
        held.wait(LONGEST)  # stall: events

    @app.websocket("/socket/{room}")
    async def socket(websocket: fw.WebSocket, room: str):
        await websocket.accept()
        held.wait(LONGEST)  # stall: socket
        await websocket.close()

    @app.exception_handler(ZeroDivisionError)
    async def handle(request: fw.Request, error: Exception):
        held.wait(LONGEST)  # stall: handler
        return fw.responses.JSONResponse({}, 500)

    @app.get("/handler")
    async def failing():
        return 1 // 0


def add_mounted(fw: Any, app: Any) -> None:
    inner, router = fw.FastAPI(), fw.APIRouter()

    @inner.get("/items/{item}")
    async def item(item: str):
        held.wait(LONGEST)  # stall: mounted

    @router.get("/items/{item}")
    async def included(item: str):
        held.wait(LONGEST)  # stall: included

    app.mount("/inner", inner)
    app.include_router(router, prefix="/outer")


def with_middleware(fw: Any) -> Any:
    app = fw.FastAPI()

    @app.middleware("http")
    async def function(request: fw.Request, call_next: Any):
        held.wait(LONGEST)  # stall: middleware
        return await call_next(request)

    @app.get("/middleware/{number}")
    async def endpoint(number: int):
        return {}

    return app


class Plain:
    """A middleware that knows ASGI only."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            held.wait(LONGEST)  # stall: plain middleware
        await self.app(scope, receive, send)


def with_plain_middleware(fw: Any) -> Any:
    app = fw.FastAPI()
    app.add_middleware(Plain)

    @app.get("/middleware/{number}")
    async def endpoint(number: int):
        return {}

    return app


def line_of(mark: str) -> int:
    """Return the line with a mark."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    (line,) = (n for n, text in enumerate(lines, start=1) if text.endswith(f"# stall: {mark}"))
    return line
