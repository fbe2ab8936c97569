"""The database engine, and types that mean the same on SQLite and PostgreSQL."""

import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import URL, BigInteger, DateTime, Dialect, String, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.types import TypeDecorator

SETUP_LOCK = 0x626F6F6B  # "book": the number of our advisory lock in PostgreSQL

SortKey = String(300).with_variant(String(300, collation="C"), "postgresql")
"""Text ordered by code point on both databases, whatever the locale of the server."""


class Money(TypeDecorator[Decimal]):
    """A `Decimal` amount kept as whole cents, because SQLite has no decimal type."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int((value * 100).to_integral_value())

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-2)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment kept in UTC, because SQLite forgets the offset."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def create_engine(url: URL) -> AsyncEngine:
    """An engine for the URL; SQLite gets foreign keys, a write-ahead log and patience."""
    engine = create_async_engine(url, pool_pre_ping=url.get_backend_name() == "postgresql")
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    cursor = connection.cursor()
    # First of all: setting the journal mode may itself have to wait for another process.
    cursor.execute("PRAGMA busy_timeout = 30000")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


async def lock_for_setup(connection: AsyncConnection) -> None:
    """Let one process at a time create and fill tables, until its transaction ends."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({SETUP_LOCK})"))
    else:
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
