"""The SQL statements that the console notes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool

from rapide.console import statements
from rapide.console.statements import CURRENT, Listeners, Statement, Statements


@pytest.fixture
def listeners(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listeners]:
    monkeypatch.setattr(statements, "QUIET", 0.0)
    found = Listeners()
    found.begin()
    yield found
    assert found.rest()


@pytest.fixture
def noted(listeners: Listeners) -> Iterator[Statements]:
    found = Statements()
    token = CURRENT.set(found)
    yield found
    CURRENT.reset(token)


@pytest.fixture
def engine() -> Iterator[Engine]:
    found = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    yield found
    found.dispose()


def line_of(mark: str) -> int:
    with open(__file__, encoding="utf-8") as source:
        return next(number for number, line in enumerate(source, 1) if f"# {mark}" in line)


def test_repeated_statements_of_a_line_are_one_with_a_count(
    engine: Engine, noted: Statements
) -> None:
    with engine.connect() as connection:
        for number in range(3):
            connection.execute(text("SELECT :n"), {"n": number})  # repeated
        connection.execute(text("SELECT 'a secret', 1"))
        connection.execute(text("SELECT :n"), {"n": "another"})
    data = noted.as_data()
    assert data["count"] == 5
    assert data["ms"] > 0
    counts = [(item["text"], item["count"]) for item in data["statements"]]
    assert counts == [("SELECT ?", 3), ("SELECT '[hidden]', 1", 1), ("SELECT ?", 1)]
    assert data["statements"][0]["place"].endswith(
        f"test_statements.py:{line_of('repeated')}",
    )


def test_statements_of_async_engines_have_their_line(noted: Statements) -> None:
    async def query() -> None:
        engine = create_async_engine("sqlite+aiosqlite://")
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))  # asynchronous
        await engine.dispose()

    asyncio.run(query())
    (found,) = noted
    assert (found.file, found.line) == (__file__, line_of("asynchronous"))


def test_statements_that_fail_are_noted(engine: Engine, noted: Statements) -> None:
    with engine.connect() as connection, pytest.raises(OperationalError):
        connection.execute(text("SELECT * FROM missing"))
    (item,) = noted.as_data()["statements"]
    assert item["has_failed"]


def test_nothing_is_noted_outside_of_requests(engine: Engine, listeners: Listeners) -> None:
    assert CURRENT.get() is None
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def test_the_listeners_are_removed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Listeners()
    found.begin()
    found.begin()
    assert event.contains(Engine, "before_cursor_execute", found._before)
    noted = Statements()
    token = CURRENT.set(noted)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        assert not found.rest(), "a statement has just run"
        connection.execute(text("SELECT 2"))
    CURRENT.reset(token)
    assert noted.total == 1
    monkeypatch.setattr(statements, "QUIET", 0.0)
    assert found.rest()
    assert not event.contains(Engine, "before_cursor_execute", found._before)
    assert not event.contains(Engine, "after_cursor_execute", found._after)
    assert not event.contains(Engine, "handle_error", found._failed)


def test_requests_in_threads_do_not_mix(engine: Engine, listeners: Listeners) -> None:
    kept: dict[int, Statements] = {}

    def request(number: int) -> None:
        kept[number] = Statements()
        CURRENT.set(kept[number])
        with create_engine("sqlite://").connect() as connection:
            for _ in range(number):
                connection.execute(text("SELECT 1"))

    threads = [threading.Thread(target=request, args=(number,)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: found.total for number, found in kept.items()} == {1: 1, 2: 2, 3: 3}


def test_the_number_of_kept_statements_is_limited(
    engine: Engine, noted: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "MOST_STATEMENTS", 2)
    with engine.connect() as connection:
        for _ in range(5):
            connection.execute(text("SELECT 1"))
    data = noted.as_data()
    assert (data["count"], data["left_out"], len(noted)) == (5, 3, 2)


@pytest.mark.parametrize(
    ("sql", "dialect", "shown"),
    [
        ("SELECT 'it''s', \"name\"", "sqlite", "SELECT '[hidden]', \"name\""),
        (r"SELECT 'it\'s me', 'x'", "mysql", "SELECT '[hidden]', '[hidden]'"),
        ('SELECT "a text"', "mariadb", "SELECT '[hidden]'"),
        ("SELECT $q$it's$q$, $$x$$", "postgresql", "SELECT '[hidden]', '[hidden]'"),
        ("SELECT 'never closed", "sqlite", "SELECT '[hidden]'"),
        (r"SELECT 'C:\', 'x'", "postgresql", "SELECT '[hidden]', '[hidden]'"),
        ("", "sqlite", ""),
    ],
)
def test_texts_in_statements_are_hidden(sql: str, dialect: str, shown: str) -> None:
    found = Statements()
    found.append(Statement(sql, dialect, "", 0, 0.1, False))
    (item,) = found.as_data()["statements"]
    assert (item["text"], item["place"]) == (shown, "")


def test_long_statements_are_cut() -> None:
    found = Statements()
    found.append(Statement("SELECT " + "x, " * 5000, "sqlite", "", 0, 0.1, False))
    (item,) = found.as_data()["statements"]
    assert len(item["text"]) == statements.MOST_CHARACTERS + 1


def test_of_a_huge_statement_only_the_beginning_is_kept_and_searched(
    engine: Engine, noted: Statements
) -> None:
    with engine.connect() as connection:
        connection.execute(text(f"SELECT 1, '{'secret ' * 200_000}'"))
    assert len(noted[0].text) == statements.MOST_SEARCHED + 1
    (item,) = noted.as_data()["statements"]
    assert item["text"] == "SELECT 1, '[hidden]'…"


def test_sqlalchemy_is_not_imported() -> None:
    code = (
        "import sys\nfrom rapide.console.statements import Listeners\n"
        "found = Listeners()\nfound.begin()\nassert not found.is_noting\n"
        "assert found.rest()\nassert 'sqlalchemy' not in sys.modules"
    )
    done: Any = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == 0
