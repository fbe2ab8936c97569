"""Memory, start, reloads and recycling of an application of 300 routes with four workers."""

import asyncio
import statistics
from argparse import Namespace

from benchmarks.operate.sides import SIDES, Side
from benchmarks.operate.table import milliseconds, table
from benchmarks.service import Account, Clients, Service, serving

APP = "benchmarks.apps.service:create_app"
WORKERS = 4
COLUMNS = (
    *("server", "start to first answer", "memory (PSS)", "failed over 3 reloads"),
    *("slowest answer", "failed over recyclings", "slowest answer"),
)
GOAL = ("goal", "0.9 s", "95 MiB", "0", "50 ms", "0", "50 ms")


def start_and_memory(side: Side, rounds: int) -> tuple[float, float]:
    """Seconds to the first answer, and MiB of all processes after some requests to each."""
    starts, sizes = [], []
    for _ in range(rounds):
        with serving(side.command(APP, WORKERS), side.environment()) as service:
            starts.append(service.first_answer())
            for _ in range(10):
                service.workers(WORKERS)
            sizes.append(service.memory())
    return statistics.median(starts), statistics.median(sizes)


async def under_load(service: Service, total: int, reloads: int) -> Account:
    """Let clients ask so often, while the server reloads so many times."""
    clients = Clients(service.port)
    for number in range(reloads):
        await clients.until_answered(total * (number + 1) // (reloads + 1))
        old = {*clients.account.seen}
        service.reload()
        await clients.until(lambda old=old: clients.answering().isdisjoint(old))  # type: ignore[misc]
    await clients.until_answered(total)
    return await clients.stop()


def reloading(side: Side, total: int) -> Account:
    """What clients see of three reloads."""
    with serving(side.command(APP, WORKERS), side.environment()) as service:
        service.workers(WORKERS)
        return asyncio.run(under_load(service, total, 3))


def recycling(side: Side, total: int) -> Account | None:
    """What clients see while workers are replaced, three times or more."""
    if not side.recycling:
        return None
    requests = total // (3 + WORKERS)
    given = [option.format(requests=requests, jitter=requests // 10) for option in side.recycling]
    with serving(side.command(APP, WORKERS, *given), side.environment()) as service:
        service.workers(WORKERS)
        return asyncio.run(under_load(service, total, 0))


def measure(arguments: Namespace) -> str:
    """Return the table, and what it means."""
    rows = []
    for name in arguments.only:
        start, memory = start_and_memory(SIDES[name], arguments.rounds)
        cells = [name, f"{start:.2f} s", f"{memory:.0f} MiB"]
        for load in (reloading, recycling):
            account = load(SIDES[name], arguments.requests)
            if account is None:
                cells += ["–", "–"]
            else:
                cells += [str(account.failed), milliseconds(account.slowest)]
        rows.append(cells)
    return (
        f"{WORKERS} workers, 300 routes; clients keep connections; {arguments.requests:,} requests "
        f"per load.\n\n{table(COLUMNS, [*rows, GOAL])}"
    )
