"""What the server does with requests besides answering them: ids, logs, and paths of its own."""

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from rapide.server.health import mark_not_ready, mark_ready
from rapide.server.log_formats import AccessFormatter, JsonFormatter
from rapide.server.options import LogFormat, Options

from .client import Connection, post

ECHO = b"x-request-id"
SHOP = logging.getLogger("shop")


@pytest.fixture(autouse=True)
def same_records() -> Iterator[None]:
    """Make records as before, once the test has ended."""
    factory = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(factory)


def build(fw):
    app = fw.FastAPI()
    app.state.go = asyncio.Event()

    @app.get("/pure/{number}")
    def pure(number: int):
        return {"number": number}

    @app.get("/logs")
    async def logs(request: fw.Request):
        await asyncio.sleep(0)
        SHOP.warning("somebody came", extra={"visitor": 7})
        return request.state.request_id

    @app.get("/has")
    async def has():
        return fw.responses.Response(b"mine", headers={"X-Request-Id": "mine"})

    @app.get("/fails")
    async def fails():
        raise ValueError("no books")

    @app.get("/parts")
    async def parts():
        async def made():
            yield b"first"
            await app.state.go.wait()
            yield b"second"

        return fw.responses.StreamingResponse(made())

    @app.post("/body")
    async def body(request: fw.Request):
        return len(await request.body())

    @app.websocket("/socket")
    async def socket(websocket: fw.WebSocket):
        await websocket.accept()
        SHOP.warning("a socket")
        await websocket.send_text(websocket.state.request_id)
        await websocket.close()

    sub = fw.FastAPI()

    @sub.get("/books/{slug}")
    async def book(slug: str):
        return slug

    app.mount("/sub", sub)
    router = fw.APIRouter(prefix="/included")

    @router.get("/{slug}")
    async def included(slug: str):
        return slug

    app.include_router(router)
    return app


def test_a_request_has_one_id_in_its_lines_its_answer_and_its_state(serve_ours):
    server = serve_ours(build, observed=Options(request_id=True))
    with Connection(server.port) as connection:
        answer = connection.get("/logs", "X-Request-ID: of-a-proxy.7")
        made = [connection.get(path).header(ECHO) for path in ("/logs", "/pure/3", "/pure/x", "/")]
        own = connection.get("/has")
    assert answer.body == b'"of-a-proxy.7"'
    assert answer.header(ECHO) == b"of-a-proxy.7"
    assert len({*made}) == 4
    assert all(len(each) == 32 for each in made)
    assert own.header(ECHO) == b"mine"
    ids = [record.request_id for record in server.records("shop")]
    assert ids == ["of-a-proxy.7", made[0].decode()]
    lines = [record.request_id.encode() for record in server.records("uvicorn.access")]
    assert lines[:5] == [b"of-a-proxy.7", *made]


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ("spaces are not allowed", {}),
        ("a" * 129, {}),
        ("", {}),
        ("valid", {"forwarded_allow_ips": "192.0.2.7"}),
        ("valid", {"proxy_headers": False}),
    ],
)
def test_an_id_that_is_invalid_or_of_a_stranger_is_not_taken(serve_ours, given, options):
    server = serve_ours(build, observed=Options(request_id=True), **options)
    with Connection(server.port) as connection:
        answer = connection.get("/logs", f"X-Request-ID: {given}")
    assert answer.header(ECHO) != given.encode()
    assert answer.body == b'"%b"' % answer.header(ECHO)


def test_an_error_is_logged_with_the_id_of_its_request(serve_ours):
    server = serve_ours(build, observed=Options(request_id=True, request_id_header="trace"))
    server.expects_errors = True
    with Connection(server.port) as connection:
        assert connection.get("/fails", "Trace: lost-7").header(b"trace") == b"lost-7"
    server.wait_for(lambda: any(record.exc_info for record in server.records()))
    assert [record.request_id for record in server.records() if record.exc_info] == ["lost-7"]


def test_a_websocket_has_an_id_too(serve_ours):
    server = serve_ours(build, observed=Options(request_id=True))
    with connect(
        f"ws://127.0.0.1:{server.port}/socket", additional_headers={"X-Request-ID": "of-a-proxy"}
    ) as socket:
        assert socket.recv() == "of-a-proxy"
        assert socket.response.headers.get_all("x-request-id") == ["of-a-proxy"]
    assert [record.request_id for record in server.records("shop")] == ["of-a-proxy"]


def test_a_json_line_says_what_is_known_at_the_end_of_a_request(serve_ours):
    server = serve_ours(build, observed=Options(log_format=LogFormat.JSON))
    with Connection(server.port) as connection:
        connection.get("/pure/3?a=%20b", "User-Agent: curl/8")
        connection.get("/sub/books/emma")
        connection.get("/included/emma")
        connection.get("/nowhere")
        connection.send(post("/body", b"123"))
        connection.answer()
        connection.send(b"nonsense\r\n\r\n")
        connection.rest()
    server.wait_for(lambda: len(server.records("uvicorn.access")) == 6)
    lines = [json.loads(JsonFormatter().format(each)) for each in server.records("uvicorn.access")]
    assert (
        lines[0].items()
        >= {
            "level": "INFO",
            "logger": "uvicorn.access",
            "method": "GET",
            "path": "/pure/3",
            "query": "a=%20b",
            "status": 200,
            "bytes": 12,
            "route": "/pure/{number}",
            "http_version": "1.1",
            "user_agent": "curl/8",
        }.items()
    )
    assert lines[0].keys() >= {"time", "seconds", "client", "pid"}
    assert lines[0]["message"].endswith('"GET /pure/3?a=%20b HTTP/1.1" 200')
    assert [line["route"] for line in lines[1:]] == [
        *("/sub/books/{slug}", "/included/{slug}", None, "/body", None)
    ]
    assert [line["status"] for line in lines[1:]] == [200, 200, 404, 200, 400]


def test_a_stream_is_logged_at_its_end_with_all_its_bytes_and_when_the_client_leaves(serve_ours):
    server = serve_ours(build, observed=Options(access_log_format="%(s)s %(B)s"))
    with Connection(server.port) as connection:
        connection.send(b"GET /parts HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.until(b"first")
        assert server.access_lines() == []
        server.thread.call(server.app.state.go.set)
        connection.until(b"0\r\n\r\n")
        server.thread.call(server.app.state.go.clear)
        connection.send(b"GET /parts HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.until(b"first")
    server.wait_for(lambda: len(server.records("uvicorn.access")) == 2)
    formatter = AccessFormatter("%(s)s %(B)s")
    assert [formatter.format(each) for each in server.records("uvicorn.access")] == [
        *("200 11", "200 5")
    ]


def test_slow_requests_are_told_by_their_route(serve_ours):
    server = serve_ours(build, observed=Options(log_slow=0.0))
    with Connection(server.port) as connection:
        connection.get("/pure/3")
    server.wait_for(lambda: warnings(server))
    [warning] = warnings(server)
    assert warning.getMessage().startswith("Slow request: GET /pure/{number} took 0.")
    assert (warning.route, warning.status, warning.event) == ("/pure/{number}", 200, "slow-request")


def warnings(server) -> list[logging.LogRecord]:
    return [each for each in server.records("uvicorn.error") if each.levelname == "WARNING"]


def test_the_servers_own_paths_are_neither_logged_nor_counted(serve_ours):
    options = Options(health_path="/ready", live_path="/live", startup_path="/started")
    server = serve_ours(build, observed=options)
    try:
        mark_not_ready("warming up")
        with Connection(server.port) as connection:
            assert [probe(connection, each) for each in ("/ready", "/live", "/started")] == [
                *((503, b"warming up"), (200, b"alive"), (503, b"warming up"))
            ]
            mark_ready()
            assert probe(connection, "/ready") == (200, b"ready")
            mark_not_ready("the database is away")
            assert probe(connection, "/ready") == (503, b"the database is away")
            assert probe(connection, "/started") == (200, b"started")
            connection.get("/pure/3")
    finally:
        mark_ready()
    assert server.access_lines() == ['"GET /pure/3 HTTP/1.1" 200']
    state = server.server.server_state
    server.wait_for(lambda: state.total_requests, "the count of requests")
    assert state.total_requests == 1


def test_a_route_that_a_path_of_the_server_hides_is_named(serve_ours):
    options = Options(health_path="/included/up", live_path="/logs", startup_path="/body/up")

    def build_with_route(fw):
        app = build(fw)
        router = fw.APIRouter(prefix="/included")
        router.get("/up")(lambda: "mine")
        app.include_router(router)
        app.get("/{path:path}")(lambda path: path)
        return app

    server = serve_ours(build_with_route, observed=options)
    with Connection(server.port) as connection:
        assert connection.get("/included/up").body == b"ready"
    told = [each.args[0] for each in warnings(server) if "is not called" in each.getMessage()]
    assert sorted(told) == ["/included/up", "/logs"]


def probe(connection: Connection, path: str) -> tuple[int, bytes]:
    answer = connection.get(path)
    return answer.status, answer.body


def test_lines_of_the_default_format_are_those_of_uvicorn(serve_ours, tmp_path: Path):
    """An observer that writes no lines of its own leaves them as they are."""
    server = serve_ours(build, observed=Options(log_slow=60.0, health_path="/ready"))
    with Connection(server.port) as connection:
        connection.get("/pure/3")
        connection.send(b"nonsense\r\n\r\n")
        connection.rest()
    assert server.access_lines() == ['"GET /pure/3 HTTP/1.1" 200', '"- - HTTP/1.1" 400']
    [first, _] = server.records("uvicorn.access")
    assert not hasattr(first, "status")
