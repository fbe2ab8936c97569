"""Clients that ask, read streams and talk to WebSockets until they are told to stop."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

BODY = b'{"book":"emma","copies":2}'
#: What a client asks for in turn; most answers come at once.
REQUESTS = (
    *(("GET", "/version"),) * 6,
    ("POST", "/orders"),
    ("GET", "/thread"),
    *(("GET", "/version"),) * 6,
    ("POST", "/orders"),
    ("GET", "/slow"),
)


class Load:
    """Clients that ask as often as they can, over connections that they keep.

    Args:
        ports: The ports to which new connections are made, such as that of a proxy. The list may
            change.
        clients: Their number.
        may_repeat: Whether a client repeats a GET if a kept connection ends without any answer, as
            browsers do, and makes a new connection for each POST. A proxy that reloads closes idle
            connections, and a request may just be on its way.
        pause: The most seconds that a client waits between two requests.

    Attributes:
        counts: How many requests were `answered`, have `failed` and were `repeated`.
        versions: How many answers each version of the application has given.
        failures: What has happened to requests that failed.
    """

    def __init__(
        self, ports: list[int], clients: int, *, may_repeat: bool, pause: float = 0
    ) -> None:
        self._ports = ports
        self._may_repeat = may_repeat
        self._pause = pause
        self.counts: Counter[str] = Counter()
        self.versions: Counter[str] = Counter()
        self.failures: list[str] = []
        self._stop = asyncio.Event()
        self._tasks = [asyncio.create_task(self._ask_on()) for _ in range(clients)]

    async def stop(self) -> None:
        """Let each client receive its last answer."""
        self._stop.set()
        await asyncio.gather(*self._tasks)

    async def reach(self, requests: int) -> None:
        """Wait until this number of requests has been answered or has failed."""
        while self.counts["answered"] + self.counts["failed"] < requests:
            for task in self._tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.02)

    async def _ask_on(self) -> None:
        connection = None
        for method, path in itertools.cycle(REQUESTS):
            if self._stop.is_set():
                break
            if self._may_repeat and method == "POST" and connection is not None:
                connection.close()
                connection = None
            if connection is not None and connection.has_ended:
                connection.close()
                connection = None
            connection = await self._ask(connection, method, path)
            if self._pause:
                await asyncio.sleep(random.uniform(0, self._pause))
        if connection is not None:
            connection.close()

    async def _ask(
        self, connection: Connection | None, method: str, path: str
    ) -> Connection | None:
        """Ask once, and return the connection if it is kept."""
        is_kept = connection is not None
        try:
            connection = connection or await Connection.open(random.choice(self._ports))
            status, body = await connection.ask(method, path)
        except (OSError, EOFError) as error:
            has_begun = connection is not None and connection.has_begun
            if connection is not None:
                connection.close()
            if is_kept and self._may_repeat and method == "GET" and not has_begun:
                self.counts["repeated"] += 1
                return await self._ask(None, method, path)
            self._fail(f"{method} {path}: {error!r}")
            return None
        if status != 200 or (method == "POST" and body != BODY):
            self._fail(f"{method} {path}: {status} {body[:80]!r}")
        else:
            self.counts["answered"] += 1
            if path == "/version":
                self.versions[body.decode().strip('"')] += 1
        if connection.is_last:
            connection.close()
            return None
        return connection

    def _fail(self, what: str) -> None:
        self.counts["failed"] += 1
        self.failures.append(what)


class Connection:
    """A connection of HTTP/1.1.

    Attributes:
        has_begun: Whether some of the last answer has come.
        is_last: Whether the last answer ends the connection.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.has_begun = False
        self.is_last = False

    @classmethod
    async def open(cls, port: int) -> Connection:
        """Connect to a port of this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    @property
    def has_ended(self) -> bool:
        """Whether the server has closed it."""
        return self._reader.at_eof()

    async def ask(self, method: str, path: str) -> tuple[int, bytes]:
        """Send a request; return the status and the body.

        Raises:
            EOFError: The connection has ended.
        """
        lines = [f"{method} {path} HTTP/1.1", "Host: shop"]
        body = b""
        if method == "POST":
            body = BODY
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        self.has_begun = False
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        status, headers = await self.head()
        content = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return status, content

    async def head(self) -> tuple[int, dict[str, str]]:
        """Read the head of an answer."""
        first = await self._reader.readexactly(1)
        self.has_begun = True
        head = first + await self._reader.readuntil(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").rstrip().split("\r\n")
        headers = {}
        for field in fields:
            name, _, value = field.partition(":")
            headers[name.lower()] = value.strip()
        self.is_last = headers.get("connection") == "close"
        return int(line.split()[1]), headers

    async def stream(self, path: str) -> int:
        """Read a response in chunks to its regular end; return the number of chunks.

        Raises:
            EOFError: The connection has ended before.
        """
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
        status, _ = await self.head()
        if status != 200:
            raise EOFError(f"status {status}")
        for count in itertools.count():
            size = int(await self._reader.readuntil(b"\r\n"), 16)
            await self._reader.readexactly(size + 2)
            if not size:
                return count
        raise AssertionError

    def close(self) -> None:
        """Close without a farewell."""
        self._writer.close()


class Readers:
    """Clients of streams and of WebSockets, which connect again when theirs has ended.

    Attributes:
        counts: How many streams have `ended` and were `cut`; how many sockets have `closed` with
            1012 and were `lost`.
        connected: How many are connected at the moment.
    """

    def __init__(self, port: int, streams: int, sockets: int) -> None:
        self._port = port
        self.counts: Counter[str] = Counter()
        self.connected = 0
        self._tasks = [
            *(asyncio.create_task(self._read_on()) for _ in range(streams)),
            *(asyncio.create_task(self._talk_on()) for _ in range(sockets)),
        ]

    async def connect(self) -> None:
        """Wait until all are connected."""
        while self.connected < len(self._tasks):
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Let all of them leave."""
        for task in self._tasks:
            task.cancel()
        for result in await asyncio.gather(*self._tasks, return_exceptions=True):
            if not isinstance(result, asyncio.CancelledError):
                raise AssertionError(f"a client has ended: {result!r}")

    async def _read_on(self) -> None:
        while True:
            connection = await Connection.open(self._port)
            self.connected += 1
            try:
                await connection.stream("/events")
                self.counts["ended"] += 1
            except (OSError, EOFError):
                self.counts["cut"] += 1
            finally:
                self.connected -= 1
                connection.close()

    async def _talk_on(self) -> None:
        url = f"ws://127.0.0.1:{self._port}/echo"
        while True:
            async with connect(url, proxy=None, compression=None, ping_interval=None) as socket:
                self.connected += 1
                try:
                    while True:
                        await socket.send("hello ")
                        await socket.recv()
                        await asyncio.sleep(0.1)
                except ConnectionClosed as closed:
                    code = None if closed.rcvd is None else closed.rcvd.code
                    self.counts["closed" if code == 1012 else "lost"] += 1
                finally:
                    self.connected -= 1
