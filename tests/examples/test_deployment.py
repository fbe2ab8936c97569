"""What docs/deployment.md says is so; its files in examples/deployment/ do what they are for."""

import getpass
import json
import os
import re
import shlex
import signal
import ssl
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from rapide.cli.program import command_named

from .deployed import (
    DEPLOYMENT,
    RAPIDE,
    Deployed,
    accepts,
    client,
    make_certificate,
    program,
    started,
)
from .live import events, follow, message, next_changes
from .server import BOOKSHOP, READER, ROOT, STAFFED, Shop, await_start, free_port

PAGE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
OBSERVABILITY = (ROOT / "docs" / "observability.md").read_text(encoding="utf-8")
UNIT = (DEPLOYMENT / "rapide.service").read_text(encoding="utf-8").replace("\\\n", "")
DOCKERFILE = (DEPLOYMENT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
SHOP = "shop.example.org"
READY = "/-/ready"


@pytest.fixture
def short() -> Iterator[Path]:
    """A directory whose name is short enough for a Unix socket's."""
    with tempfile.TemporaryDirectory(prefix="shop") as directory:
        yield Path(directory)


@contextmanager
def run(
    logs: Path, *options: str, directory: Path = DEPLOYMENT
) -> Iterator[tuple[Deployed, httpx.Client]]:
    """`rapide run` of the example on a free port of this machine, once it answers."""
    port = str(free_port())
    command = [*RAPIDE, "run", "main.py", "--host", "127.0.0.1", "--port", port, *options]
    with (
        started(command, logs, directory) as server,
        client(f"http://127.0.0.1:{port}") as visitor,
    ):
        server.wait_for(lambda: visitor.get("/").is_success)
        yield server, visitor


def processes(server: Deployed, **options: str) -> set[int]:
    """The two processes that answer, asked over new connections."""
    found: set[int] = set()

    def are_two() -> bool:
        with client(**options) as visitor:
            found.add(visitor.get("/").json()["process"])
        return len(found) == 2

    server.wait_for(are_two)
    return found


@pytest.mark.parametrize(("page", "least"), [(PAGE, 5), (OBSERVABILITY, 3)])
def test_every_command_of_a_page_is_one_that_rapide_takes(page: str, least: int) -> None:
    text = page.replace("\\\n", "")
    lines = re.findall(r"^(?:\$ |ExecStart=\S*/)?rapide (run .*)$", text, re.M)
    assert len(lines) >= least
    command = command_named("run")
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        command.make_context("run", words)


def test_several_workers_answer_on_a_unix_socket_and_are_replaced_one_by_one(short: Path) -> None:
    """The unit's own command, and its reload."""
    command = re.search(r"^ExecStart=\S+/rapide (.*)$", UNIT, re.M)
    assert command is not None
    socket = str(short / "shop.sock")
    words = shlex.split(command[1].replace("/run/shop/shop.sock", socket))
    with started([*RAPIDE, *words], short) as server:
        server.wait_for(lambda: accepts(socket))
        first = processes(server, uds=socket)
        server.process.send_signal(signal.SIGHUP)
        server.wait_for(lambda: first.isdisjoint(processes(server, uds=socket)))
        assert stat.filemode(Path(socket).stat().st_mode) == "srw-rw-rw-"
    assert "Error" not in server.log.read_text()


def test_one_worker_takes_a_socket_over_that_was_left_behind(short: Path) -> None:
    socket = str(short / "shop.sock")
    command = [*RAPIDE, "run", "main.py", "--uds", socket]
    for _ in range(2):
        with started(command, short) as server, client(uds=socket) as visitor:
            server.wait_for(lambda: accepts(socket))
            assert visitor.get("/").json()["client"] is None
            server.process.kill()
            server.process.wait()
        assert Path(socket).is_socket()


def test_tls_is_spoken_with_the_certificate_given(tmp_path: Path) -> None:
    make_certificate(tmp_path, "localhost")
    port = str(free_port())
    files = [f"--ssl-keyfile={tmp_path}/key.pem", f"--ssl-certfile={tmp_path}/certificate.pem"]
    command = [*RAPIDE, "run", "main.py", "--host", "127.0.0.1", "--port", port, *files]
    trusting = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
    url = f"https://localhost:{port}"
    with started(command, tmp_path) as server, client(url, verify=trusting) as visitor:
        seen = server.wait_for(lambda: visitor.get("/").json())
        assert seen["url"] == f"{url}/"
        with connect(f"wss://localhost:{port}/echo", ssl=trusting, proxy=None) as session:
            session.send("hello")
            assert session.recv(timeout=30) == "hello"
        with client(url) as stranger, pytest.raises(httpx.ConnectError, match="self-signed"):
            stranger.get("/")
    assert f"Address  {url.replace('localhost', '127.0.0.1')}" in server.log.read_text()


def test_proxy_headers_count_from_a_trusted_address_only(tmp_path: Path) -> None:
    told = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    with run(tmp_path, "--forwarded-allow-ips", "127.0.0.2") as (_, visitor):
        seen = visitor.get("/", headers=told).json()
        assert (seen["client"], seen["url"]) == ("127.0.0.1", f"{visitor.base_url}/")
        with client(str(visitor.base_url), local_address="127.0.0.2") as proxy:
            seen = proxy.get("/", headers=told).json()
        assert seen["client"] == "203.0.113.9"
        assert seen["url"] == f"{visitor.base_url}/".replace("http", "https")


def test_nginx_passes_requests_streams_and_sessions_to_the_socket(short: Path) -> None:
    make_certificate(short, SHOP)
    socket, port = str(short / "shop.sock"), free_port()
    nginx = [program("nginx"), "-e", "stderr", "-c", str(nginx_configuration(short, port))]
    trusting = ssl.create_default_context(cafile=short / "certificate.pem")
    rapide = [*RAPIDE, "run", "main.py", "--uds", socket, "--forwarded-allow-ips", "*"]
    url, named = f"https://127.0.0.1:{port}", {"Host": SHOP}
    names = {"sni_hostname": SHOP}
    with (
        started(rapide, short),
        started(nginx, short) as proxy,
        client(url, verify=trusting) as visitor,
    ):
        lies = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"}

        def ask() -> httpx.Response:
            return visitor.get("/", headers=named | lies, extensions=names)

        proxy.wait_for(lambda: ask().is_success)
        seen = ask().json()
        assert (seen["client"], seen["url"]) == ("127.0.0.1", f"https://{SHOP}/")
        with visitor.stream("GET", "/clock", headers=named, extensions=names) as answer:
            assert next(answer.iter_lines()).startswith("data: ")
        with connect(
            f"wss://{SHOP}/echo", address=("127.0.0.1", port), ssl=trusting, proxy=None
        ) as session:
            session.send("hello")
            assert session.recv(timeout=30) == "hello"


def nginx_configuration(directory: Path, port: int) -> Path:
    """The page's configuration with ports and files that anybody may use."""
    site = (DEPLOYMENT / "nginx.conf").read_text(encoding="utf-8")
    for written, here in {
        "/run/shop/": f"{directory}/",
        "/etc/ssl/shop/": f"{directory}/",
        "listen 443 ": f"listen 127.0.0.1:{port} ",
    }.items():
        assert written in site
        site = site.replace(written, here)
    folders = "".join(
        f"{kind}_temp_path {directory}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi")
    )
    # Its workers must be let in to the directory.
    user = "user root root;" if getpass.getuser() == "root" else ""
    written = directory / "nginx.conf"
    written.write_text(
        f"daemon off;\n{user}\npid {directory}/nginx.pid;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{folders}{site}}}\n"
    )
    return written


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    systemd_analyze = program("systemd-analyze", is_installed_by_make=False)
    unit = tmp_path / "shop.service"
    # The program that it starts has to exist.
    unit.write_text(re.sub(r"(?<=^ExecStart=)\S+", "/bin/true", UNIT, flags=re.M))
    done = subprocess.run([systemd_analyze, "verify", unit], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_hadolint_finds_nothing_wrong_with_the_dockerfile() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, DEPLOYMENT / "Dockerfile"], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_container_is_healthy_until_told_to_stop_and_still_serves_then(tmp_path: Path) -> None:
    """The Dockerfile's own commands, with more time between the signal and the end."""
    check, command = map(json.loads, re.findall(r"CMD (\[.*\])", DOCKERFILE))
    assert command[0] == "rapide"
    command[command.index("--shutdown-delay") + 1] = "600"
    port = str(free_port())
    with (
        started([*RAPIDE, *command[1:]], tmp_path, PORT=port) as server,
        client(f"http://127.0.0.1:{port}") as visitor,
        client(f"http://127.0.0.1:{port}") as balancer,
    ):

        def is_healthy() -> bool:
            asked = subprocess.run([sys.executable, *check[1:]], env={"PORT": port}, check=False)
            return asked.returncode == 0

        server.wait_for(lambda: balancer.get(READY).is_success)
        assert is_healthy()
        server.process.send_signal(signal.SIGTERM)
        server.wait_for(lambda: balancer.get(READY).status_code == 503)
        assert not is_healthy()
        assert visitor.get("/").status_code == 200
        with client(str(visitor.base_url)) as newcomer:
            assert newcomer.get("/").status_code == 200
        # The second signal, of `started`, ends it at once.


def test_every_worker_that_is_told_to_stop_serves_for_the_time_of_the_delay(tmp_path: Path) -> None:
    """Also without a health path."""
    options = ("--workers", "2", "--shutdown-delay", "600")
    with run(tmp_path, *options) as (server, visitor):
        workers = processes(server, url=str(visitor.base_url))
        server.process.send_signal(signal.SIGTERM)
        log = server.log
        server.wait_for(lambda: "Received SIGTERM: stopping the workers" in log.read_text())
        assert workers == processes(server, url=str(visitor.base_url))
        for worker in workers:
            os.kill(worker, signal.SIGTERM)
        server.process.wait(60)
    assert "Traceback" not in log.read_text()


def test_at_the_end_sessions_are_closed_and_event_streams_end(tmp_path: Path) -> None:
    with run(tmp_path, "--timeout-graceful-shutdown", "1") as (server, visitor):
        feed = f"{visitor.base_url}/echo".replace("http", "ws", 1)
        with (
            connect(feed, proxy=None) as session,
            visitor.stream("GET", "/clock") as answer,
        ):
            lines = answer.iter_lines()
            assert next(lines).startswith("data: ")
            server.process.send_signal(signal.SIGTERM)
            with pytest.raises(ConnectionClosed):
                session.recv(timeout=30)
            assert session.close_code == 1012
            assert all(line.startswith("data: ") or not line for line in lines)
        server.process.wait(60)


def test_the_applications_own_lines_and_the_servers_are_logged_as_the_page_says(
    tmp_path: Path,
) -> None:
    block = re.search(r"<!-- file: main.py -->\n```python\n(.*?)```", OBSERVABILITY, re.DOTALL)
    assert block is not None
    (tmp_path / "main.py").write_text(block[1])
    with run(tmp_path, directory=tmp_path) as (server, visitor):
        assert visitor.get("/").is_success
    lines = server.log.read_text().splitlines()
    logged = [line.split(maxsplit=3)[2:] for line in lines if re.match(r"\d{4}-\d\d-\d\d ", line)]
    assert ["shop", "somebody came"] in logged
    assert {name for name, _ in logged} == {"shop", "uvicorn.access", "uvicorn.error"}
    assert any(message.endswith('"GET / HTTP/1.1" 200') for _, message in logged)


@pytest.mark.parametrize("server", ["hypercorn", "granian"])
def test_other_servers_serve_the_application_of_the_readme_by_http_2(
    server: str, tmp_path: Path
) -> None:
    source = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert source is not None
    (tmp_path / "main.py").write_text(source[1])
    make_certificate(tmp_path, "localhost")
    port = str(free_port())
    options = {
        "hypercorn": f"--bind 127.0.0.1:{port} --certfile certificate.pem --keyfile key.pem",
        "granian": f"--interface asgi --port {port} --workers-kill-timeout 1 "
        "--ssl-certificate certificate.pem --ssl-keyfile key.pem",
    }[server]
    command = [sys.executable, "-m", server, "main:app", *options.split()]
    trusting = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
    with (
        started(command, tmp_path, tmp_path, PYTHONPATH=str(ROOT / "src")) as running,
        client(f"https://localhost:{port}", verify=trusting, http2=True) as visitor,
    ):
        running.wait_for(lambda: visitor.get("/docs").is_success)
        answer = visitor.get("/books/7")
        assert (answer.http_version, answer.json()) == ("HTTP/2", {"book_id": 7, "lang": "en"})
        assert visitor.get("/books/seven").status_code == 422


@contextmanager
def bookshop(server: str, directory: Path, *options: str) -> Iterator[Shop]:
    """The bookshop on another server."""
    port = free_port()
    address = {
        "uvicorn": ["--port", str(port)],
        "hypercorn": ["--bind", f"127.0.0.1:{port}"],
        "granian": ["--interface", "asgi", "--port", str(port), "--workers-kill-timeout", "1"],
    }[server]
    command = [sys.executable, "-m", server, "bookshop.main:app", *address, *options]
    folders = os.pathsep.join(map(str, (ROOT / "src", BOOKSHOP.parent)))
    with started(command, directory, directory, PYTHONPATH=folders, **STAFFED) as running:
        shop = Shop(f"http://127.0.0.1:{port}", "sqlite", running.log)
        await_start(running.process, shop)
        yield shop


@pytest.mark.parametrize("server", ["uvicorn", "hypercorn", "granian"])
def test_other_servers_serve_the_bookshop(server: str, tmp_path: Path) -> None:
    with bookshop(server, tmp_path) as shop, shop.reader() as reader, shop.client() as stranger:
        assert stranger.get("/books", params={"title": "emma"}).json()["total"] >= 1
        assert stranger.get("/books", params={"page": "first"}).status_code == 422
        assert stranger.get("/books/no-such-book").status_code == 404
        assert stranger.post("/orders", json={}).status_code == 401
        with events(stranger) as stream:
            next(stream)
            placed = reader.post("/orders", json={"lines": [{"book": "nana"}]})
            assert placed.status_code == 201
            [(_, book, _)] = next_changes(stream, 1)
            assert book == "nana"
        with follow(shop, placed.json()["id"], READER) as session:
            assert message(session)["status"] == "placed"
    assert "Traceback" not in shop.log.read_text()
