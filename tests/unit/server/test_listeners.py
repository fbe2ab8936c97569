"""The last moment of the sockets that accept connections."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from rapide import FastAPI
from rapide.server.options import Options
from rapide.server.server import Config, Server
from tests.examples.deployed import make_certificate

REQUEST = b"POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 0\r\n\r\n"
app = FastAPI()


@app.post("/")
async def answer() -> str:
    return "answered"


async def started(options: Options, listener: socket.socket) -> Server:
    """Return a server that accepts connections."""
    server = Server(Config(options, app))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    server._loop, server._wake = asyncio.get_running_loop(), asyncio.Event()
    await server.startup([listener])
    return server


def bound() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener


@pytest.mark.parametrize("make_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize("has_tls", [False, True], ids=["plain", "TLS"])
def test_connections_that_wait_in_the_queue_at_the_end_are_answered(
    make_loop: Callable[[], Any], has_tls: bool, tmp_path: Path
) -> None:
    files: dict[str, Any] = {}
    trusting = None
    if has_tls:
        make_certificate(tmp_path, "localhost")
        files = {"ssl_keyfile": tmp_path / "key.pem", "ssl_certfile": tmp_path / "certificate.pem"}
        trusting = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
    options = Options(access_log=False, timeout_graceful_shutdown=20, **files)

    async def play() -> list[bytes]:
        listener = bound()
        address = listener.getsockname()
        server = await started(options, listener)
        # The event loop has no turn in which it could accept them before the shutdown begins.
        clients = [socket.create_connection(address) for _ in range(20)]
        if trusting is None:
            for client in clients:
                client.sendall(REQUEST)
        ending = asyncio.ensure_future(server.shutdown([listener]))
        read = [asyncio.to_thread(converse, client, trusting) for client in clients]
        answers = await asyncio.gather(*read)
        await ending
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        return answers

    with asyncio.Runner(loop_factory=make_loop) as runner:
        answers = runner.run(play())
    assert len(answers) == 20
    for text in answers:
        assert text.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"connection: close\r\n" in text
        assert text.endswith(b'"answered"')


def converse(client: socket.socket, trusting: ssl.SSLContext | None) -> bytes:
    """Read the answer to a request, which has been sent unless there is TLS."""
    client.settimeout(30)
    if trusting is not None:
        client = trusting.wrap_socket(client, server_hostname="localhost")
        client.sendall(REQUEST)
    with client:
        found = b""
        while part := client.recv(4096):
            found += part
        return found


@pytest.mark.parametrize("make_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_retired_server_leaves_waiting_connections_to_the_others(
    make_loop: Callable[[], Any],
) -> None:
    options = Options(access_log=False, timeout_graceful_shutdown=20)

    async def play() -> None:
        listener = bound()
        shared = listener.dup()  # as another worker has it
        retired = await started(options, listener)
        client = socket.create_connection(listener.getsockname())
        client.sendall(REQUEST)
        retired.retire()
        await retired.shutdown([listener])
        assert retired.server_state.total_requests == 0
        other = await started(options, shared)
        while not other.server_state.total_requests:
            await asyncio.sleep(0)
        await other.shutdown([shared])
        text = await asyncio.to_thread(converse, client, None)
        assert text.endswith(b'"answered"')

    with asyncio.Runner(loop_factory=make_loop) as runner:
        runner.run(play())


def test_a_client_that_does_not_speak_does_not_hold_the_end(tmp_path: Path) -> None:
    """It is one of those that wait in the queue."""
    make_certificate(tmp_path, "localhost")
    options = Options(
        access_log=False,
        timeout_graceful_shutdown=1,
        ssl_keyfile=tmp_path / "key.pem",
        ssl_certfile=tmp_path / "certificate.pem",
    )

    async def play() -> None:
        listener = bound()
        server = await started(options, listener)
        with socket.create_connection(listener.getsockname()):
            await asyncio.wait_for(server.shutdown([listener]), 30)

    asyncio.run(play())
