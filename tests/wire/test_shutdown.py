"""How connections end when the server stops."""

import asyncio

from .client import Connection, get, parse_answers
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


def background(fw):
    app = fw.FastAPI()

    async def work():
        await asyncio.sleep(0.3)
        fw.log.append("done")

    @app.get("/")
    async def endpoint(tasks: fw.BackgroundTasks):
        tasks.add_task(work)

    return app
