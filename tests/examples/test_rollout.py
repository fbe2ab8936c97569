"""A small rollout behind nginx; tests/engines/test_rollout.py has the large one."""

from __future__ import annotations

import pytest

from tests.engines.rollout.playing import end_one, play, replace_all

from .deployed import program

CLIENTS = 8


@pytest.fixture(autouse=True)
def nginx() -> None:
    program("nginx")


def check(seen: dict[str, int], least: int) -> None:
    assert seen["failed requests"] == 0
    assert (seen["streams cut short"], seen["sockets lost"]) == (0, 0)
    assert seen["streams that ended whole"] >= least
    assert seen["sockets closed with 1012"] >= least


def test_no_request_fails_while_replicas_are_replaced() -> None:
    seen = play(
        replicas=2,
        delay=1,
        clients=CLIENTS,
        requests=3000,
        act=replace_all,
        may_repeat=True,
    )
    check(seen, least=CLIENTS)  # each was connected to a replica that has ended


def test_no_request_fails_when_nginx_does_not_know_that_a_replica_ends() -> None:
    """Requests on connections that are kept are not repeated by clients here."""
    seen = play(
        replicas=2,
        delay=1,
        clients=CLIENTS,
        requests=3000,
        act=end_one,
        may_repeat=False,
    )
    check(seen, least=1)
