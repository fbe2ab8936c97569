"""Two ways in which replicas go while clients are served, and what the clients have seen."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engines.proxy import Proxy

from .clients import Load, Readers
from .fleet import Fleet, fleet_behind_nginx, roll_out

#: How many requests are answered at least before the first replica goes, and after the last one.
AROUND = 300


@contextmanager
def log_folder() -> Iterator[Path]:
    """Make a folder that nginx's workers may use."""
    with tempfile.TemporaryDirectory(prefix="rollout") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def play(
    *,
    replicas: int,
    delay: float,
    clients: int,
    requests: int,
    act: Callable[[Fleet, Proxy, Load], Coroutine[object, object, None]],
    may_repeat: bool,
    may_fail: bool = False,
) -> dict[str, int]:
    """Serve clients while replicas go.

    Args:
        replicas: The number of replicas at the beginning.
        delay: The seconds of `--shutdown-delay`.
        clients: The number of clients that ask, of those that read streams, and of WebSockets.
        requests: How many requests are made at least.
        act: Lets replicas go.
        may_repeat: Whether clients repeat a GET on a connection that the proxy has closed.
        may_fail: Whether requests may fail.

    Returns:
        What the clients have seen.
    """

    async def run(fleet: Fleet, proxy: Proxy) -> dict[str, int]:
        readers = Readers(proxy.port, clients, clients)
        await readers.connect()
        load = Load([proxy.port], clients, may_repeat=may_repeat)
        await load.reach(AROUND)
        await act(fleet, proxy, load)
        await load.reach(max(requests, sum(load.counts.values()) + AROUND))
        await load.stop()
        await readers.connect()
        await readers.stop()
        assert may_fail or load.failures == []
        return {
            "requests": load.counts["answered"] + load.counts["failed"],
            "failed requests": load.counts["failed"],
            "requests repeated because nginx closed the connection": load.counts["repeated"],
            "versions that have answered": len(load.versions),
            "replicas that ended": len(fleet.ended),
            "streams that ended whole": readers.counts["ended"],
            "streams cut short": readers.counts["cut"],
            "sockets closed with 1012": readers.counts["closed"],
            "sockets lost": readers.counts["lost"],
            "connections that replicas reset": reset_connections(proxy),
        }

    with log_folder() as folder, fleet_behind_nginx(folder, delay, replicas) as (fleet, proxy):
        return asyncio.run(run(fleet, proxy))


def play_without_proxy(
    *, replicas: int, delay: float, clients: int, pause: float
) -> dict[str, int]:
    """Let replicas go whose clients keep connections to them, as those of a Service do.

    The rules of a node send new connections to another pod soon after one has got SIGTERM. Those
    that exist stay where they are, until one side closes them.

    Returns:
        What the clients have seen. They repeat nothing.
    """

    async def run() -> dict[str, int]:
        ports = [replica.port for replica in fleet.replicas]
        load = Load(ports, clients, may_repeat=False, pause=pause)
        await load.reach(AROUND)
        for replica in fleet.replicas[:-1]:
            await asyncio.to_thread(fleet.terminate, replica)
            await asyncio.sleep(0.3)
            ports.remove(replica.port)
            await asyncio.to_thread(fleet.await_end, replica)
        await load.reach(sum(load.counts.values()) + AROUND)
        await load.stop()
        assert load.failures == []
        return {
            "requests": load.counts["answered"] + load.counts["failed"],
            "failed requests": load.counts["failed"],
            "replicas that ended": len(fleet.ended),
        }

    with log_folder() as folder:
        fleet = Fleet(folder, delay)
        try:
            fleet.start("1", replicas)
            return asyncio.run(run())
        finally:
            fleet.kill()


def reset_connections(proxy: Proxy) -> int:
    """Return how often nginx has sent a request in vain, also if it could send it again."""
    kinds: Counter[str] = Counter()
    for line in proxy.errors():
        is_refused = "Connection refused" in line or "no live upstreams" in line
        kinds["refused" if is_refused else "reset"] += 1
    return kinds["reset"]


async def replace_all(fleet: Fleet, proxy: Proxy, load: Load) -> None:
    """Replace all replicas once, and see that the new ones have all requests."""
    await roll_out(fleet, proxy, "2", at_once=len(fleet.replicas))
    load.versions.clear()
    await load.reach(sum(load.counts.values()) + AROUND)
    assert set(load.versions) == {"2"}


async def replace_until(requests: int, fleet: Fleet, proxy: Proxy, load: Load) -> None:
    """Replace the replicas one after the other, again and again, until enough requests are made."""
    version = 2
    while sum(load.counts.values()) < requests:
        await roll_out(fleet, proxy, str(version), at_once=1)
        version += 1


async def end_all_but_one(fleet: Fleet, proxy: Proxy, load: Load) -> None:
    """Let one replica after the other go, of which nobody tells nginx."""
    while len(fleet.replicas) > 1:
        await end_one(fleet, proxy, load)


async def end_one(fleet: Fleet, _proxy: Proxy, _load: Load) -> None:
    """Let one replica go, of which nobody tells nginx."""
    replica = fleet.replicas[0]
    await asyncio.to_thread(fleet.terminate, replica)
    await asyncio.to_thread(fleet.await_end, replica)


async def kill_all_but_one(fleet: Fleet, _proxy: Proxy, load: Load) -> None:
    """Kill one replica after the other, for comparison."""
    while len(fleet.replicas) > 1:
        await asyncio.to_thread(fleet.kill_one)
        await load.reach(sum(load.counts.values()) + AROUND)
