import os
from collections.abc import Iterator
from secrets import token_hex

import httpx
import pytest

from .postgresql import Cluster, binaries, cluster
from .server import STAFFED, Shop, rapide_run, serve


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    programs = binaries()
    if programs is None:
        message = "PostgreSQL is not installed: no initdb in /usr/lib/postgresql/*/bin or PATH"
        if "CI" in os.environ:
            pytest.fail(message)
        pytest.skip(message)
    with cluster(programs) as running:
        yield running


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def shop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    """A bookshop, run by `rapide run`; its tests leave each other's books alone."""
    directory = tmp_path_factory.mktemp("shop")
    variables = dict(STAFFED)
    if request.param == "postgresql":
        postgres: Cluster = request.getfixturevalue("postgresql")
        variables["DATABASE_URL"] = postgres.create_database(f"shop_{token_hex(4)}")
    with serve(rapide_run(), directory, request.param, **variables) as running:
        yield running


@pytest.fixture
def client(shop: Shop) -> Iterator[httpx.Client]:
    """Somebody whom the shop does not know."""
    with shop.client() as stranger:
        yield stranger


@pytest.fixture
def reader(shop: Shop) -> Iterator[httpx.Client]:
    """A customer."""
    with shop.reader() as customer:
        yield customer


@pytest.fixture
def staff(shop: Shop) -> Iterator[httpx.Client]:
    """Somebody of the staff."""
    with shop.staff() as member:
        yield member
