"""FastAPI on Granian: the application files of `benchmarks/apps`, one worker, uvloop."""

from typing import Any

from granian import Granian
from granian.constants import Interfaces, Loops


def serve(app: Any, port: int) -> None:
    Granian(
        "benchmarks.served:app",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=1,
        log_access=False,
        log_enabled=False,
    ).serve()


def __getattr__(name: str) -> Any:
    """Any work: the worker process imports the application that the environment names."""
    return lambda: None
