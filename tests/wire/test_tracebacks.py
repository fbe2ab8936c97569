"""Exceptions reach logs, handlers and middleware with all frames of the application's code."""

import asyncio
import functools
import sys
import traceback
from typing import Annotated, Any

import anyio
import pytest
from pydantic import AfterValidator
from starlette.concurrency import run_in_threadpool

from .client import Connection, get
from .server import REFERENCE, serving


def price(number: int) -> float:
    return 10 / number


def validated(number: int) -> int:
    price(number)
    return number


async def async_price(number: int) -> float:
    await asyncio.sleep(0)
    return price(number)


def ways(fw) -> dict[str, Any]:
    """The ways for an exception to leave an endpoint that awaits."""

    async def directly():
        return price(0)

    async def after_a_turn():
        return await async_price(0)

    async def by_task():
        return await asyncio.create_task(async_price(0))

    async def by_gather():
        return await asyncio.gather(async_price(1), async_price(0))

    async def by_threadpool():
        return await run_in_threadpool(price, 0)

    async def by_thread():
        return await asyncio.to_thread(price, 0)

    async def by_executor():
        return await asyncio.get_running_loop().run_in_executor(None, price, 0)

    async def by_anyio_thread():
        return await anyio.to_thread.run_sync(price, 0)

    async def by_shield():
        return await asyncio.shield(async_price(0))

    async def by_wait_for():
        return await asyncio.wait_for(async_price(0), 10)

    async def by_future():
        future = asyncio.get_running_loop().create_future()

        def fail():
            try:
                price(0)
            except ZeroDivisionError as error:
                future.set_exception(error)

        asyncio.get_running_loop().call_soon(fail)
        await future

    async def by_group():
        async with asyncio.TaskGroup() as group:
            group.create_task(async_price(0))
            group.create_task(asyncio.sleep(10))

    async def by_anyio_group():
        async with anyio.create_task_group() as group:
            group.start_soon(async_price, 0)

    async def by_timeout():
        async with asyncio.timeout(0.001):
            await asyncio.Event().wait()

    async def by_anyio_timeout():
        with anyio.fail_after(0.001):
            await asyncio.Event().wait()

    async def with_cause():
        try:
            await run_in_threadpool(price, 0)
        except ZeroDivisionError as error:
            await asyncio.sleep(0)
            raise LookupError("no price") from error

    async def with_context():
        try:
            await asyncio.create_task(async_price(0))
        except ZeroDivisionError:
            await asyncio.sleep(0)
            raise LookupError("no price")  # noqa: B904

    async def with_hidden_context():
        try:
            await asyncio.create_task(async_price(0))
        except ZeroDivisionError:
            raise LookupError("no price") from None

    async def with_note():
        try:
            await run_in_threadpool(price, 0)
        except ZeroDivisionError as error:
            error.add_note("the number is 0")
            raise

    async def raised_again():
        try:
            await run_in_threadpool(price, 0)
        except ZeroDivisionError as error:
            await asyncio.sleep(0)
            raise error.with_traceback(error.__traceback__)  # noqa: B904

    async def after_cancellation():
        task = asyncio.create_task(asyncio.sleep(10))
        await asyncio.sleep(0)
        task.cancel("enough")
        try:
            await task
        except asyncio.CancelledError:
            return await by_task()

    async def while_handled():
        try:
            await by_threadpool()
        except ZeroDivisionError:
            await asyncio.sleep(0)
            assert isinstance(sys.exception(), ZeroDivisionError)
            await by_task()

    return {name: way for name, way in locals().items() if callable(way) and way is not fw}


def build(fw, debug=False):
    app = fw.FastAPI(debug=debug)
    see = functools.partial(seen_at, fw.log)
    kept: list[BaseException] = []

    for name, way in ways(fw).items():
        app.get(f"/endpoint/{name}")(way)
        app.get(f"/dependency/{name}")(depending(fw, way))

    @app.get("/sync")
    def sync():
        return price(0)

    def dependency():
        return price(0)

    @app.get("/sync-dependency")
    async def with_sync_dependency(value: Annotated[float, fw.Depends(dependency)]):
        return value

    @app.get("/validator")
    async def validator(number: Annotated[int, AfterValidator(validated)] = 1):
        return number

    async def around():
        try:
            yield
        except Exception as error:
            see("dependency", error)
            kept.append(error)
            raise

    def around_in_thread():
        try:
            yield
        except Exception as error:
            see("dependency in a thread", error)
            raise

    @app.get("/around")
    async def with_around(_: Annotated[None, fw.Depends(around)]):
        return await run_in_threadpool(price, 0)

    @app.get("/around-in-thread")
    async def with_around_in_thread(_: Annotated[None, fw.Depends(around_in_thread)]):
        return await run_in_threadpool(price, 0)

    async def failing_exit():
        yield
        await run_in_threadpool(price, 0)

    @app.get("/exit")
    async def with_failing_exit(_: Annotated[None, fw.Depends(failing_exit)]):
        return 1

    @app.get("/exit-function")
    async def with_early_exit(_: Annotated[None, fw.Depends(failing_exit, scope="function")]):
        return 1

    @app.get("/refused")
    async def refused(_: Annotated[None, fw.Depends(around)]):
        await run_in_threadpool(refuse, fw)

    @app.get("/kept")
    async def kept_frames():
        return [[user_frames(error)] for error in kept]

    @app.get("/background")
    async def background(tasks: fw.BackgroundTasks):
        tasks.add_task(async_price, 0)
        return 1

    @app.get("/background-in-thread")
    async def background_in_thread(tasks: fw.BackgroundTasks):
        tasks.add_task(price, 0)
        return 1

    @app.get("/stream")
    async def stream():
        async def parts():
            yield b"first"
            await run_in_threadpool(price, 0)

        return fw.responses.StreamingResponse(parts())

    @app.get("/stream-in-thread")
    async def stream_in_thread():
        def parts():
            yield b"first"
            price(0)

        return fw.responses.StreamingResponse(parts())

    @app.get("/lines")
    async def lines():
        yield {"first": 1}
        await run_in_threadpool(price, 0)

    class Rendering(fw.responses.JSONResponse):
        def render(self, content):
            return price(0)

    @app.get("/render", response_class=Rendering)
    def rendering():
        return 1

    class Sending(fw.Response):
        async def __call__(self, scope, receive, send):
            await run_in_threadpool(price, 0)

    @app.get("/send", response_class=Sending)
    async def sending():
        return Sending()

    async def mounted(scope, receive, send):
        await asyncio.create_task(async_price(0))

    app.mount("/mounted", mounted)
    return app


async def look_up(request):
    raise LookupError(request.url.path)


def depending(fw, way):
    async def endpoint(value: Annotated[Any, fw.Depends(way)]):
        return value

    return endpoint


def refuse(fw):
    raise fw.HTTPException(402)


def build_handled(fw):
    app = build(fw)

    @app.exception_handler(ZeroDivisionError)
    async def handled(request, error):
        seen_at(fw.log, "handler", error)
        await asyncio.sleep(0)
        assert sys.exception() is not None
        return fw.responses.JSONResponse(user_frames(error), 500)

    return app


def build_around(fw):
    app = build(fw)

    @app.middleware("http")
    async def around(request, call_next):
        try:
            return await call_next(request)
        except Exception as error:
            seen_at(fw.log, "middleware", error)
            raise

    return app


def build_failing_handler(fw):
    app = build(fw)

    @app.exception_handler(ZeroDivisionError)
    async def failing(request, error):
        await asyncio.sleep(0)
        await asyncio.create_task(look_up(request))

    return app


def seen_at(log: list[Any], where: str, error: BaseException) -> None:
    log.append((where, described(error)))


def user_frames(error: BaseException) -> list[str]:
    """The functions of this module in a traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    return [frame.name for frame in frames if frame.filename == __file__]


def described(error: BaseException | None) -> Any:
    """What a reader of a traceback finds in it."""
    if error is None:
        return None
    frames = user_frames(error)
    inner = [described(one) for one in getattr(error, "exceptions", ())]
    return (
        type(error).__name__,
        # anyio names its cancel scope and the task.
        str(error).partition("Cancelled via cancel scope")[0],
        frames,
        getattr(error, "__notes__", []),
        described(error.__cause__),
        None if error.__suppress_context__ else described(error.__context__),
        inner,
    )


PATHS = [
    *[f"/{kind}/{name}" for kind in ("endpoint", "dependency") for name in ways(None)],
    *("/sync", "/sync-dependency", "/validator?number=0", "/around", "/around-in-thread"),
    *("/exit", "/exit-function", "/refused", "/kept", "/background", "/background-in-thread"),
    *("/stream", "/stream-in-thread", "/lines", "/render", "/send", "/mounted/"),
]
BUILDS = [build, build_handled, build_around]


def everything_seen(running) -> list[Any]:
    """For each path: the status, what the application saw, and what the server logged."""
    running.expects_errors = True
    found: list[Any] = []
    for path in PATHS:
        with Connection(running.port) as client:
            client.send(get(path, "Connection: close"))
            answer = client.rest()
        running.wait_for(lambda: running.tasks == 0)
        logged = [
            described(record.exc_info[1])
            for record in running.records("uvicorn.error")
            if record.exc_info
        ]
        running._records.records.clear()
        seen, running.log[:] = list(running.log), []
        status = answer[9:12]
        body = answer.partition(b"\r\n\r\n")[2] if path == "/kept" else b""
        found.append((path, status, body, seen, logged))
    return found


@functools.cache
def expected_of(build) -> list[Any]:
    from .server import LoopThread

    thread = LoopThread()
    with serving(thread, REFERENCE, build) as running:
        found = everything_seen(running)
    thread.close()
    return found


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
def test_an_exception_keeps_its_frames_on_every_way(serve_ours, build):
    found = everything_seen(serve_ours(build))
    differing = [
        f"{right[0]}:\n  {left[1:]}\n  {right[1:]}"
        for left, right in zip(expected_of(build), found, strict=True)
        if left != right
    ]
    assert not differing, "\n".join(differing)


def test_an_exception_of_a_handler_has_its_frames_and_those_of_what_it_handles(serve_ours):
    running = serve_ours(build_failing_handler)
    for path, _, _, _, logged in everything_seen(running):
        for kind, message, frames, _, _, context, _ in logged:
            if kind == "LookupError" and message == path:
                assert frames[-1] == "look_up"
                assert context[0] == "ZeroDivisionError"
                assert context[2][-1] == "price"


def test_a_page_of_debugging_shows_the_frames_of_the_application(serve):
    running = serve(functools.partial(build, debug=True))
    running.expects_errors = True
    for path in ("/sync", "/endpoint/by_task", "/sync-dependency", "/exit-function"):
        with Connection(running.port) as client:
            client.send(get(path, "Accept: text/plain"))
            assert b"in price\n" in client.answer().body
