from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.distributed.servers import RedisServer


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    try:
        yield server
    finally:
        server.stop()
