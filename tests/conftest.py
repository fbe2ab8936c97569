"""What holds for all tests."""

import gc
import logging
import os
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from rapide.routing import pages
from rapide.stack import build

# The same examples in every run, and no deadlines on slow machines. The long modes draw new ones.
IS_LONG = bool({"RAPIDE_LONG", "RAPIDE_EXAMPLES"} & os.environ.keys())
settings.register_profile("rapide", derandomize=not IS_LONG, deadline=None)
settings.load_profile("rapide")


def pytest_collection_finish() -> None:
    """Keep what the collection of tests has made out of later garbage collections.

    Tests that collect garbage, of which there are many, would go through ten thousand tests each.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _kept_loggers() -> Iterator[None]:
    """Restore the server's loggers: a configuration of uvicorn's changes those of the process."""
    loggers = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.access", "uvicorn.error")]
    kept = [(logger.handlers[:], logger.propagate, logger.level) for logger in loggers]
    yield
    for logger, (handlers, propagate, level) in zip(loggers, kept, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.fixture(autouse=True)
def _kept_environment() -> Iterator[None]:
    """Restore the environment: commands that run inside the tests change that of the process."""
    kept = dict(os.environ)
    yield
    if os.environ != kept:
        os.environ.clear()
        os.environ.update(kept)


@pytest.fixture(autouse=True)
def _kept_pages() -> Iterator[None]:
    """Restore what `rapide dev` changes in its process for good: pages and the console."""
    kept = build.default_handler, build.is_console_served, pages.answer_failure
    yield
    build.default_handler, build.is_console_served, pages.answer_failure = kept


@pytest.fixture
def left_open(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the files of forms that the code under test has read and never closes.

    Exception handlers that read a form once more own its files, under FastAPI too. Whoever forgets
    them gets a warning from the garbage collector, in some later test.
    """
    files: list[Any] = []
    make: Any = tempfile.SpooledTemporaryFile.__init__

    def remember(file: Any, *args: Any, **kwargs: Any) -> None:
        make(file, *args, **kwargs)
        files.append(file)

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "__init__", remember)
    yield
    for file in files:
        file.close()
