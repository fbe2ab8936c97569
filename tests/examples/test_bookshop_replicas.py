"""Two replicas of the shop and a worker, with one PostgreSQL and one Redis."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from signal import SIGKILL, SIGTERM
from typing import Any

import asyncpg
import httpx
import pytest
import redis

from tests.unit.distributed.servers import RedisServer, running_redis

from .deployed import RAPIDE
from .live import events, eventually, message, next_changes, watch
from .postgresql import Cluster
from .server import BOOKSHOP, STAFFED, Shop, environment, rapide_run, serve

CURSED = "cursed@example.org"
# The order of this customer is refused by its commit, when everything else is done.
CURSE = (
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
    " AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$",
    "CREATE CONSTRAINT TRIGGER curse AFTER INSERT ON orders DEFERRABLE INITIALLY DEFERRED"
    f" FOR EACH ROW WHEN (NEW.customer = '{CURSED}') EXECUTE FUNCTION refuse()",
)
# A letter that cannot be written now.
WRITING = """
SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT%'
"""


@dataclass(frozen=True)
class Replicas:
    """Two replicas, and what they share."""

    one: Shop
    two: Shop
    redis: RedisServer
    variables: dict[str, str]
    folder: Path

    def ask(self, statement: str) -> Any:
        """The value that a statement of SQL gives."""

        async def ask() -> Any:
            connection = await asyncpg.connect(self.variables["DATABASE_URL"])
            try:
                return await connection.fetchval(statement)
            finally:
                await connection.close()

        return asyncio.run(ask())

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Let everybody wait who writes to a table, as long as the block runs."""
        with asyncio.Runner() as runner:
            connection = runner.run(asyncpg.connect(self.variables["DATABASE_URL"]))
            runner.run(connection.execute(f"BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE"))
            try:
                yield
            finally:
                runner.run(connection.close())

    def letters(self, order_id: str) -> int:
        """How many letters there are about an order."""
        found: int = self.ask(f"SELECT count(*) FROM outbox WHERE subject LIKE '%{order_id}'")
        return found

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """A worker, which is stopped at the end of the block unless it was killed."""
        log = self.folder / f"worker-{token_hex(4)}.log"
        with (
            log.open("wb") as output,
            subprocess.Popen(
                [*RAPIDE, "worker", str(BOOKSHOP / "main.py")],
                cwd=self.folder,
                env=environment(**self.variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            try:
                yield process
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, SIGTERM)


@pytest.fixture(scope="module")
def replicas(postgresql: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    folder = tmp_path_factory.mktemp("replicas")
    with running_redis() as server:
        url = postgresql.create_database(f"shop_{token_hex(4)}")
        variables = STAFFED | {"DATABASE_URL": url, "REDIS_URL": server.url}
        with (
            serve(rapide_run(), folder, "postgresql", **variables) as one,
            serve(rapide_run(), folder, "postgresql", **variables) as two,
        ):
            yield Replicas(one, two, server, variables, folder)


def place(client: httpx.Client, book: str) -> httpx.Response:
    return client.post("/orders", json={"lines": [{"book": book}]})


def stocked(shop: Shop, book: str, copies: int = 5) -> None:
    with shop.staff() as staff:
        assert staff.put(f"/stock/{book}", json={"copies": copies}).status_code == 200


def test_an_order_is_confirmed_by_the_worker_and_the_stock_is_news_on_the_other_replica(
    replicas: Replicas,
) -> None:
    stocked(replicas.one, "emma", 5)
    with (
        replicas.worker(),
        redis.Redis.from_url(replicas.redis.url) as client,
        client.pubsub(ignore_subscribe_messages=True) as channel,
        replicas.two.client() as stranger,
        events(stranger) as stream,
        watch(replicas.two) as socket,
        replicas.one.reader() as reader,
    ):
        next(stream)
        channel.subscribe("bookshop:stock")
        order = place(reader, "emma")
        assert order.status_code == 201
        assert next_changes(stream, 1)[0][1:] == ("emma", 4)
        told = message(socket)
        assert (told["book"], told["stock"]) == ("emma", 4)
        assert eventually(lambda: channel.get_message(timeout=1))
        assert eventually(lambda: replicas.letters(order.json()["id"])) == 1


def test_orders_are_confirmed_once_although_a_worker_is_killed(replicas: Replicas) -> None:
    stocked(replicas.one, "nana")

    with replicas.one.reader("nana@example.org") as reader:
        with replicas.worker() as worker, replicas.locked("outbox"):
            orders = [place(reader, "nana").json()["id"]]
            eventually(lambda: replicas.ask(WRITING), 60)
            os.killpg(worker.pid, SIGKILL)
        orders += [place(reader, "nana").json()["id"]]  # while there is no worker
        assert [replicas.letters(order) for order in orders] == [0, 0]
        with replicas.worker():
            eventually(lambda: all(replicas.letters(order) for order in orders), 60)
            orders += [place(reader, "nana").json()["id"]]
            eventually(lambda: replicas.letters(orders[-1]), 60)
    assert [replicas.letters(order) for order in orders] == [1, 1, 1]


def test_an_order_that_is_rolled_back_is_never_confirmed(replicas: Replicas) -> None:
    stocked(replicas.one, "kim")
    for statement in CURSE:
        replicas.ask(statement)
    with (
        replicas.worker(),
        replicas.one.reader(CURSED) as cursed,
        replicas.two.reader("blessed@example.org") as blessed,
    ):
        assert place(cursed, "kim").status_code == 500
        order = place(blessed, "kim").json()
        eventually(lambda: replicas.letters(order["id"]), 60)
        assert blessed.get("/books/kim").json()["stock"] == 4
    assert replicas.ask(f"SELECT count(*) FROM outbox WHERE recipient = '{CURSED}'") == 0
    assert replicas.ask("SELECT count(*) FROM rapide_outbox") == 0
