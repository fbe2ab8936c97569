"""WebSockets: our class, uvicorn's classes in its place, and how a connection becomes one."""

import base64
import hashlib
import os
import struct
import time
from contextvars import ContextVar

import pytest

from .client import Connection, divisions, get

KEY = base64.b64encode(b"0123456789abcdef").decode()
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
ACCEPT = base64.b64encode(hashlib.sha1((KEY + GUID).encode()).digest())


def build(fw):
    app = fw.FastAPI()

    @app.websocket("/echo")
    async def echo(websocket: fw.WebSocket):
        await websocket.accept()
        fw.log.append("accepted")
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except fw.WebSocketDisconnect:
            fw.log.append("left")

    @app.websocket("/protocols")
    async def protocols(websocket: fw.WebSocket):
        await websocket.accept(websocket.scope["subprotocols"][-1])
        await websocket.close()

    @app.websocket("/refused")
    async def refused(websocket: fw.WebSocket):
        await websocket.close()

    variable = ContextVar("variable", default="unset")

    @app.get("/first")
    async def first():
        fw.log.append("first")
        variable.set("set by a request")
        return {}

    @app.websocket("/variable")
    async def of_socket(websocket: fw.WebSocket):
        fw.log.append(variable.get())
        await websocket.close()

    return app


def upgrade(path="/echo", *fields):
    return get(
        path,
        "Connection: keep-alive, Upgrade",
        "Upgrade: WebSocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {KEY}",
        *fields,
    )


def frame(text, opcode=1):
    mask = os.urandom(4)
    data = bytes(byte ^ mask[i % 4] for i, byte in enumerate(text))
    size = len(text)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size)
    return bytes([0x80 | opcode]) + length + mask + data


def answered(text):
    size = len(text)
    return b"\x81" + (bytes([size]) if size < 126 else b"\x7e" + struct.pack("!H", size)) + text


def shaken(client):
    head = client.until(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    assert ACCEPT in head
    return head


def test_what_comes_with_the_upgrade_is_not_lost(serve_ours):
    running = serve_ours(build)
    with Connection(running.port) as client:
        client.send(upgrade() + frame(b"one") + frame(b"two" * 500) + frame(b"three"))
        shaken(client)
        for text in (b"one", b"two" * 500, b"three"):
            client.until(answered(text))
        client.send(frame(b"four"))
        client.until(answered(b"four"))
        client.send(frame(struct.pack("!H", 1000), 8))
        client.rest()
    running.wait_for(lambda: running.tasks == 0)
    assert running.log == ["accepted", "left"]


def test_an_upgrade_works_however_it_is_divided(serve_ours):
    running = serve_ours(build, log_level="warning")
    data = upgrade() + frame(b"one") + frame(b"two")
    every = divisions(data)
    for parts in every:
        with Connection(running.port) as client:
            for part in parts:
                client.send(part)
                running.thread.settle()
            shaken(client)
            client.until(answered(b"one") + answered(b"two"))
    running.wait_for(lambda: running.log.count("left") == len(every))
    assert running.log.count("accepted") == len(every)


@pytest.mark.parametrize("ws", ["websockets-sansio", "wsproto"])
def test_each_of_uvicorns_classes_can_take_over(serve_ours, ws):
    running = serve_ours(build, ws=ws)
    with Connection(running.port) as client:
        client.send(upgrade())
        shaken(client)
        client.send(frame(b"one"))
        client.until(answered(b"one"))
    running.wait_for(lambda: running.log == ["accepted", "left"])


def test_an_upgrade_waits_behind_other_requests(serve_ours):
    running = serve_ours(build)
    with Connection(running.port) as client:
        client.send(get("/first") + get("/first") + upgrade() + frame(b"one"))
        assert client.answer().status == client.answer().status == 200
        shaken(client)
        client.until(answered(b"one"))
    assert running.log[:3] == ["first", "first", "accepted"]


def test_a_websocket_does_not_see_the_variables_of_requests_before_it(serve_ours):
    running = serve_ours(build)
    with Connection(running.port) as client:
        client.send(get("/first") * 20 + upgrade("/variable"))
        assert {client.answer().status for _ in range(20)} == {200}
        assert client.answer().status == 403
    assert running.log == ["first"] * 20 + ["unset"]


def test_an_upgrade_works_on_a_used_connection(serve):
    running = serve(build)
    with Connection(running.port) as client:
        assert client.get("/first").status == 200
        client.send(upgrade())
        shaken(client)
        client.send(frame(b"one"))
        client.until(answered(b"one"))
    running.wait_for(lambda: running.tasks == 0)


def test_a_socket_outlives_the_deadlines_of_http(serve_ours):
    running = serve_ours(
        build,
        limits={"header_seconds": 0.1, "body_idle_seconds": 0.1},
        timeout_keep_alive=0.1,
    )
    with Connection(running.port) as client:
        client.send(upgrade())
        shaken(client)
        time.sleep(0.3)
        client.send(frame(b"one"))
        client.until(answered(b"one"))


def test_subprotocols_and_refusals_are_the_applications(serve):
    running = serve(build)
    with Connection(running.port) as client:
        client.send(upgrade("/protocols", "Sec-WebSocket-Protocol: a, b"))
        assert b"sec-websocket-protocol: b" in shaken(client).lower()
    for path in ("/refused", "/nothing"):
        with Connection(running.port) as client:
            client.send(upgrade(path))
            assert client.answer().status == 403


def test_a_socket_is_closed_at_shutdown(serve):
    running = serve(build)
    with Connection(running.port) as client:
        client.send(upgrade())
        shaken(client)
        running.begin_shutdown()
        assert client.rest().startswith(b"\x88")
    running.ended.result(10)
