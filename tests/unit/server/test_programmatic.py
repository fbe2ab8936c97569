"""Applications are served from Python: by a call, in an event loop, in tests."""

import asyncio
import contextlib
import inspect
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

import rapide
import rapide.testing
from rapide import FastAPI, Request
from rapide.server.options import OptionError, declared

told: list[str] = []


@pytest.fixture(autouse=True)
def _loggers() -> Iterator[None]:
    """Leave the loggers of uvicorn as they are."""
    loggers = [logging.getLogger(f"uvicorn{name}") for name in ("", ".error", ".access", ".asgi")]
    kept = [(item, [*item.handlers], item.propagate, item.level) for item in loggers]
    yield
    for logger, handlers, propagate, level in kept:
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    told.append("started")
    yield
    told.append("ended")


def make_app(name: str = "made") -> FastAPI:
    app = FastAPI(lifespan=lifespan)

    @app.get("/")
    def read_name(request: Request) -> list[Any]:
        return [
            name,
            threading.current_thread() is threading.main_thread(),
            request.scope["root_path"],
        ]

    return app


def ask(url: str) -> tuple[str, dict[str, str]]:
    with urllib.request.urlopen(url, timeout=30) as response:
        return response.read().decode(), {
            name.lower(): value for name, value in response.getheaders()
        }


def test_several_applications_are_served_in_a_test() -> None:
    told.clear()
    before = signal.getsignal(signal.SIGTERM)
    with (
        rapide.testing.serve(make_app("first")) as first,
        rapide.testing.serve(
            make_app, factory=True, root_path="/shop/", header=["X-Shop: 3"]
        ) as second,
    ):
        assert told == ["started", "started"]
        assert first != second
        assert ask(first)[0] == '["first",false,""]'
        text, headers = ask(second)
        assert text == '["made",false,"/shop"]'
        assert headers["x-shop"] == "3"
        assert signal.getsignal(signal.SIGTERM) is before
    assert told == ["started", "started", "ended", "ended"]
    with pytest.raises(OSError, match="refused"):
        ask(first)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, {"date", "server"}),
        ({"server_header": False}, {"date"}),
        ({"date_header": False}, {"server"}),
        ({"header": ["Server: shop", "X-A: b:c"]}, {"date", "server", "x-a"}),
    ],
)
def test_headers_of_the_server_are_chosen(options: dict[str, Any], names: set[str]) -> None:
    with rapide.testing.serve(make_app(), **options) as url:
        headers = ask(url)[1]
    assert set(headers) - {"content-length", "content-type", "connection"} == names
    assert headers.get("server", "uvicorn") == ("shop" if "header" in options else "uvicorn")


def test_sockets_that_cannot_listen_beside_each_other_end_the_start() -> None:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told.clear()
    addresses = [f"127.0.0.1:{port}", f"0.0.0.0:{port}"]
    with (
        pytest.raises((RuntimeError, OptionError)),
        rapide.testing.serve(make_app(), bind=addresses),
    ):
        pytest.fail("served")
    assert told in ([], ["started", "ended"])
    with rapide.testing.serve(make_app(), bind=addresses[:1] * 2) as url:
        assert ask(url)[0] == '["made",false,""]'


def test_an_error_in_a_test_comes_out_of_the_block() -> None:
    told.clear()
    with pytest.raises(KeyError), rapide.testing.serve(make_app()):
        raise KeyError
    assert told == ["started", "ended"]


@asynccontextmanager
async def failing(app: FastAPI) -> AsyncIterator[None]:
    raise LookupError("no database")
    yield


def test_an_application_that_cannot_start_is_an_error() -> None:
    with (
        pytest.raises(RuntimeError, match="the application could not start"),
        rapide.testing.serve(FastAPI(lifespan=failing)),
    ):
        pytest.fail("served")

    async def serve() -> None:
        async with rapide.Server(FastAPI(lifespan=failing), port=0):
            pytest.fail("served")

    with pytest.raises(RuntimeError, match="the application could not start"):
        asyncio.run(serve())


def test_a_server_runs_in_the_event_loop_of_a_program() -> None:
    told.clear()

    async def serve() -> str:
        server = rapide.Server(make_app(), port=0, access_log=False, log_level="error")
        for _ in range(2):  # it may be started again
            async with server:
                text = (await asyncio.to_thread(ask, server.url))[0]
        return text

    assert asyncio.run(serve()) == '["made",false,""]'
    assert told == ["started", "ended"] * 2


def test_a_server_that_is_told_to_stop_sends_no_signal() -> None:
    async def serve() -> None:
        server = rapide.Server(make_app(), port=0, access_log=False, log_level="error")
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0)
        server.stop()
        await asyncio.wait_for(task, 30)

    asyncio.run(serve())


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"prot": 3}, TypeError, "'prot' is not an option of the server"),
        ({"port": "80"}, OptionError, "port has to be an integer, not '80'"),
        ({"port": -1}, OptionError, "port has to be from 0 to 65535, not -1"),
        ({"workers": 2}, OptionError, "workers needs an import string instead of the application"),
        ({"root_path": "shop"}, OptionError, "'shop' is not the beginning of a path"),
        ({"ssl_ciphers": "x"}, OptionError, "--ssl-ciphers x needs --ssl-certfile"),
        ({"ssl_keyfile": "x"}, OptionError, "--ssl-keyfile x needs --ssl-certfile"),
        ({"header": "x"}, OptionError, "--header 'x' is not a header field: write name:value"),
        ({"header": ["x: a\r\nb: c"]}, OptionError, "is not a header field"),
        (
            {"loop": "fast"},
            OptionError,
            "--loop fast has to be auto, asyncio, uvloop or module:fac",
        ),
        ({"env_file": "none.env"}, OptionError, "env_file: cannot read none.env: no such file"),
        ({"forwarded_allow_ips": "10.0.0.1/8"}, OptionError, "--forwarded-allow-ips: 10.0.0.1/8"),
    ],
)
def test_wrong_options_are_errors(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        rapide.run(FastAPI(), **options)


def test_functions_show_each_option() -> None:
    shown = inspect.signature(rapide.run).parameters
    assert [*shown] == ["app", *(option.name for option in declared() if option.name != "app_dir")]
    assert (shown["host"].default, shown["timeout_body"].default) == ("127.0.0.1", 30.0)
    of_tests = inspect.signature(rapide.testing.serve).parameters
    assert of_tests["port"].default == 0
    assert "workers" not in of_tests


def test_rapide_imports_the_server_when_it_is_used() -> None:
    program = "import sys, rapide; assert 'uvicorn' not in sys.modules; rapide.run; rapide.Server"
    subprocess.run([sys.executable, "-c", program], check=True)


PROGRAM = """\
import rapide
from rapide import FastAPI

made = []


def create_app():
    made.append(FastAPI())
    return made[0]


rapide.run(create_app, factory=True, access_log=False)
assert len(made) == 1
"""


def test_a_program_serves_until_it_is_stopped_and_removes_its_files(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PROGRAM)
    (tmp_path / "shop.env").write_text("RAPIDE_UDS=app.sock\n")
    process = subprocess.Popen(
        [sys.executable, "main.py"],
        cwd=tmp_path,
        env={
            **os.environ,
            "RAPIDE_ENV_FILE": "shop.env",
            "RAPIDE_PID": "app.pid",
            "PYTHONPATH": str(Path(rapide.__file__).parents[1]),
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "running on" in line:
                break
        assert "unix:app.sock" in lines[-1], lines
        assert (tmp_path / "app.pid").read_text() == f"{process.pid}\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in (0, -signal.SIGTERM)
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith("app.")] == []
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.communicate()
