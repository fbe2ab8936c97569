"""The servers of a sweep: an application on FastAPI, twice, and on Rapide, in two ways."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.ecosystem.large.environments import INSIDE
from tests.ecosystem.large.memory import Memory

START_SECONDS = 240
STOP_SECONDS = 10
_RAISED = re.compile(r"^(?:[\w.]+\.)?\w*(?:Error|Exception|Warning|Exit|Group)\b.*", re.MULTILINE)

_UVICORN = ("-m", "uvicorn", "served.{module}:app", "--host", "127.0.0.1", "--port", "{port}")
#: How each is started, by Python. The first and the last show what differs by chance.
SIDES: dict[str, tuple[str, ...]] = {
    "fastapi": _UVICORN,
    "rapide": ("-m", "rapide", "run", "--as-fastapi", "--entrypoint", *_UVICORN[2:]),
    "standin": _UVICORN,
    "fastapi2": _UVICORN,
}


@dataclass
class Side:
    """A running server."""

    name: str
    port: int
    folder: Path
    process: subprocess.Popen[bytes]
    memory: Memory = field(default_factory=Memory)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def exceptions(self) -> set[str]:
        """The last lines of the tracebacks in its log, without numbers and its own folder."""
        log = self.log.replace(str(self.folder), "FOLDER")
        return {re.sub(r"0x[0-9a-f]+|\d+", "N", line) for line in _RAISED.findall(log)}

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None


class NotStarted(Exception):
    """A side did not start; the message has the end of its log."""


def environment(name: str, folder: Path) -> dict[str, str]:
    """The environment variables of a side's process: everything it writes stays in its folder."""
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL") if key in os.environ}
    # Modules of `served` may lie in other folders too: it is a namespace package.
    paths = [str(INSIDE), *filter(None, [os.environ.get("PYTHONPATH")])]
    own = {
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
        "TZ": "UTC",
        "SERVED": str(folder),
    }
    return {**kept, **own, **({"RAPIDE_AS_FASTAPI": "1"} if name == "standin" else {})}


@contextmanager
def started(module: str, python: Path, folder: Path) -> Iterator[list[Side]]:
    """Run all sides until the block ends.

    Raises:
        NotStarted: one of them does not start.
    """
    with ExitStack() as stack:
        sides = []
        for name in SIDES:
            side = stack.enter_context(_process(name, module, python, folder / f"{name:_<8}"))
            sides.append(side)
            _await_start(side)
        yield sides


@contextmanager
def _process(name: str, module: str, python: Path, folder: Path) -> Iterator[Side]:
    (folder / "tmp").mkdir(parents=True)
    port = _free_port()
    command = [part.format(module=module, port=port) for part in SIDES[name]]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(python), *command],
            cwd=folder,
            env=environment(name, folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Side(name, port, folder, process)
    finally:
        _stop(process)


def _await_start(side: Side) -> None:
    deadline = time.monotonic() + START_SECONDS
    while side.process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", side.port), 1):
            return
        time.sleep(0.05)
    raise NotStarted(f"{side.name} did not start:\n" + "\n".join(side.log.splitlines()[-40:]))


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
