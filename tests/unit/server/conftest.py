"""`rapide run` as a process, in a folder of its own for each test."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

import rapide

PATIENCE = 90.0


class Command:
    """A running `rapide run`, `rapide dev`, or `main.py`."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        command: str = "run",
        is_script: bool = False,
        **variables: str,
    ) -> None:
        self.folder = folder
        self._connections: list[http.client.HTTPConnection] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._log = folder / "log"
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(rapide.__file__).parents[1]),
            "PORT": str(self.port),
            **variables,
        }
        program = ["-m", "rapide", command, "--host", "127.0.0.1", *arguments]
        if is_script:
            program = ["main.py", *arguments]
        with self._log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *program],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        """What has been printed."""
        return self._log.read_text()

    def wait_for(self, question: Callable[[], Any], *, ended: bool = False) -> Any:
        """The first true answer; meanwhile nobody may be there to answer."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and (ended or self.process.poll() is None):
            try:
                if answer := question():
                    return answer
            except (OSError, http.client.HTTPException):
                pass
            threading.Event().wait(0.02)
        raise AssertionError(f"it never came true; the log:\n{self.log}")

    def wait_for_line(self, text: str, times: int = 1) -> None:
        """Wait until something is printed."""
        self.wait_for(lambda: self.log.count(text) >= times)

    def connect(self) -> http.client.HTTPConnection:
        """A connection to the server."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self._connections.append(connection)
        return connection

    def ask(self, path: str = "/") -> Any:
        """The answer to a request on a connection of its own, from JSON."""
        return json.loads(self.answer(path)[1])

    def answer(self, path: str = "/") -> tuple[int, bytes]:
        """The status and body of the answer to a request on a connection of its own."""
        with closing(self.connect()) as connection:
            connection.request("GET", path, headers={"Connection": "close"})
            response = connection.getresponse()
            return response.status, response.read()

    def signal(self, number: int) -> None:
        """Signal the process that was started."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """The exit status, once the process has ended."""
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it never ended; the log:\n{self.log}") from None

    def kill(self) -> None:
        """End all processes that are left."""
        for connection in self._connections:
            connection.close()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Write `main.py`, and run it with options."""
    running: list[Command] = []

    def run(source: str, *arguments: str, **variables: Any) -> Command:
        (tmp_path / "main.py").write_text(source)
        running.append(Command(tmp_path, *arguments, **variables))
        return running[-1]

    yield run
    for command in running:
        command.kill()
