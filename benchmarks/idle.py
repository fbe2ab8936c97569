"""Memory that idle keep-alive connections cost a server."""

import resource
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack

from benchmarks import load
from benchmarks.paced import wire
from benchmarks.processes import BrokenMeasurement
from benchmarks.works import Request, Side

CONNECTIONS = 10_000
KEEP_ALIVE = 600
WARM_UP = 2_000
SETTLE = 0.5


def raise_limit() -> int:
    """Allow as many open files as the system lets; return how many connections fit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return min(CONNECTIONS, hard - 200)


def open_connections(stack: ExitStack, port: int, count: int) -> Sequence[socket.socket]:
    """Open connections that each asked once, got the answer, and stay open."""
    request = wire(Request("/"), port)
    opened = []
    for _ in range(count):
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
        connection.sendall(request)
        connection.recv(65536)
        opened.append(connection)
    return opened


def growth(side: Side) -> float:
    """Bytes of resident memory per idle connection.

    Raises:
        BrokenMeasurement: connections did not stay open.
    """
    count = raise_limit()
    with load.serve(side) as server, ExitStack() as stack:
        load.ask(server, Request("/"))
        (used,) = open_connections(stack, server.port, 1)
        for _ in range(WARM_UP):
            used.sendall(wire(Request("/"), server.port))
            used.recv(65536)
        time.sleep(SETTLE)
        before = server.resident_kibibytes()
        connections = open_connections(stack, server.port, count)
        time.sleep(SETTLE)
        after = server.resident_kibibytes()
        for connection in connections:
            connection.setblocking(False)
            try:
                closed = not connection.recv(1)
            except BlockingIOError:
                closed = False
            if closed:
                raise BrokenMeasurement(f"{side} does not keep idle connections")
    return (after - before) * 1024 / count
