"""Checks of the application in the answers to probes, also when the server is busy."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from rapide.server import readiness
from rapide.server.health import add_readiness_check, mark_not_ready, mark_ready
from rapide.server.options import Options

from .client import Connection, get

PROBES = Options(health_path="/ready", live_path="/live", startup_path="/started")
NEVER = 600
THREADS = 40


@pytest.fixture(autouse=True)
def no_checks_are_left() -> Iterator[None]:
    yield
    mark_ready()
    for check in [*readiness._checks]:
        check.remove()


@pytest.fixture
def go() -> Iterator[threading.Event]:
    """Lets everything that is blocked in a thread go on; a failed test leaves none behind."""
    event = threading.Event()
    yield event
    event.set()


def build(fw):
    app = fw.FastAPI()

    @app.get("/blocks")
    def block():
        app.state.blocked.release()
        app.state.go.wait()

    @app.get("/waits")
    async def wait():
        await asyncio.to_thread(app.state.go.wait)

    return app


def ask(running, path="/ready") -> tuple[int, str]:
    with Connection(running.port) as client:
        answer = client.get(path)
    return answer.status, answer.body.decode()


class Flag:
    """A check that does what it is told, in each of the ways to write one."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.result: object = None

    def call(self) -> object:
        if self.error is not None:
            raise self.error
        return self.result

    async def call_async(self) -> object:
        await asyncio.sleep(0)
        return self.call()

    async def __call__(self) -> object:
        return await self.call_async()


def ways(flag: Flag) -> dict[str, Callable[[], object]]:
    return {
        "async def": flag.call_async,
        "def": flag.call,
        "an object": flag,
        "a partial": partial(Flag.call_async, flag),
        "a lambda that makes a coroutine": lambda: flag.call_async(),
    }


@pytest.mark.parametrize("way", ways(Flag()))
def test_a_server_is_ready_while_a_check_passes(serve_ours, way):
    running, flag = serve_ours(build, observed=PROBES), Flag()
    running.expects_errors = True
    with add_readiness_check("database", ways(flag)[way]):
        assert ask(running) == (200, "ready")
        flag.error = ConnectionRefusedError("user=admin password=secret")
        for _ in range(2):
            assert ask(running) == (503, "database raises ConnectionRefusedError")
        flag.error = StopIteration()
        assert ask(running)[0] == 503
        flag.error, flag.result = None, False
        assert ask(running) == (503, "database returns False")
        flag.result = True
        assert ask(running) == (200, "ready")
        flag.error = OSError()
        assert ask(running, "/live") == (200, "alive")
        assert ask(running)[0] == 503
    assert ask(running) == (200, "ready")


def test_the_log_has_one_line_for_each_change(serve_ours, caplog):
    running, flag = serve_ours(build, observed=PROBES), Flag()
    running.expects_errors = True
    add_readiness_check("database", flag)
    with caplog.at_level(logging.INFO, "uvicorn.error"):
        for error in (None, OSError("gone"), OSError("gone"), None, None):
            flag.error = error
            ask(running)
    lines = [line for line in caplog.records if "readiness" in line.message]
    assert [(line.levelname, line.message) for line in lines] == [
        ("WARNING", "The readiness check 'database' raises OSError"),
        ("INFO", "The readiness check 'database' passes again"),
    ]
    assert lines[0].exc_info


def test_a_server_has_started_when_its_checks_have_passed_once(serve_ours):
    running, flag = serve_ours(build, observed=PROBES), Flag()
    running.expects_errors = True
    add_readiness_check("database", flag)
    flag.error = OSError()
    assert ask(running, "/started") == (503, "database raises OSError")
    flag.error = None
    assert ask(running, "/started") == (200, "started")
    flag.error = OSError()
    assert ask(running, "/started") == (200, "started")


def test_all_checks_that_fail_are_named(serve_ours):
    running = serve_ours(build, observed=PROBES)
    running.expects_errors = True
    flag, other = Flag(), Flag()
    add_readiness_check("database", flag)
    add_readiness_check("redis", other)
    add_readiness_check("queue", Flag())
    flag.error, other.result = OSError(), False
    assert ask(running) == (503, "database raises OSError, redis returns False")
    mark_not_ready("warming up")
    assert ask(running) == (503, "warming up")


def test_a_check_that_hangs_is_cancelled_and_begins_anew(serve_ours):
    running, begun, ended = serve_ours(build, observed=PROBES), [], []

    async def hang():
        begun.append(1)
        try:
            await asyncio.sleep(NEVER)
        finally:
            ended.append(1)

    add_readiness_check("database", hang, timeout=0.05)
    for count in (1, 2):
        assert ask(running) == (503, "database has no result after 0.05 seconds")
        running.wait_for(lambda count=count: len(ended) == count)
    assert len(begun) == 2


def test_a_check_that_hangs_in_a_thread_or_refuses_to_end_runs_once(serve_ours, go):
    running, begun = serve_ours(build, observed=PROBES), []
    stop = asyncio.Event()

    def hang():
        begun.append("thread")
        go.wait()

    async def refuse():
        begun.append("task")
        while not stop.is_set():
            try:
                await stop.wait()
            except asyncio.CancelledError:
                continue

    add_readiness_check("thread", hang, timeout=0.05)
    add_readiness_check("task", refuse, timeout=0.05)
    for _ in range(3):
        status, text = ask(running)
        assert (status, text.count("has no result after 0.05 seconds")) == (503, 2)
    assert sorted(begun) == ["task", "thread"]
    go.set()
    running.thread.call(stop.set)
    running.wait_for(lambda: ask(running) == (200, "ready"))


def test_probes_at_the_same_time_share_a_run(serve_ours):
    running, begun = serve_ours(build, observed=PROBES), []
    stop = asyncio.Event()

    async def wait():
        begun.append(1)
        await stop.wait()

    add_readiness_check("database", wait, timeout=NEVER)
    with ExitStack() as stack:
        clients = [stack.enter_context(Connection(running.port)) for _ in range(5)]
        for client in clients:
            client.send(get("/ready"))
        running.wait_for(lambda: running.tasks >= 5)
        running.thread.call(stop.set)
        assert {client.answer().status for client in clients} == {200}
    assert len(begun) == 1


def test_probes_are_answered_while_all_threads_are_busy(serve_ours, go):
    running = serve_ours(build, observed=PROBES)
    running.app.state.go, running.app.state.blocked = go, threading.Semaphore(0)
    add_readiness_check("database", time.monotonic)
    with ExitStack() as stack:
        # The threads belong to the event loop, which this application shares with those of others.
        for _ in range(THREADS + 4):
            stack.enter_context(Connection(running.port)).send(get("/blocks"))
        for _ in range(THREADS):
            assert running.app.state.blocked.acquire(timeout=20)
        assert [ask(running, path)[0] for path in ("/live", "/started", "/ready")] == [200] * 3
        go.set()


def test_probes_are_answered_above_the_limit_of_concurrency(serve_ours, go):
    running = serve_ours(build, observed=PROBES, limit_concurrency=3)
    running.app.state.go = go
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(Connection(running.port)).send(get("/waits"))
        running.wait_for(lambda: running.tasks == 2)
        assert ask(running, "/waits")[0] == 503
        assert [ask(running, path)[0] for path in ("/live", "/started", "/ready")] == [200] * 3
        go.set()


async def passes() -> None:
    """Pass."""


@pytest.mark.parametrize(
    ("name", "check", "timeout", "error"),
    [
        ("", passes, 1, r"'' is not a name for a readiness check: write one such as 'redis'"),
        ("a\r\nb", passes, 1, "is not a name"),
        (None, passes, 1, "the name of a readiness check must be text, but is None"),
        (passes, passes, 1, "must be text"),
        ("redis", None, 1, "the readiness check 'redis' must be a function, but is None"),
        ("redis", 0, 1, "must be a function, but is 0"),
        ("redis", passes, 0, "the timeout of the readiness check 'redis' must be positive: 0"),
        ("redis", passes, -1, "must be positive"),
        ("redis", passes, float("nan"), "must be positive"),
        ("redis", passes, float("inf"), "must be positive"),
    ],
)
def test_a_wrong_check_is_an_error_when_it_is_added(name, check, timeout, error):
    with pytest.raises((TypeError, ValueError), match=error):
        add_readiness_check(name, check, timeout=timeout)
    assert readiness._checks == []


def test_a_check_that_was_called_is_an_error():
    with pytest.raises(
        TypeError, match="the readiness check 'redis' was called: pass the function"
    ):
        add_readiness_check("redis", passes())
