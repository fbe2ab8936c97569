"""Lines that block the event loop, and what the log says of them."""

import contextlib
import json
import socket
import time
from argparse import Namespace

from benchmarks.operate.sides import SIDES
from benchmarks.operate.table import table
from benchmarks.service import PATIENCE, Service, serving
from tests.wire import stalling
from tests.wire.test_stalls import PLANTED, request_of

APP = "benchmarks.apps.stalls:create_app"
COLUMNS = ("server", "planted", "named with route, file and line", "named wrongly")


def reports(service: Service) -> set[tuple[int, str | None]]:
    """What the log has said: lines and routes."""
    found = set()
    for line in service.log().splitlines():
        with contextlib.suppress(ValueError):
            record = json.loads(line)
            if record.get("stall_file") == stalling.__file__:
                found.add((record["stall_line"], record["stall_route"]))
    return found


def ask_until_reported(service: Service, request: bytes, line: int) -> None:
    """Ask, and ask again if the moment was too short, until the log names the line."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with socket.create_connection(("127.0.0.1", service.port)) as client:
            client.sendall(request)
            client.settimeout(1)
            with contextlib.suppress(TimeoutError):
                client.recv(65536)
        time.sleep(0.1)
        if any(found == line for found, _ in reports(service)):
            return


def measure(_: Namespace) -> str:
    """Return the table, and what it means."""
    options = ("--stall-threshold", "100", "--log-format", "json")
    side = SIDES["rapide"]
    expected = {(stalling.line_of(mark), route) for _, mark, route in PLANTED}
    with serving(side.command(APP, 1, *options), side.environment()) as service:
        service.workers(1)
        for asked, mark, _ in PLANTED:
            ask_until_reported(service, request_of(asked), stalling.line_of(mark))
        found = reports(service)
    row = ["rapide", str(len(expected)), str(len(found & expected)), str(len(found - expected))]
    return (
        "Lines that block the event loop: endpoints, dependencies, validators, streams, sockets, "
        "tasks and callbacks. The other servers do not watch it.\n\n"
        f"{table(COLUMNS, [row, ('goal', str(len(expected)), str(len(expected)), '0')])}"
    )
