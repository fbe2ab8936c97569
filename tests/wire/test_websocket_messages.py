"""What clients and applications see of a WebSocket is the same with our class and with uvicorn's.

Each test runs against both, and against our class without direct routes.
"""

import struct
import zlib

import pytest

from .client import Connection
from .test_websockets import answered, frame, upgrade

DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"


def build(fw):
    app = fw.FastAPI()
    log = fw.log

    def note(error):
        log.append((type(error).__name__, *map(str, error.args)))

    @app.websocket("/messages")
    async def messages(websocket: fw.WebSocket):
        """Send back what comes, and log how it ended."""
        await websocket.accept(headers=[(b"x-made", b"here")])
        log.append((websocket.client_state.name, websocket.application_state.name))
        try:
            while True:
                message = await websocket.receive()
                log.append([*message.items()])
                if message["type"] == "websocket.disconnect":
                    break
                content = {key: message[key] for key in message if key != "type"}
                await websocket.send({"type": "websocket.send", **content})
        except RuntimeError as error:
            note(error)
        log.append((websocket.client_state.name, websocket.application_state.name))
        try:
            await websocket.send_text("too late")
        except (fw.WebSocketDisconnect, RuntimeError) as error:
            log.append((type(error).__name__, getattr(error, "code", None)))

    @app.websocket("/texts")
    async def texts(websocket: fw.WebSocket):
        """Let the exception of a disconnect be seen."""
        await websocket.accept()
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except fw.WebSocketDisconnect as error:
            log.append((error.code, error.reason))
        except KeyError as error:
            log.append(repr(error))
            await websocket.close(1003, "text only")

    @app.websocket("/swapped")
    async def swapped(websocket: fw.WebSocket):
        """Send text as bytes, and bytes as text."""
        await websocket.accept()
        for send, data in ((websocket.send_bytes, "text"), (websocket.send_text, b"bytes")):
            try:
                await send(data)
            except (TypeError, AttributeError) as error:
                log.append(type(error).__name__)
        await websocket.send_text("sent")

    @app.websocket("/scope")
    async def scope(websocket: fw.WebSocket):
        found = dict(websocket.scope)
        log.append([*found.keys()])
        log.append({key: found[key] for key in ("type", "asgi", "path", "raw_path", "scheme")})
        log.append([found[key] for key in ("query_string", "subprotocols", "headers")])
        await websocket.accept()
        await websocket.close()

    @app.websocket("/denied")
    async def denied(websocket: fw.WebSocket):
        await websocket.send_denial_response(fw.responses.JSONResponse({"why": "because"}, 401))

    @app.websocket("/broken")
    async def broken(websocket: fw.WebSocket):
        await websocket.accept()
        raise LookupError("broken")

    @app.websocket("/flood")
    async def flood(websocket: fw.WebSocket):
        await websocket.accept()
        try:
            for number in range(10_000):
                await websocket.send_bytes(bytes(65536))
                fw.keep.sent = number
        except fw.WebSocketDisconnect as error:
            log.append(error.code)

    @app.websocket("/slow")
    async def slow(websocket: fw.WebSocket):
        await websocket.accept()
        for _ in range(100):
            log.append(len(await websocket.receive_bytes()))
        await websocket.close()

    return app


def shaken(client, path, *fields):
    client.send(upgrade(path, *fields))
    head = client.until(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 "), head
    return head


def close(code, reason=b""):
    return frame(struct.pack("!H", code) + reason, 8)


def closed(code, reason=b""):
    return b"\x88" + bytes([2 + len(reason)]) + struct.pack("!H", code) + reason


CLOSES = {
    "with a code": (close(1000), closed(1000), 1000, ""),
    "with a reason": (close(4999, "é".encode()), closed(4999, "é".encode()), 4999, "é"),
    "with nothing": (frame(b"", 8), b"\x88\x00", 1005, ""),
    "text that is not UTF-8": (frame(b"\xff"), closed(1007), 1007, ""),
    "a surrogate": (frame(b"\xed\xa0\x80"), closed(1007), 1007, ""),
    "a reason that is not UTF-8": (close(1000, b"\xff"), b"\x88", 1007, None),
    "a reserved code": (close(1005), b"\x88", 1002, None),
    "an unknown opcode": (frame(b"x", 3), b"\x88", 1002, None),
    "the end of nothing": (frame(b"x", 0), b"\x88", 1002, None),
    "no mask": (b"\x81\x01x", b"\x88", 1002, None),
    "a reserved bit": (b"\xc1" + frame(b"x")[1:], b"\x88", 1002, None),
    "a message within another": (
        b"\x01" + frame(b"x")[1:] + frame(b"y"),
        b"\x88",
        1002,
        None,
    ),
    "a long ping": (frame(b"x" * 126, 9), b"\x88", 1002, None),
    "a long message": (frame(b"x" * 1001), b"\x88", 1009, None),
}


@pytest.mark.parametrize("name", CLOSES)
def test_each_way_to_close_has_its_code_and_reason(serve, name):
    sent, answer, code, reason = CLOSES[name]
    running = serve(build, ws_max_size=1000)
    running.expects_errors = code == 1007
    with Connection(running.port) as client:
        shaken(client, "/messages")
        client.send(frame(b"one"))
        client.until(answered(b"one"))
        client.send(sent)
        client.until(answer)
        client.rest()
    running.wait_for(lambda: running.tasks == 0)
    first, _, disconnect, states, late = running.log
    assert first == ("CONNECTED", "CONNECTED")
    assert disconnect[:2] == [("type", "websocket.disconnect"), ("code", code)]
    assert reason is None or disconnect[2:] == [("reason", reason)]
    assert states == ("DISCONNECTED", "CONNECTED")
    # The client has closed; after an error of its own, the server has.
    is_error = reason is None or code == 1007
    assert late == (("RuntimeError", None) if is_error else ("WebSocketDisconnect", 1006))


def test_messages_of_all_forms_come_back(serve):
    running = serve(build)
    long = "é" * 40_000
    with Connection(running.port) as client:
        shaken(client, "/messages")
        client.send(frame("é€😀".encode()) + frame(b"\x00\xff", 2) + frame(b"") + frame(b"", 2))
        client.until(b"\x81\x09" + "é€😀".encode() + b"\x82\x02\x00\xff" + b"\x81\x00\x82\x00")
        # A message in parts, with a ping between them.
        divided = b"\x01" + frame("é".encode()[:1])[1:] + frame(b"?", 9)
        client.send(divided + frame("é".encode()[1:], 0) + frame(b"next"))
        client.until(b"\x8a\x01?" + answered("é".encode()) + answered(b"next"))
        data = long.encode()
        mask = b"\x01\x02\x03\x04"
        masked = (int.from_bytes(data) ^ int.from_bytes(mask * (len(data) // 4))).to_bytes(
            len(data)
        )
        client.send(b"\x81\xff" + struct.pack("!Q", len(data)) + mask + masked)
        client.until(b"\x81\x7f" + struct.pack("!Q", len(data)) + data)
        client.send(close(1000))
        client.rest()
    running.wait_for(lambda: running.tasks == 0)
    texts = [item[1] for item in running.log if isinstance(item, list)][:-1]
    assert texts == [
        ("text", "é€😀"),
        ("bytes", b"\x00\xff"),
        ("text", ""),
        ("bytes", b""),
        ("text", "é"),
        ("text", "next"),
        ("text", long),
    ]


def test_an_ordinary_message_may_come_byte_by_byte(serve):
    running = serve(build)
    with Connection(running.port) as client:
        shaken(client, "/messages")
        for text in (b"one", b"x" * 130):
            for byte in frame(text):
                client.send(bytes([byte]))
                running.thread.settle()
            client.send(frame(b"whole"))
            client.until(answered(text) + answered(b"whole"))


def test_messages_are_compressed_for_clients_that_offer_it(serve):
    running = serve(build)
    with Connection(running.port) as client:
        assert b"permessage-deflate" in shaken(client, "/messages", DEFLATE)
        packer, unpacker = zlib.compressobj(wbits=-12), zlib.decompressobj(wbits=-12)
        for text in (b"one " * 10, b"two " * 10, b"one " * 10):
            data = (packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
            client.send(b"\xc1" + frame(data)[1:])
            client.until(b"\xc1")
            size = client.until_size(1)[0]
            assert unpacker.decompress(client.until_size(size) + b"\0\0\xff\xff") == text
        client.send(frame(b"not compressed"))
        client.until(b"\xc1")
    running.wait_for(lambda: running.tasks == 0)


def test_compression_can_be_switched_off(serve):
    running = serve(build, ws_per_message_deflate=False)
    with Connection(running.port) as client:
        assert b"deflate" not in shaken(client, "/messages", DEFLATE)
        client.send(frame(b"one"))
        client.until(answered(b"one"))


def test_what_clients_send_after_the_close_of_the_application_is_dropped(serve):
    running = serve(build)
    with Connection(running.port) as client:
        shaken(client, "/texts")
        client.send(frame(b"\x01", 2))
        client.until(closed(1003, b"text only"))
        client.send(frame(b"late") + frame(b"later") + close(1003))
        client.rest()
    running.wait_for(lambda: running.tasks == 0)
    assert running.log == ["KeyError('text')"]


def end_half(client):
    client.end()


def reset(client):
    client.reset()


@pytest.mark.parametrize("leave", [end_half, reset, Connection.close])
def test_a_client_that_leaves_without_a_close_has_code_1005(serve, leave):
    running = serve(build)
    with Connection(running.port) as client:
        shaken(client, "/texts")
        client.send(frame(b"one"))
        client.until(answered(b"one"))
        leave(client)
        running.wait_for(lambda: running.tasks == 0)
    assert running.log == [(1005, "")]


def test_a_denial_is_the_response_of_the_application(serve):
    running = serve(build)
    with Connection(running.port) as client:
        client.send(upgrade("/denied"))
        answer = client.answer()
        assert (answer.status, answer.body) == (401, b'{"why":"because"}')
        assert answer.header(b"content-type") == b"application/json"
        client.rest()
    running.wait_for(lambda: running.tasks == 0)
    # uvicorn's class takes a denial for no answer, and ours logs what it logs.
    (line,) = [record.getMessage() for record in running.records() if record.levelno >= 40]
    assert line == "ASGI callable returned without completing handshake."
    running.expects_errors = True


def test_text_is_not_sent_as_bytes_nor_bytes_as_text(serve):
    running = serve(build)
    with Connection(running.port) as client:
        shaken(client, "/swapped")
        assert client.rest().startswith(b"\x81\x04sent")
    assert running.log == ["TypeError", "AttributeError"]


def test_an_error_of_the_application_is_logged_and_cuts_the_connection(serve):
    running = serve(build)
    with Connection(running.port) as client:
        shaken(client, "/broken")
        assert client.rest() == b""
    running.wait_for(lambda: running.tasks == 0)
    (trouble,) = running.troubles()
    assert trouble.startswith("Exception in ASGI application\n")
    assert trouble.endswith("LookupError: broken")


def test_the_scope_and_the_lines_of_the_log_are_uvicorns(serve):
    running = serve(build)
    with Connection(running.port) as client:
        client.send(upgrade("/scope?q=%C3%A9", "Sec-WebSocket-Protocol: a, b", "X-Latin: \xe9"))
        client.until(closed(1000))
        client.send(close(1000))
        client.rest()
        port = client.socket.getsockname()[1] if client.socket.fileno() >= 0 else None
    running.wait_for(lambda: running.tasks == 0)
    keys, parts, rest = running.log
    assert keys[:13] == [
        *("type", "asgi", "http_version", "scheme", "server", "client", "root_path", "path"),
        *("raw_path", "query_string", "headers", "subprotocols", "state"),
    ]
    assert parts == {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "path": "/scope",
        "raw_path": b"/scope",
        "scheme": "ws",
    }
    assert rest[:2] == [b"q=%C3%A9", ["a", "b"]]
    assert (b"sec-websocket-protocol", b"a, b") in rest[2]
    lines = [record.getMessage() for record in running.records("uvicorn.error")]
    opened = [line for line in lines if "WebSocket" in line or "connection" in line]
    assert opened[0] == f'127.0.0.1:{port} - "WebSocket /scope?q=%C3%A9" [accepted]'
    assert opened[1] == "connection open"


def test_a_client_that_answers_pings_is_kept(serve):
    running = serve(build, ws_ping_interval=0.02, ws_ping_timeout=60)
    with Connection(running.port) as client:
        shaken(client, "/texts")
        for _ in range(3):
            client.until(b"\x89\x04")
            client.send(frame(client.until_size(4), 10))
        client.send(frame(b"one"))
        client.until(answered(b"one"))
    running.wait_for(lambda: running.tasks == 0)


def test_a_client_that_answers_no_ping_is_closed(serve):
    running = serve(build, ws_ping_interval=0.02, ws_ping_timeout=0.05)
    with Connection(running.port) as client:
        shaken(client, "/texts")
        client.until(closed(1011, b"keepalive ping timeout"))
        client.rest()
    running.wait_for(lambda: running.tasks == 0)
    assert running.log == [(1005, "")]


def test_an_application_waits_for_a_client_that_does_not_read(serve):
    running = serve(build)
    with Connection(running.port, receive_buffer=4096) as client:
        shaken(client, "/flood")
        running.wait_for(lambda: getattr(running.fw.keep, "sent", 0) > 0)
        for _ in range(3):
            running.thread.settle()
        first = running.fw.keep.sent
        assert first < 1000
        client.skip(40 * 65536)
        running.wait_for(lambda: running.fw.keep.sent > first)
    running.wait_for(lambda: running.tasks == 0)
    assert running.log == [1006]


def test_a_client_waits_for_an_application_that_does_not_receive(serve):
    running = serve(build)
    with Connection(running.port) as client:
        shaken(client, "/slow")
        client.send(frame(b"x" * 60_000, 2) * 100)
        client.until(closed(1000))
        client.send(close(1000))
        client.rest()
    running.wait_for(lambda: running.tasks == 0)
    assert running.log == [60_000] * 100


def test_a_socket_that_is_open_at_shutdown_is_closed_with_1012(serve):
    running = serve(build)
    with Connection(running.port) as client:
        shaken(client, "/texts")
        running.begin_shutdown()
        assert client.rest() == closed(1012)
    running.ended.result(10)
    assert running.log == [(1012, "")]
