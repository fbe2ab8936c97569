from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.distributed.servers import RedisServer, running_redis


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server
