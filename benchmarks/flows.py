"""Items and messages per second: what wrk cannot count, by a small load generator on uvloop.

The generator runs in a process of its own on the core that wrk has otherwise. It keeps a few
connections busy: a stream is asked for again when it has ended, a message is sent when the
last one is back. It counts what arrives, so a response under way when the time is over counts as
far as it came.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import uvloop

from benchmarks.floors import SAME_SERVER, Goal
from benchmarks.load import WARM_UP, Sample, serve
from benchmarks.machine import ROOT, cores, environment, pinned
from benchmarks.processes import BrokenMeasurement, Server
from benchmarks.works import Side

Samples = tuple[list[Sample], list[Sample]]


@dataclass(frozen=True, slots=True)
class Flow:
    """A row of the table: what flows per second over some connections to one application.

    The latency in its samples is that of a whole stream, or of a message there and back.
    """

    name: str
    title: str
    unit: str
    goal: Goal
    app: str
    path: str
    connections: int
    http: str = "httptools"
    """How Rapide is served; FastAPI always runs on uvicorn."""
    log: bool = False

    def side(self, framework: str) -> Side:
        http = "httptools" if framework == "fastapi" else self.http
        return Side(framework, self.app, http, log=self.log)

    def measure(self, frameworks: Sequence[str], rounds: int, seconds: float) -> Samples:
        """Samples of both sides; each round starts both servers afresh, in alternating order."""
        samples: Samples = [], []
        order = list(zip(frameworks, samples, strict=True))
        for _ in range(rounds):
            for framework, target in order:
                target.append(self.sample(framework, seconds))
            order.reverse()
        return samples

    def sample(self, framework: str, seconds: float) -> Sample:
        """Return one run on a fresh server.

        Raises:
            BrokenMeasurement: The server did not answer as expected.
        """
        with serve(self.side(framework)) as server:
            server.wait()
            return self.load(server, seconds)

    def load(self, server: Server, seconds: float) -> Sample:
        """Load a running server for some seconds.

        Raises:
            BrokenMeasurement: The server did not answer as expected.
        """
        # Four slow streams at once take more than a second on a busy machine.
        task = [self.name, server.port, self.path, max(seconds, 2), self.connections]
        before = server.cpu_seconds()
        run = subprocess.run(
            pinned(cores()[1], sys.executable, "-m", "benchmarks.flows", *map(str, task)),
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=environment(),
            check=False,
        )
        cpu = server.cpu_seconds() - before
        if run.returncode:
            raise BrokenMeasurement(f"{self.name}: {run.stderr}")
        counted = json.loads(run.stdout)
        return Sample(
            requests_per_second=counted["rate"],
            cpu_microseconds=cpu / counted["total"] * 1e6,
            p50_milliseconds=counted["p50"],
            p99_milliseconds=counted["p99"],
        )


FLOWS: tuple[Flow, ...] = (
    Flow(
        "stream",
        "10,000 small JSON Lines items streamed",
        "items/s",
        Goal(low=SAME_SERVER["stream"]),
        "stream",
        "/readings",
        4,
    ),
    Flow(
        "websocket",
        "WebSocket echo",
        "messages/s",
        Goal(low=SAME_SERVER["websocket"]),
        "websocket",
        "/echo",
        16,
    ),
)


class Client(asyncio.Protocol):
    """One connection that is kept busy."""

    transport: asyncio.Transport

    def __init__(self, path: str) -> None:
        self.head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode()
        self.received = b""
        self.count = 0
        self.milliseconds: list[float] = []
        self.trouble: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not of asyncio's class.
        self.transport = cast(asyncio.Transport, transport)
        self.open()

    def connection_lost(self, exc: Exception | None) -> None:
        self.trouble = self.trouble or f"the server closed the connection: {exc}"

    def open(self) -> None:
        """Send the first bytes."""
        raise NotImplementedError

    def ask(self, request: bytes) -> None:
        """Send what is answered by a stream or a message."""
        self.asked = time.perf_counter()
        self.transport.write(request)

    def answered(self) -> None:
        self.milliseconds.append((time.perf_counter() - self.asked) * 1e3)

    def fail(self, what: str) -> None:
        self.trouble = f"{what}: {self.received[:200]!r}"
        self.transport.abort()


class StreamClient(Client):
    """Counts the items of a response in JSON Lines, which it asks for again and again."""

    ITEM: ClassVar = b"}\n"
    END: ClassVar = b"\r\n0\r\n\r\n"
    ITEMS: ClassVar = 10_000

    def open(self) -> None:
        self.items = 0
        self.ask(self.head + b"\r\n")

    def data_received(self, data: bytes) -> None:
        data = self.received + data
        found = data.count(self.ITEM)
        self.items += found
        self.count += found
        # What may be the beginning of a mark stays for the next time; a whole one is counted.
        self.received = data[-len(self.END) :].rpartition(self.ITEM)[2]
        if not data.endswith(self.END):
            return
        if self.items != self.ITEMS:
            self.fail(f"{self.items} items")
            return
        self.answered()
        self.received = b""
        self.open()


class EchoClient(Client):
    """Counts messages that come back over a WebSocket (RFC 6455)."""

    TEXT: ClassVar = b"a message that is sent back"
    MASK: ClassVar = b"\x37\xfa\x21\x3d"
    ECHO: ClassVar = bytes([0x81, len(TEXT)]) + TEXT

    def open(self) -> None:
        masked = bytes(byte ^ self.MASK[index % 4] for index, byte in enumerate(self.TEXT))
        self.message = bytes([0x81, 0x80 | len(self.TEXT)]) + self.MASK + masked
        self.is_open = False
        self.transport.write(
            self.head + b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.is_open:
            if len(self.received) < len(self.ECHO):
                return
            if self.received != self.ECHO:
                self.fail("not the message")
                return
            self.count += 1
            self.answered()
        elif not self.received.endswith(b"\r\n\r\n"):
            return
        elif not self.received.startswith(b"HTTP/1.1 101 "):
            self.fail("no WebSocket")
            return
        self.is_open = True
        self.received = b""
        self.ask(self.message)


CLIENTS: dict[str, Callable[[str], Client]] = {"stream": StreamClient, "websocket": EchoClient}


async def generate(
    kind: str, port: int, path: str, seconds: float, connections: int
) -> dict[str, Any]:
    """Keep the connections busy: the count of all that came, and its rate after the lead-in.

    Raises:
        RuntimeError: A connection did not bring what it should.
    """
    loop = asyncio.get_running_loop()
    clients: list[Client] = []
    for _ in range(connections):
        _, client = await loop.create_connection(lambda: CLIENTS[kind](path), "127.0.0.1", port)
        clients.append(client)
    await asyncio.sleep(WARM_UP)
    before, start = sum(client.count for client in clients), time.perf_counter()
    for client in clients:
        client.milliseconds.clear()
    await asyncio.sleep(seconds)
    total, elapsed = sum(client.count for client in clients), time.perf_counter() - start
    times = [one for client in clients for one in client.milliseconds]
    trouble = [client.trouble for client in clients if client.trouble]
    if trouble or len(times) < 2:
        raise RuntimeError(trouble or "too little came")
    for client in clients:
        client.transport.abort()
    percentiles = statistics.quantiles(times, n=100)
    rate = (total - before) / elapsed
    return {"total": total, "rate": rate, "p50": percentiles[49], "p99": percentiles[98]}


if __name__ == "__main__":
    kind, port, path, seconds, connections = sys.argv[1:]
    task = generate(kind, int(port), path, float(seconds), int(connections))
    print(json.dumps(uvloop.run(task)))
