"""The log of stock changes: written with each change, read by those who follow."""

from collections.abc import AsyncIterator, Mapping
from typing import Annotated

import anyio
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from rapide import BackgroundTasks, Depends, Request

from .backstage import Backstage, Wait
from .dependencies import Session
from .models import StockChange

LOG_LOCK = 0x6C6F67  # "log": the number of our advisory lock in PostgreSQL
BATCH = 100


class StockLog:
    """The log, as a request writes it."""

    def __init__(self, request: Request, session: Session, background: BackgroundTasks) -> None:
        self.backstage: Backstage = request.state.backstage
        self.session = session
        self.background = background

    async def write(self, levels: Mapping[str, int]) -> None:
        """Write how many copies of each book are left: the last thing that a transaction does.

        One transaction at a time writes, from here to its commit. So numbers appear in their
        order, and nobody who has read number 8 misses a number 7 that is committed later. SQLite
        has a single writer anyway.
        """
        if self.session.get_bind().dialect.name == "postgresql":
            await self.session.execute(text(f"SELECT pg_advisory_xact_lock({LOG_LOCK})"))
        self.session.add_all(StockChange(book=slug, stock=stock) for slug, stock in levels.items())
        await self.session.flush()
        # Background tasks run after the commit.
        self.background.add_task(self.backstage.announce_change)


StockLogOfRequest = Annotated[StockLog, Depends()]


async def last_number(sessions: async_sessionmaker[AsyncSession]) -> int:
    """The number of the log's last line; 0 where there is none."""
    async with sessions() as session:
        return await session.scalar(select(func.max(StockChange.id))) or 0


async def follow_log(
    sessions: async_sessionmaker[AsyncSession], wait: Wait, after: int, seconds: float
) -> AsyncIterator[StockChange]:
    """The lines after that number, and for so many seconds each new one, of any process."""
    end = anyio.current_time() + seconds
    while (left := end - anyio.current_time()) > 0:
        async with sessions() as session:
            changes = await session.scalars(
                select(StockChange)
                .where(StockChange.id > after)
                .order_by(StockChange.id)
                .limit(BATCH)
            )
            lines = changes.all()
        for line in lines:
            yield line
            after = line.id
        if not lines:
            with anyio.move_on_after(left):
                await wait()
