"""What happens behind the requests if the shop is one process; `replicas.py` is for several."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import anyio
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from rapide import BackgroundTasks

from .letters import confirm_alone

POLL_SECONDS = 0.5

Wait = Callable[[], Awaitable[object]]
"""Returns when it is time to look at the stock log again."""


class Backstage:
    """Letters are written after the answer, and the stock log is read again and again."""

    @asynccontextmanager
    async def opened(self, sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[None]:
        """Run as long as the application."""
        self.sessions = sessions
        yield

    async def confirm(
        self, order_id: uuid.UUID, session: AsyncSession, background: BackgroundTasks
    ) -> None:
        """Let a letter be written if the session's transaction is committed."""
        background.add_task(confirm_alone, self.sessions, order_id)

    async def announce_change(self) -> None:
        """Wake those who follow the stock, after a commit: here, they wake by themselves."""

    @asynccontextmanager
    async def following(self) -> AsyncIterator[Wait]:
        """Follow the stock as long as the block runs."""
        yield partial(anyio.sleep, POLL_SECONDS)
