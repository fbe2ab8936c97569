"""Streams of many events, while connections are cut and processes killed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import httpx

from tests.unit.distributed.reading import Event, events
from tests.unit.distributed.servers import RedisServer, Replica

from .proxy import nginx
from .results import record

APPLICATION = "tests.unit.distributed.streams_application:app"
EVENTS = 10_000
CUTS = 50


@contextmanager
def replicas_behind_nginx(
    redis: RedisServer, folder: Path
) -> Iterator[tuple[dict[int, Replica], str]]:
    """Three replicas by the number of their process, and the address of nginx."""
    replicas = [
        Replica(APPLICATION, folder / f"{number}.log", STREAMS_URL=redis.url) for number in range(3)
    ]
    try:
        for replica in replicas:
            replica.wait()
        with nginx(folder, replicas) as proxy:
            yield {replica.process.pid: replica for replica in replicas}, proxy.address
    finally:
        for replica in replicas:
            replica.kill()


def test_no_event_is_lost_or_doubled_by_cut_connections_and_a_killed_neighbour(
    redis: RedisServer, tmp_path: Path
) -> None:
    chance = random.Random(7)
    got: list[Event] = []
    last = None
    readers = set()
    with (
        replicas_behind_nginx(redis, tmp_path) as (replicas, address),
        httpx.Client(trust_env=False, timeout=60) as client,
    ):
        url = f"{address}/numbers?number={EVENTS}"
        producer = 0
        for cut in range(CUTS):
            with events(client, url, last) as (answer, stream):
                assert answer.status_code == 200
                reader = int(answer.headers["process"])
                readers.add(reader)
                producer = producer or reader
                got += islice(stream, chance.randint(1, 2 * EVENTS // CUTS - 60))
                if cut == CUTS // 2:
                    neighbour = next(pid for pid in replicas if pid != producer)
                    replicas[neighbour].kill()
            last = got[-1].id
        assert len(got) < EVENTS
        with events(client, url, last) as (_, stream):
            got += stream
    numbers = [int(event.data) for event in got]
    doubled = len(numbers) - len(set(numbers))
    lost = EVENTS - len(set(numbers))
    record(
        "resumed-streams",
        {
            "what": "one stream through nginx to three processes",
            "events": EVENTS,
            "connections cut": CUTS,
            "processes killed": "1 neighbour of the producer",
            "processes that were read from": len(readers),
            "events lost": lost,
            "events doubled": doubled,
        },
    )
    assert (lost, doubled) == (0, 0)
    assert numbers == sorted(numbers)
    assert len(readers) > 1


def test_streams_end_clearly_when_their_producer_is_killed(
    redis: RedisServer, tmp_path: Path
) -> None:
    with (
        replicas_behind_nginx(redis, tmp_path) as (replicas, address),
        httpx.Client(trust_env=False, timeout=60) as client,
    ):
        url = f"{address}/numbers?number={EVENTS}&pause=0.01"
        with events(client, url) as (answer, stream):
            first = next(stream)
            replicas[int(answer.headers["process"])].kill()
        streams = []
        for _ in range(10):
            with events(client, url, first.id) as (_, stream):
                streams.append(list(stream))
    assert len({tuple(event.id for event in stream) for stream in streams}) == 1
    *before, end = streams[0]
    numbers = [int(event.data) for event in before]
    assert numbers == list(range(2, len(numbers) + 2))
    assert (end.name, end.data) == ("stream-end", '{"reason": "lost"}')
    record(
        "killed-producers",
        {
            "what": "ten listeners of a stream whose producer was killed",
            "processes killed": "1 producer",
            "listeners with the last event": len(streams),
            "listeners with different events": 0,
        },
    )
