"""A server with several processes, and clients that note each request without an answer."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

REQUEST = b"GET /process HTTP/1.1\r\nHost: a\r\n\r\n"
PATIENCE = 120.0


@dataclass(frozen=True)
class Lost:
    """A request without an answer: when it was sent and lost, and the process it went to."""

    sent: float
    lost: float
    process: int
    """0 if the connection had no answer before."""


@dataclass
class Account:
    """What clients have seen."""

    answered: int = 0
    wrong: int = 0
    refused: int = 0
    lost: list[Lost] = field(default_factory=list)
    slowest: float = 0.0
    #: When each process answered last.
    seen: dict[int, float] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        return self.wrong + self.refused + len(self.lost)


class Clients:
    """Clients that keep their connections, and ask again and again until they are stopped."""

    def __init__(self, port: int, number: int = 8) -> None:
        self.port = port
        self.account = Account()
        self.tasks = [asyncio.create_task(self._ask()) for _ in range(number)]
        self._is_over = False

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError("it never came true")
            await asyncio.sleep(0.01)

    async def until_answered(self, number: int) -> None:
        """Wait until so many requests have been answered."""
        while self.account.answered < number:  # noqa: ASYNC110 -- nobody is told of an answer
            await asyncio.sleep(0.01)

    def answering(self, seconds: float = 1.0) -> set[int]:
        """The processes that have answered lately."""
        since = time.monotonic() - seconds
        return {process for process, at in self.account.seen.items() if at > since}

    async def stop(self) -> Account:
        self._is_over = True
        await asyncio.gather(*self.tasks)
        return self.account

    async def _ask(self) -> None:
        while not self._is_over:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                self.account.refused += 1
                await asyncio.sleep(0.01)
                continue
            await self._use(reader, writer)
            writer.close()

    async def _use(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Ask on one connection until it ends."""
        account, process = self.account, 0
        while not self._is_over:
            sent = time.monotonic()
            try:
                writer.write(REQUEST)
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
                body = await reader.readexactly(length)
            except (OSError, asyncio.IncompleteReadError):
                account.lost.append(Lost(sent, time.monotonic(), process))
                return
            account.slowest = max(account.slowest, time.monotonic() - sent)
            if head.startswith(b"http/1.1 200 "):
                account.answered += 1
                process = int(body)
                account.seen[process] = time.monotonic()
            else:
                account.wrong += 1
            if b"connection: close" in head:
                return


class Service:
    """A server of several processes."""

    def __init__(
        self, command: list[str], variables: dict[str, str], folder: Path | None = None
    ) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.output = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the process
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [word.replace("{port}", str(self.port)) for word in command],
            env=variables,
            cwd=folder,
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )

    def ask(self) -> int | None:
        """The process that answers a request on a new connection; None if nobody does."""
        with contextlib.suppress(OSError, ValueError), socket.socket() as connection:
            connection.settimeout(PATIENCE)
            connection.connect(("127.0.0.1", self.port))
            connection.sendall(REQUEST.replace(b"Host", b"Connection: close\r\nHost"))
            data = b""
            while part := connection.recv(4096):
                data += part
            return int(data.rpartition(b"\r\n")[2])
        return None

    def first_answer(self) -> float:
        """Seconds from the start to the first answer."""
        while self.ask() is None:
            if self.process.poll() is not None or time.monotonic() - self.began > PATIENCE:
                raise RuntimeError(self.log())
            time.sleep(0.005)
        return time.monotonic() - self.began

    def workers(self, number: int) -> set[int]:
        """The processes that answer, once there are so many."""
        found: set[int] = set()
        deadline = time.monotonic() + PATIENCE
        while len(found) < number and time.monotonic() < deadline:
            found.add(self.ask() or 0)
            found.discard(0)
        return found

    def memory(self) -> float:
        """The proportional memory of all processes, in MiB."""
        kibibytes = 0
        for pid in [self.process.pid, *_below(self.process.pid)]:
            with contextlib.suppress(OSError):
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                kibibytes += int(rollup.partition("\nPss:")[2].split()[0])
        return kibibytes / 1024

    def log(self) -> str:
        self.output.seek(0)
        return self.output.read().decode()

    def reload(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def end_within(self, seconds: float) -> None:
        """Wait for the end of the process. If it does not come, kill it and its workers."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            for pid in [self.process.pid, *_below(self.process.pid)]:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)

    def stop(self) -> int:
        self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()


def _below(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have started."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [found for child in map(int, text.split()) for found in (child, *_below(child))]


@contextlib.contextmanager
def serving(
    command: list[str], variables: dict[str, str], folder: Path | None = None
) -> Iterator[Service]:
    """Serve during a block."""
    service = Service(command, variables, folder)
    try:
        yield service
    finally:
        service.stop()
