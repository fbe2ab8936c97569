"""How connections end when the server stops."""

import asyncio
import re
import time

import pytest

from .client import Connection, get, parse_answers
from .process import process
from .test_tasks import sleepers


def test_idle_connections_are_closed_at_once(serve):
    running = serve(sleepers)
    running.app.state.wake.set()
    with Connection(running.port) as used, Connection(running.port) as fresh:
        assert used.get("/sleep/1").status == 200
        running.wait_for(lambda: running.connections == 2)
        running.begin_shutdown()
        assert used.rest() == fresh.rest() == b""
    running.ended.result(10)


def test_a_busy_connection_finishes_and_closes(serve):
    running = serve(sleepers)
    with Connection(running.port) as client:
        client.send(get("/sleep/1"))
        running.wait_for(lambda: running.tasks == 1)
        running.begin_shutdown()
        running.wait_for(lambda: not running.server.servers[0].is_serving())
        assert client.is_open()
        running.thread.call(running.app.state.wake.set)
        [answer] = parse_answers(client.rest())
    assert (answer.status, answer.body) == (200, b'"1"')
    assert answer.header(b"connection") == b"close"
    running.ended.result(10)


def test_accepted_requests_that_wait_behind_another_are_answered(serve_ours):
    running = serve_ours(sleepers)
    with Connection(running.port) as client:
        client.send(get("/sleep/1") + get("/sleep/2"))
        running.wait_for(lambda: running.tasks == 1)
        running.thread.settle()
        running.begin_shutdown()
        running.wait_for(lambda: not running.server.servers[0].is_serving())
        running.thread.call(running.app.state.wake.set)
        answers = parse_answers(client.rest())
    # A request behind may stay unanswered only when the answer before it says so.
    assert [answer.status for answer in answers] in ([200], [200, 200])
    assert answers[-1].header(b"connection") == b"close"
    assert len(running.log) == len(answers)
    running.ended.result(10)


def test_after_the_timeout_what_still_runs_is_cancelled(serve):
    running = serve(sleepers, timeout_graceful_shutdown=1)
    running.expects_errors = True
    with Connection(running.port) as client:
        client.send(get("/sleep/1"))
        running.wait_for(lambda: running.tasks == 1)
        running.begin_shutdown()
        client.rest()
    running.ended.result(10)
    assert running.log == ["1 CancelledError", "1 left"]


def test_a_request_in_the_middle_of_its_body_is_served(serve_ours):
    running = serve_ours(uploads)
    with Connection(running.port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
        running.wait_for(lambda: running.tasks == 1)
        running.begin_shutdown()
        running.wait_for(lambda: not running.server.servers[0].is_serving())
        client.send(b"hello")
        [answer] = parse_answers(client.rest())
    assert (answer.status, answer.body) == (200, b"10")
    running.ended.result(10)


def test_the_rest_of_a_body_that_nobody_reads_is_not_awaited(serve_ours):
    running = serve_ours(unread, timeout_keep_alive=600)
    with Connection(running.port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
        assert client.answer().status == 200
        running.begin_shutdown()
        assert client.rest() == b""
    running.ended.result(10)


def test_a_head_that_is_on_its_way_is_awaited_and_served(serve_ours):
    running = serve_ours(sleepers)
    running.app.state.wake.set()
    with Connection(running.port) as client:
        client.send(b"GET /sleep/1 HTTP/1.1\r\nHo")
        running.wait_for(lambda: running.connections == 1)
        running.thread.settle()
        running.begin_shutdown()
        running.wait_for(lambda: not running.server.servers[0].is_serving())
        time.sleep(0.1)
        client.send(b"st: a\r\n\r\n")
        [answer] = parse_answers(client.rest())
    assert (answer.status, answer.header(b"connection")) == (200, b"close")
    running.ended.result(10)


def test_a_stream_is_finished(serve):
    running = serve(streams)
    with Connection(running.port) as client:
        client.send(get())
        client.until(b"first\r\n")
        running.begin_shutdown()
        running.wait_for(lambda: not running.server.servers[0].is_serving())
        running.thread.call(running.app.state.wake.set)
        assert client.rest() == b"6\r\nsecond\r\n0\r\n\r\n"
    running.ended.result(10)


def test_a_big_answer_reaches_a_slow_reader(serve):
    running = serve(streams)
    with Connection(running.port, receive_buffer=4096) as client:
        client.send(get("/big"))
        client.until(b"\r\n\r\n")
        running.wait_for(lambda: running.tasks == 0)
        running.begin_shutdown()
        assert len(client.rest()) == 5_000_000
    running.ended.result(10)


@pytest.mark.parametrize("leave", ["reset", "close"])
def test_clients_that_leave_meanwhile_do_not_hold_it(serve, leave):
    running = serve(streams)
    with Connection(running.port) as streaming, Connection(running.port) as idle:
        streaming.send(get())
        streaming.until(b"first\r\n")
        idle.send(b"GET ")
        running.wait_for(lambda: running.connections == 2)
        running.begin_shutdown()
        running.wait_for(lambda: not running.server.servers[0].is_serving())
        getattr(idle, leave)()
        getattr(streaming, leave)()
        running.thread.call(running.app.state.wake.set)
    running.ended.result(10)


def test_who_is_asked_to_continue_may_still_do_so(serve_ours):
    running = serve_ours(uploads)
    with Connection(running.port) as client:
        client.send(get("/", "Content-Length: 5", "Expect: 100-continue", method="POST"))
        assert client.answer().status == 100
        running.begin_shutdown()
        running.wait_for(lambda: not running.server.servers[0].is_serving())
        client.send(b"hello")
        [answer] = parse_answers(client.rest())
    assert (answer.status, answer.body) == (200, b"5")
    running.ended.result(10)


def test_background_tasks_are_waited_for(serve):
    running = serve(background)
    with Connection(running.port) as client:
        assert client.get().status == 200
        running.begin_shutdown()
        running.ended.result(10)
    assert running.log == ["done"]


def uploads(fw):
    app = fw.FastAPI()

    @app.post("/")
    async def upload(request: fw.Request):
        return len(await request.body())

    return app


def unread(fw):
    app = fw.FastAPI()

    @app.post("/")
    async def ignore():
        return {}

    return app


def streams(fw):
    app = fw.FastAPI()
    app.state.wake = asyncio.Event()

    @app.get("/")
    async def stream():
        async def parts():
            yield b"first"
            await app.state.wake.wait()
            yield b"second"

        return fw.responses.StreamingResponse(parts())

    @app.get("/big")
    async def big():
        return fw.Response(b"a" * 5_000_000)

    return app


def background(fw):
    app = fw.FastAPI()

    async def work():
        await asyncio.sleep(0.3)
        fw.log.append("done")

    @app.get("/")
    async def endpoint(tasks: fw.BackgroundTasks):
        tasks.add_task(work)

    return app


def test_the_access_log_is_whole_when_a_signal_ends_the_process(transport):
    with process(transport, "tests.wire.application:build", log_level="info") as running:
        with Connection(running.port) as client:
            client.send(get("/first") + get("/second?a") + get("/none/%C3%A9"))
            [client.answer() for _ in range(3)]
            running.terminate()
            client.rest()
        output = running.process.stdout.read().decode()
    lines = [re.sub(r"127.0.0.1:[0-9]+ ", "", line) for line in output.splitlines()]
    assert lines == [
        'INFO:     - "GET /first HTTP/1.1" 200 OK',
        'INFO:     - "GET /second?a HTTP/1.1" 200 OK',
        'INFO:     - "GET /none/%C3%A9 HTTP/1.1" 404 Not Found',
    ]
