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


def _nested(fw, fails_to_start=None, fails_to_stop=None, suppresses=None):
    """Make an application of nine lifespans, one of which fails, and one catches what fails."""

    def lifespan(number):
        @asynccontextmanager
        async def inner(app):
            fw.log.append(f"start {number}")
            if number == fails_to_start:
                raise RuntimeError("no start")
            try:
                yield {f"of {number}": number, "last": number} if number % 3 else None
            except RuntimeError as error:
                fw.log.append(f"{number} sees {error!r} after {error.__context__!r}")
                if number != suppresses:
                    raise
            fw.log.append(f"stop {number}")
            if number == fails_to_stop:
                raise RuntimeError("no stop")

        return inner

    def router(first):
        made = fw.APIRouter(lifespan=lifespan(first), prefix=f"/{first}")
        made.include_router(fw.APIRouter(lifespan=lifespan(first + 1), prefix="/inner"))
        return made

    app = fw.FastAPI(lifespan=lifespan(0))
    for first in (1, 3, 5, 7):
        app.include_router(router(first))

    @app.get("/")
    def read(request: fw.Request):
        return request.state._state

    return app


@parity("/", trio=True)
def test_many_lifespans_nest_from_the_first_to_the_last(fw):
    return _nested(fw)


@parity("/")
def test_lifespans_that_have_started_see_that_another_one_cannot(fw):
    return _nested(fw, fails_to_start=6)


@parity("/")
def test_a_start_that_fails_and_is_suppressed_is_still_no_start(fw):
    return _nested(fw, fails_to_start=6, suppresses=3)


@parity("/")
def test_lifespans_outside_of_one_that_cannot_stop_see_its_error(fw):
    return _nested(fw, fails_to_stop=7, suppresses=2)


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


@parity("/child /state")
def test_state_of_nested_lifespans_is_merged(fw):
    """The lifespan of a child runs inside its parent's, whose keys win."""

    def lifespan(name, state):
        @asynccontextmanager
        async def of(app):
            fw.log.append(f"{name} starts")
            yield state
            fw.log.append(f"{name} stops")

        return of

    router = fw.APIRouter(lifespan=lifespan("child", {"who": "child", "only": 1}))
    app = fw.FastAPI(lifespan=lifespan("parent", {"who": "parent"}))
    router.get("/child")(lambda: "child")
    app.include_router(router)

    @app.get("/state")
    def state(request: fw.Request):
        return [request.state.who, request.state.only, request.state["who"], "x" in request.state]

    return app
