"""How the messages of exceptions, warnings and log records are provoked and heard."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ..harness import Framework


class Said(NamedTuple):
    """A message: its classes, or the level of a log record, by name; its text; its file."""

    kinds: list[str]
    text: str
    file: str = ""


class Row(NamedTuple):
    """How to provoke a message, and the words that it begins with."""

    provoke: Callable[[Framework, pytest.MonkeyPatch, Path], Any]
    phrase: str


TABLE: dict[str, Row] = {}


def begins(phrase: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put a function that provokes a message into the table."""

    def decorate(provoke: Callable[..., Any]) -> Callable[..., Any]:
        TABLE[provoke.__name__] = Row(provoke, phrase)
        return provoke

    return decorate


class Heard(logging.Handler):
    """Everything said while a row runs."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Said] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(Said([record.levelname], record.getMessage()))


@contextlib.contextmanager
def listening() -> Iterator[list[Said]]:
    """Collect exceptions, warnings and records of the logger inside the block."""
    heard = Heard()
    logger = logging.getLogger("fastapi")
    logger.addHandler(heard)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                yield heard.said
            except Exception as error:
                heard.said.insert(0, Said(kinds_of(type(error)), str(error)))
    finally:
        logger.removeHandler(heard)
    heard.said += [Said(kinds_of(w.category), str(w.message), w.filename) for w in caught]


def kinds_of(kind: type[BaseException]) -> list[str]:
    return [base.__name__ for base in kind.__mro__ if base.__name__ not in ("object", "Exception")]


def get(fw: Framework, app: Any, path: str = "/", **options: Any) -> Any:
    return fw.module("testclient").TestClient(app).get(path, **options)


def declare(fw: Framework, annotation: Any, path: str = "/", *, default: Any = ...) -> None:
    def endpoint(value: Any = default) -> Any: ...

    if default is ...:
        endpoint.__defaults__ = None
    endpoint.__annotations__ = {"value": annotation}
    fw.FastAPI().get(path)(endpoint)


class NotAType:
    """A class that Pydantic knows nothing of."""

    __slots__ = ()
