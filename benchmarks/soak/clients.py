"""Clients: many connections in one thread, with the requests counted that got no answer."""

import contextlib
import json
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


def request(target: str, *fields: str, method: str = "GET", body: bytes = b"") -> bytes:
    if body:
        fields = (*fields, f"Content-Length: {len(body)}")
    return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: a", *fields, "", ""]).encode() + body


def connect(port: int, receive_buffer: int | None = None) -> socket.socket:
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.connect(("127.0.0.1", port))
    return connection


def reset(connection: socket.socket) -> None:
    """Close without a goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def fetch(port: int, target: str) -> Any:
    """The JSON of one answer."""
    with contextlib.closing(connect(port)) as connection:
        connection.sendall(request(target, "Connection: close"))
        data = b""
        while part := connection.recv(65536):
            data += part
    return json.loads(data.partition(b"\r\n\r\n")[2])


@dataclass
class Load:
    """Requests sent by many connections, each with the next ones when all before are answered.

    Attributes:
        expected: How each answer begins.
        stops: Whether the server may close: no more is sent then.
    """

    port: int
    requests: Sequence[bytes]
    connections: int = 32
    expected: bytes = b"HTTP/1.1 200 "
    stops: bool = False
    sent: int = 0
    answered: int = 0
    wrong: int = 0
    #: Requests that were sent and got no answer, where the answer before said `close`, and else.
    behind_close: int = 0
    unanswered: int = 0
    latencies: list[float] = field(default_factory=list)

    def run(
        self, total: int, progress: Callable[[int], None] | None = None, every: int = 0
    ) -> None:
        """Send at least so many requests."""
        poll = select.epoll()
        clients = {}
        for index in range(self.connections):
            client = _Client(connect(self.port), index)
            clients[client.socket.fileno()] = client
            poll.register(client.socket, select.EPOLLIN)
        mark = every
        for client in clients.values():
            self._send(client)
        while clients:
            for number, _ in poll.poll(30):
                client = clients[number]
                if not self._receive(client, total):
                    poll.unregister(number)
                    clients.pop(number).socket.close()
            if progress is not None and every and self.answered >= mark:
                progress(self.answered)
                mark += every
        poll.close()

    def _send(self, client: "_Client") -> bool:
        data = self.requests[client.next % len(self.requests)]
        client.next += 1
        client.waiting = data.count(b" HTTP/1.1\r\n")
        client.since = time.perf_counter()
        try:
            client.socket.sendall(data)
        except OSError:
            # Nothing of it can have been read to its end.
            client.waiting = 0
            return False
        self.sent += client.waiting
        return True

    def _receive(self, client: "_Client", total: int) -> bool:
        try:
            data = client.socket.recv(262144)
        except OSError:
            data = b""
        if not data:
            if client.is_last:
                self.behind_close += client.waiting
            else:
                self.unanswered += client.waiting
            return False
        client.is_last = client.is_last or b"connection: close" in data
        client.waiting -= data.count(b"HTTP/1.1 ")
        self.answered += data.count(b"HTTP/1.1 ")
        self.wrong += data.count(b"HTTP/1.1 ") - data.count(self.expected)
        if client.waiting > 0:
            return True
        self.latencies.append(time.perf_counter() - client.since)
        if client.is_last:
            return False
        return self.sent < total and (self._send(client) or self.stops)


@dataclass
class _Client:
    socket: socket.socket
    next: int
    waiting: int = 0
    since: float = 0
    is_last: bool = False


def percentile(values: list[float], share: float) -> float:
    """A percentile, in milliseconds."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def probe(port: int, target: str, count: int) -> list[float]:
    """The latencies of requests one after the other."""
    load = Load(port, [request(target)], connections=1)
    load.run(count)
    return load.latencies


@contextlib.contextmanager
def slow_senders(port: int, count: int) -> Iterator["Slow"]:
    """Clients that send a head or a body byte by byte, and never finish."""
    head = request("/json", *(f"X-{n}: a" for n in range(80)))
    body = request("/items", "Content-Length: 1000", method="POST")
    sockets = [connect(port) for _ in range(count)]
    slow = Slow(sockets, [head if n % 2 else body + b"a" * 1000 for n in range(count)])
    for connection in sockets[::2]:
        connection.sendall(body)
    slow.places = [len(body) if n % 2 == 0 else 0 for n in range(count)]
    yield slow
    for connection in sockets:
        connection.close()


@contextlib.contextmanager
def slow_readers(port: int, count: int) -> Iterator["Slow"]:
    """Clients that ask for ten megabytes and read them a few bytes at a time."""
    sockets = [connect(port, receive_buffer=4096) for _ in range(count)]
    for connection in sockets:
        connection.sendall(request("/stream"))
    yield Slow(sockets, [])
    for connection in sockets:
        reset(connection)


@dataclass
class Slow:
    """Slow clients; `step` lets each of them send or read a little."""

    sockets: list[socket.socket]
    data: list[bytes]
    places: list[int] = field(default_factory=list)

    def step(self) -> None:
        for index, connection in enumerate(self.sockets):
            with contextlib.suppress(OSError):
                if not self.data:
                    connection.recv(64)
                    continue
                place = self.places[index]
                connection.send(self.data[index][place : place + 1])
                self.places[index] = place + 1
