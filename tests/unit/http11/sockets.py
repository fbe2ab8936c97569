"""A WebSocket on a stage: served by our class or by uvicorn's, with the same application."""

from __future__ import annotations

import asyncio
import logging
import random
import re
import struct
from types import SimpleNamespace
from typing import Any

from uvicorn.server import ServerState

from .stage import Loop, Transport

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
DATE = re.compile(rb"date: [^\r\n]+", re.IGNORECASE)


def upgrade(path: bytes = b"/", *fields: bytes) -> bytes:
    """The request for a WebSocket."""
    lines = [
        b"GET %b HTTP/1.1" % path,
        b"host: x",
        b"upgrade: websocket",
        b"connection: Upgrade",
        b"sec-websocket-version: 13",
        b"sec-websocket-key: " + KEY,
        *fields,
    ]
    return b"\r\n".join([*lines, b"", b""])


def frame(
    payload: bytes, opcode: int = 1, *, first: int = 0x80, mask: bytes | None = b"abcd"
) -> bytes:
    """A frame of a client; `first` has the bits beside the opcode."""
    size, masked = len(payload), 0 if mask is None else 0x80
    if size < 126:
        length = bytes([masked | size])
    elif size < 65536:
        length = bytes([masked | 126]) + struct.pack("!H", size)
    else:
        length = bytes([masked | 127]) + struct.pack("!Q", size)
    if mask is not None:
        payload = mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return bytes([first | opcode]) + length + payload


class SocketTransport(Transport):
    """A transport that tells its protocol when it is closed, and in which way."""

    def __init__(self, loop: Loop) -> None:
        super().__init__()
        self.loop = loop

    def close(self) -> None:
        self.lose(None)

    def lose(self, error: Exception | None) -> None:
        if not self.closed:
            self.closed = True
            self.loop.call_soon(self.protocol.connection_lost, error)


class Records(logging.Handler):
    """What the server logs."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[tuple[str, str, bool]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.levelname, record.getMessage(), bool(record.exc_info)))


class SocketStage:
    """A connection that has been made, and whose application has a gate to wait for."""

    def __init__(self, protocol: Any, app: Any, **options: Any) -> None:
        random.seed(0)  # the payloads of pings
        self.loop = Loop()
        self.gate = self.loop.create_future()
        self.transport = SocketTransport(self.loop)
        settings = {
            "loaded": True,
            "loaded_app": app,
            "root_path": "",
            "asgi_version": "3.0",
            "ws_max_size": 200,
            "ws_ping_interval": 20.0,
            "ws_ping_timeout": 5.0,
            "ws_per_message_deflate": True,
            **options,
        }
        self.seen: list[Any] = []
        #: Whether the protocol has raised an exception.
        self.has_failed = False
        self.records = Records()
        self.state = ServerState()
        self.state.default_headers = [(b"server", b"stage")]
        with self:
            self.connection = protocol(
                SimpleNamespace(stage=self, **settings), self.state, {"a": 1}, self.loop
            )
            self.transport.protocol = self.connection
            self.connection.connection_made(self.transport)

    def __enter__(self) -> None:
        asyncio._set_running_loop(self.loop)
        self.logger = logging.getLogger("uvicorn.error")
        self.level = self.logger.level
        self.logger.setLevel(logging.INFO)
        self.logger.addHandler(self.records)

    def __exit__(self, *_: object) -> None:
        self.logger.removeHandler(self.records)
        self.logger.setLevel(self.level)
        asyncio._set_running_loop(None)

    def receive(self, *parts: bytes) -> None:
        """Let the client send, each part with a turn of the event loop."""
        for part in parts:
            if self.transport.closed:
                break
            with self:
                try:
                    self.connection.data_received(part)
                except Exception as error:  # as transports treat what their protocols raise
                    self.has_failed = True
                    self.transport.lose(error)
            self.run()

    def call(self, function: Any) -> None:
        with self:
            function()
        self.run()

    def open(self) -> None:
        self.call(lambda: self.gate.set_result(None))

    def run(self) -> None:
        with self:
            self.loop.run()

    def advance(self, seconds: float) -> None:
        with self:
            self.loop.advance(seconds)

    def finish(self) -> None:
        """Let nothing be under way that would log into another test."""
        self.gate.cancel()
        self.transport.close()
        self.run()
        for task in [*self.state.tasks]:
            task.cancel()
        self.run()

    @property
    def output(self) -> bytes:
        return DATE.sub(b"date", b"".join(self.transport.writes))

    @property
    def frames(self) -> bytes:
        """The output behind the answer to the handshake."""
        return self.output.partition(b"\r\n\r\n")[2]
