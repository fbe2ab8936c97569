from __future__ import annotations

from collections.abc import Iterator

import pytest

from .servers import RedisServer


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    try:
        yield server
    finally:
        server.stop()
