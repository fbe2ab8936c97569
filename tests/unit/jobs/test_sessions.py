"""What `enqueue(session=…)` takes."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import (
    AsyncSession,
    async_scoped_session,
    async_sessionmaker,
    create_async_engine,
)
from taskiq import InMemoryBroker

from rapide import FastAPI
from rapide.jobs import Job, Outbox

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def with_outbox(url: str) -> tuple[Any, Outbox, Job]:
    engine = create_async_engine(url)
    outbox = Outbox(engine)

    async def receipt(order_id: int) -> None: ...

    return engine, outbox, FastAPI().job(InMemoryBroker(), outbox=outbox)(receipt)


async def test_a_registry_of_sessions_is_as_good_as_its_session(tmp_path: Path) -> None:
    engine, outbox, job = with_outbox(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    async with engine.begin() as connection:
        await connection.run_sync(outbox.table.metadata.create_all)
    sessions = async_scoped_session(async_sessionmaker(engine), asyncio.current_task)
    await job.enqueue(order_id=1, session=sessions)
    await sessions.rollback()
    await job.enqueue(order_id=2, session=sessions)
    await sessions.commit()
    await sessions.remove()
    async with AsyncSession(engine) as session:
        rows = (await session.execute(outbox.table.select())).all()
    assert [row.arguments for row in rows] == ['{"order_id": 2}']
    await engine.dispose()


async def test_something_else_is_reported() -> None:
    engine, _, job = with_outbox("sqlite+aiosqlite://")
    for wrong in (object(), AsyncSession, engine):
        with pytest.raises(TypeError, match="session must be a session of SQLAlchemy, and not"):
            await job.enqueue(order_id=1, session=wrong)
    await engine.dispose()
