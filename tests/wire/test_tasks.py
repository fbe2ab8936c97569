"""Context, tasks, cancellation and accounting, as ASGI servers have them."""

import asyncio
import contextvars
from typing import Annotated

import anyio
import pytest
from pydantic import BaseModel
from starlette.convertors import Convertor, register_url_convertor

from .client import Connection, get, parse_answers

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


@pytest.mark.parametrize("path", ["async", "sync", "dependency", "request"])
def test_a_context_variable_does_not_reach_the_next_request(serve_ours, path):
    # uvicorn's pipelined requests do see it.
    running = serve_ours(context_setters)
    with Connection(running.port) as client:
        client.send(get(f"/{path}") * 3)
        bodies = [client.answer().body for _ in range(3)]
        bodies.append(client.get(f"/{path}").body)
    assert bodies == [b'"unset"'] * 4


def context_setters(fw):
    app = fw.FastAPI()

    def exchange():
        before = variable.get()
        variable.set("set")
        return before

    @app.get("/async")
    async def in_async():
        return exchange()

    @app.get("/sync")
    def in_sync():
        return exchange()

    @app.get("/request")
    async def with_request(request: fw.Request):
        return exchange()

    async def depend():
        return exchange()

    @app.get("/dependency")
    async def in_dependency(before: Annotated[str, fw.Depends(depend)]):
        assert variable.get() == "set"
        return before

    return app


def test_each_request_has_a_task_of_its_own(serve):
    running = serve(task_users)
    with Connection(running.port) as client:
        client.send(get("/task") * 3)
        for _ in range(3):
            assert client.answer().status == 200
        assert client.get("/task").status == 200
    assert len(set(map(id, running.log))) == 4
    running.wait_for(lambda: all(task.done() for task in running.log))


@pytest.mark.parametrize(
    "path", ["timeout", "group", "move-on", "anyio-group", "cancelled-scope", "shield", "wait-for"]
)
def test_structured_concurrency_works_from_the_first_line(serve, path):
    running = serve(task_users)
    with Connection(running.port) as client:
        for _ in range(2):
            answer = client.get(f"/{path}")
            assert (answer.status, answer.body) == (200, b'"fine"')


def task_users(fw):
    app = fw.FastAPI()

    @app.get("/task")
    async def task():
        fw.log.append(asyncio.current_task())

    @app.get("/timeout")
    async def timeout():
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(30)
        except TimeoutError:
            return "fine"

    @app.get("/wait-for")
    async def wait_for():
        try:
            await asyncio.wait_for(asyncio.sleep(30), 0.01)
        except TimeoutError:
            return "fine"

    @app.get("/group")
    async def group():
        results = []
        async with asyncio.TaskGroup() as tasks:
            for _ in range(2):
                tasks.create_task(asyncio.sleep(0)).add_done_callback(results.append)
        await asyncio.sleep(0)
        return "fine" if len(results) == 2 else results

    @app.get("/move-on")
    async def move_on():
        with anyio.move_on_after(0.01) as scope:
            await anyio.sleep(30)
        return "fine" if scope.cancelled_caught else "not cancelled"

    @app.get("/anyio-group")
    async def anyio_group():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.sleep, 30)
            await anyio.sleep(0)
            tasks.cancel_scope.cancel()
        return "fine"

    @app.get("/cancelled-scope")
    async def cancelled_scope():
        with anyio.CancelScope() as scope:
            scope.cancel()
            await anyio.sleep(30)
        return "fine"

    @app.get("/shield")
    async def shield():
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0)
        return "fine"

    return app


@pytest.mark.parametrize("logs", [True, False])
def test_code_around_functions_that_only_build_a_value_has_a_task(serve, logs):
    running = serve(builders, access_log=logs)
    with Connection(running.port) as client:
        assert client.get("/build?n=1").body == b'{"n":1}'
        assert client.get("/build?n=x").body == b'"validation"'
        assert client.get("/key?n=1").body == b'{"1":[1]}'
        assert client.get("/list").body == b'"TypeError"'
        assert client.get("/thread?n=2").body == b'{"n":2,"m":2}'
        for body, answer in (
            (b'{"a":1}', b'{"a":1}'),
            (b'{"a":"x"}', b'"validation"'),
            (b'{"a":', b'"validation"'),
            (b"", b'"validation"'),
        ):
            head = b"POST /model HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            client.send(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            assert client.answer().body == answer
        client.send(get("/build?n=3") + get("/pause") + get("/build?n=4"))
        assert [client.answer().body for _ in range(3)] == [b'{"n":3}', b'"paused"', b'{"n":4}']
        # What tools that reload code do to a function.
        running.app.state.reload()
        assert client.get("/build?n=5").body == b'{"has a task":true}'
        assert client.get("/thread?n=5").body == b'{"in a thread":true}'
    assert all(isinstance(task, asyncio.Task) for task in running.log)
    assert len(set(running.log)) == len(running.log) == 5


def builders(fw):
    app = fw.FastAPI()

    def double(n: int):
        return {"m": n}

    @app.get("/build")
    async def build(n: int):
        return {"n": n}

    @app.get("/key")
    async def key(n: int):
        return {n: [n]}

    @app.get("/list")
    async def unhashable():
        return {[]: 1}

    @app.get("/thread")
    def build_in_thread(n: int, doubled: Annotated[dict, fw.Depends(double)]):
        return {"n": n, **doubled}

    class Model(BaseModel):
        a: int

    @app.post("/model")
    async def give_back(model: Model) -> Model:
        return model

    @app.get("/pause")
    async def pause():
        await asyncio.sleep(0)
        return "paused"

    @app.exception_handler(fw.exceptions.RequestValidationError)
    async def invalid(request, error):
        fw.log.append(asyncio.current_task())
        async with asyncio.timeout(10):
            await asyncio.sleep(0)
        return fw.responses.JSONResponse("validation")

    @app.exception_handler(TypeError)
    async def mistake(request, error):
        fw.log.append(asyncio.current_task())
        return fw.responses.JSONResponse("TypeError")

    def reload():
        build.__code__ = reloaded.__code__
        build_in_thread.__code__ = reloaded_in_thread.__code__

    app.state.reload = reload
    return app


async def reloaded(n: int):
    async with asyncio.timeout(10):
        await asyncio.sleep(0)
    return {"has a task": asyncio.current_task() is not None}


def reloaded_in_thread(n: int, doubled: dict):
    return {"in a thread": asyncio._get_running_loop() is None}


class Tag(Convertor[str]):
    """A convertor that sees the request's task and context."""

    regex = "[a-z]+"

    def convert(self, value: str) -> str:
        variable.set(value)
        asyncio.current_task().set_name(value)
        return value

    def to_string(self, value: str) -> str:
        return value


def test_convertors_of_the_application_run_in_the_task_of_the_request(serve):
    running = serve(tagged)
    with Connection(running.port) as client:
        assert client.get("/de/tag").body == b'["de","de"]'
        assert client.get("/de/nothing").status == 404
    with Connection(running.port) as client:
        assert client.get("/plain").body == b'"unset"'


def tagged(fw):
    register_url_convertor("tag", Tag())
    app = fw.FastAPI()

    async def wait():
        await asyncio.sleep(0)

    @app.get("/{tag:tag}/tag")
    async def tag(tag: str, waited: Annotated[None, fw.Depends(wait)]):
        return variable.get(), asyncio.current_task().get_name()

    @app.get("/plain")
    async def plain(waited: Annotated[None, fw.Depends(wait)]):
        return variable.get()

    return app


def test_a_factory_of_tasks_makes_one_for_each_request(serve_ours):
    running = serve_ours(builders, access_log=False)
    made = []

    def factory(loop, coroutine, **options):
        made.append(asyncio.Task(coroutine, loop=loop, **options))
        return made[-1]

    with Connection(running.port) as client:
        running.thread.call(lambda: running.thread.loop.set_task_factory(factory))
        try:
            for number in range(3):
                assert client.get(f"/build?n={number}").status == 200
        finally:
            running.thread.call(lambda: running.thread.loop.set_task_factory(None))
    assert len(made) >= 3


def test_each_of_two_readers_that_wait_gets_a_message(serve):
    running = serve(two_readers)
    with Connection(running.port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n")
        running.wait_for(lambda: running.log == ["waits", "waits"])
        running.thread.settle()
        client.send(b"body")
        assert client.answer().body == b'[["body",false],["",false]]'


def two_readers(fw):
    app = fw.FastAPI()

    @app.post("/")
    async def read(request: fw.Request):
        async def receive():
            fw.log.append("waits")
            message = await request.receive()
            return message["body"].decode(), message["more_body"]

        return await asyncio.gather(receive(), receive())

    return app


def test_cancelling_a_requests_task_hits_only_that_request(serve):
    running = serve(sleepers)
    running.expects_errors = True
    with Connection(running.port) as first, Connection(running.port) as second:
        first.send(get("/sleep/1"))
        second.send(get("/sleep/2"))
        running.wait_for(lambda: len(running.app.state.tasks) == 2)
        running.thread.call(running.app.state.tasks["1"].cancel)
        answers = parse_answers(first.rest())
        assert [answer.status for answer in answers] in ([500], [])
        running.thread.call(running.app.state.wake.set)
        assert second.answer().body == b'"2"'
        assert second.get("/sleep/3").body == b'"3"'
    running.wait_for(lambda: len(running.log) == 4)
    assert running.log == ["1 CancelledError", "1 left", "2 left", "3 left"]


def test_a_disconnect_alone_cancels_nothing(serve):
    running = serve(sleepers)
    with Connection(running.port) as client:
        client.send(get("/sleep/1"))
        running.wait_for(lambda: running.app.state.tasks)
        client.reset()
    running.wait_for(lambda: running.connections == 0)
    running.thread.call(running.app.state.wake.set)
    running.wait_for(lambda: running.tasks == 0)
    assert running.log == ["1 left"]


def sleepers(fw):
    app = fw.FastAPI()
    app.state.tasks = {}
    app.state.wake = asyncio.Event()

    async def entered(name: str):
        try:
            yield
        except BaseException as error:
            fw.log.append(f"{name} {type(error).__name__}")
            raise
        finally:
            fw.log.append(f"{name} left")

    @app.get("/sleep/{name}")
    async def sleep(name: str, _: Annotated[None, fw.Depends(entered)]):
        app.state.tasks[name] = asyncio.current_task()
        await app.state.wake.wait()
        return name

    return app


def test_requests_are_among_the_servers_tasks(serve):
    running = serve(sleepers)
    with Connection(running.port) as first, Connection(running.port) as second:
        assert running.tasks == 0
        first.send(get("/sleep/1"))
        second.send(get("/sleep/2"))
        running.wait_for(lambda: len(running.app.state.tasks) == 2)
        assert (running.tasks, running.connections) == (2, 2)
        running.thread.call(running.app.state.wake.set)
        assert first.answer().status == second.answer().status == 200
        running.wait_for(lambda: running.tasks == 0)
    running.wait_for(lambda: running.connections == 0)


def test_too_many_at_once_are_answered_with_503(serve):
    running = serve(sleepers, limit_concurrency=3)
    with Connection(running.port) as first, Connection(running.port) as second:
        first.send(get("/sleep/1"))
        second.send(get("/sleep/2"))
        running.wait_for(lambda: len(running.app.state.tasks) == 2)
        with Connection(running.port) as third:
            third.send(get("/sleep/3"))
            [answer] = parse_answers(third.rest())
            assert (answer.status, answer.body) == (503, b"Service Unavailable")
        running.wait_for(lambda: running.connections == 2)
        running.thread.call(running.app.state.wake.set)
        assert first.answer().status == second.answer().status == 200
        assert first.get("/sleep/4").status == 200
    assert "3" not in running.app.state.tasks


def test_the_server_ends_after_its_number_of_requests(serve):
    running = serve(sleepers, limit_max_requests=3)
    running.app.state.wake.set()
    with Connection(running.port) as client:
        for _ in range(3):
            assert client.get("/sleep/1").status == 200
    running.ended.result(10)


def test_answers_of_404_and_422_count_as_requests(serve):
    running = serve(sleepers, limit_max_requests=2)
    with Connection(running.port) as client:
        assert client.get("/none").status == 404
        assert client.get("/none").status == 404
    running.ended.result(10)
