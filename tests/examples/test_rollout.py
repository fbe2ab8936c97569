"""A small rollout behind nginx; tests/engines/test_rollout.py has the large one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.rollout.playing import end_one, play, replace_all

from .deployed import program

CLIENTS = 8


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that nginx's workers may use."""
    program("nginx")
    with tempfile.TemporaryDirectory(prefix="rollout") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_no_request_fails_while_replicas_are_replaced(folder: Path) -> None:
    seen = play(
        folder,
        replicas=2,
        delay=1,
        clients=CLIENTS,
        requests=3000,
        act=replace_all,
        may_repeat=True,
    )
    assert seen["failed requests"] == 0
    assert (seen["streams cut short"], seen["sockets lost"]) == (0, 0)
    # Each was connected to a replica that has ended.
    assert seen["streams that ended whole"] >= CLIENTS
    assert seen["sockets closed with 1012"] >= CLIENTS


def test_no_request_fails_when_nginx_does_not_know_that_a_replica_ends(folder: Path) -> None:
    """Requests on connections that are kept are not repeated by clients here."""
    seen = play(
        folder,
        replicas=2,
        delay=1,
        clients=CLIENTS,
        requests=3000,
        act=end_one,
        may_repeat=False,
    )
    assert seen["failed requests"] == 0
    assert (seen["streams cut short"], seen["sockets lost"]) == (0, 0)
    assert seen["streams that ended whole"]
    assert seen["sockets closed with 1012"]
