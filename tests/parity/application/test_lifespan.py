"""Lifespans, event handlers and state."""

from contextlib import asynccontextmanager

from ..client import WS
from ..harness import parity


@parity(
    "/",
    WS("/ws"),
    lambda fw, app: fw.log.append("between"),
    "/sub/x",
    trio=True,
)
def test_the_lifespan_surrounds_the_requests_and_gives_state(fw):
    @asynccontextmanager
    async def lifespan(app):
        fw.log.append(f"start {type(app).__name__}")
        app.state.on_app = "app state"
        yield {"from_lifespan": [1, 2]}
        fw.log.append("stop")

    app = fw.FastAPI(lifespan=lifespan)

    @app.get("/")
    def read(request: fw.Request):
        return [request.state.from_lifespan, request.app.state.on_app]

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.send_json(websocket.state.from_lifespan)
        await websocket.close()

    sub = fw.FastAPI()

    @sub.get("/x")
    def x(request: fw.Request):
        return request.state.from_lifespan

    app.mount("/sub", sub)
    return app


@parity(
    "/",
    trio=True,
)
def test_lifespans_of_included_routers_nest(fw):
    """The lifespan of a child runs inside its parent's, whose keys of the state win."""

    def lifespan(name):
        @asynccontextmanager
        async def inner(app):
            fw.log.append(f"start {name} {type(app).__name__}")
            yield {name: True, "shared": name}
            fw.log.append(f"stop {name}")

        return inner

    app = fw.FastAPI(lifespan=lifespan("app"))
    parent = fw.APIRouter(lifespan=lifespan("parent"))
    child = fw.APIRouter(lifespan=lifespan("child"))
    late = fw.APIRouter(lifespan=lifespan("late"))
    parent.include_router(child)
    app.include_router(parent)
    app.include_router(late)
    app.mount("/mounted", fw.FastAPI(lifespan=lifespan("mounted")))

    @app.get("/")
    def read(request: fw.Request):
        return {
            k: getattr(request.state, k, None)
            for k in ("app", "parent", "child", "late", "mounted", "shared")
        }

    return app


@parity(
    "/never",
)
def test_a_lifespan_that_fails_to_start_stops_the_application(fw):
    @asynccontextmanager
    async def lifespan(app):
        raise RuntimeError("no start")
        yield

    return fw.FastAPI(lifespan=lifespan)


@parity(
    "/",
)
def test_a_lifespan_that_fails_to_stop_is_reported(fw):
    @asynccontextmanager
    async def lifespan(app):
        yield
        raise RuntimeError("no stop")

    return fw.FastAPI(lifespan=lifespan)


@parity(
    "/",
)
def test_event_handlers_run_at_start_and_stop(fw):
    """Handlers are deprecated; those of a child are copied when it is included."""
    log = fw.log
    app = fw.FastAPI(
        on_startup=[lambda: log.append("argument")],
        on_shutdown=[lambda: log.append("bye argument")],
    )
    router = fw.APIRouter(on_startup=[lambda: log.append("router argument")])

    @app.on_event("startup")
    async def started():
        log.append("decorated")

    @app.on_event("shutdown")
    def stopped():
        log.append("bye")

    @router.on_event("startup")
    def router_started():
        log.append("router")

    app.router.add_event_handler("startup", lambda: log.append("added"))
    app.include_router(router)

    @router.on_event("startup")
    def too_late():
        log.append("after inclusion")

    app.get("/", name="root")(lambda: "root")
    return app
