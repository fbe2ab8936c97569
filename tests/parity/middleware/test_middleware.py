"""Middleware of applications: its order, its context, and what it may do with the application."""

import contextvars

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from ..client import POST, WS
from ..harness import parity, same_value
from .recording import Noting, NotingBase, http_only


@parity(
    "/ /fail /http /nowhere POST / /redirect",
    WS("/ws"),
    WS("/nowhere"),
    trio=True,
)
def test_the_middleware_added_last_is_the_outermost(fw):
    log = fw.log
    middleware = fw.module("middleware").Middleware
    app = fw.FastAPI(
        middleware=[middleware(Noting, log, "first"), middleware(NotingBase, log, name="second")]
    )
    app.add_middleware(Noting, log=log, name="third")

    @app.middleware("http")
    async def fourth(request, call_next):
        log.append("fourth in")
        response = await call_next(request)
        response.headers.append("x-by", "fourth")
        log.append("fourth out")
        return response

    app.add_middleware(NotingBase, log, "fifth")

    async def dependency():
        log.append("dependency in")
        yield
        log.append("dependency out")

    @app.get("/", dependencies=[fw.Depends(dependency)])
    async def read(tasks: fw.BackgroundTasks):
        log.append("endpoint")
        tasks.add_task(log.append, "task")

    @app.get("/redirect/")
    def redirected():
        return None

    @app.get("/fail")
    def fail():
        raise ValueError("failed")

    @app.get("/http")
    async def http():
        raise fw.HTTPException(403)

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.close()

    return app


@same_value
def test_what_was_added_can_be_looked_at(fw):
    """Compare `user_middleware` and what the methods return."""
    app = fw.FastAPI(middleware=[fw.module("middleware").Middleware(Noting, 1, name="x")])
    app.add_middleware(NotingBase, log=2)

    @app.middleware("http")
    async def decorated(request, call_next):
        return await call_next(request)

    def refuse():
        try:
            app.middleware("websocket")(decorated)
        except AssertionError:
            return "refused"
        return "accepted"

    stack = app.build_middleware_stack()
    names = []
    while not isinstance(stack, (Noting, BaseHTTPMiddleware)):
        stack = stack.app
    while isinstance(stack, (Noting, BaseHTTPMiddleware)):
        names.append(type(stack).__name__)
        stack = stack.app
    return [
        [(m.cls.__name__, m.args, sorted(m.kwargs)) for m in app.user_middleware],
        decorated.__name__,
        refuse(),
        app.middleware_stack,
        names,
    ]


@parity("/ /a", lambda fw, app: fw.keep.wrap(app), "/ /a")
def test_the_stack_may_be_wrapped_or_built_differently(fw):
    """`middleware_stack` is set, and `build_middleware_stack` overridden."""

    class Mine(fw.FastAPI):
        def build_middleware_stack(self):
            return Noting(super().build_middleware_stack(), fw.log, "outermost")

    app = Mine()
    app.get("/", name="root")(lambda: "root")

    def wrap(app):
        app.middleware_stack = Noting(app.middleware_stack, fw.log, "wrapped")

    fw.keep.wrap = wrap
    return app


@parity(
    "/sync /async /dependency /stream",
    WS("/ws"),
    trio=True,
)
def test_context_variables_go_in_and_come_out_as_in_fastapi(fw):
    """Middleware, dependencies and endpoints set them."""
    var = contextvars.ContextVar("var", default="unset")
    log = fw.log

    async def pure(app, scope, receive, send):
        token = var.set("by middleware")
        try:
            await app(scope, receive, send)
            log.append(f"after: {var.get()}")
        finally:
            var.reset(token)

    app = fw.FastAPI()
    app.add_middleware(http_only(pure))

    @app.middleware("http")
    async def based(request, call_next):
        response = await call_next(request)
        log.append(f"based: {var.get()}")
        return response

    app.add_middleware(http_only(pure))

    def sync_dependency():
        log.append(f"sync dependency: {var.get()}")
        var.set("by sync dependency")

    async def async_dependency():
        log.append(f"async dependency: {var.get()}")
        var.set("by async dependency")

    def sync_generator():
        log.append(f"sync generator: {var.get()}")
        var.set("by sync generator")
        yield
        log.append(f"sync generator after: {var.get()}")

    async def async_generator():
        log.append(f"async generator: {var.get()}")
        token = var.set("by async generator")
        yield
        log.append(f"async generator after: {var.get()}")
        var.reset(token)

    @app.get("/sync")
    def sync():
        log.append(var.get())
        var.set("by sync endpoint")

    @app.get("/async")
    async def asynchronous(tasks: fw.BackgroundTasks):
        log.append(var.get())
        var.set("by async endpoint")
        tasks.add_task(lambda: log.append(f"task: {var.get()}"))

    @app.get(
        "/dependency",
        dependencies=[
            fw.Depends(one)
            for one in (sync_dependency, async_dependency, sync_generator, async_generator)
        ],
    )
    def dependency():
        log.append(var.get())
        var.set("by endpoint")

    @app.get("/stream")
    def stream():
        def lines():
            log.append(f"line: {var.get()}")
            yield "line"

        var.set("before the stream")
        return StreamingResponse(lines())

    @app.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        log.append(var.get())
        await websocket.accept()
        await websocket.close()

    return app


@parity("/flaky /flaky /fine /http /nowhere /partly", POST("/flaky"))
def test_a_middleware_may_call_the_application_again(fw):
    """It serves the same scope twice."""

    async def retry(app, scope, receive, send):
        messages = []

        async def keep(message):
            messages.append(message)

        for attempt in range(3):
            messages.clear()
            try:
                await app(scope, receive, keep)
            except Exception as error:
                fw.log.append([attempt, type(error).__name__, str(error)])
                continue
            fw.log.append([attempt, messages[0]["status"]])
            if messages[0]["status"] < 400:
                break
        for message in messages:
            await send(message)

    app = fw.FastAPI()
    app.add_middleware(http_only(retry))
    fw.keep.calls = 0

    def flaky():
        fw.keep.calls += 1
        if fw.keep.calls % 3 == 1:
            raise fw.HTTPException(503)
        if fw.keep.calls % 3 == 2:
            raise ValueError("flaky")
        return fw.keep.calls

    app.add_api_route("/flaky", flaky, methods=["GET", "POST"])

    @app.get("/fine")
    def fine():
        return "fine"

    @app.get("/http")
    def http():
        raise fw.HTTPException(404, "not here")

    @app.get("/partly")
    def partly():
        def lines():
            yield "one"
            raise fw.HTTPException(500, "in the middle")

        return StreamingResponse(lines())

    return app


@parity("/sub/a /sub/fail /sub/nowhere /a", WS("/sub/ws"))
def test_a_mounted_application_has_its_own_middleware(fw):
    """Mounts and routes may have middleware, too."""
    log = fw.log
    middleware = fw.module("middleware").Middleware
    app, sub = fw.FastAPI(), fw.FastAPI()
    app.add_middleware(NotingBase, log, "outer")
    sub.add_middleware(NotingBase, log, "inner")
    sub.add_middleware(Noting, log, "pure")
    sub.get("/a", name="a")(lambda: "a")

    @sub.get("/fail")
    def fail():
        raise ValueError("inner failure")

    @sub.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.close()

    async def endpoint(request):
        return PlainTextResponse("plain")

    app.mount("/sub", sub)
    noting = [middleware(Noting, log, "of route")]
    app.router.routes.append(Route("/a", endpoint, middleware=noting))
    return app
