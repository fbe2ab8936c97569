"""Replicas behind nginx, and what Kubernetes does with them in a rollout."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.engines.proxy import Proxy, nginx
from tests.unit.distributed.servers import Replica, wait_until

APPLICATION = "tests.engines.rollout.application:app"
READY = "/-/ready"


class Fleet:
    """The replicas of one application.

    Args:
        folder: Where their logs are written.
        delay: The seconds of `--shutdown-delay`.
    """

    def __init__(self, folder: Path, delay: float) -> None:
        self._folder = folder
        self._delay = delay
        self._numbers = itertools.count(1)
        self.replicas: list[Replica] = []
        self.ended: list[Replica] = []

    def start(self, version: str, count: int = 1) -> list[Replica]:
        """Start replicas, and wait until they are ready."""
        options = ("--health-path", READY, "--shutdown-delay", str(self._delay), "--no-access-log")
        started = [
            Replica(
                APPLICATION, self._folder / f"{next(self._numbers)}.log", *options, VERSION=version
            )
            for _ in range(count)
        ]
        self.replicas += started
        for replica in started:
            wait_until(lambda each=replica: status(each) == 200, "a replica is not ready")  # type: ignore[misc]
        return started

    def terminate(self, replica: Replica) -> None:
        """Send SIGTERM to a replica, and wait until it is not ready."""
        replica.process.terminate()
        wait_until(lambda: status(replica) != 200, "a replica is still ready")

    def await_end(self, replica: Replica) -> None:
        """Wait until a replica has ended as it should."""
        replica.process.wait(60)
        self.replicas.remove(replica)
        self.ended.append(replica)
        log = replica.log.read_text()
        assert "Traceback" not in log, log
        assert "Cancel " not in log, log

    def kill_one(self) -> None:
        """End a replica as a failure of its machine does."""
        replica = self.replicas.pop(0)
        replica.kill()
        self.ended.append(replica)

    def kill(self) -> None:
        """Leave nothing behind."""
        for replica in self.replicas:
            replica.kill()


def status(replica: Replica) -> int:
    """Return the status with which a replica answers the probe for readiness; 0 for none."""
    try:
        return httpx.get(replica.url + READY, trust_env=False).status_code
    except httpx.TransportError:
        return 0


@contextmanager
def fleet_behind_nginx(folder: Path, delay: float, count: int) -> Iterator[tuple[Fleet, Proxy]]:
    """Start replicas of a first version, and nginx in front of them."""
    fleet = Fleet(folder, delay)
    try:
        fleet.start("1", count)
        with nginx(folder, fleet.replicas) as proxy:
            yield fleet, proxy
    finally:
        fleet.kill()


async def roll_out(fleet: Fleet, proxy: Proxy, version: str, *, at_once: int) -> None:
    """Replace all replicas, so many at once, as a Deployment does with `maxUnavailable: 0`.

    A replica gets SIGTERM when its successor is ready and known to the proxy. That the old one is
    to get no requests reaches the proxy a moment later.
    """
    old = [*fleet.replicas]
    for start in range(0, len(old), at_once):
        group = old[start : start + at_once]
        await asyncio.to_thread(fleet.start, version, len(group))
        proxy.reload(fleet.replicas)
        for replica in group:
            await asyncio.to_thread(fleet.terminate, replica)
        await asyncio.sleep(0.3)
        proxy.reload([each for each in fleet.replicas if each not in group])
        for replica in group:
            await asyncio.to_thread(fleet.await_end, replica)
