"""Dependencies with yield: when they exit, in which scope, and what exceptions do."""

from typing import Annotated, Any

from ..harness import parity


@parity(
    "/sync /async /both /nested /response /stream /fail /http /after",
    trio=True,
)
def test_generators_exit_after_the_response_in_reverse_order(fw):
    """FastAPI 0.118: they exit after the response and the background tasks."""
    app = fw.FastAPI()
    Depends = fw.Depends
    log = fw.log

    def sync_gen():
        log.append("sync in")
        try:
            yield "s"
        except BaseException as error:
            log.append(f"sync saw {type(error).__name__}")
            raise
        finally:
            log.append("sync out")

    async def async_gen():
        log.append("async in")
        try:
            yield "a"
        except BaseException as error:
            log.append(f"async saw {type(error).__name__}")
            raise
        finally:
            log.append("async out")

    def upper(s: Annotated[str, Depends(sync_gen)], a: Annotated[str, Depends(async_gen)]):
        log.append("upper in")
        yield s + a
        log.append("upper out")

    @app.get("/sync")
    def read_sync(v: Annotated[str, Depends(sync_gen)]):
        log.append("endpoint")
        return v

    @app.get("/async")
    async def read_async(v: Annotated[str, Depends(async_gen)]):
        log.append("endpoint")
        return v

    @app.get("/both")
    async def both(
        b: Annotated[str, Depends(async_gen)],
        a: Annotated[str, Depends(sync_gen)],
        tasks: fw.BackgroundTasks,
    ):
        tasks.add_task(log.append, "background")
        return a + b

    @app.get("/nested")
    async def nested(v: Annotated[str, Depends(upper)]):
        return v

    @app.get("/response")
    async def response(v: Annotated[str, Depends(upper)]):
        return fw.responses.PlainTextResponse(v)

    @app.get("/stream")
    async def stream(v: Annotated[str, Depends(upper)]):
        async def chunks():
            for char in v:
                log.append(f"chunk {char}")
                yield char

        return fw.responses.StreamingResponse(chunks())

    @app.get("/fail")
    async def fail(v: Annotated[str, Depends(upper)]):
        raise RuntimeError("endpoint failed")

    @app.get("/http")
    async def http(v: Annotated[str, Depends(upper)]):
        raise fw.HTTPException(418, "teapot")

    @app.get("/after")
    async def after(v: Annotated[str, Depends(upper)]):
        def broken():
            log.append("background")
            raise ValueError("background failed")

        from starlette.background import BackgroundTask

        return fw.responses.JSONResponse(v, background=BackgroundTask(broken))

    return app


@parity(
    """
    /function /request /both-scopes /chain /fail /http /sync-function /background /route-level
    /stream
    """,
    trio=True,
)
def test_the_scope_of_a_generator_decides_when_it_exits(fw):
    """FastAPI 0.121: scope "function" exits before the response, scope "request" after the
    background tasks.
    """
    app = fw.FastAPI()
    Depends = fw.Depends
    log = fw.log

    async def gen():
        log.append("in")
        try:
            yield "v"
        except Exception as error:
            log.append(f"saw {error!r}")
            raise
        finally:
            log.append("out")

    def sync_gen():
        log.append("sync in")
        try:
            yield "s"
        finally:
            log.append("sync out")

    async def on_request(v: Annotated[str, Depends(gen, scope="request")]):
        log.append("outer in")
        yield v
        log.append("outer out")

    async def inner(v: Annotated[str, Depends(on_request)]):
        log.append("inner in")
        yield v + "!"
        log.append("inner out")

    @app.get("/function")
    async def function(v: Annotated[str, Depends(gen, scope="function")]):
        log.append("endpoint")
        return v

    @app.get("/request")
    async def request(v: Annotated[str, Depends(gen, scope="request")]):
        log.append("endpoint")
        return v

    @app.get("/both-scopes")
    async def both(
        a: Annotated[str, Depends(gen, scope="function")],
        b: Annotated[str, Depends(gen, scope="request")],
    ):
        return a + b

    @app.get("/chain")
    async def chain(v: Annotated[str, Depends(inner, scope="function")]):
        return v

    @app.get("/fail")
    async def fail(
        a: Annotated[str, Depends(gen, scope="function")], b: Annotated[str, Depends(on_request)]
    ):
        raise RuntimeError("failed")

    @app.get("/http")
    async def http(a: Annotated[str, Depends(gen, scope="function")]):
        raise fw.HTTPException(409, "conflict")

    @app.get("/sync-function")
    def sync_function(a: Annotated[str, Depends(sync_gen, scope="function")]):
        log.append("endpoint")
        return a

    @app.get("/background")
    async def background(
        a: Annotated[str, Depends(sync_gen, scope="function")], tasks: fw.BackgroundTasks
    ):
        tasks.add_task(log.append, "background")
        return a

    @app.get("/route-level", dependencies=[Depends(gen, scope="function"), Depends(sync_gen)])
    async def route_level():
        log.append("endpoint")

    @app.get("/stream")
    async def stream(a: Annotated[str, Depends(gen, scope="function")]):
        async def chunks():
            log.append("chunk")
            yield a

        return fw.responses.StreamingResponse(chunks())

    return app


@parity(
    """
    /exit-error /exit-http /exit-error-function /exit-http-function /swallow /swallow-async
    /bare /convert /convert-async /convert-function /entry /entry-http /entry-second /custom
    /validation?n=x /no-yield /two-yields /exit-after-http /swallow-http /response-error
    """,
    trio=True,
)
def test_exceptions_in_and_around_generators(fw):
    """Exceptions are raised before and after `yield`, swallowed, or replaced."""
    app = fw.FastAPI()
    Depends, HTTPException = fw.Depends, fw.HTTPException
    log = fw.log

    class Custom(Exception):
        pass

    @app.exception_handler(Custom)
    def handle(request, error):
        log.append("handled")
        return fw.responses.JSONResponse({"custom": str(error)}, 418)

    def exit_error():
        yield 1
        raise ValueError("on exit")

    def exit_http():
        yield 1
        raise HTTPException(403, "on exit")

    def swallow():
        try:
            yield 1
        except BaseException as error:
            log.append(f"swallowed {type(error).__name__}")

    async def swallow_async():
        try:
            yield 1
        except BaseException as error:
            log.append(f"swallowed {type(error).__name__}")

    def convert():
        try:
            yield 1
        except ValueError as error:
            raise HTTPException(400, f"converted {error}") from error

    async def convert_async():
        try:
            yield 1
        except ValueError as error:
            raise Custom("converted") from error

    def entry():
        log.append("entry")
        raise ValueError("on entry")
        yield

    def outer():
        log.append("outer in")
        try:
            yield 1
        finally:
            log.append("outer out")

    def entry_second(one: Annotated[int, Depends(outer)]):
        raise HTTPException(401, "no entry")
        yield

    def no_yield():
        if log is None:
            yield 1

    async def two_yields():
        yield 1
        log.append("second")
        yield 2

    def boom():
        raise ValueError("boom")

    def endpoint(path, *dependencies, action=boom):
        @app.get(path, dependencies=list(dependencies))
        async def run():
            log.append("endpoint")
            return action()

    def raise_custom():
        raise Custom("from endpoint")

    def raise_http():
        raise HTTPException(404, "from endpoint")

    def nothing():
        return "ok"

    endpoint("/exit-error", Depends(exit_error), action=nothing)
    endpoint("/exit-http", Depends(exit_http), action=nothing)
    endpoint("/exit-error-function", Depends(exit_error, scope="function"), action=nothing)
    endpoint("/exit-http-function", Depends(exit_http, scope="function"), action=nothing)
    endpoint("/exit-after-http", Depends(exit_http), action=raise_http)
    endpoint("/swallow", Depends(swallow))
    endpoint("/swallow-async", Depends(swallow_async))
    endpoint("/swallow-http", Depends(swallow), action=raise_http)
    endpoint("/bare", Depends(outer), Depends(swallow_async), Depends(outer))
    endpoint("/convert", Depends(convert))
    endpoint("/convert-async", Depends(convert_async))
    endpoint("/convert-function", Depends(convert, scope="function"))
    endpoint("/entry", Depends(outer), Depends(entry))
    endpoint("/entry-http", Depends(entry_second))
    endpoint("/entry-second", Depends(outer), Depends(entry_second))
    endpoint("/custom", Depends(outer), action=raise_custom)
    endpoint("/no-yield", Depends(no_yield), action=nothing)
    endpoint("/two-yields", Depends(two_yields), action=nothing)

    @app.get("/validation", dependencies=[Depends(outer)])
    def validation(n: int):
        return n

    @app.get("/response-error", dependencies=[Depends(outer)])
    def response_error() -> int:
        return "not a number"

    return app


@parity(
    "/invalid /headers /status /background /raising /http /response /stream /unserializable /tasks",
    trio=True,
)
def test_function_scoped_exits_come_after_serialization_and_before_sending(fw):
    app = fw.FastAPI()
    log = fw.log

    async def gen(response: fw.Response, tasks: fw.BackgroundTasks):
        response.headers["x-gen"] = "before"
        try:
            yield response
        except Exception as error:
            log.append(f"saw {type(error).__name__}")
            raise
        finally:
            log.append("out")
            response.headers["x-gen"] = "after"
            response.headers["x-late"] = "1"
            response.status_code = 299
            tasks.add_task(log.append, "task added on exit")

    Gen = fw.Depends(gen, scope="function")

    @app.get("/invalid", dependencies=[Gen])
    async def invalid() -> int:
        return "x"

    @app.get("/headers", dependencies=[Gen])
    def headers(response: fw.Response):
        response.headers["x-endpoint"] = "1"
        return "headers"

    @app.get("/status", dependencies=[Gen], status_code=201)
    async def status() -> dict[str, int]:
        return {"a": 1}

    @app.get("/background", dependencies=[Gen])
    async def background(tasks: fw.BackgroundTasks):
        tasks.add_task(log.append, "task")
        return "background"

    @app.get("/raising", dependencies=[Gen])
    async def raising():
        raise ValueError("raised")

    @app.get("/http", dependencies=[Gen])
    async def http():
        raise fw.HTTPException(409)

    @app.get("/response", dependencies=[Gen])
    async def response():
        return fw.responses.JSONResponse("own")

    @app.get("/stream", dependencies=[Gen])
    async def stream():
        return fw.responses.StreamingResponse(iter(["a"]))

    @app.get("/unserializable", dependencies=[Gen])
    def unserializable():
        return {"a": float("nan")}

    @app.get("/tasks", dependencies=[Gen])
    async def tasks():
        return fw.responses.JSONResponse("own")

    return app


@parity("/leaves", "/raises")
def test_errors_while_dependencies_are_left_have_the_one_before_as_their_context(fw):
    app = fw.FastAPI()

    def failing(name: str):
        async def dependency():
            try:
                yield
            except BaseException:
                pass
            finally:
                raise KeyError(name)

        return fw.Depends(dependency, scope="function")

    @app.exception_handler(KeyError)
    async def answer(request: Any, error: BaseException):
        chain = []
        while error is not None:
            chain.append(repr(error))
            error = error.__context__
        return fw.responses.JSONResponse(chain, 418)

    @app.get("/leaves", dependencies=[failing("first"), failing("second"), failing("third")])
    async def leaves():
        return 1

    @app.get("/raises", dependencies=[failing("first"), failing("second"), failing("third")])
    async def raises():
        raise ValueError("endpoint")

    return app


@parity(
    """
    /function /function?n=x /function?n=2 /request /request?n=x /both /both?n=x
    /stops /stops?n=x /stops-first
    """,
    trio=True,
)
def test_what_others_see_of_an_exception_that_was_swallowed_or_has_stopped_a_generator(fw):
    app = fw.FastAPI()
    Depends, log = fw.Depends, fw.log

    async def swallow():
        try:
            yield
        except Exception as error:
            log.append(f"swallowed {error!r}")

    async def look():
        try:
            yield
        except Exception as error:
            log.append([repr(error), repr(error.__context__), repr(error.__cause__)])
            raise

    def stop():
        try:
            yield
        except Exception:
            raise StopAsyncIteration("instead") from None
        raise StopAsyncIteration("at the end")

    def stop_first():
        raise StopAsyncIteration("at the beginning")
        yield

    async def fail(n: int = 1) -> int:
        if n == 2:
            return "not a number"
        raise StopAsyncIteration("failed")

    early, late = Depends(swallow, scope="function"), Depends(swallow)
    for path, dependencies in (
        ("/function", [Depends(look), early]),
        ("/request", [late]),
        ("/both", [Depends(look), late, early]),
        ("/stops", [Depends(look), Depends(stop)]),
        ("/stops-first", [Depends(look), Depends(stop_first)]),
    ):
        app.get(path, name=path, dependencies=dependencies)(fail)

    return app
