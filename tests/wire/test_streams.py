"""Answers in parts, clients that read slowly, and clients that leave."""

import asyncio
import functools

import pytest

from .client import Connection, get, post


def build(fw):
    app = fw.FastAPI()
    log = fw.log.append
    app.state.made = 0
    app.state.go = asyncio.Event()
    StreamingResponse = fw.responses.StreamingResponse

    @app.get("/endless")
    async def endless():
        async def parts():
            try:
                for _ in range(1000):
                    app.state.made += 1
                    yield b"a" * 65536
            finally:
                log("left")

        return StreamingResponse(parts())

    @app.get("/gated")
    async def gated():
        async def parts():
            try:
                yield b"first"
                await app.state.go.wait()
                yield b"second"
            finally:
                log("left")

        return StreamingResponse(parts())

    @app.get("/late")
    async def late():
        async def parts():
            await app.state.go.wait()
            yield b"first"

        return StreamingResponse(parts())

    @app.get("/headless")
    async def headless():
        async def parts():
            raise ValueError("before the first part")
            yield b""

        return StreamingResponse(parts())

    @app.get("/asked")
    async def asked(request: fw.Request):
        log("asking")
        while not await request.is_disconnected():
            await asyncio.sleep(0.005)
        log("disconnected")

    @app.post("/receive")
    async def receive(request: fw.Request):
        await request.body()
        log("reading")
        log((await request.receive())["type"])

    @app.get("/write-later")
    async def write_later(request: fw.Request):
        log("waiting")
        await app.state.go.wait()
        log("answering")
        return {"a": "b"}

    @app.get("/big")
    async def big():
        return fw.Response(b"a" * 20_000_000)

    return app


def test_a_stream_stops_while_its_client_does_not_read(serve):
    running = serve(build)
    with Connection(running.port, receive_buffer=4096) as client:
        client.send(get("/endless"))
        client.until(b"\r\n\r\n")
        running.wait_for(lambda: running.app.state.made > 1)
        made = -1
        while made != running.app.state.made:
            made = running.app.state.made
            running.thread.settle()
            asyncio.run(asyncio.sleep(0.05))
        # Kernel buffers and the high-water mark: some megabytes of the 65.
        assert made < 200
        client.reset()
    running.wait_for(lambda: running.log == ["left"])


def test_what_a_client_does_not_read_is_kept_below_the_high_water_mark(serve):
    running = serve(build)
    with Connection(running.port, receive_buffer=4096) as client:
        client.send(get("/endless"))
        client.until(b"\r\n\r\n")
        asyncio.run(asyncio.sleep(0.2))
        [connection] = running.server.server_state.connections
        size = running.thread.call(connection.transport.get_write_buffer_size)
        assert size < 400_000
        client.reset()
    running.wait_for(lambda: running.log == ["left"])


def test_a_stream_goes_on_when_its_client_reads_again(serve):
    running = serve(build)
    with Connection(running.port, receive_buffer=4096) as client:
        client.send(get("/endless"))
        asyncio.run(asyncio.sleep(0.1))
        client.until(b"\r\n\r\n")
        for _ in range(1000):
            assert client.until(b"\r\n") == b"10000\r\n"
            client.skip(65536)
            assert client.until(b"\r\n") == b"\r\n"
        assert client.until(b"\r\n\r\n") == b"0\r\n\r\n"
    running.wait_for(lambda: running.log == ["left"])


def test_the_head_of_a_stream_does_not_wait_for_its_body(serve):
    running = serve(build)
    with Connection(running.port) as client:
        client.send(get("/late"))
        assert client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")
        running.thread.call(running.app.state.go.set)
        assert client.until(b"\r\n0\r\n\r\n") == b"5\r\nfirst\r\n0\r\n\r\n"


def test_the_head_of_a_stream_that_fails_at_once_is_sent(serve):
    running = serve(build)
    with Connection(running.port) as client:
        client.send(get("/headless"))
        answer = client.rest()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n")
    assert running.troubles()


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("layers", ["none", "passing", "wrapping", "collecting", "cors"])
@pytest.mark.parametrize("path", ["/gated", "/lines", "/events"])
def test_a_stream_that_ends_with_its_client_never_looks_whole(serve_ours, layers, path, version):
    running = serve_ours(functools.partial(behind, layers))
    running.expects_errors = True
    with Connection(running.port) as client:
        client.send(f"GET {path} HTTP/{version}\r\nHost: a\r\nOrigin: http://b\r\n\r\n".encode())
        running.wait_for(lambda: running.app.state.made)
        client.end()
        try:
            data = client.rest()
        except ConnectionResetError:
            assert version == "1.0"
        else:
            assert not data.endswith(b"0\r\n\r\n")
            # Only a head that says how much is missing, or no answer, may end by a mere close.
            assert version == "1.1" or not data
    running.wait_for(lambda: running.tasks == 0)


def behind(layers, fw):
    app = build(fw)

    async def parts():
        app.state.made += 1
        yield {"number": 1}
        await app.state.go.wait()
        yield {"number": 2}

    app.get("/lines")(parts)
    app.get("/events", response_class=fw.sse.EventSourceResponse)(parts)

    @app.get("/gated")
    async def gated():
        return fw.responses.StreamingResponse(str(part) async for part in parts())

    app.router.routes.insert(0, app.router.routes.pop())
    if layers == "cors":
        app.add_middleware(fw.module("middleware.cors").CORSMiddleware, allow_origins=["*"])
    elif layers != "none":

        @app.middleware("http")
        async def around(request, call_next):
            response = await call_next(request)
            if layers == "wrapping":
                return fw.responses.StreamingResponse(part async for part in response.body_iterator)
            if layers == "collecting":
                return fw.Response(b"".join([part async for part in response.body_iterator]))
            return response

    return app


@pytest.mark.parametrize("leave", ["reset", "close"])
def test_a_stream_ends_when_its_client_leaves(serve, leave):
    running = serve(build)
    with Connection(running.port) as client:
        client.send(get("/gated"))
        assert client.until(b"first")
        getattr(client, leave)()
    running.wait_for(lambda: running.log == ["left"])
    running.wait_for(lambda: running.connections == 0)


@pytest.mark.parametrize("leave", ["reset", "close"])
@pytest.mark.parametrize("behind", [b"", get("/big") * 3], ids=["alone", "queued"])
def test_a_handler_can_ask_whether_its_client_has_left(serve_ours, leave, behind):
    # uvicorn does not say so while other requests are queued: it reads no more then.
    running = serve_ours(build)
    with Connection(running.port) as client:
        client.send(get("/asked") + behind)
        running.wait_for(lambda: running.log == ["asking"])
        running.thread.settle()
        getattr(client, leave)()
    running.wait_for(lambda: running.log == ["asking", "disconnected"])
    running.wait_for(lambda: running.tasks == 0)


@pytest.mark.parametrize("leave", ["reset", "close"])
def test_receive_says_that_the_client_has_left(serve, leave):
    running = serve(build)
    with Connection(running.port) as client:
        client.send(post("/receive", b"hello"))
        running.wait_for(lambda: running.log == ["reading"])
        getattr(client, leave)()
    running.wait_for(lambda: running.log == ["reading", "http.disconnect"])


@pytest.mark.parametrize("leave", ["reset", "close"])
def test_an_answer_after_the_client_has_left_is_silent(serve, leave):
    running = serve(build)
    with Connection(running.port) as client:
        client.send(get("/write-later"))
        running.wait_for(lambda: running.log == ["waiting"])
        getattr(client, leave)()
        if leave == "reset":
            running.wait_for(lambda: running.connections == 0)
    running.thread.settle()
    running.thread.call(running.app.state.go.set)
    running.wait_for(lambda: running.tasks == 0)
    assert running.log == ["waiting", "answering"]


def test_a_client_may_leave_in_the_middle_of_a_big_answer(serve):
    running = serve(build)
    for _ in range(5):
        with Connection(running.port, receive_buffer=4096) as client:
            client.send(get("/big"))
            client.until(b"\r\n\r\n")
            client.reset()
    running.wait_for(lambda: running.connections == 0 and running.tasks == 0)


def test_answers_behind_a_big_one_wait_for_its_reader(serve_ours):
    running = serve_ours(build)
    with Connection(running.port) as client:
        client.send(get("/big") * 4)
        asyncio.run(asyncio.sleep(0.2))
        [connection] = running.server.server_state.connections
        size = running.thread.call(connection.transport.get_write_buffer_size)
        assert size < 45_000_000  # not four times twenty megabytes
        for _ in range(4):
            assert client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
            client.skip(20_000_000)


def test_an_upload_waits_in_the_client_while_nobody_reads_it(serve):
    running = serve(slow_reader)
    with Connection(running.port) as client:
        client.socket.settimeout(0.3)
        client.send(get("/", "Content-Length: 100000000", method="POST"))
        sent = 0
        try:
            while sent < 100_000_000:
                client.send(b"a" * 65536)
                sent += 65536
        except TimeoutError:
            pass
        assert sent < 30_000_000
        client.reset()
        running.thread.call(running.app.state.go.set)
    running.wait_for(lambda: running.tasks == 0)


def slow_reader(fw):
    app = fw.FastAPI()
    app.state.go = asyncio.Event()

    @app.post("/")
    async def upload(request: fw.Request):
        await app.state.go.wait()
        async for _ in request.stream():
            break

    return app
