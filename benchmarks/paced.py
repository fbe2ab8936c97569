"""Latency at a constant rate: a small open-loop load generator on raw sockets.

wrk sends the next request when an answer has come, so a server that stalls is simply asked less
and its worst moments are hardly counted. Here request n is due at `start + n / rate` whatever the
server does, waits for a free connection if it must, and its latency is counted from that moment.

The generator runs in a process of its own, spins on its core, and reads its task from standard
input as JSON (`Task`, the request's body as Latin-1); it prints a `Latency`, or an error, as JSON.
"""

import gc
import json
import select
import socket
import subprocess
import sys
import time
from array import array
from collections import deque
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.machine import ROOT, cores, environment, pinned
from benchmarks.processes import BrokenMeasurement, Server
from benchmarks.works import Request

LEAD_IN = 0.25
PATIENCE = 10.0
MOST_READ = 1 << 18


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from the moment that a request was due to the last byte of its answer."""

    rate: float
    """Requests per second that were due."""
    achieved: float
    """Requests per second that were answered, the last ones included."""
    p50: float
    p99: float
    p999: float
    worst: float
    median_p99: float | None = None
    """Of several turns, of which the other quantiles are the lowest."""


@dataclass(frozen=True, slots=True)
class Task:
    port: int
    payload: bytes
    status: int
    rate: float
    seconds: float
    connections: int


class Broken(Exception):
    """An answer is not the expected one, or does not come."""


def identity(number: int) -> str:
    """Return the value of a changing header, as long for one request as for another."""
    return f"{number:032x}"


def wire(request: Request, port: int) -> bytes:
    """The request as bytes of HTTP/1.1."""
    headers = {"host": f"127.0.0.1:{port}", **request.headers}
    if request.body:
        headers["content-length"] = str(len(request.body))
    if request.changing:
        headers[request.changing] = identity(0)
    lines = [f"{request.method} {request.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + request.body


def exchange(connection: socket.socket, payload: bytes) -> bytes:
    """Send the payload and return the whole answer.

    Raises:
        Broken: the connection was closed before.
    """
    connection.sendall(payload)
    answer = b""
    while (length := complete_length(answer)) is None or len(answer) < length:
        more = connection.recv(MOST_READ)
        if not more:
            raise Broken("a connection was closed early")
        answer += more
    return answer


def complete_length(answer: bytes) -> int | None:
    """The length of an HTTP/1.1 answer, once enough of it is there to say."""
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not separator:
        return None
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return len(head) + len(separator) + int(value)
    return len(answer) if body.endswith(b"0\r\n\r\n") else None


class Generator:
    """The connections, what is due, and what was measured.

    The same request brings answers of the same length, so bytes are counted and not parsed; the
    length is learned from the first answer, and one of another length is an error.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self.first_line = b"HTTP/1.1 %d" % task.status
        self.length = 0
        self.poll = select.epoll()
        self.free: deque[socket.socket] = deque()
        self.sockets: dict[int, socket.socket] = {}
        self.received: dict[int, int] = {}
        self.due: dict[int, float] = {}
        self.latencies = array("d")
        # One for all: `recv` would ask the kernel for as much memory each time.
        self.buffer = bytearray(MOST_READ)

    def close(self) -> None:
        for connection in self.sockets.values():
            connection.close()
        self.poll.close()

    def connect(self) -> None:
        """Open a connection and use it once."""
        connection = socket.create_connection(("127.0.0.1", self.task.port), PATIENCE)
        self.sockets[connection.fileno()] = connection
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        size = 2 * len(self.task.payload)
        if size > 16384:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)
        answer = exchange(connection, self.task.payload)
        if not answer.startswith(self.first_line) or self.length not in (0, len(answer)):
            raise Broken(f"unexpected answer {answer[:100]!r}")
        self.length = len(answer)
        connection.setblocking(False)
        self.poll.register(connection, select.EPOLLIN)
        self.received[connection.fileno()] = 0
        self.free.append(connection)

    def run(self) -> Latency:
        """Send at the rate, for the lead-in and then the measured time."""
        for _ in range(self.task.connections):
            self.connect()
        interval = 1 / self.task.rate
        total = int((LEAD_IN + self.task.seconds) * self.task.rate)
        start = time.perf_counter() + 0.01
        give_up = start + LEAD_IN + self.task.seconds + PATIENCE
        sent = 0
        while len(self.latencies) < total:
            now = time.perf_counter()
            while sent < total and self.free and (due := start + sent * interval) <= now:
                self.send(due)
                sent += 1
            if now > give_up:
                raise Broken(f"{len(self.latencies)} of {total} requests answered in time")
            for descriptor, _ in self.poll.poll(0):
                self.receive(descriptor)
        return self.summary(int(LEAD_IN * self.task.rate), time.perf_counter() - start)

    def send(self, due: float) -> None:
        connection = self.free.popleft()
        self.due[connection.fileno()] = due
        if connection.send(self.task.payload) != len(self.task.payload):
            raise Broken("the server reads too slowly for this generator")

    def receive(self, descriptor: int) -> None:
        size = self.sockets[descriptor].recv_into(self.buffer)
        received = self.received[descriptor]
        if not received and not self.buffer.startswith(self.first_line, 0, size):
            raise Broken(f"unexpected answer {bytes(self.buffer[: min(size, 100)])!r}")
        received += size
        if received < self.length and size:
            self.received[descriptor] = received
            return
        if received != self.length:
            raise Broken(f"an answer of {received} bytes instead of {self.length}")
        self.received[descriptor] = 0
        self.latencies.append(time.perf_counter() - self.due[descriptor])
        self.free.append(self.sockets[descriptor])

    def summary(self, skipped: int, elapsed: float) -> Latency:
        ordered = sorted(self.latencies[skipped:])

        def quantile(share: float) -> float:
            return round(1e3 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)

        achieved = len(self.latencies) / elapsed
        quantiles = [quantile(share) for share in (0.5, 0.99, 0.999, 1)]
        return Latency(round(self.task.rate, 1), round(achieved, 1), *quantiles)


def paced(
    server: Server, request: Request, rate: float, seconds: float, connections: int
) -> Latency:
    """Ask a running server at a constant rate, from the load generator's core.

    Raises:
        BrokenMeasurement: a wrong answer, or none in time.
    """
    payload = wire(request, server.port)
    task = Task(server.port, payload, request.status, rate, seconds, connections)
    run = subprocess.run(
        pinned(cores()[1], sys.executable, "-m", "benchmarks.paced"),
        input=json.dumps({**asdict(task), "payload": payload.decode("latin-1")}),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(),
        check=False,
    )
    report: dict[str, Any] = json.loads(run.stdout) if run.stdout else {"error": run.stderr[-1000:]}
    if "error" in report:
        raise BrokenMeasurement(f"{request.method} {request.path} at a rate: {report['error']}")
    return Latency(**report)


def main() -> None:
    values: dict[str, Any] = json.load(sys.stdin)
    task = Task(**{**values, "payload": values["payload"].encode("latin-1")})
    gc.disable()  # a collection would delay what is due
    try:
        with closing(Generator(task)) as generator:
            print(json.dumps(asdict(generator.run())))
    except (Broken, OSError) as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))


if __name__ == "__main__":
    main()
