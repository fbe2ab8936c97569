"""An outbox in a database: a job is sent only if the transaction that enqueues it is committed.

Theory of operation. Enqueuing inserts a row in the transaction of the caller. Each process that
runs the application has a relay, which sends the jobs of the rows to the broker and deletes the
rows. A row is deleted after its job was sent, so a relay that is killed in between sends the job
once more. Databases that can skip locked rows let several relays work at the same time.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from functools import partial
from time import time
from typing import TYPE_CHECKING, Any, Final

from rapide.jobs.transactions import watch_transaction
from rapide.logger import logger

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Row, Select, Table
    from sqlalchemy.ext.asyncio import AsyncEngine

#: Sends a job: its identifier, its arguments, the labels of its message, and the delay.
Sender = Callable[[str, Mapping[str, object], Mapping[str, Any], float | None], Awaitable[None]]

#: The number of rows that a relay sends in one transaction.
_BATCH: Final = 100


class Outbox:
    """A table of jobs that are to be sent.

    Args:
        engine: The asynchronous engine with which the relay reads the table.
        metadata: The metadata that the table belongs to, so that migrations find it.
        table: The name of the table.
        interval: Seconds between two looks at the table.
            A commit in the same process is noticed at once.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        metadata: MetaData | None = None,
        table: str = "rapide_outbox",
        interval: float = 1.0,
    ) -> None:
        self._engine = engine
        self.table = _declare(metadata, table)
        self._interval = interval
        self._senders: dict[str, Sender] = {}
        self._relay: asyncio.Task[None] | None = None
        self._is_filled: asyncio.Event | None = None
        #: What cannot be done at present, and has been reported: jobs by their names, or the table.
        self._failing: set[str] = set()

    def serve(self, name: str, send: Sender) -> None:
        """Send the jobs of this name by `send`.

        Args:
            name: The name of the job.
            send: Sends a job to its broker.
        """
        self._senders[name] = send

    async def add(
        self,
        session: Any,
        name: str,
        job_id: str,
        data: Mapping[str, object],
        labels: Mapping[str, Any],
        delay: float | None,
        forget: Callable[[], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        """Insert a job in the transaction of a session, which may be asynchronous or not.

        `forget` is run if the transaction is rolled back.

        Args:
            session: A session of SQLAlchemy.
            name: The name of the job.
            job_id: The id of the job.
            data: The arguments as JSON values, by their names.
            labels: The labels of the message.
            delay: Seconds after which a worker may run the job; `None` for now.
            forget: Called if the transaction is rolled back.

        Raises:
            TypeError: It is not a session.
        """
        from sqlalchemy.ext.asyncio import AsyncSession

        session = _plain_session(session)
        row = {
            "job": name,
            "job_id": job_id,
            "arguments": json.dumps(data),
            "labels": json.dumps(labels),
            "due": time() + (delay or 0),
        }
        if isinstance(session, AsyncSession):
            await session.execute(self.table.insert(), row)
            session = session.sync_session
        else:
            session.execute(self.table.insert(), row)
        loop = asyncio.get_running_loop()
        watch_transaction(session, partial(self._wake, loop), partial(_run_later, loop, forget))

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._is_filled is not None:
            # The commit may happen in another thread.
            loop.call_soon_threadsafe(self._is_filled.set)

    def start(self) -> None:
        """Start the relay of this process."""
        if self._relay is None:
            self._is_filled = asyncio.Event()
            self._relay = asyncio.ensure_future(self._relay_always(self._is_filled))

    async def stop(self) -> None:
        """Stop the relay of this process. What is in the table is sent by another one, or later."""
        relay, self._relay = self._relay, None
        if relay is not None:
            relay.cancel()
            with suppress(asyncio.CancelledError):
                await relay

    async def _relay_always(self, is_filled: asyncio.Event) -> None:
        from sqlalchemy.exc import SQLAlchemyError

        while True:
            try:
                sent = await self.send_due()
            except (SQLAlchemyError, OSError):
                self._report("The outbox %s cannot be read now; trying again", self.table.name)
                sent = 0
            else:
                self._failing.discard(self.table.name)
            if sent < _BATCH:
                with suppress(TimeoutError):
                    await asyncio.wait_for(is_filled.wait(), self._interval)
                is_filled.clear()

    async def send_due(self) -> int:
        """Send the jobs that are due, and return their number."""
        number = 0
        failed: set[str] = set()
        async with self._engine.begin() as connection:
            is_more = True
            while is_more:
                rows = (await connection.execute(self._due(failed))).all()
                sent = await self._send(rows, failed)
                if sent:
                    sent_rows = self.table.delete().where(self.table.c.id.in_(sent))
                    await connection.execute(sent_rows)
                number += len(sent)
                # Jobs that cannot be sent must not stand in the way of others.
                is_more = len(sent) < len(rows) == _BATCH
        return number

    def _due(self, failed: set[str]) -> Select[Any]:
        """Return the query for the next jobs that are due, without those of some names."""
        from sqlalchemy import select

        columns = self.table.c
        return (
            select(self.table)
            .where(columns.due <= time(), columns.job.in_(sorted(self._senders.keys() - failed)))
            .order_by(columns.id)
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )

    async def _send(self, rows: Sequence[Row[Any]], failed: set[str]) -> list[int]:
        """Send the jobs of rows, and return the ids of the rows whose jobs were sent.

        If a job cannot be sent, its row stays, and so do the later ones for the same function.
        Their name is added to those that have failed.
        """
        from taskiq.exceptions import TaskiqError

        sent: list[int] = []
        for row in rows:
            if row.job in failed:
                continue
            arguments, labels = json.loads(row.arguments), json.loads(row.labels)
            try:
                await self._senders[row.job](row.job_id, arguments, labels, None)
            except (TaskiqError, OSError):
                self._report("The job %s cannot be sent now; trying again", row.job)
                failed.add(row.job)
            else:
                self._failing.discard(row.job)
                sent.append(row.id)
        return sent

    def _report(self, text: str, name: str) -> None:
        """Log the present exception, once until it works again."""
        if name not in self._failing:
            self._failing.add(name)
            logger.exception(text, name)


def _plain_session(given: Any) -> Any:
    """Return a session, or the present one of a registry of sessions (`scoped_session`)."""
    from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session
    from sqlalchemy.orm import Session, scoped_session

    session = given() if isinstance(given, async_scoped_session | scoped_session) else given
    if not isinstance(session, AsyncSession | Session):
        raise TypeError(f"enqueue(): session must be a session of SQLAlchemy, and not {given!r}")
    return session


def _run_later(
    loop: asyncio.AbstractEventLoop, make: Callable[[], Coroutine[Any, Any, None]] | None
) -> None:
    """Run a coroutine in the event loop, perhaps from another thread."""
    if make is not None and not loop.is_closed():
        asyncio.run_coroutine_threadsafe(make(), loop)


def _declare(metadata: MetaData | None, name: str) -> Table:
    from sqlalchemy import Column, Float, Integer, MetaData, String, Table, Text

    return Table(
        name,
        MetaData() if metadata is None else metadata,
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("job", String(255), nullable=False),
        Column("job_id", String(64), nullable=False),
        Column("arguments", Text, nullable=False),
        Column("labels", Text, nullable=False),
        Column("due", Float(53), nullable=False, index=True),
    )
