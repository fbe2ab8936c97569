"""What blocks the event loop is reported: route, line, time and stack."""

from __future__ import annotations

import logging
import re
import threading
from typing import Any

import pytest

from rapide.server.stalls import StallWatch

from . import stalling
from .client import Connection
from .requests import get
from .test_websockets import upgrade

THRESHOLD = 0.05
#: What is asked for, the mark of the blocked line, and the route that is reported.
PLANTED = [
    ("/endpoint/a", "endpoint", "GET /endpoint/{name}"),
    ("POST /body", "body", "POST /body"),
    ("/response-model", "response model", "GET /response-model"),
    ("/validator?value=a", "validator", "GET /validator"),
    ("/own-names", "own names", "GET /own-names"),
    ("/computing", "computing", "GET /computing"),
    ("/library", "library", "GET /library"),
    ("/pattern", "pattern", "GET /pattern"),
    ("/sum", "sum", "GET /sum"),
    ("/task", "task", "GET /task"),
    ("/gathered", "gathered", "GET /gathered"),
    ("/callback", "callback", None),
    ("/dependency", "dependency", "GET /dependency"),
    ("/entering", "entering", "GET /entering"),
    ("/leaving/1", "leaving", "GET /leaving/{number}"),
    ("/background", "background", "GET /background"),
    ("/stream", "stream", "GET /stream"),
    ("/lines", "lines", "GET /lines"),
    ("/events", "events", "GET /events"),
    ("WS /socket/a", "socket", "WS /socket/{room}"),
    ("/handler", "handler", "GET /handler"),
    ("/inner/items/1", "mounted", "GET /inner/items/{item}"),
    ("/outer/items/1", "included", "GET /outer/items/{item}"),
]
#: The lines of C code that lets no other thread run.
HOLDING_THE_LOCK = ("pattern", "sum")


class Watched:
    """A server whose event loop is watched."""

    def __init__(self, running: Any, threshold: float = THRESHOLD) -> None:
        self.running = running
        self.watch = StallWatch(threshold)
        running.thread.run(self.watch.start())

    def reports(self, mark: str) -> list[logging.LogRecord]:
        """Return the reports of a planted line. A busy machine may stop the loop elsewhere."""
        place = stalling.__file__, stalling.line_of(mark)
        return [
            record
            for record in self.running.records("uvicorn.error")
            if hasattr(record, "stall_ms") and (record.stall_file, record.stall_line) == place
        ]

    def is_seen(self, mark: str) -> bool:
        """Return whether the watch has seen a planted line for longer than the threshold."""
        line = stalling.line_of(mark)
        places = [sample.place for _, sample in [*self.watch._samples]]
        return sum(1 for place in places if place and place.line == line) > 3

    def report_of(self, request: bytes, mark: str) -> logging.LogRecord:
        """Send a request that blocks the event loop, and return what is reported."""
        self.running._records.records.clear()
        stalling.held.clear()
        with Connection(self.running.port) as client:
            client.send(request)
            if mark in HOLDING_THE_LOCK:
                client.answer()  # no other thread is to get the lock before the watch
                self.ask_until_reported(client, request, mark)
            else:
                self.running.wait_for(lambda: self.is_seen(mark), f"a sample of {mark}")
            stalling.held.set()
            self.running.wait_for(lambda: self.reports(mark), f"a report of {mark}")
        return self.reports(mark)[0]

    def ask_until_reported(self, client: Connection, request: bytes, mark: str) -> None:
        """Ask again while a busy machine gives the lock to other threads than the watch."""
        for _ in range(20):
            for _ in range(100):
                if self.reports(mark):
                    return
                threading.Event().wait(0.01)
            client.send(request)
            client.answer()

    def stop(self) -> None:
        stalling.held.set()
        self.running.thread.call(self.watch.stop)


@pytest.fixture
def watched():
    made = []

    def watch(running: Any, *args: Any) -> Watched:
        made.append(Watched(running, *args))
        return made[-1]

    yield watch
    for server in made:
        server.stop()


def request_of(asked: str) -> bytes:
    if asked.startswith("WS "):
        return upgrade(asked.removeprefix("WS "))
    if asked.startswith("POST "):
        body = b'{"title": "slow"}'
        fields = b"Content-Type: application/json\r\nContent-Length: %d" % len(body)
        return b"POST /body HTTP/1.1\r\nHost: a\r\n%b\r\n\r\n%b" % (fields, body)
    return get(target=asked.encode())


def test_each_planted_stall_is_reported_with_route_and_line(serve_ours, watched):
    server = watched(serve_ours(stalling.build))
    found = {mark: server.report_of(request_of(asked), mark) for asked, mark, _ in PLANTED}
    routes = {mark: report.stall_route for mark, report in found.items()}
    assert routes == {mark: route for _, mark, route in PLANTED}
    assert all(report.levelno == logging.WARNING for report in found.values())
    assert all(report.stall_ms >= THRESHOLD * 1000 for report in found.values())


@pytest.mark.parametrize(
    ("build", "mark"),
    [
        (stalling.with_middleware, "middleware"),
        (stalling.with_plain_middleware, "plain middleware"),
    ],
)
def test_a_stall_in_middleware_has_the_route_that_is_asked_for(serve_ours, watched, build, mark):
    server = watched(serve_ours(build))
    report = server.report_of(get(target=b"/middleware/1"), mark)
    assert report.stall_route == "GET /middleware/{number}"


def test_a_report_has_the_length_and_the_stack_and_comes_once(serve_ours, watched):
    server = watched(serve_ours(stalling.build))
    report = server.report_of(get(target=b"/endpoint/a"), "endpoint")
    first, *stack = report.getMessage().splitlines()
    assert re.fullmatch(
        rf"GET /endpoint/{{name}} blocked the event loop for {report.stall_ms} ms, at "
        rf"{re.escape(stalling.__file__)}:\d+ in add_endpoints.<locals>.endpoint",
        first,
    )
    assert "    held.wait(LONGEST)  # stall: endpoint" in stack
    with Connection(server.running.port) as client:
        assert client.get("/leaving/no").status == 422
    server.running.thread.settle()
    assert server.reports("endpoint") == [report]


def test_what_is_shorter_than_the_threshold_is_not_reported(serve_ours, watched):
    server = watched(serve_ours(stalling.build), 30.0)
    stalling.held.set()
    with Connection(server.running.port) as client:
        client.get("/sum")
    server.running.thread.settle()
    assert server.reports("sum") == []


def test_a_watch_that_is_stopped_leaves_no_thread_and_no_timer(serve_ours):
    server = Watched(serve_ours(stalling.build))
    server.stop()
    assert "stall watch" not in {thread.name for thread in threading.enumerate()}
    assert server.watch._timer.cancelled()
