"""The limits of connections: time, size and depth."""

import asyncio
import time

import pytest

from .application import build
from .client import Connection, parse_answers
from .requests import chunked, get, post


def test_the_header_deadline_counts_from_the_first_byte(serve_ours):
    running = serve_ours(build, limits={"header_seconds": 0.3})
    with Connection(running.port) as client:
        started = time.monotonic()
        try:
            for byte in get(*(b"X-%d: a" % n for n in range(80))):
                client.send(bytes([byte]))
                time.sleep(0.02)
                if time.monotonic() - started > 5:
                    raise AssertionError("still open")
        except OSError:
            pass
    assert running.log == []


def test_a_silent_connection_is_closed(serve_ours):
    running = serve_ours(build, limits={"header_seconds": 0.2})
    with Connection(running.port) as client:
        assert client.rest() == b""


def test_the_deadline_holds_for_the_second_request_too(serve_ours):
    running = serve_ours(build, limits={"header_seconds": 0.2})
    with Connection(running.port) as client:
        assert client.get("/first").status == 200
        client.send(b"GET /second HTTP/1.1\r\nHo")
        assert [a.status for a in parse_answers(client.rest())] in ([], [408])
    assert running.log == ["first"]


def test_each_head_has_its_own_time(serve_ours):
    running = serve_ours(build, limits={"header_seconds": 10.0}, timeout_keep_alive=0.2)
    with Connection(running.port) as client:
        for _ in range(2):
            request = get(target=b"/first")
            client.send(request[:10])
            running.thread.settle()
            time.sleep(0.3)
            client.send(request[10:])
            assert client.answer().status == 200
    assert running.log == ["first", "first"]


def test_a_slow_handler_is_not_hit_by_deadlines(serve_ours):
    running = serve_ours(
        build,
        limits={"header_seconds": 0.005, "body_idle_seconds": 0.005},
        timeout_keep_alive=0.005,
    )
    with Connection(running.port) as client:
        client.send(get(target=b"/slow"))
        assert client.answer().status == 200


@pytest.mark.parametrize(
    "begun",
    [
        post(b"Content-Length: 10", body=b"hello"),
        chunked(b"5\r\nhel"),
        post(b"Content-Length: 10", b"Content-Type: application/json", target=b"/json"),
    ],
    ids=["length", "chunked", "model"],
)
def test_a_body_that_stands_still_is_answered_with_408(serve_ours, begun):
    running = serve_ours(build, limits={"body_idle_seconds": 0.2})
    with Connection(running.port) as client:
        client.send(begun)
        [answer] = parse_answers(client.rest())
        assert (answer.status, answer.header(b"connection")) == (408, b"close")
    assert running.log == []


def test_a_slow_body_is_served_while_it_moves(serve_ours):
    limits = {"body_idle_seconds": 0.5, "header_seconds": 0.3, "body_rate": 0}
    running = serve_ours(build, limits=limits)
    with Connection(running.port) as client:
        client.send(post(b"Content-Length: 10"))
        for _ in range(10):
            client.send(b"a")
            time.sleep(0.07)
        answer = client.answer()
        assert (answer.status, answer.body) == (200, b"a" * 10)


def test_an_idle_connection_is_closed_after_the_keep_alive_time(serve):
    running = serve(build, timeout_keep_alive=0.1)
    with Connection(running.port) as client:
        assert client.get("/first").status == 200
        assert client.rest() == b""


def test_a_request_that_came_while_a_handler_blocked_is_served(serve_ours):
    """Its connection is not idle, though its time is over when the server can look again."""
    running = serve_ours(blocking, timeout_keep_alive=0.3)
    with Connection(running.port) as client, Connection(running.port) as other:
        assert client.get("/quick").status == 200
        other.send(get(target=b"/blocking"))
        while not running.log:
            time.sleep(0.001)
        client.send(get(target=b"/quick"))
        assert client.answer().status == 200
        assert other.answer().status == 200


def blocking(fw):
    app = fw.FastAPI()

    @app.get("/quick")
    async def quick(): ...

    @app.get("/blocking")
    async def block():
        fw.log.append("blocking")
        time.sleep(0.6)

    return app


def test_one_header_over_the_size_is_431(serve_ours):
    running = serve_ours(build, limits={"header_bytes": 1000})
    with Connection(running.port) as client:
        client.send(get(b"X: " + b"a" * 800))
        assert client.answer().status == 200
        client.send(get(b"X: " + b"a" * 1000))
        assert [a.status for a in parse_answers(client.rest())] == [431]
    assert running.log == ["first"]


def test_one_field_too_many_is_431(serve_ours):
    running = serve_ours(build, limits={"header_fields": 3})
    with Connection(running.port) as client:
        client.send(get(b"A: a", b"B: b"))
        assert client.answer().status == 200
        client.send(get(b"A: a", b"B: b", b"C: c"))
        assert [a.status for a in parse_answers(client.rest())] == [431]


def test_the_body_limit_of_the_application_is_413_before_the_body_comes(serve):
    running = serve(limited)
    with Connection(running.port) as client:
        client.send(post(b"Content-Length: 1001"))
        assert client.answer().status == 413
    with Connection(running.port) as client:
        client.send(post(b"Content-Length: 1000", body=b"a" * 1000))
        assert client.answer().status == 200
    assert running.log == [1000]


@pytest.mark.parametrize("target", [b"/unread", b"/nowhere", b"/large"])
@pytest.mark.parametrize("size", [5, 524_288])
def test_an_answer_in_the_middle_of_chunks_promises_nothing(serve_ours, target, size):
    """Much may be still to come: the client must not send its next request here."""
    running = serve_ours(limited)
    with Connection(running.port) as client:
        client.send(chunked(b"%x\r\n%b\r\n" % (size, b"a" * size), target=target))
        assert client.answer().header(b"connection") == b"close"


@pytest.mark.parametrize("target", [b"/unread", b"/nowhere", b"/large"])
def test_an_answer_after_unread_chunks_keeps_the_connection(serve_ours, target):
    running = serve_ours(limited)
    with Connection(running.port) as client:
        for _ in range(2):
            client.send(chunked(b"5\r\nhello\r\n0\r\n\r\n", target=target))
            assert client.answer().header(b"connection") is None


def test_the_body_limit_counts_chunks(serve):
    running = serve(limited)
    with Connection(running.port) as client:
        client.send(chunked(b"200\r\n" + b"a" * 512 + b"\r\n"))
        assert client.is_open()
        client.send(b"200\r\n" + b"a" * 512 + b"\r\n")
        assert client.answer().status == 413
    assert running.log == []


def limited(fw):
    app = fw.FastAPI(max_body_size=1000)

    @app.post("/body")
    async def body(request: fw.Request):
        content = await request.body()
        fw.log.append(len(content))

    @app.post("/large", max_body_size=2)
    async def large(request: fw.Request):
        await request.body()

    @app.post("/unread")
    async def unread(): ...

    return app


def test_requests_wait_unread_when_too_many_are_pipelined(serve_ours):
    running = serve_ours(gated, limits={"pipelining_depth": 4})
    with Connection(running.port) as client:
        client.socket.settimeout(0.3)
        request = get(b"X: " + b"a" * 4000, target=b"/gate")
        sent = 0
        try:
            for _ in range(20_000):
                client.send(request)
                sent += 1
        except TimeoutError:
            pass
        # Kernel buffers hold some; the server does not swallow all of the 80 MB.
        assert sent < 10_000
        assert running.log == ["gate"]
        running.thread.call(running.app.state.open.set)
        client.socket.settimeout(10)
        for _ in range(50):
            assert client.answer().status == 200


@pytest.mark.parametrize("field", [b"Accept: a", b"Connection: Upgrade\r\nUpgrade: a"])
def test_what_follows_a_big_body_waits_too(serve_ours, field):
    running = serve_ours(gated, limits={"pipelining_depth": 4})
    size = 200_000
    with Connection(running.port) as client:
        client.send(post(b"Content-Length: %d" % size, target=b"/gate") + b"a" * (size - 1))
        running.wait_for(lambda: sum(running.log) == size - 1)
        [connection] = running.server.server_state.connections
        # In one piece, as sockets may give it.
        running.thread.call(
            lambda: connection.data_received(b"a" + get(field, target=b"/gate") * 2000)
        )
        assert len(connection.queue) < 100
        running.thread.call(running.app.state.open.set)
        for _ in range(2001):
            assert client.answer().status == 200


def test_nothing_is_read_behind_a_big_body_with_known_fields(serve_ours):
    running = serve_ours(gated)
    request = post(b"Content-Length: 100000", target=b"/gate") + b"a" * 100_000
    with Connection(running.port) as client:
        running.thread.call(running.app.state.open.set)
        client.send(request)
        assert client.answer().status == 200
        running.thread.call(running.app.state.open.clear)
        [connection] = running.server.server_state.connections
        running.thread.call(lambda: connection.data_received(request))
        running.wait_for(lambda: sum(running.log) == 200_000)
        assert not running.thread.call(connection.transport.is_reading)
        running.thread.call(running.app.state.open.set)
        for _ in range(2):
            assert client.answer().status == 200
            client.send(request)


def gated(fw):
    import asyncio

    app = fw.FastAPI()
    app.state.open = asyncio.Event()

    @app.post("/gate")
    async def read(request: fw.Request):
        async for part in request.stream():
            fw.log.append(len(part))
        await app.state.open.wait()

    @app.get("/gate")
    async def gate():
        fw.log.append("gate")
        await app.state.open.wait()

    return app


def test_a_body_that_comes_byte_by_byte_is_answered_with_408(serve_ours):
    running = serve_ours(build, limits={"body_idle_seconds": 0.5, "body_rate": 1000})
    with Connection(running.port) as client:
        client.send(post(b"Content-Length: 1000000"))
        for _ in range(1000):
            client.send(b"a")
            time.sleep(0.01)
            if not client.is_open():
                break
        [answer] = parse_answers(client.rest())
        assert (answer.status, answer.header(b"connection")) == (408, b"close")
    assert running.log == []


def test_what_comes_of_a_body_gives_it_more_time(serve_ours):
    running = serve_ours(build, limits={"body_idle_seconds": 0.4, "body_rate": 10})
    with Connection(running.port) as client:
        client.send(post(b"Content-Length: 120"))
        client.send(b"a" * 100)
        for _ in range(20):
            time.sleep(0.03)
            client.send(b"a")
        assert client.answer().body == b"a" * 120


@pytest.mark.parametrize("path", [b"/large", b"/stream"])
def test_a_client_that_does_not_read_is_disconnected(serve_ours, path):
    running = serve_ours(unread, limits={"write_idle_seconds": 0.2})
    with Connection(running.port, receive_buffer=4096) as client:
        client.send(get(target=path))
        client.until(b"\r\n\r\n")
        running.wait_for(lambda: running.connections == 0)
    running.wait_for(lambda: running.tasks == 0)


def test_a_client_that_reads_slowly_has_its_time(serve_ours):
    running = serve_ours(unread, limits={"write_idle_seconds": 0.5})
    with Connection(running.port, receive_buffer=4096) as client:
        client.send(get(target=b"/large"))
        client.until(b"\r\n\r\n")
        for _ in range(20):
            client.skip(10_000)
            time.sleep(0.05)
        assert running.connections == 1
        client.skip(20_000_000 - 200_000)


def unread(fw):
    app = fw.FastAPI()

    @app.get("/large")
    async def large():
        return fw.Response(b"a" * 20_000_000)

    @app.get("/stream")
    async def stream():
        async def parts():
            while True:
                yield b"a" * 1000
                await asyncio.sleep(0)

        return fw.responses.StreamingResponse(parts())

    return app
