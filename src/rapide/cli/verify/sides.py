"""Start and stop the processes in which the application runs, one per side."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from rapide.cli.verify.settings import Settings, VerifyError

PROGRAM = Path(__file__).with_name("side.py")
STOP_SECONDS = 6
END_SECONDS = 1
"""The time in seconds in which a side that broke off a connection may end or log the reason."""
LOG_LINES = 30


@dataclass(slots=True, eq=False)
class Side:
    """The application, running on one of the frameworks."""

    name: str
    """`fastapi`, `rapide`, or `fastapi2` and so on for the repetitions."""
    framework: str
    folder: Path
    process: subprocess.Popen[bytes]
    port: int = 0
    version: str = ""
    """FastAPI's version, as the application sees it."""
    document: object = None
    document_failure: str = ""
    kept: dict[str, str] = field(default_factory=dict)
    """Values from earlier answers, for later requests."""

    @property
    def title(self) -> str:
        """The name of this side in messages."""
        return {"fastapi": "FastAPI", "rapide": "Rapide"}.get(self.name, f"FastAPI ({self.name})")

    @property
    def log(self) -> Path:
        """The file with its standard output and error output."""
        return self.folder / "log"

    def log_size(self) -> int:
        """Return the size of the log in bytes."""
        return self.log.stat().st_size

    def log_after(self, start: int) -> str:
        """Return the last lines that were logged after `start`, and wait for them for a moment.

        A server sends the answer to a failed request before it logs the failure.
        """
        deadline = time.monotonic() + END_SECONDS
        before, size = -1, self.log_size()
        while (size == start or size != before) and time.monotonic() < deadline:
            time.sleep(0.05)
            before, size = size, self.log_size()
        return self.log_tail(start)

    def log_tail(self, start: int = 0) -> str:
        """Return the last lines that were logged after `start`."""
        text = self.log.read_bytes()[start:].decode(errors="replace")
        return "\n".join(text.splitlines()[-LOG_LINES:])

    def check_alive(self, when: str, patience: float = 0) -> None:
        """Raise `VerifyError` with the end of the log if the process has ended.

        Wait up to `patience` seconds for a process that is about to end.
        """
        try:
            status = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            return
        else:
            raise VerifyError(
                f"{self.title} ended {when}, with {_ending(status)}; its log ends with:\n"
                f"{self.log_tail() or '(nothing)'}"
            )


@contextmanager
def started(settings: Settings, folder: Path) -> Iterator[list[Side]]:
    """Run FastAPI, Rapide and the repetitions of FastAPI, in this order, until the block ends.

    Raises:
        VerifyError: A process does not start.
    """
    names = ["fastapi", "rapide", *(f"fastapi{n}" for n in range(2, settings.baselines + 1))]
    with ExitStack() as stack:
        sides = [stack.enter_context(_process(name, settings, folder / name)) for name in names]
        deadline = time.monotonic() + settings.start_timeout
        for side in sides:
            _await_start(side, deadline)
        yield sides


@contextmanager
def _process(name: str, settings: Settings, folder: Path) -> Iterator[Side]:
    framework = "rapide" if name == "rapide" else "fastapi"
    own = folder / "tmp"
    own.mkdir(parents=True)
    request = {
        "framework": framework,
        "path": settings.path,
        "app": settings.app,
        "entrypoint": settings.entrypoint,
        "factory": settings.factory,
        "app_dir": None if settings.app_dir is None else str(settings.app_dir),
        "protocol": settings.protocol if framework == "rapide" else "asgi",
        "ready": str(folder / "ready"),
    }
    # Without -P, Python would import modules from the folder of the program.
    command = [sys.executable, "-P", str(PROGRAM), json.dumps(request)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env=_environment(name, own, settings),
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Side(name, framework, folder, process)
    finally:
        _stop(process)


def _environment(name: str, own: Path, settings: Settings) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if key != "RAPIDE_AS_FASTAPI"}
    inherited["PYTHONUNBUFFERED"] = "1"
    for key, value in settings.environment:
        inherited[key] = value.replace("{side}", name).replace("{tmp}", str(own))
    return inherited


def _await_start(side: Side, deadline: float) -> None:
    ready = side.folder / "ready"
    while not ready.exists():
        side.check_alive("before it served")
        if time.monotonic() > deadline:
            raise VerifyError(
                f"{side.title} did not start in time (--start-timeout); its log ends with:\n"
                f"{side.log_tail() or '(nothing)'}"
            )
        time.sleep(0.02)
    said = json.loads(ready.read_text(encoding="utf-8"))
    side.port = said["port"]
    side.version = said["version"]
    side.document = said["document"]
    side.document_failure = said.get("failure", "")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a side and its child processes to end, then end them by force."""
    pipe: IO[bytes] | None = process.stdin
    if pipe is not None:
        pipe.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _ending(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
