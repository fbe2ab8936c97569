"""Cleanup of generator dependencies, what is cached, and limits: the unusual circumstances."""

from typing import Annotated

import anyio
import anyio.to_thread

from ..harness import parity, same_value
from .concurrency import counting_application, several


class CancelledWhen:
    """Middleware that cancels the request once the application has asked for it."""

    def __init__(self, app, fw):
        self.app, self.fw = app, fw

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        with anyio.CancelScope() as self.fw.keep.cancel_scope:
            await self.app(scope, receive, send)
        if self.fw.keep.cancel_scope.cancelled_caught:
            self.fw.log.append("cancelled")
            await self.fw.responses.JSONResponse("cancelled", 499)(scope, receive, send)


@parity("/async /sync /outer /after", trio=True)
def test_entry_stays_cancellable(fw):
    """What was entered before is left."""
    app = fw.FastAPI()
    app.add_middleware(CancelledWhen, fw=fw)

    async def outer():
        try:
            yield
        finally:
            await anyio.sleep(0)
            fw.log.append("outer left")

    async def slow():
        fw.log.append("entering")
        fw.keep.cancel_scope.cancel()
        await anyio.sleep(0)
        fw.log.append("never")
        yield

    def sync():
        anyio.from_thread.run_sync(fw.keep.cancel_scope.cancel)
        fw.log.append("entered")
        try:
            yield
        finally:
            fw.log.append("sync left")

    for path, dependencies in (
        ("/async", [fw.Depends(slow)]),
        ("/sync", [fw.Depends(sync), fw.Depends(slow)]),
        ("/outer", [fw.Depends(outer), fw.Depends(slow)]),
        ("/after", [fw.Depends(outer)]),
    ):
        app.get(path, name=path, dependencies=dependencies)(lambda: "answered")
    return app


@same_value
def test_a_sync_exit_never_waits_for_the_pool(fw):
    """It has a limiter of its own, for one thread."""
    app = fw.FastAPI()
    order = []

    def session():
        yield
        order.append("left")

    @app.get("/", dependencies=[fw.Depends(session)])
    async def read():
        limiter = anyio.to_thread.current_default_thread_limiter()
        for _ in range(int(limiter.total_tokens)):
            limiter.acquire_on_behalf_of_nowait(object())
        return "done"

    async def run():
        with anyio.fail_after(10):
            return await several(app, ["/"])

    return [anyio.run(run), order]


@parity("/one /two /scopes /switched-off", trio=True)
def test_the_callable_the_scopes_and_the_scope_are_the_key_of_what_is_cached(fw):
    """The same function runs twice under two scopes; no scope means "request" for generators."""
    app = fw.FastAPI()
    Depends, Security, SecurityScopes = fw.Depends, fw.Security, fw.security.SecurityScopes

    def generated():
        fw.log.append("in")
        yield object()
        fw.log.append("out")

    def plain():
        fw.log.append("plain")
        return object()

    def using(scopes: SecurityScopes):
        fw.log.append(f"using {scopes.scopes}")
        return object()

    @app.get("/one")
    def one(
        a: Annotated[object, Depends(generated)],
        b: Annotated[object, Depends(generated, scope="request")],
        c: Annotated[object, Depends(generated, scope="function")],
    ):
        return [a is b, a is c]

    @app.get("/two")
    def two(
        a: Annotated[object, Depends(plain)],
        b: Annotated[object, Depends(plain, scope="function")],
        c: Annotated[object, Security(plain, scopes=["x"])],
    ):
        return [a is b, a is c]

    @app.get("/scopes")
    def scopes(
        a: Annotated[object, Security(using, scopes=["x", "y"])],
        b: Annotated[object, Security(using, scopes=["y", "x"])],
        c: Annotated[object, Security(using, scopes=["x"])],
        d: Annotated[object, Depends(using)],
    ):
        return [a is b, a is c, a is d]

    @app.get("/switched-off")
    def switched_off(
        a: Annotated[object, Depends(generated)],
        b: Annotated[object, Depends(generated, use_cache=False)],
    ):
        return a is b

    return app


@same_value
def test_a_limit_counts_for_each_event_loop(fw):
    app, inside = counting_application(fw, max_concurrency=1)
    answers = [
        sorted(anyio.run(several, app, ["/one", "/two"] * 2, backend=backend))
        for backend in ("asyncio", "trio", "asyncio")
    ]
    return [answers, inside]


@same_value
def test_cached_reuse_of_a_limited_dependency_costs_nothing(fw):
    """So a dependency cannot wait for itself."""
    app = fw.FastAPI()

    async def connection():
        yield "connection"

    Connection = Annotated[str, fw.Depends(connection, max_concurrency=1)]

    def repository(connection: Connection):
        return connection

    @app.get("/")
    async def read(a: Connection, b: Connection, c: Annotated[str, fw.Depends(repository)]):
        return [a, b, c]

    async def run():
        with anyio.fail_after(10):
            return await several(app, ["/", "/"])

    return anyio.run(run)


@parity("/cancelled /after", trio=True)
def test_cleanup_is_not_interrupted_by_cancellation(fw):
    """Cleanup that has started is finished, sync and async."""

    async def connection():
        try:
            yield "connection"
        finally:
            await anyio.sleep(0)
            fw.log.append("closed")

    def file():
        try:
            yield "file"
        finally:
            fw.log.append("file closed")

    app = fw.FastAPI()

    @app.get("/cancelled")
    async def cancelled(
        a: Annotated[str, fw.Depends(connection)],
        b: Annotated[str, fw.Depends(file, scope="function")],
    ):
        with anyio.move_on_after(0):
            await anyio.sleep_forever()
        return [a, b]

    class Impatient:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            if scope["type"] != "http":
                return await self.app(scope, receive, send)

            async def cancelling(message):
                await send(message)
                if not message.get("more_body", False) and message["type"].endswith("body"):
                    cancel_scope.cancel()

            with anyio.CancelScope() as cancel_scope:
                await self.app(scope, receive, cancelling)

    app.add_middleware(Impatient)

    @app.get("/after")
    async def after():
        return "after"

    return app
