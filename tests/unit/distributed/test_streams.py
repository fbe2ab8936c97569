"""Streams that a client resumes, in one process and in several."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from rapide.distributed.streams import Streams
from rapide.testclient import TestClient

from . import streams_application
from .reading import HEADERS, Event, events
from .servers import RedisServer, Replica, wait_until

APPLICATION = "tests.unit.distributed.streams_application:app"


def start(folder: Path, name: str, redis: RedisServer, *options: str, **variables: str) -> Replica:
    return Replica(
        APPLICATION, folder / f"{name}.log", *options, STREAMS_URL=redis.url, **variables
    )


@pytest.fixture(scope="module")
def cluster(
    redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Replica]]:
    folder = tmp_path_factory.mktemp("replicas")
    names = ("one", "another", "killed", "stopped")
    replicas = {name: start(folder, name, redis) for name in names}
    replicas["hurried"] = start(folder, "hurried", redis, "--timeout-graceful-shutdown", "1")
    replicas["idle"] = start(folder, "idle", redis, STREAMS_IDLE="0.5")
    try:
        yield {name: replica.wait() for name, replica in replicas.items()}
    finally:
        for replica in replicas.values():
            replica.kill()


@pytest.fixture(scope="module")
def two(cluster: dict[str, Replica]) -> list[Replica]:
    return [cluster["one"], cluster["another"]]


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=60) as client:
        yield client


def test_a_client_that_resumes_anywhere_gets_each_event_once(
    two: list[Replica], client: httpx.Client
) -> None:
    got: list[Event] = []
    last = None
    for attempt in range(12):
        replica = two[attempt % 2]
        with events(client, f"{replica.url}/numbers?number=1000", last) as (answer, stream):
            assert answer.status_code == 200
            got += islice(stream, 90)
        last = got[-1].id
    assert [event.data for event in got] == [str(number) for number in range(1, 1001)]
    # A browser does not ask again after this status.
    again = client.get(
        f"{two[0].url}/numbers?number=1000", headers={**HEADERS, "last-event-id": last or ""}
    )
    assert (again.status_code, again.content) == (204, b"")


def test_whoever_resumes_must_be_allowed_to(two: list[Replica], client: httpx.Client) -> None:
    url = f"{two[0].url}/numbers?number=2"
    with events(client, url) as (_, stream):
        first = next(stream)
    refused = client.get(url, headers={"key": "wrong", "last-event-id": first.id})
    assert (refused.status_code, refused.json()) == (401, {"detail": "Unauthorized"})
    # The stream of another path is unknown.
    with events(client, f"{two[0].url}/events", first.id) as (_, stream):
        assert [(event.name, event.data) for event in stream] == [
            ("stream-end", '{"reason": "forgotten"}')
        ]


def test_lines_are_resumed_by_their_number(two: list[Replica], client: httpx.Client) -> None:
    with client.stream("GET", f"{two[0].url}/lines?number=30") as answer:
        stream = answer.headers["stream-id"]
        lines = list(islice(answer.iter_lines(), 7))
    query = f"number=30&last_event_id={stream}.7"
    rest = client.get(f"{two[1].url}/lines?{query}")
    assert rest.headers["content-type"] == "application/jsonl"
    lines += rest.text.splitlines()
    assert lines == [str(number) for number in range(1, 31)]
    assert client.get(f"{two[1].url}/lines?number=30&last_event_id={stream}.30").status_code == 204


def test_a_stream_ends_clearly_when_its_process_is_killed(
    cluster: dict[str, Replica], two: list[Replica], client: httpx.Client
) -> None:
    victim = cluster["killed"]
    with events(client, f"{victim.url}/numbers?number=1000&pause=0.05") as (_, stream):
        first = next(stream)
    victim.kill()
    with events(client, f"{two[0].url}/numbers?number=1000", first.id) as (_, stream):
        *before, end = stream
    numbers = [int(event.data) for event in before]
    assert numbers == list(range(2, len(numbers) + 2))
    assert (end.name, end.data) == ("stream-end", '{"reason": "lost"}')
    headers = {**HEADERS, "last-event-id": end.id}
    assert client.get(f"{two[1].url}/numbers?number=1000", headers=headers).status_code == 204


def test_a_server_that_stops_ends_its_listeners_and_finishes_its_streams(
    cluster: dict[str, Replica], two: list[Replica], client: httpx.Client
) -> None:
    stopping = cluster["stopped"]
    url = f"{stopping.url}/numbers?number=40&pause=0.05"
    with events(client, url) as (_, stream):
        got = [next(stream)]
        stopping.process.send_signal(signal.SIGTERM)
        got += stream
    assert len(got) < 40
    url = f"{two[0].url}/numbers?number=40"
    with events(client, url, got[-1].id) as (_, stream):
        got += stream
    assert [event.data for event in got] == [str(number) for number in range(1, 41)]
    assert stopping.process.wait(60) == -signal.SIGTERM


def test_nobody_listens_and_the_endpoint_is_cancelled(
    cluster: dict[str, Replica], client: httpx.Client
) -> None:
    replica = cluster["idle"]
    with events(client, f"{replica.url}/numbers?number=100000&pause=0.05") as (_, stream):
        first = next(stream)
        assert client.get(f"{replica.url}/happened").json() == ["opened"]

    def is_closed() -> bool:
        found: list[str] = client.get(f"{replica.url}/happened").json()
        return found == ["opened", "closed"]

    wait_until(is_closed, "the endpoint is not cancelled")
    with events(client, f"{replica.url}/numbers?number=1", first.id) as (_, stream):
        *_, end = stream
    assert (end.name, end.data) == ("stream-end", '{"reason": "abandoned"}')


def test_the_endpoints_own_ids_follow_those_of_the_stream() -> None:
    with TestClient(streams_application.app, raise_server_exceptions=False) as client:
        with events(client, "/events") as (answer, stream):
            begin, two = stream
        assert (begin.name, begin.data) == ("begin", "1")
        assert begin.id == f"{answer.headers['stream-id']}.1.käse.1"
        assert two.data == "two\nlines"
        with events(client, "/events", begin.id) as (_, stream):
            assert list(stream) == [two]


def test_a_failing_endpoint_ends_its_stream_clearly() -> None:
    with TestClient(streams_application.app, raise_server_exceptions=False) as client:
        with events(client, "/failing") as (_, stream):
            *_, end = stream
        assert (end.name, end.data) == ("stream-end", '{"reason": "failed"}')


def test_generators_in_threads_can_be_resumed() -> None:
    with TestClient(streams_application.app) as client:
        with events(client, "/blocking") as (_, stream):
            got = list(stream)
        assert [event.data for event in got] == ["0", "1", "2"]
        with events(client, "/blocking", got[0].id) as (_, stream):
            assert list(stream) == got[1:]
        # A position of another program begins a stream.
        with events(client, "/blocking", "17") as (_, stream):
            assert len(list(stream)) == 3


def test_the_document_and_errors_are_those_of_the_endpoint() -> None:
    with TestClient(streams_application.app) as client:
        answer = client.get("/numbers", headers=HEADERS)
        assert answer.status_code == 422
        operation = client.get("/openapi.json").json()["paths"]["/lines"]["get"]
    content = operation["responses"]["200"]["content"]
    assert content["application/jsonl"]["itemSchema"]["type"] == "integer"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"idle": 0}, "idle must be greater than 0"),
        ({"lease": 0.5}, "lease must be at least 1 second"),
        ({"window": 10, "kept": 9}, "must be at least window"),
        ({"retry": -1}, "retry must not be negative"),
        ({"url": "localhost"}, "redis://"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Streams(**options)


def test_functions_that_do_not_yield_are_refused() -> None:
    async def answer() -> None: ...

    with pytest.raises(TypeError, match="does not"):
        Streams().resumable(answer)


def test_streams_end_clearly_when_redis_has_lost_them_and_new_ones_begin(
    redis: RedisServer, cluster: dict[str, Replica], client: httpx.Client
) -> None:
    with events(client, f"{cluster['one'].url}/numbers?number=100000&pause=0.05") as (_, stream):
        next(stream)
        redis.stop()
        redis.start()
        *_, end = stream
    assert (end.name, end.data) == ("stream-end", '{"reason": "forgotten"}')
    with events(client, f"{cluster['one'].url}/numbers?number=3") as (answer, stream):
        assert answer.status_code == 200
        assert [event.data for event in stream] == ["1", "2", "3"]


def test_without_redis_no_stream_begins(
    redis: RedisServer, cluster: dict[str, Replica], client: httpx.Client
) -> None:
    redis.stop()
    try:
        answer = client.get(f"{cluster['one'].url}/numbers?number=3", headers=HEADERS)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    finally:
        redis.start()


def test_an_endpoint_that_does_not_end_in_time_ends_its_stream_clearly(
    cluster: dict[str, Replica], client: httpx.Client
) -> None:
    hurried = cluster["hurried"]
    with events(client, f"{hurried.url}/numbers?number=100000&pause=0.05") as (_, stream):
        first = next(stream)
        hurried.process.terminate()
    with events(client, f"{cluster['one'].url}/numbers?number=1", first.id) as (_, stream):
        *_, end = stream
    assert (end.name, end.data) == ("stream-end", '{"reason": "stopped"}')
