"""FastAPI by another server: the application file that the environment names, whatever the work."""

from typing import Any


def __getattr__(name: str) -> Any:
    return application


def application() -> Any:
    from benchmarks.served import app

    return app
