"""Measured servers as processes: started on their core, watched, and stopped with their own."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from benchmarks.machine import ROOT, cores, environment, pinned

START_TIMEOUT = 60.0
STOP_TIMEOUT = 5.0


class BrokenMeasurement(RuntimeError):
    """A server did not answer as expected, so its figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. Its process leads a session, which holds everything that it starts."""

    process: subprocess.Popen[bytes]
    port: int
    output: IO[bytes]

    def processes(self) -> Iterator[tuple[int, list[str]]]:
        """The processes of the session, each with its line of `stat` from the state on."""
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = path.read_text().rpartition(")")[2].split()
                if int(fields[3]) == self.process.pid:
                    yield int(path.parent.name), fields

    def cpu_seconds(self) -> float:
        """Return the CPU time so far, in user space and in the kernel, of all running threads.

        `schedstat` counts nanoseconds, where `stat` has hundredths of a second.
        """
        nanoseconds = 0
        for pid, _ in self.processes():
            for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                with suppress(OSError):
                    nanoseconds += int(path.read_text().split()[0])
        return nanoseconds / 1e9

    def resident_kibibytes(self) -> int:
        """Resident memory of all processes."""
        statuses = [Path(f"/proc/{pid}/status").read_text() for pid, _ in self.processes()]
        return sum(int(text.partition("VmRSS:")[2].split()[0]) for text in statuses)

    def said(self) -> str:
        """The last lines of what it printed."""
        self.output.seek(0)
        return self.output.read().decode(errors="replace").strip()[-2000:]

    def wait(self) -> None:
        """Wait until it accepts connections.

        Raises:
            BrokenMeasurement: it ended, or took too long.
        """
        deadline = time.monotonic() + START_TIMEOUT
        while self.process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        raise BrokenMeasurement(f"the server did not start: {self.said()}")

    def stop(self) -> None:
        """Ask the whole session to end, and make it end."""
        self._signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_TIMEOUT)
        self._signal(signal.SIGKILL)
        self.process.wait()
        self.output.close()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


def free_port() -> int:
    """A port that nobody listens on, and that no client is given before the server starts."""
    while True:
        port = random.randrange(20_000, 32_000)  # below the ports that Linux gives to clients
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def started(
    command: Sequence[str],
    port: int,
    variables: Mapping[str, str] | None = None,
    *,
    all_cores: bool = False,
) -> Iterator[Server]:
    """Run a server on the measured core; it is gone when the block ends, however it ends."""
    place = ",".join(map(str, cores())) if all_cores else cores()[0]
    output = TemporaryFile()  # noqa: SIM115  # closed by `Server.stop`
    process = subprocess.Popen(
        pinned(place, *command),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
        env={**environment(), **(variables or {})},
        start_new_session=True,
    )
    server = Server(process, port, output)
    try:
        yield server
    finally:
        server.stop()
