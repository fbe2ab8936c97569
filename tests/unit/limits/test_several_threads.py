"""A limit of concurrency counts the requests of the process, whatever threads they are in."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import anyio.to_thread
import pytest

from rapide import FastAPI
from rapide.limits import RequestLimits
from rapide.runtime.admission import Gate
from tests.parity.client import drive, to_steps
from tests.parity.harness import Framework

THREADS = 6


@pytest.fixture(autouse=True)
def switching_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def statuses(app: Any, requests: str, backend: str) -> list[int | None]:
    answers = drive(app, to_steps(requests), Framework("rapide"), backend, repr)
    return [answer.status for answer in answers if "/" in answer.label]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_request_that_waits_goes_on_when_one_of_another_thread_ends(backend: str) -> None:
    app = FastAPI(limits=RequestLimits(concurrency=1, queue=1))
    inside, go = threading.Event(), threading.Event()

    @app.get("/wait")
    async def wait() -> None:
        inside.set()
        await anyio.to_thread.run_sync(go.wait)

    app.get("/other")(lambda: 1)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(statuses, app, "/wait", backend)
        assert inside.wait(30)
        second = pool.submit(statuses, app, "/other", backend)
        while not app._rapide_gate._turns and not second.done():
            pass
        go.set()
        assert (first.result(30), second.result(30)) == ([200], [200])
    assert app._rapide_gate.running == 0


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_never_more_than_allowed_run_in_all_threads_together(backend: str) -> None:
    app = FastAPI()
    lock, running, most = threading.Lock(), [0], [0]

    @app.get("/", limits=RequestLimits(concurrency=2, queue=THREADS))
    async def work() -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        await anyio.lowlevel.checkpoint()
        with lock:
            running[0] -= 1

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(
            pool.map(lambda _: statuses(app, "/ " * 40, backend), range(THREADS), timeout=120)
        )
    assert found == [[200] * 40] * THREADS
    assert most[0] <= 2
    [gate] = app.routes[-1]._rapide_admission.gates  # type: ignore[attr-defined]
    assert (gate.running, list(gate._turns)) == (0, [])


def test_a_place_is_not_given_to_an_event_loop_that_has_ended() -> None:
    gate = Gate(RequestLimits(concurrency=1, queue=2))
    left: list[Any] = []

    async def take() -> None:
        await gate.enter()

    async def wait_and_be_left() -> None:
        left.append(gate.enter())
        left[0].send(None)  # it waits, and its event loop ends

    anyio.run(take)
    anyio.run(wait_and_be_left)
    assert len(gate._turns) == 1

    async def leave_and_enter() -> None:
        gate.leave()
        assert gate.running == 0
        await gate.enter()

    anyio.run(leave_and_enter)
    left[0].close()
    assert (gate.running, list(gate._turns)) == (1, [])
