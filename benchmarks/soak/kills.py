"""Workers that are killed under load."""

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Iterator

from benchmarks.machine import environment
from benchmarks.service import Account, Clients, Lost, Service, serving
from benchmarks.soak.phases import Row

COMMAND = [
    *(sys.executable, "-m", "rapide", "run", "-e", "benchmarks.apps.service:create_app"),
    *("--factory", "--no-access-log", "--host", "127.0.0.1", "--port", "{port}", "--workers", "4"),
]


def kills(transport: str, seconds: int) -> Iterator[Row]:
    """Seconds in which workers are killed at random: only what is under way on them is lost."""
    with serving(COMMAND, environment()) as service:
        service.workers(4)
        killed, account = asyncio.run(killing(service, seconds))
        foreign = [lost for lost in account.lost if not is_of(lost, killed)]
        yield Row("kills", "workers killed", f"{len(killed)} in {seconds} s")
        yield Row("kills", "requests", f"{account.answered:,}")
        yield Row("kills", "lost with a killed worker", str(len(account.lost) - len(foreign)))
        yield Row("kills", "lost otherwise", str(len(foreign)), not foreign)
        strange = account.refused + account.wrong
        yield Row("kills", "refused, or answers other than 200", str(strange), strange == 0)
        yield Row("kills", "workers at the end", str(len(service.workers(4))))


async def killing(service: Service, seconds: int) -> tuple[dict[int, float], Account]:
    """Kill a worker each second or so, but never the last, and return when each was killed."""
    clients, chance = Clients(service.port, 16), random.Random(13)
    killed: dict[int, float] = {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await asyncio.sleep(chance.uniform(0.2, 1.8))
        living = [*(clients.answering(0.5) - killed.keys())]
        if len(living) > 1:
            victim = chance.choice(living)
            os.kill(victim, signal.SIGKILL)
            killed[victim] = time.monotonic()
    return killed, await clients.stop()


def is_of(lost: Lost, killed: dict[int, float]) -> bool:
    """Whether a request was under way on a worker when that was killed."""
    if lost.process:
        return lost.process in killed
    return any(lost.sent - 0.5 <= at <= lost.lost for at in killed.values())
