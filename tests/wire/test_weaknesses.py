"""Weaknesses that other servers and frameworks had, with the names they became known by.

Those of parsing (CVE-2025-43859, CVE-2026-34525, CVE-2026-42544 and others) are rows of the table
in ``cases.py``; those of heads and logs (CVE-2020-7694, CVE-2020-7695) are in ``test_headers.py``
and ``test_scope.py``.
"""

import contextlib
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Annotated

import pytest

from .client import Connection, get, parse_answers, post
from .process import process

FORM = "Content-Type: application/x-www-form-urlencoded"
JSON = "Content-Type: application/json"
PARTS = "Content-Type: multipart/form-data; boundary=b"


def build(fw):
    app = fw.FastAPI()
    log = fw.log.append

    @app.post("/transfer")
    async def transfer(data: dict[str, int]):
        log("transfer")
        return data

    @app.post("/echo")
    async def echo(data: dict):
        return data

    @app.post("/float")
    async def number(value: Annotated[float, fw.Body()]):
        return value

    @app.get("/number")
    async def query_number(f: float):
        return f

    @app.get("/path/{rest:path}")
    async def path(request: fw.Request):
        return [request.url.path, request.scope["path"]]

    @app.post("/form")
    async def form(a: Annotated[str | None, fw.Form()] = None):
        return a

    @app.post("/raw-form")
    async def raw_form(request: fw.Request):
        return [[key, str(value)] for key, value in (await request.form()).multi_items()]

    @app.post("/upload")
    async def upload(file: fw.UploadFile):
        return len(await file.read())

    @app.get("/query")
    async def query(request: fw.Request, a: str = ""):
        return [a, list(request.query_params.multi_items())]

    @app.get("/headers")
    async def headers(
        request: fw.Request,
        x_user: Annotated[list[str] | None, fw.Header()] = None,
    ):
        return [x_user, request.headers.getlist("x-user"), "x-evil" in request.headers]

    @app.get("/file")
    async def file():
        return fw.responses.FileResponse(app.state.file)

    return app


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None, ""])
def test_json_is_not_taken_from_what_a_foreign_page_can_send(serve, kind):
    # FastAPI CVE-2021-32677
    running = serve(build)
    fields = [] if kind is None else [f"Content-Type: {kind}"]
    with Connection(running.port) as client:
        client.send(post("/transfer", b'{"amount": 1}', *fields))
        assert client.answer().status == 422
    assert running.log == []


@pytest.mark.parametrize(
    "host", ["a/?x", "a/b#", "a?b", "a#b", "a@b/", "user:pass@a", "a\\b", "[::1", "a:b/c", "//a"]
)
def test_no_host_changes_the_path_of_the_url(serve_ours, host):
    # Starlette CVE-2026-48710
    running = serve_ours(build)
    with Connection(running.port) as client:
        client.send(f"GET /path/x HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        answer = client.answer()
    assert answer.status == 400 or answer.body == b'["/path/x","/path/x"]'
    assert answer.status == 400


@pytest.mark.parametrize("target", ["path/x", "@a/path/x", ".a/path/x", ":80/path/x", "\\path"])
def test_a_target_without_a_slash_is_refused(serve_ours, target):
    # CVE-2026-54282
    running = serve_ours(build)
    with Connection(running.port) as client:
        client.send(get(target))
        assert client.answer().status == 400


@pytest.mark.parametrize("path", ["/form", "/raw-form"])
def test_a_form_of_a_million_fields_is_refused(serve_ours, path):
    # CVE-2026-54283
    running = serve_ours(build)
    data = post(path, b"a=b&" * 1_000_000, FORM)
    with Connection(running.port) as client:
        # The answer may come before the body has been sent.
        sender = threading.Thread(target=send_all, args=(client, data), daemon=True)
        sender.start()
        assert 400 <= client.answer().status < 500
        sender.join(10)


@pytest.mark.parametrize("method", ["LINK", "SOURCE", "SEARCH", "MERGE", "REPORT", "HEAD"])
def test_a_method_does_not_name_an_attribute(serve_ours, method):
    # Starlette CVE-2026-48817
    def with_class(fw):
        from starlette.endpoints import HTTPEndpoint

        app = fw.FastAPI()

        class Endpoint(HTTPEndpoint):
            async def post(self, request):
                fw.log.append("post")

            async def internal(self, request):
                fw.log.append("internal")

            link = source = search = merge = report = internal

        app.add_route("/class", Endpoint)
        return app

    running = serve_ours(with_class)
    with Connection(running.port) as client:
        client.send(get("/class", method=method))
        assert client.answer(head=method == "HEAD").status in (400, 405, 501)
    assert running.log == []


def grows_linearly(work, small, factor=8):
    """Check that the time for `factor` times as much is nowhere near its square."""
    times = {}
    for size in (small, small * factor):
        best = None
        for _ in range(3):
            began = time.process_time()
            work(size)
            spent = time.process_time() - began
            best = spent if best is None else min(best, spent)
        times[size] = best
    slow, fast = times[small * factor], times[small]
    # A millisecond allows for the clock; the square of the factor would be far beyond.
    assert slow < 3 * factor * (fast + 0.001), times


def test_many_ranges_take_linear_time(serve, tmp_path):
    # Starlette CVE-2025-62727
    running = serve(build)
    running.app.state.file = tmp_path / "file"
    running.app.state.file.write_bytes(b"a" * 100_000)

    def ask(size):
        ranges = ",".join(f"{n}-{n}" for n in range(size // 8))[:size].rpartition(",")[0]
        with Connection(running.port) as client:
            client.send(get("/file", f"Range: bytes={ranges}", "Connection: close"))
            assert client.rest().startswith((b"HTTP/1.1 206 ", b"HTTP/1.1 4", b"HTTP/1.1 200 "))

    grows_linearly(ask, 7000)


def parts(count, size=1, name="a"):
    part = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
    return (part + b"x" * size + b"\r\n") * count + b"--b--\r\n"


@pytest.mark.parametrize(
    "body",
    [
        parts(1001),
        parts(1, 1024 * 1024 + 1),
        parts(1001, name='a"; filename="b'),
        parts(20_000),
    ],
    ids=["fields", "a long field", "files", "many"],
)
def test_forms_in_parts_have_limits(serve, body):
    # Starlette CVE-2024-47874, CVE-2023-30798
    running = serve(build)
    with Connection(running.port) as client:
        client.send(post("/raw-form", body, PARTS))
        assert client.answer().status == 400


def test_a_big_file_is_not_written_to_disk_on_the_event_loop(serve, monkeypatch):
    # Starlette CVE-2025-54121
    writers = []
    original = tempfile.SpooledTemporaryFile.rollover

    def rollover(self):
        writers.append(threading.get_ident())
        original(self)

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", rollover)
    running = serve(build)
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    with Connection(running.port) as client:
        client.send(post("/upload", part + b"x" * 3_000_000 + b"\r\n--b--\r\n", PARTS))
        assert client.answer().body == b"3000000"
    assert running.thread.thread.ident not in writers


@pytest.mark.parametrize(
    "target",
    [
        "/static/../secret",
        "/static/..%2fsecret",
        "/static/%2e%2e/secret",
        "/static/%2e%2e%2fsecret",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/a%00b",
        "/static/..%5csecret",
        "/static/../static2/secret",
        "/static/%2e%2e/static2/secret",
        "/static2/secret",
    ],
)
def test_static_files_stay_in_their_directory(serve, tmp_path, target):
    # Starlette CVE-2023-29159
    for directory in ("static", "static2"):
        (tmp_path / directory).mkdir()
        (tmp_path / directory / "secret").write_text("secret")
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "static" / "secret").unlink()

    def with_static(fw):
        app = fw.FastAPI()
        app.mount("/static", fw.module("staticfiles").StaticFiles(directory=tmp_path / "static"))
        return app

    running = serve(with_static)
    with Connection(running.port) as client:
        assert client.get(target).status in (400, 404)


MULTIPART = {
    "preamble": lambda size: b"\r\n" * (size // 2) + parts(1),
    "preamble of dashes": lambda size: b"--" * (size // 2) + b"\r\n" + parts(1),
    "part header": lambda size: b"--b\r\nX: " + b"a" * size + b"\r\n\r\n" + b"\r\n--b--\r\n",
    "part headers": lambda size: b"--b\r\n" + b"X: a\r\n" * (size // 6) + b"\r\n\r\n--b--\r\n",
    "option": lambda size: parts(1, name='a"; ' + 'b="' * (size // 3)),
    "backslashes": lambda size: parts(1, name="\\" * size),
    "after the end": lambda size: parts(1) + b"\r\n" * (size // 2),
    "nearly ends": lambda size: (
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
        + b"\r\n--" * (size // 4)
        + b"\r\n--b--\r\n"
    ),
}


@pytest.mark.parametrize("kind", MULTIPART)
def test_odd_forms_in_parts_take_linear_time(serve, kind):
    # python-multipart CVE-2024-24762, CVE-2024-53981, CVE-2026-24486
    running = serve(build)

    def ask(size):
        with Connection(running.port) as client:
            client.send(post("/raw-form", MULTIPART[kind](size), PARTS))
            assert client.answer().status < 500

    grows_linearly(ask, 25_000)


def test_a_long_option_of_the_content_type_takes_linear_time(serve):
    # python-multipart CVE-2024-24762
    running = serve(build)

    def ask(size):
        kind = 'multipart/form-data; !="' + "\\" * size
        with Connection(running.port) as client:
            client.send(post("/raw-form", parts(1), f"Content-Type: {kind}"))
            assert client.answer().status < 500

    grows_linearly(ask, 5000)


def test_a_semicolon_separates_nothing(serve):
    # CVE-2026-53538
    running = serve(build)
    with Connection(running.port) as client:
        answer = client.get("/query?a=1;b=2")
        assert answer.body == b'["1;b=2",[["a","1;b=2"]]]'
        client.send(post("/raw-form", b"a=1;b=2", FORM))
        assert client.answer().body == b'[["a","1;b=2"]]'
        client.send(post("/form", b"a=1;b=2", FORM))
        assert client.answer().body == b'"1;b=2"'


def flat(fw):
    app = fw.FastAPI()

    @app.get("/")
    async def root():
        return {}

    return app


@pytest.mark.parametrize("reads", [False, True], ids=["silent", "reading"])
def test_pipelining_without_end_does_not_fill_the_memory(own_transport, reads):
    # aiohttp CVE-2026-54273
    with process(own_transport, "tests.wire.test_weaknesses:flat") as running:
        with Connection(running.port) as client:
            client.get()
            before = running.memory()
            client.socket.settimeout(10 if reads else 0.5)
            reader = threading.Thread(target=swallow, args=(client,), daemon=True)
            if reads:
                reader.start()
            try:
                for _ in range(20 if reads else 200):
                    client.send(get() * 1000)
            except TimeoutError:
                assert not reads
            assert running.memory() - before < 20_000
            client.reset()
            if reads:
                reader.join(10)
        assert "Traceback" not in running.log()


def send_all(client, data):
    with contextlib.suppress(OSError):
        client.send(data)


def swallow(client):
    try:
        while client.socket.recv(262144):
            pass
    except OSError:
        pass


def test_no_file_stays_open_when_the_client_leaves(serve, tmp_path):
    # CVE-2026-54280
    running = serve(build)
    running.app.state.file = tmp_path / "big"
    running.app.state.file.write_bytes(b"a" * 20_000_000)

    def is_open():
        name = str(running.app.state.file)
        links = (Path("/proc/self/fd") / number for number in os.listdir("/proc/self/fd"))
        return any(link.is_symlink() and os.path.realpath(link) == name for link in links)

    for _ in range(3):
        with Connection(running.port, receive_buffer=4096) as client:
            client.send(get("/file"))
            client.until(b"\r\n\r\n")
            running.wait_for(is_open)
            client.reset()
        running.wait_for(lambda: running.tasks == 0)
        running.wait_for(lambda: not is_open())


def test_duplicate_headers_take_linear_time(serve_ours):
    # Django CVE-2025-14550
    running = serve_ours(build, limits={"header_bytes": 10_000_000, "header_fields": 100_000})

    def ask(count):
        with Connection(running.port) as client:
            client.send(get("/headers", *["X-User: a"] * count))
            answer = client.answer()
            assert answer.status == 200
            assert answer.body.count(b'"a"') == 2 * count

    grows_linearly(ask, 2000)


def test_an_underscore_is_no_hyphen(serve):
    # Django CVE-2026-3902
    running = serve(build)
    with Connection(running.port) as client:
        assert client.get("/headers", "X_User: evil").body == b"[null,[],false]"
        answer = client.get("/headers", "X_User: evil", "X-User: good")
        assert answer.body == b'[["good"],["good"],false]'


@pytest.mark.parametrize(
    "mark", [b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e", b"\x85", b"\xe2\x80\xa8"]
)
def test_only_cr_lf_ends_a_line(serve_ours, mark):
    # Daphne CVE-2026-44546
    running = serve_ours(build)
    with Connection(running.port) as client:
        client.send(
            b"GET /headers HTTP/1.1\r\nHost: a\r\nX: a" + mark + b"X-Evil: 1\r\n"
            b"Connection: close\r\n\r\n"
        )
        [answer] = parse_answers(client.rest())
    assert answer.status == 400 or answer.body == b"[null,[],false]"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/transfer", b'{"a": "\\ud800"}'),
        ("/transfer", b'{"a": NaN}'),
        ("/transfer", b'{"a": 1e999}'),
        ("/transfer", b'{"a": -Infinity}'),
        ("/transfer", b'{"a": ' + b"9" * 5000 + b"}"),
        ("/transfer", b"[" * 100_000),
        ("/transfer", b'{"a":' * 100_000),
        ("/float", b"1e999"),
        ("/float", b"NaN"),
        ("/echo", b'{"a": NaN}'),
        ("/echo", b'{"a": 1e999}'),
        ("/echo", b'{"a": "\\ud800"}'),
        ("/echo", b'"\xff"'),
    ],
    ids=lambda value: str(value[:20]),
)
def test_odd_json_is_the_clients_mistake(serve_ours, path, body):
    running = serve_ours(build)
    with Connection(running.port) as client:
        client.send(post(path, body, JSON))
        assert 400 <= client.answer().status < 500
    assert running.log == []


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/xml"])
def test_a_body_that_is_no_text_is_the_clients_mistake(serve_ours, kind):
    running = serve_ours(build)
    for path in ("/transfer", "/float", "/echo"):
        with Connection(running.port) as client:
            client.send(post(path, b"\xa3nV\x93", f"Content-Type: {kind}"))
            assert 400 <= client.answer().status < 500


@pytest.mark.parametrize("value", ["inf", "nan", "-Infinity", "1e999"])
def test_a_number_that_json_does_not_have_is_the_clients_mistake(serve_ours, value):
    running = serve_ours(build)
    with Connection(running.port) as client:
        assert 400 <= client.get(f"/number?f={value}").status < 500
