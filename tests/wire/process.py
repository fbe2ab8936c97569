"""A server in a process of its own, for signals and for its memory."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import uvicorn

from .server import framework_of, protocol_of

ROOT = Path(__file__).resolve().parents[2]


class Process:
    """A running server.

    Args:
        transport: How it serves.
        build: ``module:function`` that builds the application.
        options: uvicorn's; ``limits`` are our protocol's, and ``observed`` those of `rapide run`.
    """

    def __init__(self, transport: str, build: str, **options: Any) -> None:
        self.output: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the process
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.wire.process", transport, build, json.dumps(options)],
            cwd=ROOT,
            # The same package as here: the tests also run on the installed one.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdout=subprocess.PIPE,
            stderr=self.output,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(self.log())
        self.port = int(line)
        self.pid = self.process.pid

    def memory(self) -> int:
        """What the process holds in memory, in KiB."""
        return self._status("VmRSS")

    def threads(self) -> int:
        return self._status("Threads")

    def files(self) -> int:
        """How many files and sockets it has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu(self) -> float:
        """The processor time that it has used, in seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _status(self, name: str) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
        raise AssertionError(name)

    def log(self) -> str:
        """What it has written to standard error."""
        self.output.seek(0)
        return self.output.read().decode()

    def terminate(self) -> None:
        """Ask it to stop."""
        self.process.terminate()

    def stop(self) -> int:
        """Stop it, and give its exit status."""
        if self.process.poll() is None:
            self.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
        status = self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status

    def close(self) -> None:
        self.stop()
        self.output.close()


@contextlib.contextmanager
def process(transport: str, build: str, **options: Any) -> Iterator[Process]:
    """A server process for the length of a block."""
    running = Process(transport, build, **options)
    try:
        yield running
    finally:
        running.close()


def main(transport: str, build: str, text: str) -> None:
    """Serve; the port is printed."""
    options = json.loads(text)
    module, _, name = build.partition(":")
    app = getattr(importlib.import_module(module), name)(framework_of(transport))
    observed = options.pop("observed", None)
    if observed is not None:
        from rapide.server.options import Options

        observed = Options(**observed)
    http = protocol_of(transport, options.pop("limits", None), observed)
    options = {"log_level": "warning", "loop": "uvloop", **options}
    config = uvicorn.Config(app, http=http, **options)
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
