"""A short run of the fuzzer; `make fuzz` runs the long one."""

import pytest

from .compare import Comparison
from .grammar import Script


@pytest.fixture(scope="module")
def comparison(thread):
    with Comparison(thread) as comparison:
        yield comparison


@pytest.mark.parametrize("seed", [1, 2])
def test_generated_requests_are_answered_the_same_by_both_paths(comparison, seed):
    comparison.run(200, seed)


FOUND = [
    Script(b"POST /books HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n\xa3\xff", (), 2),
]


@pytest.mark.parametrize("script", FOUND)
def test_what_was_once_different_is_the_same(comparison, script):
    comparison.compare([script])
