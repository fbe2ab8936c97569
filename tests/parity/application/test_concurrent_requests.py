"""Requests that overlap keep their values apart."""

import contextvars
from typing import Annotated

import anyio
import pytest

from ..client import GET, POST, Lifespan, served
from ..harness import MODES, ORACLE, SERVED, SUBJECT, Framework, chosen_modes, path_of_execution

current: contextvars.ContextVar[int] = contextvars.ContextVar("current")


def build(fw):
    app = fw.FastAPI()

    async def remember(n: int, response: fw.Response):
        current.set(n)
        await anyio.sleep(0)
        response.headers["x-n"] = str(n)
        return n

    def doubled(n: Annotated[int, fw.Depends(remember)]):
        return n * 2

    async def entered(n: Annotated[int, fw.Depends(remember)]):
        await anyio.sleep(0)
        yield n
        assert current.get() == n

    @app.get("/async")
    async def read_async(
        n: int, d: Annotated[int, fw.Depends(doubled)], g: Annotated[int, fw.Depends(entered)]
    ):
        await anyio.sleep(0)
        return [n, d, g, current.get()]

    @app.get("/sync")
    def read_sync(n: int, d: Annotated[int, fw.Depends(doubled)]):
        return [n, d, current.get()]

    @app.post("/body")
    async def body(n: int, items: list[int], tags: Annotated[list[str], fw.Query()] = []):  # noqa: B006
        tags.append(str(n))
        await anyio.sleep(0)
        return [items, tags]

    return app


def answers(root, backend, mode):
    """Send sixty requests at once and return the answers in the order of the requests."""
    fw = Framework(root)
    fw.is_direct, fw.is_served = mode == "direct" and fw.is_ours, mode == SERVED
    app = build(fw)
    requests = []
    for n in range(20):
        requests += [GET(f"/async?n={n}"), GET(f"/sync?n={n}"), POST(f"/body?n={n}", [n])]
    results = [None] * len(requests)

    async def send(index):
        results[index] = await requests[index].send(app, {}, fw)

    async def main():
        async with served(app, {}, fw), anyio.create_task_group() as tasks:
            for index in range(len(requests)):
                tasks.start_soon(send, index)

    anyio.run(main, backend=backend)
    return [(a.label, a.status, a.headers, a.chunks, a.raised) for a in results]


@pytest.mark.parametrize("mode", chosen_modes(*MODES))
def test_sixty_requests_at_once_are_answered_as_one_by_one(mode):
    backend, generic = MODES.get(mode, ("asyncio", False))
    with path_of_execution(SUBJECT, generic):
        assert answers(SUBJECT, backend, mode) == answers(ORACLE, backend, mode)


def lifecycle(root, backend):
    """Return the log of two lifespans of one application, one after the other."""
    fw = Framework(root)
    app = build(fw)
    app.router.add_event_handler("startup", lambda: fw.log.append("start"))

    async def main():
        for _ in range(2):
            lifespan = Lifespan(app)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(lifespan.run)
                await lifespan.started.wait()
                answer = await GET("/async?n=1").send(app, {}, fw)
                fw.log.append(answer.chunks)
                lifespan.stopping.set()

    anyio.run(main, backend=backend)
    anyio.run(main, backend=backend)
    return fw.log


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_application_outlives_its_event_loops(backend):
    assert lifecycle(SUBJECT, backend) == lifecycle(ORACLE, backend)
