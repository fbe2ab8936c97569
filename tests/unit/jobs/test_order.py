"""A job enters and leaves its dependencies in the order of a route with the same function."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import pytest
from taskiq import InMemoryBroker

from rapide import APIRouter, BackgroundTasks, Depends, FastAPI
from rapide.testclient import TestClient

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Events(list[str]):
    """What has happened, in order."""

    def around(self, name: str) -> Iterator[str]:
        self.append(f"{name} begins")
        try:
            yield name
        except BaseException as error:
            self.append(f"{name} sees {type(error).__name__}")
            raise
        finally:
            self.append(f"{name} ends")


def declare(events: Events, *, swallows: bool = False) -> Callable[..., Any]:
    """Return a function whose dependencies are of every kind."""

    async def outer(tenant: str = "none") -> AsyncIterator[str]:
        for value in events.around(f"outer of {tenant}"):
            yield value

    def blocking(outer: Annotated[str, Depends(outer)]) -> Iterator[str]:
        yield from events.around("blocking")

    async def swallowing() -> AsyncIterator[None]:
        events.append("swallowing begins")
        try:
            yield
        except ValueError:
            events.append("swallowing sees ValueError")
            if not swallows:
                raise
        events.append("swallowing ends")

    async def inner(outer: Annotated[str, Depends(outer)]) -> AsyncIterator[str]:
        for value in events.around("inner"):
            yield value

    def plain(inner: Annotated[str, Depends(inner, scope="function")]) -> str:
        events.append("plain")
        return "plain"

    async def uncached() -> None:
        events.append("uncached")

    async def work(
        number: int,
        background: BackgroundTasks,
        swallowing: Annotated[None, Depends(swallowing)],
        blocking: Annotated[str, Depends(blocking, scope="function")],
        inner: Annotated[str, Depends(inner, scope="function")],
        plain: Annotated[str, Depends(plain)],
        first: Annotated[None, Depends(uncached, use_cache=False)],
        second: Annotated[None, Depends(uncached, use_cache=False)],
    ) -> int:
        background.add_task(events.append, "background")
        events.append(f"work {number}")
        if number < 0:
            raise ValueError(number)
        return number

    return work


def events_of_route(events: Events, function: Callable[..., Any], number: int) -> list[str]:
    app = FastAPI()
    app.get("/")(function)
    with TestClient(app, raise_server_exceptions=False) as client:
        client.get("/", params={"number": number, "tenant": "acme"})
    return [*events]


async def events_of_job(events: Events, function: Callable[..., Any], number: int) -> list[str]:
    job = FastAPI().job(InMemoryBroker(), name="work")(function)
    task = await job.enqueue(number=number, tenant="acme")
    result = await task.wait_result(check_interval=0.001, timeout=20)
    assert result.is_err is (number < 0)
    return [*events]


@pytest.mark.parametrize("swallows", [False, True])
@pytest.mark.parametrize("number", [7, -7])
async def test_a_job_takes_the_steps_of_a_route(number: int, swallows: bool) -> None:
    of_route, of_job = Events(), Events()
    expected = events_of_route(of_route, declare(of_route, swallows=swallows), number)
    got = await events_of_job(of_job, declare(of_job, swallows=swallows), number)

    assert got == expected
    assert "outer of acme begins" in got
    assert ("background" in got) is (number > 0)


async def test_a_swallowed_exception_is_not_a_result() -> None:
    events = Events()
    job = FastAPI().job(InMemoryBroker(), name="work")(declare(events, swallows=True))
    task = await job.enqueue(number=-1)
    result = await task.wait_result(check_interval=0.001, timeout=20)
    assert "has caught its exception without raising it again" in str(result.error)


async def test_dependencies_of_routers_do_not_matter() -> None:
    """A job is no route: what the application demands of requests, it does not demand of jobs."""
    app = FastAPI(dependencies=[Depends(lambda: 1 / 0)])
    app.include_router(APIRouter())
    job = app.job(InMemoryBroker(), name="work")(lambda: 5)
    result = await (await job.enqueue()).wait_result(check_interval=0.001, timeout=20)
    assert result.return_value == 5
