"""`python -m benchmarks.operate`: servers as services, with four workers, and peers beside them.

Memory, start, reloads and recycling of an application of 300 routes. Each server is measured in the
same run. Rapide's goals are those of the columns.
"""

import argparse
import asyncio
import statistics
import sys
from collections.abc import Iterator
from datetime import date

from benchmarks.machine import description, environment, versions
from benchmarks.report import RESULTS
from benchmarks.service import Account, Clients, Service, serving

WORKERS = 4
APP = "benchmarks.apps.service:create_app"
PLACE = ["--host", "127.0.0.1", "--port", "{port}", "--workers", str(WORKERS)]
PYTHON = [sys.executable, "-m"]
#: The command of each server, and its options for recycling after a number of requests.
SIDES: dict[str, tuple[str, list[str], list[str] | None]] = {
    "rapide": (
        "rapide",
        [*PYTHON, "rapide", "run", "-e", APP, "--factory", "--no-access-log", *PLACE],
        ["--limit-max-requests", "{requests}"],
    ),
    "uvicorn": (
        "fastapi",
        [*PYTHON, "uvicorn", APP, "--factory", "--no-access-log", *PLACE],
        ["--limit-max-requests", "{requests}", "--limit-max-requests-jitter", "{jitter}"],
    ),
    "granian": (
        "fastapi",
        [*PYTHON, "granian", APP, "--factory", "--interface", "asgi", "--no-log", *PLACE],
        None,
    ),
}
GOALS = {"memory": 95.0, "start": 0.9, "failed": 0, "stall": 0.05}


def start_and_memory(side: str, rounds: int) -> tuple[float, float]:
    """Seconds to the first answer, and MiB of all processes after some requests to each."""
    framework, command, _ = SIDES[side]
    starts, sizes = [], []
    for _ in range(rounds):
        with serving(command, environment(framework)) as service:
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


def reloading(side: str, total: int) -> Account:
    """What clients see of three reloads."""
    framework, command, _ = SIDES[side]
    with serving(command, environment(framework)) as service:
        service.workers(WORKERS)
        return asyncio.run(under_load(service, total, 3))


def recycling(side: str, total: int) -> Account | None:
    """What clients see while workers are replaced, three times or more."""
    framework, command, options = SIDES[side]
    if options is None:
        return None
    requests = total // (3 + WORKERS)
    given = [option.format(requests=requests, jitter=requests // 10) for option in options]
    with serving([*command, *given], environment(framework)) as service:
        service.workers(WORKERS)
        return asyncio.run(under_load(service, total, 0))


def page(rows: list[str], machine: dict[str, str], total: int) -> Iterator[str]:
    """The table, as Markdown."""
    yield "# Operation"
    yield ""
    yield f"{WORKERS} workers, 300 routes; clients keep connections; {total:,} requests per load."
    yield ""
    for name, value in {**machine, **versions()}.items():
        yield f"- {name}: {value}"
    yield ""
    yield (
        "| server | start to first answer | memory (PSS) | failed over 3 reloads | slowest answer "
        "| failed over recyclings | slowest answer |"
    )
    yield "|---|---|---|---|---|---|---|"
    yield from rows
    goal = GOALS
    yield (
        f"| goal | {goal['start']} s | {goal['memory']:.0f} MiB | {goal['failed']} | "
        f"{1e3 * goal['stall']:.0f} ms | {goal['failed']} | {1e3 * goal['stall']:.0f} ms |"
    )


def row(side: str, rounds: int, total: int) -> str:
    """A server's line of the table."""
    start, memory = start_and_memory(side, rounds)
    cells = [side, f"{start:.2f} s", f"{memory:.0f} MiB"]
    for account in (reloading(side, total), recycling(side, total)):
        if account is None:
            cells += ["–", "–"]
        else:
            cells += [str(account.failed), f"{1e3 * account.slowest:.0f} ms"]
    return f"| {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000, help="requests of each load")
    parser.add_argument("--rounds", type=int, default=5, help="starts of each server")
    parser.add_argument("--only", nargs="*", choices=SIDES, default=list(SIDES))
    parser.add_argument("--no-write", action="store_true", help="leave the results as they are")
    arguments = parser.parse_args()
    machine = description()
    rows = []
    for side in arguments.only:
        rows.append(row(side, arguments.rounds, arguments.requests))
        print(rows[-1], flush=True)
    if not arguments.no_write:
        path = RESULTS / f"{date.today():%Y-%m-%d}-operate.md"
        path.write_text("\n".join(page(rows, machine, arguments.requests)) + "\n")
        print(f"written to {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
