"""Rollouts behind nginx, under load: 100,000 requests, and none fails."""

from __future__ import annotations

from functools import partial

import pytest

from .results import record
from .rollout.playing import (
    end_all_but_one,
    kill_all_but_one,
    play,
    play_without_proxy,
    replace_until,
)

REQUESTS = 100_000


def test_no_request_of_100_000_fails_in_rollouts() -> None:
    seen = play(
        replicas=3,
        delay=2,
        clients=32,
        requests=REQUESTS,
        act=partial(replace_until, REQUESTS),
        may_repeat=True,
    )
    record("rollouts", {"what": "rollouts behind nginx, which is reloaded", **seen})
    check(seen)


def test_no_request_fails_when_nginx_does_not_know_that_replicas_end() -> None:
    seen = play(
        replicas=5,
        delay=2,
        clients=32,
        requests=20_000,
        act=end_all_but_one,
        may_repeat=False,
    )
    record("ended-replicas", {"what": "replicas end behind nginx, which is not told", **seen})
    check(seen)


@pytest.mark.parametrize("pause", [0.02, 2])
def test_no_request_fails_on_connections_that_clients_keep_to_a_pod(pause: float) -> None:
    seen = play_without_proxy(replicas=4, delay=2, clients=100, pause=pause)
    assert seen["failed requests"] == 0
    assert seen["replicas that ended"] == 3
    if pause < 1:
        record("kept-connections", {"what": "clients keep connections to replicas", **seen})


def test_killed_replicas_lose_what_they_were_doing() -> None:
    """The other tests would notice a replica that ends at once."""
    clients = 32
    seen = play(
        replicas=5,
        delay=2,
        clients=clients,
        requests=20_000,
        act=kill_all_but_one,
        may_repeat=False,
        may_fail=True,
    )
    record("killed-replicas", {"what": "replicas are killed behind nginx", **seen})
    killed = seen["replicas that ended"]
    assert killed == 4
    assert seen["connections that replicas reset"] > 0
    assert seen["failed requests"] <= killed * clients
    assert seen["streams cut short"]
    assert seen["sockets lost"]


def check(seen: dict[str, int]) -> None:
    assert seen["failed requests"] == 0
    assert seen["streams cut short"] == 0
    assert seen["sockets lost"] == 0
    assert seen["replicas that ended"] > 2
    assert seen["streams that ended whole"]
    assert seen["sockets closed with 1012"]
