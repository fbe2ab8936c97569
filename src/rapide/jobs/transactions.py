"""Report how the transaction of a session of SQLAlchemy ends, in which a job was enqueued.

A savepoint is a transaction inside another one. What was done in it counts only if the savepoint is
released and all transactions around it are committed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, SessionTransaction

#: The name in the `info` of a session under which it keeps what is reported.
_NAME: Final = "rapide.jobs"


@dataclass(slots=True)
class _Work:
    """What was done in a transaction."""

    transaction: SessionTransaction | None
    committed: Callable[[], None]
    rolled_back: Callable[[], None]


@dataclass(slots=True)
class _Watch:
    """The work in the transactions of a session."""

    works: list[_Work] = field(default_factory=list)
    #: The transaction that was committed last. It may not have ended yet.
    latest: SessionTransaction | None = None


def watch_transaction(
    session: Session, committed: Callable[[], None], rolled_back: Callable[[], None]
) -> None:
    """Call one of the functions when the present transaction of a session has ended."""
    from sqlalchemy import event

    watch = session.info.get(_NAME)
    if watch is None:
        watch = session.info[_NAME] = _Watch()
        event.listen(session, "after_commit", _note_commit)
        event.listen(session, "after_transaction_end", _note_end)
    watch.works.append(_Work(_innermost(session), committed, rolled_back))


def _innermost(session: Session) -> SessionTransaction | None:
    return session.get_nested_transaction() or session.get_transaction()


def _note_commit(session: Session) -> None:
    session.info[_NAME].latest = _innermost(session)


def _note_end(session: Session, transaction: SessionTransaction) -> None:
    watch: _Watch = session.info[_NAME]
    ended = [work for work in watch.works if work.transaction is transaction]
    watch.works = [work for work in watch.works if work.transaction is not transaction]
    for work in ended:
        if watch.latest is not transaction:
            work.rolled_back()
        elif transaction.parent is None:
            work.committed()
        else:
            work.transaction = transaction.parent
            watch.works.append(work)
