"""The lifespans of many included routers."""

import asyncio
import functools
from contextlib import asynccontextmanager

from rapide import APIRouter, FastAPI


def test_an_application_starts_with_more_routers_than_the_stack_is_deep():
    started, stopped = [], []

    def lifespan(number):
        @asynccontextmanager
        async def inner(app):
            started.append(number)
            yield {"last": number}
            stopped.append(number)

        return inner

    app = FastAPI(lifespan=lifespan(0))
    for number in range(1, 2000):
        app.include_router(APIRouter(prefix=f"/{number}", lifespan=lifespan(number)))

    async def run():
        async with app.router.lifespan_context(app) as state:
            return state

    assert asyncio.run(run()) == {"last": 0}
    assert started == stopped[::-1] == list(range(2000))


def test_a_lifespan_around_those_of_the_routers_is_called():
    """`functools.wraps` copies the attributes of a function, which is still another one."""
    app, called = FastAPI(), []
    app.include_router(APIRouter(prefix="/a"))
    inner = app.router.lifespan_context

    @functools.wraps(inner)
    def outer(app):
        called.append(app)
        return inner(app)

    app.router.lifespan_context = outer
    app.include_router(APIRouter(prefix="/b"))

    async def run():
        async with app.router.lifespan_context(app):
            pass

    asyncio.run(run())
    assert called == [app]
