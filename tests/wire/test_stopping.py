"""How streams, WebSockets and handlers hear that the server stops."""

import asyncio
import struct
import time
from collections.abc import AsyncIterable

import pytest
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount

from rapide.http11.shutdown import announce_shutdown, begin_shutdown, is_quiet

from .client import Connection, get, parse_answers
from .process import process
from .test_websockets import upgrade

LAST_CHUNK = b"0\r\n\r\n"
#: The frame that says that the service restarts.
CLOSED = b"\x88\x02" + struct.pack("!H", 1012)
#: Long enough that only what is told to end ends in a test.
GRACE = {"shutdown_grace_seconds": 0.2}


def build(fw):
    app = fw.FastAPI()
    app.state.done, app.state.left = asyncio.Event(), asyncio.Event()

    async def endless(kind):
        try:
            while True:
                yield {"a": "a" * 10_000 if kind == "long" else 1}
                await (asyncio.sleep(0.001) if kind in ("quick", "long") else app.state.done.wait())
        finally:
            fw.log.append("finally")

    async def events(kind):
        async for _ in endless(kind):
            yield b"data: 1\n\n"

    @app.get("/events/{kind}", response_class=fw.module("sse").EventSourceResponse)
    async def stream_events(kind: str):
        async for item in endless(kind):
            yield item

    @app.get("/chunks/{kind}")
    async def stream_chunks(kind: str):
        return fw.responses.StreamingResponse(events(kind), media_type="text/event-stream")

    @app.get("/lines/ending")
    async def stream_some(request: fw.Request) -> AsyncIterable[str]:
        while not request.is_shutting_down():
            yield "on"
            await asyncio.sleep(0.01)
        yield "bye"

    @app.get("/lines/{kind}")
    async def stream_lines(kind: str) -> AsyncIterable[dict[str, str | int]]:
        async for item in endless(kind):
            yield item

    @app.get("/lazy", response_class=fw.module("sse").EventSourceResponse)
    def stream_from_thread(request: fw.Request):
        while not request.is_shutting_down():
            yield "on"
            time.sleep(0.01)
        fw.log.append("heard")

    @app.websocket("/socket")
    async def socket(websocket: fw.WebSocket):
        await websocket.accept()
        try:
            while True:
                await websocket.receive_text()
        except fw.WebSocketDisconnect as left:
            fw.log.append((left.code, websocket.is_shutting_down()))
            await app.state.left.wait()

    @app.websocket("/deaf")
    async def deaf(websocket: fw.WebSocket):
        await websocket.accept()
        try:
            await asyncio.Event().wait()
        finally:
            fw.log.append("cancelled")

    @app.get("/work")
    async def work(request: fw.Request):
        fw.log.append("begun")
        await app.state.done.wait()
        return request.is_shutting_down()

    return app


def end(running):
    """Let a server stop, and wait for its end."""
    running.begin_shutdown()
    running.ended.result(10)


@pytest.mark.parametrize("path", ["/events/quick", "/chunks/quick", "/events/silent", "/lazy"])
def test_a_stream_of_events_ends_as_if_the_application_had_ended_it(serve_ours, path):
    running = serve_ours(build, limits=GRACE)
    with Connection(running.port) as client:
        client.send(get(path))
        client.until(b"data: ")
        end(running)
        assert client.rest().endswith(LAST_CHUNK)
    assert running.log == ["heard" if path == "/lazy" else "finally"]


def send_next_item(running, client):
    """Begin to stop the server, which leaves the stream open, and let the stream go on."""
    running.begin_shutdown()
    running.wait_for(lambda: not running.server.servers[0].is_serving())
    assert client.is_open()
    running.thread.call(running.app.state.done.set)


def test_a_stream_of_events_ends_behind_its_next_event(serve_ours):
    running = serve_ours(build, limits={"shutdown_grace_seconds": 600})
    with Connection(running.port) as client:
        client.send(get("/chunks/silent"))
        client.until(b"data: 1\n\n\r\n")
        send_next_item(running, client)
        assert client.rest() == b"9\r\ndata: 1\n\n\r\n" + LAST_CHUNK
    running.ended.result(10)


@pytest.mark.parametrize("path", ["/lines/quick", "/lines/silent"])
def test_json_lines_that_do_not_end_are_cut_short_visibly(serve_ours, path):
    running = serve_ours(build, limits=GRACE)
    with Connection(running.port) as client:
        client.send(get(path))
        client.until(b'{"a":1}\n')
        end(running)
        assert not client.rest().endswith(LAST_CHUNK)
    assert running.log == ["finally"]


def test_json_lines_are_cut_short_behind_their_next_line(serve_ours):
    running = serve_ours(build, limits={"shutdown_grace_seconds": 600})
    with Connection(running.port) as client:
        client.send(get("/lines/silent"))
        client.until(b'{"a":1}\n')
        send_next_item(running, client)
        rest = client.rest()
        assert b'{"a":1}\n' in rest
        assert not rest.endswith(LAST_CHUNK)
    running.ended.result(10)
    assert running.log == ["finally"]


def test_json_lines_that_end_in_time_are_whole(serve_ours):
    running = serve_ours(build, limits={"shutdown_grace_seconds": 20})
    with Connection(running.port) as client:
        client.send(get("/lines/ending"))
        client.until(b'"on"\n')
        end(running)
        assert client.rest().endswith(b'"bye"\n\r\n' + LAST_CHUNK)


def test_a_stream_that_begins_when_the_server_stops_ends_too(serve_ours):
    running = serve_ours(build, limits=GRACE)
    with Connection(running.port) as client:
        client.send(get("/chunks/quick")[:-2])
        running.wait_for(lambda: running.connections == 1)
        running.thread.settle()
        running.begin_shutdown()
        running.wait_for(lambda: not running.server.servers[0].is_serving())
        client.send(b"\r\n")
        assert client.rest().endswith(LAST_CHUNK)
    running.ended.result(10)


def test_a_request_behind_a_stream_is_answered_when_the_server_has_ended_that(serve_ours):
    running = serve_ours(build, limits=GRACE)
    loop = running.thread.loop
    with Connection(running.port) as client:
        client.send(get("/chunks/quick") + get("/work"))
        client.until(b"data: ")
        running.begin_shutdown()
        running.wait_for(lambda: "begun" in running.log)
        after_grace = loop.time() + 2 * GRACE["shutdown_grace_seconds"]
        running.wait_for(lambda: loop.time() > after_grace)
        running.thread.call(running.app.state.done.set)
        assert client.rest().endswith(b"\r\n\r\ntrue")
    running.ended.result(10)


def test_other_requests_have_the_time_for_the_shutdown_and_can_ask(serve_ours):
    running = serve_ours(build, limits={"shutdown_grace_seconds": 0.01})
    with Connection(running.port) as client:
        client.send(get("/work"))
        running.wait_for(lambda: running.log)
        running.begin_shutdown()
        running.wait_for(lambda: not running.server.servers[0].is_serving())
        assert client.is_open()
        running.thread.call(running.app.state.done.set)
        [answer] = parse_answers(client.rest())
    assert answer.body == b"true"
    running.ended.result(10)


def test_a_request_that_takes_longer_than_the_shutdown_is_told_of_in_one_line(serve_ours):
    running = serve_ours(build, timeout_graceful_shutdown=1)
    running.expects_errors = True
    with Connection(running.port) as client:
        client.send(get("/work"))
        running.wait_for(lambda: running.log)
        end(running)
    lines = [record for record in running.records() if record.levelname == "ERROR"]
    assert [line.getMessage() for line in lines] == [
        "Cancel 1 running task(s), timeout graceful shutdown exceeded",
        "GET /work was cancelled: the server stops",
    ]
    assert not any(line.exc_info for line in lines)


@pytest.mark.parametrize("path", ["/events/long", "/lines/long"])
def test_a_client_that_does_not_read_does_not_hold_the_end(serve_ours, path):
    running = serve_ours(build, limits=GRACE)
    with Connection(running.port, receive_buffer=4096) as client:
        client.send(get(path))
        client.until(b"aaaa")
        running.wait_for(
            lambda: next(iter(running.server.server_state.connections)).flow.write_paused
        )
        end(running)
    assert running.log == ["finally"]


@pytest.mark.parametrize("layer", ["function", "class", "gzip", "starlette"])
def test_streams_behind_middleware_and_in_mounts_end_like_others(serve_ours, layer):
    def wrap(app):
        async def call_next_only(request, call_next):
            return await call_next(request)

        match layer:
            case "function":
                app.middleware("http")(call_next_only)
            case "class":
                app.add_middleware(BaseHTTPMiddleware, dispatch=call_next_only)
            case "gzip":
                app.add_middleware(GZipMiddleware)
            case "starlette":
                return Starlette(routes=[Mount("/", app)])
        return app

    running = serve_ours(build, limits=GRACE, wrap=wrap)
    with Connection(running.port) as client:
        client.send(get("/events/silent", "Accept-Encoding: gzip"))
        client.until(b"data: ")
        end(running)
        assert client.rest().endswith(LAST_CHUNK)
    assert running.log == ["finally"]


async def raw(scope, receive, send):
    """Stream, and never look at what the client does."""
    if scope["type"] != "http":
        return
    fields = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    while True:
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        await asyncio.sleep(0.01)


def test_an_application_that_does_not_listen_is_cancelled_after_the_grace(serve_ours):
    running = serve_ours(lambda fw: raw, limits=GRACE, lifespan="off")
    with Connection(running.port) as client:
        client.send(get("/"))
        client.until(b"data: 1\n\n\r\n")
        end(running)
        assert client.rest().endswith(LAST_CHUNK)


# WebSockets


def test_a_websocket_is_told_and_its_handler_has_the_time_for_the_shutdown(serve_ours):
    running = serve_ours(build, limits=GRACE)
    with Connection(running.port) as client:
        client.send(upgrade("/socket"))
        client.until(b"\r\n\r\n")
        running.wait_for(lambda: running.tasks == 1)
        running.begin_shutdown()
        # It is told even if it is just sending.
        client.send(b"\x81\x81\0\0\0\0a" * 100)
        assert client.until(CLOSED).endswith(CLOSED)
        client.send(b"\x88\x82\0\0\0\0" + struct.pack("!H", 1012))
        assert client.rest() == b""
        running.wait_for(lambda: running.log)
        assert running.tasks == 1
        running.thread.call(running.app.state.left.set)
    running.ended.result(10)
    assert running.log == [(1012, True)]


def test_a_websocket_that_begins_when_the_server_stops_is_told_too(serve_ours):
    running = serve_ours(build)
    for event in (running.app.state.done, running.app.state.left):
        running.thread.call(event.set)
    with Connection(running.port) as client:
        assert client.get("/work").status == 200

        def stop():
            begin_shutdown(running.server.server_state, idle_seconds=0.5)
            client.send(upgrade("/socket"))

        running.thread.call(stop)
        assert client.until(CLOSED).startswith(b"HTTP/1.1 101 ")
        client.send(b"\x88\x82\0\0\0\0" + struct.pack("!H", 1012))
        assert client.rest() == b""
    running.wait_for(lambda: running.tasks == 0)
    assert running.log == ["begun", (1012, True)]


def test_a_handler_that_does_not_receive_is_cancelled_after_the_grace(serve_ours):
    running = serve_ours(build, limits=GRACE)
    with Connection(running.port) as client:
        client.send(upgrade("/deaf"))
        client.until(b"\r\n\r\n")
        end(running)
        assert client.until(CLOSED).endswith(CLOSED)
    assert running.log == ["cancelled"]


# Connections


def test_a_worker_that_is_replaced_answers_those_who_still_ask(serve_ours):
    running = serve_ours(build, timeout_keep_alive=600)
    running.app.state.done.set()
    state = running.server.server_state
    with Connection(running.port) as asks, Connection(running.port) as new:
        assert asks.get("/work").header(b"connection") is None
        running.wait_for(lambda: running.connections == 2)
        running.thread.call(lambda: begin_shutdown(state, idle_seconds=600))
        assert not running.thread.call(lambda: is_quiet(state))
        for client in (asks, new):
            client.send(get("/work"))
            [answer] = parse_answers(client.rest())
            assert (answer.status, answer.header(b"connection")) == (200, b"close")
        # A connection that is made now is served, too.
        with Connection(running.port) as late:
            late.send(get("/work"))
            [answer] = parse_answers(late.rest())
            assert (answer.status, answer.header(b"connection")) == (200, b"close")
        running.wait_for(lambda: is_quiet(state))


def test_a_request_that_was_not_read_yet_keeps_its_connection(serve_ours):
    running = serve_ours(build)
    running.app.state.done.set()
    state = running.server.server_state
    with Connection(running.port) as client:
        assert client.get("/work").status == 200

        def stop():
            begin_shutdown(state, idle_seconds=0.05)
            client.send(get("/work"))
            time.sleep(0.1)  # the loop finds the timer and the request together

        running.thread.call(stop)
        [answer] = parse_answers(client.rest())
        assert answer.status == 200


def test_a_hundred_streams_and_sockets_end_a_process_soon(own_transport):
    with process(own_transport, "tests.wire.test_stopping:build_for_process") as running:
        clients = [Connection(running.port) for _ in range(200)]
        try:
            for number, client in enumerate(clients):
                client.send(get("/events/silent") if number % 2 else upgrade("/socket"))
                client.until(b"data: " if number % 2 else b"\r\n\r\n")
            running.terminate()
            for number, client in enumerate(clients):
                assert client.rest().endswith(LAST_CHUNK if number % 2 else CLOSED)
            running.process.wait(10)
        finally:
            for client in clients:
                client.close()
        assert "Traceback" not in running.log()


def test_uvicorns_server_lets_answers_be_the_last_before_it_stops(own_transport):
    """It has no delay of its own."""
    delay = {"health_path": "/ready", "shutdown_delay": 3}
    build = "tests.wire.test_stopping:build_for_process"
    with process(own_transport, build, observed=delay) as running:
        with Connection(running.port) as client:
            assert client.get("/ready").status == 200
            running.terminate()
            seen = []
            while not seen or seen[-1].header(b"connection") is None:
                seen.append(client.get("/ready"))
            assert seen[-1].status == 503
        running.terminate()
        running.process.wait(20)


def build_for_process(fw):
    app = build(fw)
    app.state.left.set()
    return app


def test_before_the_end_each_answer_is_the_last_of_its_connection(serve_ours):
    """Also on connections that are made then, and behind the requests that are under way."""
    running = serve_ours(build, timeout_keep_alive=600)
    state = running.server.server_state
    with (
        Connection(running.port) as idle,
        Connection(running.port) as busy,
        Connection(running.port) as reads,
    ):
        reads.send(get("/events/quick"))
        reads.until(b"data: ")
        busy.send(get("/work"))
        running.wait_for(lambda: running.log)
        assert idle.get("/missing").header(b"connection") is None
        running.thread.call(lambda: announce_shutdown(state))
        running.thread.call(running.app.state.done.set)
        for client in (idle, busy):
            if client is idle:
                client.send(get("/work"))
            [answer] = parse_answers(client.rest())
            assert (answer.status, answer.header(b"connection")) == (200, b"close")
            assert answer.body == b"false"  # the application has not been told
        reads.until(b"data: ")
        with Connection(running.port) as new:
            new.send(get("/work") + get("/work"))
            [answer] = parse_answers(new.rest())
            assert answer.header(b"connection") == b"close"
        with Connection(running.port) as socket:
            socket.send(upgrade("/socket"))
            socket.until(b"\r\n\r\n")
            running.wait_for(lambda: running.tasks == 2)
            running.app.state.left.set()
            end(running)
            assert socket.until(CLOSED).endswith(CLOSED)
        assert reads.rest().endswith(LAST_CHUNK)
