"""Nanoseconds of CPU per request of a directly called application, without server or socket.

    python -m benchmarks.microbench                         # every work, both sides
    python -m benchmarks.microbench --work hello --work models
    python -m benchmarks.microbench --work hello --profile  # cProfile of the candidate

CPU time of the process is counted, not wall time, so that other load on the machine disturbs
little. Batches of the two sides alternate; the median and the fastest batch are printed.
"""

import argparse
import cProfile
import pstats
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

import uvloop

from benchmarks.apps import ASGIApp, load_app
from benchmarks.inprocess import Message, answer_of, receive_of, scope_of
from benchmarks.works import WORKS, Request, Side, Work, select

Batch = Callable[[int], Awaitable[None]]


async def discard(message: Message) -> None:
    """A `send` that costs next to nothing."""


def batch_of(app: ASGIApp, request: Request) -> Batch:
    """A coroutine function that sends the request n times, one after the other."""
    scope = scope_of(request)

    async def batch(count: int) -> None:
        for _ in range(count):
            await app({**scope, "state": {}}, receive_of(request), discard)

    return batch


async def timed(batch: Batch, count: int) -> float:
    """CPU nanoseconds per request, worker threads included."""
    start = time.process_time_ns()
    await batch(count)
    return (time.process_time_ns() - start) / count


async def calibrated(batch: Batch, seconds: float) -> int:
    """How many requests take about `seconds`; warms up on the way."""
    await batch(50)
    return max(10, int(seconds * 1e9 / await timed(batch, 50)))


async def prepared(work: Work, sides: list[Side]) -> list[Batch]:
    """Build the sides and make sure that they answer alike."""
    apps = [load_app(side.framework, side.app) for side in sides]
    answers = [await answer_of(app, work.request) for app in apps]
    if any(answer != answers[0] for answer in answers) or answers[0].status != work.request.status:
        raise SystemExit(f"{work.name}: the answers are not the expected, equal ones: {answers}")
    return [batch_of(app, work.request) for app in apps]


async def measure(work: Work, sides: list[Side], rounds: int, seconds: float) -> list[list[float]]:
    """Nanoseconds per request of each round, for each side."""
    batches = await prepared(work, sides)
    counts = [await calibrated(batch, seconds) for batch in batches]
    samples: list[list[float]] = [[] for _ in sides]
    order = list(range(len(sides)))
    for _ in range(rounds):
        for index in order:
            samples[index].append(await timed(batches[index], counts[index]))
        order.reverse()
    return samples


async def profile(work: Work, side: Side, seconds: float, sort: str, lines: int) -> None:
    """Print where the time of one side goes."""
    (batch,) = await prepared(work, [side])
    count = await calibrated(batch, seconds)
    profiler = cProfile.Profile()
    profiler.enable()
    await batch(count)
    profiler.disable()
    print(f"{work.name} on {side.framework}: {count} requests")
    pstats.Stats(profiler).strip_dirs().sort_stats(sort).print_stats(lines)


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.microbench")
    parser.add_argument("--work", action="append", help=", ".join(work.name for work in WORKS))
    parser.add_argument("--side", choices=["both", "baseline", "candidate"], default="both")
    parser.add_argument("--candidate", default="rapide", help="fastapi: shows the noise")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.1, help="CPU time of one batch")
    parser.add_argument("--profile", action="store_true", help="of the candidate, or of --side")
    parser.add_argument("--sort", default="tottime", help="order of the profile")
    parser.add_argument("--lines", type=int, default=30, help="length of the profile")
    return parser.parse_args(argv)


def sides_of(work: Work, choice: str) -> list[Side]:
    """The chosen sides of a work."""
    return {
        "both": [work.baseline, work.candidate],
        "baseline": [work.baseline],
        "candidate": [work.candidate],
    }[choice]


async def main(options: argparse.Namespace) -> None:
    works = [work.on(options.candidate) for work in select(options.work, WORKS)]
    if options.profile:
        for work in works:
            side = sides_of(work, options.side)[-1]
            await profile(work, side, 10 * options.seconds, options.sort, options.lines)
        return
    print(f"{'work':14}{'side':10}{'median ns':>11}{'fastest ns':>12}{'ratio':>8}")
    for work in works:
        sides = sides_of(work, options.side)
        samples = await measure(work, sides, options.rounds, options.seconds)
        first = statistics.median(samples[0])
        for side, times in zip(sides, samples, strict=True):
            median = statistics.median(times)
            row = f"{work.name:14}{side.framework:10}{median:11,.0f}{min(times):12,.0f}"
            print(f"{row}{first / median:8.2f}", flush=True)


if __name__ == "__main__":
    uvloop.run(main(arguments(sys.argv[1:])))
