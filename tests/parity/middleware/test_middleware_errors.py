"""Exceptions that meet middleware: where they are caught, and what is answered."""

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse, PlainTextResponse

from ..client import GET, WS, Req
from ..harness import parity
from .failures import WAYS, Failed, failing_application
from .recording import Noting, NotingBase, asgi, http_only


@parity(WAYS, trio=True)
def test_without_middleware_errors_reach_the_server(fw):
    return failing_application(fw)


@parity(WAYS, trio=True)
def test_exceptions_pass_through_middleware(fw):
    """Pure middleware and subclasses of `BaseHTTPMiddleware` see them."""
    app = failing_application(fw)
    app.add_middleware(Noting, fw.log, "inner")
    app.add_middleware(NotingBase, fw.log, "based")
    app.add_middleware(Noting, fw.log, "outer")
    return app


@parity(WAYS, trio=True)
def test_handlers_answer_before_middleware_sees_an_exception(fw):
    app = failing_application(fw)
    app.add_middleware(NotingBase, fw.log, "based")
    app.add_middleware(Noting, fw.log, "pure")

    @app.exception_handler(Failed)
    async def failed(request, error):
        fw.log.append(f"handler {error}")
        return JSONResponse({"failed": str(error)}, 418)

    @app.exception_handler(409)
    def conflict(request, error):
        fw.log.append(f"handler {error.detail}")
        return JSONResponse({"conflict": error.detail}, 409, error.headers)

    @app.exception_handler(fw.exceptions.RequestValidationError)
    async def invalid(request, error):
        return PlainTextResponse(str(len(error.errors())), 400)

    return app


@parity(WAYS, trio=True)
def test_the_handler_of_everything_stands_outside_of_middleware(fw):
    """The handler is for `Exception`."""
    app = failing_application(fw)
    app.add_middleware(Noting, fw.log, "pure")

    @app.exception_handler(Exception)
    async def everything(request, error):
        fw.log.append(f"handler {type(error).__name__}")
        return PlainTextResponse("handled", 500, {"x-handled": "1"})

    return app


@parity(WAYS)
def test_the_handler_of_everything_may_be_a_function_for_500(fw):
    app = failing_application(fw)

    @app.exception_handler(500)
    def everything(request, error):
        fw.log.append([type(error).__name__, request.url.path, "route" in request.scope])
        return PlainTextResponse("handled", 503)

    return app


@parity(WAYS)
def test_handlers_may_fail_themselves(fw):
    app = failing_application(fw)
    app.add_middleware(Noting, fw.log, "pure")

    @app.exception_handler(Failed)
    async def failed(request, error):
        raise KeyError("from the handler")

    @app.exception_handler(409)
    async def conflict(request, error):
        fw.log.append("handler of 409")
        raise fw.HTTPException(410, "from the handler")

    @app.exception_handler(ValueError)
    def value(request, error):
        raise Failed("from the handler")

    return app


@parity("/nowhere POST / /mounted/nowhere /plain /plain-http /sub/nowhere /sub/value /redirect")
def test_handlers_that_fail_outside_of_routes_are_not_handled_again(fw):
    """Only routes catch twice."""
    app = failing_application(fw)
    sub = failing_application(fw)

    async def plain(request):
        raise ValueError("plain")

    async def plain_http(request):
        raise fw.HTTPException(404)

    async def mounted(scope, receive, send):
        raise fw.HTTPException(404)

    for one in (app, sub):

        @one.exception_handler(404)
        async def not_found(request, error):
            raise fw.HTTPException(418, "not found is a teapot")

        @one.exception_handler(405)
        async def not_allowed(request, error):
            raise fw.HTTPException(404, "not allowed is not found")

        @one.exception_handler(ValueError)
        async def value(request, error):
            raise fw.HTTPException(404, "value is not found")

    app.add_route("/plain", plain)
    app.add_route("/plain-http", plain_http)
    app.mount("/mounted", mounted)
    app.mount("/sub", sub)
    return app


@parity(WAYS)
def test_a_handler_may_answer_nothing(fw):
    """It returns `None`."""
    app = failing_application(fw)

    @app.exception_handler(Failed)
    async def failed(request, error):
        return None

    return app


@parity(WAYS, trio=True)
def test_based_middleware_may_turn_exceptions_into_answers(fw):
    app = failing_application(fw)

    @app.middleware("http")
    async def catching(request, call_next):
        try:
            return await call_next(request)
        except Exception as error:
            return PlainTextResponse(f"caught {type(error).__name__}: {error}", 418)

    return app


# A server refuses the second response, which follows a failing task or cleanup.
@parity(WAYS, trio=True, direct=False)
def test_pure_middleware_may_turn_exceptions_into_answers(fw):
    async def catching(app, scope, receive, send):
        try:
            await app(scope, receive, send)
        except Failed as error:
            await PlainTextResponse(f"caught {error}", 418)(scope, receive, send)

    app = failing_application(fw)
    app.add_middleware(http_only(catching))
    return app


@parity("/value /http /nowhere /sub/value /sub/http /sub/failed /sub/nowhere", WS("/sub/ws"))
def test_a_mounted_application_handles_its_errors_first(fw):
    app, sub = failing_application(fw), failing_application(fw)
    for name, one in (("outer", app), ("inner", sub)):
        one.add_middleware(Noting, fw.log, name)

        @one.exception_handler(409)
        async def conflict(request, error, name=name):
            return PlainTextResponse(name, 409)

    @app.exception_handler(Failed)
    async def failed(request, error):
        return PlainTextResponse("outer failed", 418)

    @sub.exception_handler(Exception)
    async def everything(request, error):
        return PlainTextResponse("inner everything", 500)

    @sub.websocket("/ws")
    async def ws(websocket: fw.WebSocket):
        raise Failed("websocket")

    app.mount("/sub", sub)
    return app


@parity(
    WS("/value"),
    WS("/failed"),
    WS("/http"),
    WS("/close"),
    WS("/validation?n=x"),
    WS("/nowhere"),
    trio=True,
)
def test_exceptions_of_websockets_pass_through_middleware(fw):
    """They come from endpoints, from validation and from users."""
    app = fw.FastAPI()
    app.add_middleware(Noting, fw.log, "pure")
    app.add_middleware(NotingBase, fw.log, "based")

    @app.websocket("/value")
    async def value(websocket: fw.WebSocket):
        raise ValueError("value")

    @app.websocket("/failed")
    async def failed(websocket: fw.WebSocket):
        await websocket.accept()
        raise Failed("failed")

    @app.websocket("/http")
    async def http(websocket: fw.WebSocket):
        raise fw.HTTPException(403, "refused")

    @app.websocket("/close")
    async def close(websocket: fw.WebSocket):
        await websocket.accept()
        raise fw.WebSocketException(4000, "closed")

    @app.websocket("/validation")
    async def validation(websocket: fw.WebSocket, n: int):
        await websocket.accept()

    @app.exception_handler(Failed)
    async def handle(websocket, error):
        await websocket.close(4001)

    return app


@parity(
    GET("/value", body=False),
    GET("/http"),
    Req("GET", "/value", headers={"accept": "text/html"}, body=False),
)
def test_in_debug_mode_errors_show_a_traceback(fw):
    return failing_application(fw, debug=True)


@parity("/ /value /late")
def test_handlers_may_be_added_while_the_application_runs(fw):
    """Only a new stack of middleware sees them."""
    app = failing_application(fw)

    class Late(BaseHTTPMiddleware):
        async def dispatch(self, request, call_next):
            if request.url.path == "/late":
                app.add_exception_handler(ValueError, lambda r, e: PlainTextResponse("late"))
                app.middleware_stack = None
            return await call_next(request)

    app.add_middleware(Late)
    return app


@parity("/ /a", WS("/ws"))
def test_a_middleware_that_never_calls_the_application_leaves_no_answer(fw):
    async def nothing(app, scope, receive, send):
        if scope["type"] == "lifespan" or scope["path"] == "/a":
            await app(scope, receive, send)

    app = fw.FastAPI()
    app.add_middleware(asgi(nothing))
    app.get("/a", name="a")(lambda: "a")
    return app
