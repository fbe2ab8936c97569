"""`rapide run` and `rapide dev` as processes that listen on real ports."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import fastapi
import pytest
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Mount

import rapide
from rapide import APIRouter, Depends, FastAPI, Query, compiler
from rapide.cli.discover import Target
from rapide.cli.serve import banner
from rapide.routing import APIRoute
from rapide.server.options import Options, Protocol

MIRROR = """\
import os

from rapide import FastAPI, Request

app = FastAPI()


@app.get("/")
async def mirror(request: Request):
    return {
        "pid": os.getpid(),
        "mode": os.getenv("FASTAPI_ENV"),
        "root_path": request.scope["root_path"],
        "client": request.client.host,
        "text": "first",
    }
"""

PATIENCE = 60.0


@dataclass
class Server:
    """A running `rapide` command."""

    process: subprocess.Popen[str]
    port: int

    def get(self, **headers: str) -> dict[str, Any]:
        """Return what the application answers, waiting for it to be there."""
        return self.wait_for(lambda answer: True, **headers)

    def wait_for(
        self, accepted: Callable[[dict[str, Any]], bool], **headers: str
    ) -> dict[str, Any]:
        """Ask until an answer is accepted; fail when the process ends or patience does."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", headers=headers)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                    answer = json.load(response)
            except (urllib.error.URLError, ConnectionError):
                answer = None
            if answer is not None and accepted(answer):
                return answer
            time.sleep(0.05)
        raise AssertionError(f"no accepted answer; the server said:\n{self.stop()}")

    def stop(self) -> str:
        """Stop as Ctrl+C does, and return all that was printed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=PATIENCE)[0]


@pytest.fixture
def start(project: Path) -> Iterator[Callable[..., Server]]:
    """Start `rapide` with arguments, on a free port, in the project's folder."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **variables: str) -> Server:
        port = free_port()
        environment = {
            **{key: value for key, value in os.environ.items() if key != "FASTAPI_ENV"},
            "PYTHONPATH": str(Path(rapide.__file__).parents[1]),
            "PYTHONUNBUFFERED": "1",
            "PORT": str(port),
            **variables,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "rapide", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return Server(process, port)

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def test_run_serves_the_application_and_says_where(write: Any, start: Any) -> None:
    write("main.py", MIRROR)
    server = start("run")
    answer = server.get()
    output = server.stop()
    assert answer["mode"] is None
    assert answer["pid"] == server.process.pid
    lines = [line.split() for line in output.splitlines()[:6]]
    address = f"http://127.0.0.1:{server.port}"
    assert lines == [
        ["Rapide", rapide.__version__],
        ["Serving", "main:app"],
        ["Address", address],
        ["Docs", f"{address}/docs"],
        ["Workers", "1"],
        ["Reload", "off"],
    ]
    assert f"Uvicorn running on http://0.0.0.0:{server.port}" in output
    assert '"GET / HTTP/1.1" 200' in output


def test_run_passes_its_options_on_to_the_server(write: Any, start: Any) -> None:
    write("shop/main.py", MIRROR)
    server = start(
        *("run", "shop/main.py", "--root-path", "/shop", "--no-access-log"),
        *("--forwarded-allow-ips", "*", "--host", "127.0.0.1", "--verbose"),
    )
    answer = server.get(**{"X-Forwarded-For": "192.0.2.7"})
    output = server.stop()
    assert answer["root_path"] == "/shop"
    assert answer["client"] == "192.0.2.7"
    assert "GET / " not in output
    assert "from main import app" in output


def test_proxy_headers_can_be_left_unread(write: Any, start: Any) -> None:
    write("main.py", MIRROR)
    server = start("run", "--no-proxy-headers", "--forwarded-allow-ips", "*")
    assert server.get(**{"X-Forwarded-For": "192.0.2.7"})["client"] == "127.0.0.1"


def test_run_with_workers_answers_from_other_processes(write: Any, start: Any) -> None:
    write("main.py", MIRROR)
    server = start("run", "--workers", "2")
    assert server.get()["pid"] != server.process.pid
    assert "Workers  2" in server.stop()


def test_an_empty_number_of_workers_is_none(write: Any, start: Any) -> None:
    write("main.py", MIRROR)
    server = start("run", WEB_CONCURRENCY="")
    assert server.get()["pid"] == server.process.pid
    assert "Workers  1" in server.stop()


@pytest.mark.parametrize(("options", "lines"), [((), 0), (("--log-health",), 5)])
def test_probes_are_neither_logged_nor_counted(
    write: Any, start: Any, options: tuple[str, ...], lines: int
) -> None:
    write("main.py", MIRROR)
    server = start("run", "--health-path", "/ready", "--limit-max-requests", "3", *options)
    server.get()
    for _ in range(5):
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/ready") as response:
            assert response.read() == b"ready"
    assert server.get()["pid"] == server.process.pid
    log = server.stop()
    assert log.count('"GET /ready HTTP/1.1" 200') == lines
    assert "Maximum request limit" not in log


@pytest.mark.parametrize(
    ("workers", "reload", "told"), [(None, False, "1"), (3, False, "3"), (None, True, "1")]
)
def test_the_banner_counts_the_workers_that_start(
    workers: int | None, reload: bool, told: str
) -> None:
    target = Target("main", "app", FastAPI(), Path(), "")
    options = Options(host="127.0.0.1", port=8000, workers=workers, reload=reload)
    assert banner(target, options)["Workers"] == told


def test_dev_starts_again_when_the_file_changes(write: Any, start: Any) -> None:
    """It sets `FASTAPI_ENV` unless that is set."""
    write("main.py", MIRROR)
    server = start("dev")
    before = server.get()
    assert (before["text"], before["mode"]) == ("first", "development")
    write("main.py", MIRROR.replace('"first"', '"second"'))
    after = server.wait_for(lambda answer: answer["text"] == "second")
    assert after["pid"] != before["pid"]
    assert "Reload   on" in server.stop()


def test_dev_keeps_a_mode_that_is_set(write: Any, start: Any) -> None:
    write("main.py", MIRROR)
    server = start("dev", "--no-reload", FASTAPI_ENV="staging")
    assert server.get()["mode"] == "staging"


def test_a_port_in_use_ends_the_command_with_the_reason(write: Any, start: Any) -> None:
    write("main.py", MIRROR)
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        server = start("run", "--host", "127.0.0.1", "--port", port)
        output = server.process.communicate(timeout=PATIENCE)[0]
    assert server.process.returncode == 2
    assert output == f"Error: cannot listen on 127.0.0.1:{port}: address already in use\n"


def rows(app: Any, **more: Any) -> dict[str, str]:
    options = Options(host="127.0.0.1", port=8000, **more)
    return banner(Target("main", "app", app, Path(), ""), options)


class Audited(APIRoute):
    def get_route_handler(self) -> Any:
        return super().get_route_handler()


def test_the_banner_counts_the_routes_of_mounted_applications() -> None:
    app, inner, innermost = FastAPI(), FastAPI(), FastAPI()
    audited = APIRouter(route_class=Audited)
    for router in (app, inner, innermost, audited):
        router.get("/a")(lambda: 1)
    inner.include_router(audited, prefix="/audit")
    app.mount("/inner", inner)
    app.host("inner.test", innermost)
    app.routes.append(Mount("/more", routes=[APIRoute("/b", lambda: 1)]))
    inner.mount("/again", inner)
    assert rows(app)["Compiled"] == "4 of 5 routes"
    assert rows(app)["Generic"] == "1: Audited overrides get_route_handler"


@pytest.mark.parametrize(
    ("options", "address", "has_docs"),
    [
        ({"bind": ("[::]:80", "unix:/run/shop.sock")}, "http://[::1]:80", True),
        ({"bind": (":81",)}, "http://127.0.0.1:81", True),
        ({"bind": ("unix:/run/shop.sock",)}, "unix:/run/shop.sock", False),
        ({"uds": Path("/run/shop.sock")}, "unix:/run/shop.sock", False),
        ({"fd": 3}, "fd://3", False),
        ({"ssl_certfile": Path("a.pem")}, "https://127.0.0.1:8000", True),
    ],
)
def test_the_banner_names_the_first_address(
    options: dict[str, Any], address: str, has_docs: bool
) -> None:
    said = rows(FastAPI(), **options)
    assert (said["Address"], said.get("Docs")) == (address, f"{address}/docs" if has_docs else None)


def test_the_banner_says_that_an_application_is_fastapis_own() -> None:
    app = fastapi.FastAPI()
    app.get("/a")(lambda: 1)
    said = rows(app)
    assert (
        said["Note"] == "this is FastAPI itself: with --as-fastapi, `import fastapi` gives Rapide"
    )
    assert said["Compiled"] == "0 of 1 route"


def test_the_banner_says_that_a_mounted_application_is_fastapis_own() -> None:
    app, inner = FastAPI(), fastapi.FastAPI()
    inner.get("/a")(lambda: 1)
    app.mount("/inner", inner)
    said = rows(app)
    assert "Note" not in said
    assert said["Generic"] == "1: a route of FastAPI itself (see --as-fastapi)"


def test_the_banner_says_which_route_cannot_be_served_and_goes_on() -> None:
    def wrong(page: Annotated[int, Query(1)]) -> None: ...

    app, router = FastAPI(), APIRouter()
    router.get("/a")(lambda: 1)
    app.include_router(router, prefix="/x", dependencies=[Depends(wrong)])
    assert rows(app)["Compiled"] == "0 of 1 route"
    assert "1: it cannot be served: " in rows(app)["Generic"]
    assert "`Query` default value cannot be set" in rows(app)["Generic"]


class OwnGzip(GZipMiddleware): ...


def test_the_banner_counts_the_routes_that_are_answered_directly_and_groups_the_reasons() -> None:
    app, inner = FastAPI(), FastAPI()
    for path in ("/a", "/b"):
        app.get(path)(lambda: 1)
    app.get("/c", max_body_size=10)(lambda: 1)
    inner.get("/a")(lambda: 1)
    app.mount("/inner", inner)
    said = rows(app)
    assert said["Direct"] == "2 of 4 routes"
    assert said["By ASGI"] == (
        "1: the route limits the size of request bodies (max_body_size); "
        "1: the route is one of an application that is mounted in another"
    )
    app.add_middleware(OwnGzip)
    said = rows(app)
    assert said["Direct"] == "0 of 4 routes"
    assert said["By ASGI"].startswith(f"3: the middleware {__name__}.OwnGzip ")
    assert said["Advice"] == "rapide explain main:app shows what you can do about it"
    assert "By ASGI" not in rows(FastAPI())
    assert "Advice" not in rows(FastAPI())


def test_the_banner_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "emit_handler", None)
    app = FastAPI()
    app.get("/a")(lambda: 1)
    app.post("/b", dependencies=[Depends(lambda: 1)])(lambda body: 1)
    said = rows(app)
    assert (said["Compiled"], said["Direct"]) == ("2 of 2 routes", "2 of 2 routes")


def test_the_banner_says_that_the_server_calls_every_application_by_asgi() -> None:
    app = FastAPI()
    app.get("/a")(lambda: 1)
    assert rows(app)["Direct"] == "1 of 1 route"
    assert rows(app, root_path="/api")["By ASGI"] == "1: the server has a root path"
    said = rows(app, protocol=Protocol.ASGI)
    assert said["Direct"] == "0 of 1 route"
    assert said["By ASGI"] == "1: the server calls every application by ASGI"
    assert said["Advice"] == "serve it by Rapide's own protocol (--protocol rapide)"


def test_the_banner_does_not_load_opentelemetry_as_requests_would_then_ask_for_providers() -> None:
    program = (
        "import sys; from pathlib import Path; from rapide import FastAPI\n"
        "from rapide.cli.discover import Target\n"
        "from rapide.cli.serve import banner\n"
        "from rapide.server.options import Options\n"
        "app = FastAPI(); app.get('/')(lambda: 1)\n"
        "options = Options(host='', port=0)\n"
        "print(banner(Target('main', 'app', app, Path(), ''), options)['Compiled'])\n"
        "assert 'opentelemetry' not in sys.modules\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (finished.returncode, finished.stdout) == (0, "1 of 1 route\n"), finished.stderr
