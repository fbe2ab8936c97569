"""Metrics of a server, on a path and on a port of its own."""

import asyncio
import socket
from weakref import WeakKeyDictionary

from prometheus_client.parser import text_string_to_metric_families
from websockets.sync.client import connect

from rapide.runtime import threads
from rapide.server.options import Options
from rapide.server.own_port import listen

from .client import Connection, post

_ORDER = ("route", "method", "status", "le", "protocol", "lane")


def build(fw):
    app = fw.FastAPI(limits=fw.limits.RequestLimits(concurrency=1, queue=9))
    app.state.go = asyncio.Event()
    app.state.waiting = 0

    @app.get("/books/{slug}")
    async def book(slug: str):
        return slug

    @app.get("/gated")
    async def gated():
        app.state.waiting += 1
        await app.state.go.wait()
        return 1

    @app.post("/body")
    async def body(request: fw.Request):
        return len(await request.body())

    @app.websocket("/socket")
    async def socket(websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.receive_text()

    sub = fw.FastAPI()
    sub.get("/{page}")(lambda page: page)
    app.mount("/sub", sub)
    return app


def scrape(connection: Connection) -> dict[str, float]:
    """Return the values of Rapide's metrics by name and labels."""
    answer = connection.get("/metrics")
    assert answer.status == 200
    return {
        sample.name.removeprefix("rapide_")
        + str([sample.labels[key] for key in _ORDER if key in sample.labels]): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


def test_requests_are_counted_by_route_method_and_class_of_status(serve_ours):
    server = serve_ours(build, observed=Options(metrics_path="/metrics"))
    with Connection(server.port) as connection:
        for path in ("/books/emma", "/books/7", "/sub/one", "/nowhere", "/nobody"):
            connection.get(path)
        connection.send(post("/body", b"12345"))
        connection.answer()
        connection.send(post("/body", b"12345")[:-3])
        server.thread.settle()
        connection.send(b"345")
        connection.answer()
        connection.send(b"BREW /books/emma HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.rest()
    with Connection(server.port) as connection:
        seen = scrape(connection)
    counts = {name: value for name, value in seen.items() if name.startswith("http_requests_total")}
    assert counts == {
        "http_requests_total['/books/{slug}', 'GET', '2xx']": 2,
        "http_requests_total['/sub/{page}', 'GET', '2xx']": 1,
        "http_requests_total['/body', 'POST', '2xx']": 2,
        "http_requests_total['', 'GET', '4xx']": 2,
        "http_requests_total['', 'OTHER', '4xx']": 1,
    }
    durations = "http_request_duration_seconds"
    assert seen[f"{durations}_bucket['/books/{{slug}}', 'GET', '2xx', '+Inf']"] == 2
    assert seen[f"{durations}_count['/books/{{slug}}', 'GET', '2xx']"] == 2
    assert 0 < seen[f"{durations}_sum['/books/{{slug}}', 'GET', '2xx']"] < 10
    assert seen["http_request_body_bytes_total[]"] == 10
    assert seen["http_response_body_bytes_total[]"] > 20
    assert seen["workers[]"] == 1
    assert seen["http_requests_in_flight[]"] == 0


def test_what_waits_is_seen(serve_ours, monkeypatch):
    # Event loops of other tests have threads, too.
    monkeypatch.setattr(threads.DEFAULT, "_loops", WeakKeyDictionary())
    server = serve_ours(build, observed=Options(metrics_path="/metrics"))
    clients = [Connection(server.port) for _ in range(3)]
    for client in clients:
        client.send(b"GET /gated HTTP/1.1\r\nHost: a\r\n\r\n")
    server.wait_for(lambda: server.app.state.waiting)
    with (
        connect(f"ws://127.0.0.1:{server.port}/socket") as socket,
        Connection(server.port) as connection,
    ):
        server.wait_for(lambda: scrape(connection)["queue_waiting[]"] == 2)
        seen = scrape(connection)
        assert seen["http_requests_in_flight[]"] == 3
        assert seen["connections['http']"] == 4
        assert seen["connections['websocket']"] == 1
        assert seen["lane_threads['default']"] == 40
        socket.send("end")
        server.thread.call(server.app.state.go.set)
        for client in clients:
            client.answer()
            client.close()
        server.wait_for(lambda: scrape(connection)["http_requests_in_flight[]"] == 0)
        assert scrape(connection)["queue_waits_total[]"] >= 2
        assert scrape(connection)["queue_wait_seconds_total[]"] > 0


def test_a_client_that_leaves_ends_its_request(serve_ours):
    server = serve_ours(build, observed=Options(metrics_path="/metrics"))
    with Connection(server.port) as client:
        client.send(b"GET /gated HTTP/1.1\r\nHost: a\r\n\r\n")
        server.wait_for(lambda: server.app.state.waiting)
        client.reset()
        server.wait_for(lambda: not server.connections)
    server.thread.call(server.app.state.go.set)
    with Connection(server.port) as connection:
        name = "http_requests_total['/gated', 'GET', '4xx']"
        server.wait_for(lambda: scrape(connection).get(name) == 1)
        assert scrape(connection)["http_requests_in_flight[]"] == 0


def test_a_port_of_its_own_answers_the_servers_paths_alone(serve_ours):
    options = Options(metrics_path="/metrics", health_path="/ready")
    server = serve_ours(build, observed=options)
    listener = socket.create_server(("127.0.0.1", 0))
    client = Connection(server.port)
    client.get("/books/emma")
    [context] = [each.context for each in server.server.server_state.connections]
    [own] = server.thread.run(listen(context.observer, [listener]))
    try:
        with Connection(listener.getsockname()[1]) as connection:
            assert connection.get("/ready").body == b"ready"
            assert connection.get("/books/emma").status == 404
            seen = scrape(connection)
    finally:
        server.thread.call(own.close)
        client.close()
    assert seen["http_requests_total['/books/{slug}', 'GET', '2xx']"] == 1
    assert server.access_lines() == ['"GET /books/emma HTTP/1.1" 200']
