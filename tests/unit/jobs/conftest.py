import shutil
from collections.abc import Iterator

import pytest

from tests.unit.distributed.servers import running_redis


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """The address of a Redis of its own."""
    if shutil.which("redis-server") is None:
        pytest.skip("there is no redis-server: apt-get install redis-server")
    with running_redis() as server:
        yield server.url
