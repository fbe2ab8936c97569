"""Several processes, with `REDIS_URL`: jobs confirm orders, and a room wakes every listener."""

import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

import anyio
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from taskiq_redis import RedisStreamBroker

from rapide import BackgroundTasks, FastAPI
from rapide.distributed.rooms import Listener, Rooms, Unavailable
from rapide.jobs import Outbox

from .backstage import Backstage, Wait
from .database import create_engine
from .letters import confirm_order
from .models import Base
from .settings import Settings

ROOM = "stock"
LOOK_SECONDS = 5.0
"""Redis keeps no message for a process that has lost its connection: the log has all changes."""

logger = logging.getLogger(__name__)


class Replicas(Backstage):
    """A worker writes the letters; a change of stock wakes those who follow it in any process."""

    def __init__(self, app: FastAPI, settings: Settings, redis_url: str) -> None:
        self.rooms = Rooms(redis_url, prefix="bookshop:")
        self.engine = create_engine(settings.engine_url())
        # Another worker takes over the job of a killed one after five seconds.
        broker = RedisStreamBroker(
            redis_url, queue_name="bookshop:jobs", consumer_id="0", idle_timeout=5_000
        )
        outbox = Outbox(self.engine, metadata=Base.metadata)
        self.confirm_order = app.job(broker, outbox=outbox, retries=5, retry_delay=1)(confirm_order)

    @asynccontextmanager
    async def opened(self, sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[None]:
        try:
            async with super().opened(sessions), self.rooms:
                yield
        finally:
            await self.engine.dispose()

    async def confirm(
        self, order_id: uuid.UUID, session: AsyncSession, background: BackgroundTasks
    ) -> None:
        # The outbox keeps the job in the same transaction: both are committed, or neither.
        await self.confirm_order.enqueue(order_id=order_id, session=session)

    async def announce_change(self) -> None:
        try:
            await self.rooms.broadcast(ROOM, "changed")
        except Unavailable as error:
            logger.warning("The change of stock is seen a little later: %s", error)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[Wait]:
        wait: Wait = partial(anyio.sleep, LOOK_SECONDS)
        async with AsyncExitStack() as stack:
            with suppress(Unavailable):
                listener = await stack.enter_async_context(self.rooms.listen(ROOM))
                wait = partial(wait_for_message, listener)
            yield wait


async def wait_for_message(listener: Listener) -> None:
    """Wait for a message, but not for ever."""
    with anyio.move_on_after(LOOK_SECONDS):
        async for _ in listener:
            return
        await anyio.sleep_forever()  # too slow for the room: it looks by itself now
