"""Our WebSocket class answers every input as uvicorn's does, which asks the library each time."""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from rapide.http11.websocket.connection import WebSocketConnection

from .sockets import SocketStage, frame, upgrade

DEFLATE = b"sec-websocket-extensions: permessage-deflate; client_max_window_bits"
TEXTS = st.one_of(
    st.sampled_from([b"", b"a", b"hello", "é€😀".encode(), b"x" * 130, b"y" * 200]),
    st.text(max_size=8).map(lambda text: text.encode(errors="surrogatepass")),
)
BINARY = st.binary(max_size=12)
CLOSES = st.one_of(
    st.sampled_from([b"", b"\x03"]),
    st.builds(
        lambda code, reason: struct.pack("!H", code) + reason,
        st.sampled_from([1000, 1001, 1005, 1011, 2999, 3000, 4999]),
        st.sampled_from([b"", b"bye", b"\xff"]),
    ),
)


def compressed(payload: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-12)
    return (packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


MASKS = st.sampled_from([b"abcd", b"\0\0\0\0", b"\xff\x80\x01\x7f"])
ORDINARY = st.builds(lambda text, mask: frame(text, 1, mask=mask), TEXTS, MASKS) | st.builds(
    lambda data, mask: frame(data, 2, mask=mask), BINARY, MASKS
)
DIVIDED = st.lists(BINARY | TEXTS, min_size=2, max_size=4).map(
    lambda parts: b"".join(
        frame(part, 1 if i == 0 else 0, first=0x80 if i == len(parts) - 1 else 0)
        for i, part in enumerate(parts)
    )
)
CUT_CHARACTER = st.just(frame(b"\xe2\x82", 1, first=0) + frame(b"\xac", 0))
CONTROL = st.builds(frame, BINARY, st.sampled_from([9, 10])) | CLOSES.map(lambda p: frame(p, 8))
COMPRESSED = TEXTS.map(lambda text: frame(compressed(text), 1, first=0xC0))
UNUSUAL = st.one_of(
    st.builds(
        lambda payload, opcode, first, mask: frame(payload, opcode, first=first, mask=mask),
        BINARY,
        st.integers(0, 15),
        st.sampled_from([0x80, 0x80, 0, 0xC0, 0xA0, 0x90]),
        st.sampled_from([b"abcd", None]),
    ),
    # longer than it may be, and lengths in more bytes than are needed
    st.sampled_from(
        [
            frame(b"z" * 201),
            frame(b"p" * 126, 9),
            b"\x81\xfe\x00\x01aaaa\x00",
            b"\x82\xff" + bytes(7) + b"\x02aaaa\x00\x01",
            b"\x81\xff" + b"\xff" * 8,
        ]
    ),
    st.binary(max_size=8),
)
FRAMES = st.lists(
    st.one_of(ORDINARY, ORDINARY, DIVIDED, CUT_CHARACTER, CONTROL, COMPRESSED, UNUSUAL), max_size=6
)


async def echo(scope: Any, receive: Any, send: Any, stage: SocketStage, closes_at: int) -> None:
    """Send back what comes, and close in between."""
    stage.seen += [{**scope, "asgi": None}, await receive()]
    await stage.gate
    await send({"type": "websocket.accept"})
    number = 0
    while True:
        message = await receive()
        stage.seen.append([*message.items()])
        if message["type"] == "websocket.disconnect":
            break
        number += 1
        content = {"text": message["text"]} if "text" in message else {"bytes": message["bytes"]}
        try:
            if number == closes_at:
                await send({"type": "websocket.close", "code": 4000, "reason": "enough"})
            await send({"type": "websocket.send", **content})
        except Exception as error:
            stage.seen.append((type(error), error.args, type(error.__context__)))


def play(protocol: Any, parts: list[bytes], closes_at: int, early: bool, fields: Any) -> Any:
    """What a server does with some input; no output if its class raises, as uvicorn's may."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await echo(scope, receive, send, stage, closes_at)

    stage = SocketStage(protocol, app)
    stage.receive(upgrade(b"/%C3%A9?q=1", *fields))
    if not early:
        stage.open()
    stage.receive(*parts)
    if early:
        stage.open()
    was_closed = stage.transport.closed
    stage.advance(60)
    assert stage.loop.errors == []
    assert protocol is not WebSocketConnection or not stage.has_failed
    outcome = (
        None if stage.has_failed else stage.output,
        [*stage.seen],
        was_closed,
        stage.transport.closed,
        [*stage.records.lines],
    )
    stage.finish()
    return outcome


def divided(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    parts = [data[start:end] for start, end in pairwise(places)]
    return [part for part in parts if part]


@settings(max_examples=300, deadline=None)
@example([frame(b"one"), frame(b"\xff")], [], 0, False, ())
@example([frame(b"one"), frame(b"two", first=0), frame(b"three")], [9], 0, False, ())
@example([frame(b"one"), frame(b"", 9), frame(struct.pack("!H", 1000), 8)], [1], 0, False, ())
@example([frame(b"\xc3"), frame(b"one")], [], 0, True, ())
@example([frame(b"\xc3"), frame(b"\xc3")], [], 0, True, ())
@example([frame(struct.pack("!H", 1000), 8)], [], 0, True, ())
@example([frame(b"\xff"), frame(struct.pack("!H", 1000), 8)], [], 0, False, ())
@given(
    FRAMES,
    st.lists(st.integers(0, 400), max_size=4),
    st.integers(0, 3),
    st.booleans(),
    st.sampled_from([(), (DEFLATE,)]),
)
def test_any_frames_are_answered_alike(
    frames: list[bytes], cuts: list[int], closes_at: int, early: bool, fields: Any
) -> None:
    parts = divided(b"".join(frames), cuts)
    theirs = play(WebSocketsSansIOProtocol, parts, closes_at, early, fields)
    ours = play(WebSocketConnection, parts, closes_at, early, fields)
    assert ours[1:] == theirs[1:]
    assert theirs[0] in (None, ours[0])


@pytest.mark.parametrize("fields", [(), (DEFLATE,)])
def test_input_that_comes_byte_by_byte_is_answered_alike(fields: Any) -> None:
    data = frame(b"one") + frame("é".encode(), first=0) + frame(b"", 9) + frame(b"!" * 130, 0)
    data += frame(b"two", 2) + frame(compressed(b"three"), first=0xC0) + frame(b"\x03\xe8", 8)
    parts = [data[i : i + 1] for i in range(len(data))]
    ours = play(WebSocketConnection, parts, 0, False, fields)
    assert ours == play(WebSocketsSansIOProtocol, parts, 0, False, fields)
