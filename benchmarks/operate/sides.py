"""The servers, and how each is started."""

import sys
from dataclasses import dataclass

from benchmarks.machine import environment

PYTHON = (sys.executable, "-m")
PLACE = ("--host", "127.0.0.1", "--port", "{port}", "--workers", "{workers}")


@dataclass(frozen=True)
class Side:
    """A server, with the framework that it serves.

    Attributes:
        framework: The package that applications import.
        words: The command, without the application.
        recycling: The options that replace workers after a number of requests, if there are any.
        stopping: The options that end a process whose clients stay, after 30 seconds.
    """

    framework: str
    words: tuple[str, ...]
    recycling: tuple[str, ...] = ()
    stopping: tuple[str, ...] = ()

    def command(self, app: str, workers: int, *options: str) -> list[str]:
        """The command that serves an application; the port is left to fill in."""
        target = ("-e", app) if "rapide" in self.words else (app,)
        place = [word.replace("{workers}", str(workers)) for word in PLACE]
        return [*PYTHON, *self.words, *target, "--factory", *place, *options]

    def environment(self) -> dict[str, str]:
        """The variables of its process."""
        return {**environment(self.framework), "BENCH_FRAMEWORK": self.framework}


SIDES = {
    "rapide": Side(
        "rapide",
        ("rapide", "run", "--no-access-log"),
        ("--limit-max-requests", "{requests}"),
    ),
    "uvicorn": Side(
        "fastapi",
        ("uvicorn", "--no-access-log"),
        ("--limit-max-requests", "{requests}", "--limit-max-requests-jitter", "{jitter}"),
        ("--timeout-graceful-shutdown", "30"),
    ),
    "granian": Side("fastapi", ("granian", "--interface", "asgi", "--no-log")),
}
