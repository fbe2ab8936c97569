"""Rows of the table that need more than bytes: pauses, resets, and clients that do not read."""

import itertools
import socket
import time

import pytest
from starlette.requests import ClientDisconnect

from .application import build
from .client import Connection, parse_answers
from .requests import chunked, get, post

MEGABYTE = b"a" * 1_000_000


def test_endless_trailers_are_refused(serve_ours):
    running = serve_ours(build)
    trailers = (b"X-Trailer: %d\r\n" % n for n in itertools.count())
    data, sent = flood(running.port, chunked(b"5\r\nhello\r\n0\r\n"), trailers)
    assert 400 <= parse_answers(data)[0].status < 500
    assert sent < 20_000_000
    assert running.log == []


def test_a_chunk_extension_without_end_is_refused(serve_ours):
    running = serve_ours(build)
    data, sent = flood(running.port, chunked(b"5;"), itertools.repeat(b"a" * 1000))
    assert 400 <= parse_answers(data)[0].status < 500
    assert sent < 20_000_000
    assert running.log == []


def test_a_request_line_and_nothing_more_ends_at_the_deadline(serve_ours):
    running = serve_ours(build, limits={"header_seconds": 0.2})
    with Connection(running.port) as client:
        client.send(b"GET /")
        assert [a.status for a in parse_answers(client.rest())] in ([], [400], [408])
    assert running.log == []


def test_the_client_may_wait_for_100_continue(serve_ours):
    running = serve_ours(build)
    with Connection(running.port) as client:
        client.send(post(b"Expect: 100-continue", b"Content-Length: 5"))
        assert client.answer().status == 100
        client.send(b"hello")
        answer = client.answer()
        assert (answer.status, answer.body) == (200, b"hello")
        assert client.get("/second").status == 200


def test_no_100_continue_comes_when_nobody_reads(serve_ours):
    running = serve_ours(build)
    with Connection(running.port) as client:
        client.send(post(b"Expect: 100-continue", b"Content-Length: 5", target=b"/unread"))
        [answer] = parse_answers(client.rest())
        assert (answer.status, answer.header(b"connection")) == (200, b"close")


def test_a_client_that_still_sends_an_unwanted_body_can_read_the_answer(serve_ours):
    running = serve_ours(build)
    start = post(b"Content-Length: 32000000", target=b"/unread")
    data, sent = flood(running.port, start, itertools.repeat(b"a" * 64000, 500))
    assert [answer.status for answer in parse_answers(data)] == [200]
    assert sent == len(start) + 32_000_000
    assert running.log == ["unread"]


def test_an_unwanted_body_without_end_is_read_for_a_bounded_time(serve_ours):
    running = serve_ours(build, limits={"linger_limit_seconds": 0.3})
    start = post(b"Transfer-Encoding: chunked", target=b"/unread")
    flood(running.port, start, itertools.repeat(b"fa00\r\n" + b"a" * 64000 + b"\r\n"))
    running.wait_for(lambda: running.connections == 0)
    assert running.log == ["unread"]


def test_a_small_unwanted_body_that_comes_late_is_dropped(serve_ours):
    running = serve_ours(build)
    with Connection(running.port) as client:
        client.send(post(b"Content-Length: 100000", target=b"/unread"))
        answer = client.answer()
        assert answer.status == 200
        if answer.header(b"connection") == b"close":
            return
        client.send(b"a" * 100_000)
        assert client.get("/second").status == 200


def test_a_client_that_half_closes_gets_its_answer(serve_ours):
    running = serve_ours(build)
    with Connection(running.port) as client:
        client.send(get(target=b"/slow") + get())
        client.end()
        answers = parse_answers(client.rest())
    assert [answer.status for answer in answers] == [200, 200]
    assert running.log == ["slow", "first"]


@pytest.mark.parametrize("path", ["body", "stream", "receive"])
@pytest.mark.parametrize("leave", ["reset", "close", "end"])
@pytest.mark.parametrize("coding", ["length", "chunked"])
def test_a_body_that_breaks_off_is_never_taken_for_whole(serve_ours, path, leave, coding):
    running = serve_ours(readers)
    target = f"/{path}".encode()
    begun = (
        post(b"Content-Length: 100", target=target, body=b"hello")
        if coding == "length"
        else chunked(b"5\r\nhello\r\n", target=target)
    )
    with Connection(running.port) as client:
        client.send(begun)
        running.wait_for(lambda: "reading" in running.log)
        getattr(client, leave)()
        running.wait_for(lambda: len(running.log) > 1)
    assert running.log == ["reading", "ClientDisconnect"]


def readers(fw):
    app = fw.FastAPI()
    log = fw.log

    async def read(request, how):
        log.append("reading")
        try:
            await how()
        except ClientDisconnect as error:
            log.append(type(error).__name__)
            raise fw.HTTPException(400) from None
        log.append("whole")

    @app.post("/body")
    async def body(request: fw.Request):
        await read(request, request.body)

    @app.post("/stream")
    async def stream(request: fw.Request):
        async def parts():
            async for _ in request.stream():
                pass

        await read(request, parts)

    @app.post("/receive")
    async def receive(request: fw.Request):
        async def messages():
            while (await request.receive())["type"] == "http.request":
                pass

        log.append("reading")
        await messages()
        log.append("ClientDisconnect")

    return app


@pytest.mark.parametrize("leave", ["reset", "close", "end"])
def test_no_handler_gets_a_model_from_a_body_that_breaks_off(serve_ours, leave):
    running = serve_ours(build)
    with Connection(running.port) as client:
        client.send(
            post(
                b"Content-Length: 9",
                b"Content-Type: application/json",
                body=b'{"a": 1}',
                target=b"/json",
            )
        )
        running.wait_for(lambda: running.tasks == 1)
        getattr(client, leave)()
        running.wait_for(lambda: running.tasks == 0)
    assert running.log == []


@pytest.mark.parametrize(
    ("start", "statuses"),
    [
        (get(b"X: " + b"a" * 70_000), {431}),
        (get(target=b"/" + b"a" * 70_000), {414, 400}),
        (b"\xff garbage\r\n\r\n", {400}),
        (chunked(b"z\r\n"), {400}),
        (post(b"Content-Length: 5", b"Content-Length: 6"), {400}),
    ],
    ids=["431", "414", "garbage", "chunk", "lengths"],
)
def test_an_error_answer_is_readable_though_input_is_unread(serve_ours, start, statuses):
    running = serve_ours(build)
    with Connection(running.port) as client:
        client.send(start)
        # What the server does not read must not destroy what it has said.
        client.send(b"a" * 100_000)
        time.sleep(0.05)
        [answer] = parse_answers(client.rest())
        assert answer.status in statuses


def test_the_connection_lingers_only_for_a_while(serve_ours):
    running = serve_ours(build, limits={"linger_seconds": 0.1})
    with Connection(running.port) as client:
        client.send(b"\xff garbage\r\n\r\n")
        assert client.answer().status == 400
        running.wait_for(lambda: running.connections == 0)


def flood(port, start, parts) -> tuple[bytes, int]:
    """Send until the server stops it; give what it said, and how much went."""
    with Connection(port) as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        client.send(start)
        sent = len(start)
        data = b""
        client.socket.settimeout(2)
        try:
            for part in parts:
                client.send(part)
                sent += len(part)
        except OSError:
            pass
        try:
            while part := client.socket.recv(65536):
                data += part
        except OSError:
            pass
        return data, sent
