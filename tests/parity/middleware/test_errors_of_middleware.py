"""Exceptions that middleware itself raises, at each moment of a request."""

from starlette.responses import PlainTextResponse, StreamingResponse

from ..client import POST, Req
from ..harness import parity
from .failures import Failed
from .recording import Noting, http_only


@parity("/before /http-before /after /http-after / /nowhere", trio=True)
def test_based_middleware_may_raise(fw):
    app = fw.FastAPI()
    app.add_middleware(Noting, fw.log, "inner")

    @app.middleware("http")
    async def raising(request, call_next):
        path = request.url.path
        if path == "/before":
            raise Failed("before")
        if path == "/http-before":
            raise fw.HTTPException(401, "before")
        response = await call_next(request)
        if path == "/after":
            raise Failed("after")
        if path == "/http-after":
            raise fw.HTTPException(401, "after")
        return response

    app.add_middleware(Noting, fw.log, "outer")

    for path in ("/", "/before", "/http-before", "/after", "/http-after"):
        app.add_api_route(path, lambda: "answer")

    @app.exception_handler(Failed)
    async def failed(request, error):
        return PlainTextResponse("handled", 418)

    @app.exception_handler(Exception)
    async def everything(request, error):
        return PlainTextResponse(f"everything {type(error).__name__}", 500)

    return app


def raising_at(moment):
    @parity("/ /stream /nowhere", POST("/"), trio=True)
    def test(fw):
        """Pure ASGI middleware raises."""

        async def raising(app, scope, receive, send):
            if moment == "before":
                raise Failed(moment)

            async def sending(message):
                if moment == "at the start" and message["type"] == "http.response.start":
                    raise Failed(moment)
                if moment == "swallowed":
                    return
                await send(message)
                if moment == "after the start" and message["type"] == "http.response.start":
                    raise Failed(moment)

            await app(scope, receive, sending)
            if moment in ("after", "swallowed"):
                raise Failed(moment)

        app = fw.FastAPI()
        app.add_middleware(http_only(raising))
        app.add_middleware(Noting, fw.log, "outer")

        async def dependency():
            try:
                yield
            except BaseException as error:
                fw.log.append(f"dependency {type(error).__name__}")
                raise

        @app.get("/", dependencies=[fw.Depends(dependency)])
        def root(tasks: fw.BackgroundTasks):
            tasks.add_task(fw.log.append, "task")
            return "root"

        @app.get("/stream")
        def stream():
            return StreamingResponse(iter(["a", "b"]))

        @app.exception_handler(Exception)
        async def everything(request, error):
            return PlainTextResponse(f"everything {error}", 500)

        return app

    return test


test_an_error_before_the_application_is_answered = raising_at("before")
test_an_error_when_the_response_starts_is_answered = raising_at("at the start")
test_an_error_after_the_response_has_started_is_not_answered = raising_at("after the start")
test_an_error_after_the_response_is_not_answered = raising_at("after")
test_an_error_after_a_response_that_was_kept_back_is_answered = raising_at("swallowed")


@parity(
    POST("/", {"a": 1}),
    POST("/form", form={"a": "1"}),
    Req("POST", "/raw", content="x"),
    "/",
)
def test_an_error_while_receiving_is_a_body_that_cannot_be_read(fw):
    async def raising(app, scope, receive, send):
        async def refuse():
            raise Failed("receive")

        await app(scope, refuse, send)

    app = fw.FastAPI()
    app.add_middleware(http_only(raising))

    @app.post("/")
    async def body(a: int = fw.Body(embed=True)):
        return a

    @app.post("/form")
    async def form(a: int = fw.Form()):
        return a

    @app.post("/raw")
    async def raw(request: fw.Request):
        return (await request.body()).decode()

    @app.get("/")
    def read():
        return "no body is read"

    return app


@parity(POST("/", {"a": 1}), POST("/form", form={"a": "1"}))
def test_a_refusal_while_receiving_is_answered_as_it_is(fw):
    """`receive` raises an `HTTPException`."""

    async def raising(app, scope, receive, send):
        async def refuse():
            raise fw.HTTPException(413, "too much")

        await app(scope, refuse, send)

    app = fw.FastAPI()
    app.add_middleware(http_only(raising))

    @app.post("/")
    async def body(a: int = fw.Body(embed=True)):
        return a

    @app.post("/form")
    async def form(a: int = fw.Form()):
        return a

    return app
