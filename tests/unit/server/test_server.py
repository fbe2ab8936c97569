"""One process's server: its log, and its signals."""

from __future__ import annotations

import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.examples.deployed import make_certificate

HEAD = "import asyncio, os, signal\nfrom rapide import FastAPI\n\napp = FastAPI()\n"
ROUTES = """
@app.get("/")
async def front():
    return os.getpid()

@app.get("/wait")
async def wait():
    print("waiting", flush=True)
    await asyncio.sleep(600)

@app.get("/server")
async def server():
    handler = signal.getsignal(signal.SIGTERM)
    return [handler.__self__.should_exit, handler.__self__.started]
"""
LOGGERS = """
import logging
handler = logging.StreamHandler()
handler.setFormatter(logging.Formatter("own %(name)s %(message)s"))
for name in ("uvicorn", "uvicorn.access"):
    logging.getLogger(name).handlers = [handler]
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_loggers_that_the_application_configures_at_its_import_stay(run: Any, workers: str) -> None:
    server = run(HEAD + LOGGERS + ROUTES, "--workers", workers)
    server.wait_for(server.ask)
    server.wait_for_line("own uvicorn.access 127.0.0.1:")
    assert "own uvicorn.error Application startup complete." in server.log


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_delay_and_every_request(run: Any, second: int) -> None:
    server = run(HEAD + ROUTES, "--health-path", "/health", "--shutdown-delay", "600")
    server.wait_for(server.ask)
    waiting = server.connect()
    waiting.request("GET", "/wait")
    server.wait_for_line("waiting")
    assert server.answer("/health") == (200, b"ready")
    assert server.ask("/server") == [False, True]
    server.signal(signal.SIGTERM)
    server.wait_for(lambda: server.answer("/health") == (503, b"stopping"))
    assert server.ask("/server") == [False, True]
    server.signal(second)
    server.wait()


def test_a_second_signal_ends_a_server_whose_event_loop_is_blocked(run: Any) -> None:
    blocked = "\n@app.get('/block')\nasync def block():\n    print('blocked', flush=True)\n"
    server = run(f"{HEAD}{ROUTES}{blocked}    while True: pass\n")
    server.wait_for(server.ask)
    connection = server.connect()
    connection.request("GET", "/block")
    server.wait_for_line("blocked")
    server.signal(signal.SIGTERM)
    server.signal(signal.SIGINT)
    assert server.wait() - 128 in (signal.SIGINT, signal.SIGTERM)


def test_a_client_that_does_not_begin_its_handshake_is_disconnected(
    run: Any, tmp_path: Path
) -> None:
    make_certificate(tmp_path, "localhost")
    files = "--ssl-keyfile", str(tmp_path / "key.pem"), "--ssl-certfile"
    certificate = str(tmp_path / "certificate.pem")
    server = run(HEAD, *files, certificate, "--timeout-tls-handshake", "0.2")
    server.wait_for_line("running on https")
    with socket.create_connection(("127.0.0.1", server.port), 20) as client:
        assert client.recv(1) == b""
    assert "Traceback" not in server.log


CLOSED = """\
import os, sys
for number in range(3):
    os.close(number)
os.execv(sys.executable, [sys.executable, "-m", "rapide", "run", "app.py", *sys.argv[1:]])
"""


@pytest.mark.parametrize("arguments", [[], ["--workers=2"]])
def test_standard_streams_may_be_closed(run: Any, tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "app.py").write_text(f"{HEAD}@app.get('/')\ndef front():\n    return 1\n")
    server = run(CLOSED, "--host=127.0.0.1", *arguments, is_script=True)
    server.wait_for(lambda: server.ask() == 1)
    server.signal(signal.SIGTERM)
    assert server.wait() == (0 if arguments else -signal.SIGTERM)
