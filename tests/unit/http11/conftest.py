"""What holds for the tests of the wire's parts."""

from collections.abc import Iterator

import pytest

from tests.watched_states import Watch, watching

from .stage import Loop


@pytest.fixture(autouse=True)
def watch() -> Iterator[Watch]:
    """Watch the states. A change that no table allows is a failure, wherever it was swallowed."""
    with watching() as watch:
        yield watch
    assert watch.illegal == []


@pytest.fixture(autouse=True)
def _ended() -> Iterator[None]:
    """End handlers that still wait, or the garbage collector does it within some later test."""
    yield
    while Loop.made:
        Loop.made.pop().end()
