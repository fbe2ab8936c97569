"""The SQL statements of requests, where the application uses SQLAlchemy.

The events of SQLAlchemy are listened to only while somebody looks. An application that has not
imported SQLAlchemy does not import it because of this.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from functools import cache
from time import monotonic, perf_counter
from types import FrameType
from typing import Any, Final, NamedTuple

from rapide.development.masking import HIDDEN, Secrets
from rapide.development.origins import is_own, shown_path

#: The most statements of a request that are kept.
MOST_STATEMENTS: Final = 500
#: The most characters of each that are shown, and in which literals are looked for.
MOST_CHARACTERS: Final = 2000
MOST_SEARCHED: Final = 2 * MOST_CHARACTERS
#: The most frames that are looked at to find the line of the application.
MOST_FRAMES: Final = 300
#: How long no statement may have run before the listeners are removed, in seconds.
QUIET: Final = 1.0

_LITERAL: Final = re.compile(r"'(?:[^']|'')*(?:'|\Z)|\$(\w*)\$.*?(?:\$\1\$|\Z)", re.DOTALL)
#: Where a backslash escapes a quote, and where double quotes are those of a text, too.
_LITERAL_OF_MYSQL: Final = re.compile(
    r"""'(?:[^'\\]|\\.|'')*(?:'|\Z)|"(?:[^"\\]|\\.|"")*(?:"|\Z)""", re.DOTALL
)
_NUMBER: Final = re.compile(r"\b\d+(?:\.\d+)?\b")


class Statement(NamedTuple):
    """A statement that has ended.

    Attributes:
        text: The beginning of its text as it was sent, without its parameters.
        dialect: The name of SQLAlchemy's dialect.
        file: The file of the application that has run it; an empty text if it is not known.
        line: The line in the file.
        seconds: How long the database took.
        has_failed: Whether the database has refused it.
    """

    text: str
    dialect: str
    file: str
    line: int
    seconds: float
    has_failed: bool


class Statements(list[Statement]):
    """The statements of one request, of which the first are kept.

    Attributes:
        total: The number of all statements.
    """

    __slots__ = ("total",)

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def as_data(self) -> dict[str, Any]:
        """Return the statements for JSON: the same ones of the same line as one, with a count."""
        groups: dict[tuple[str, str, int], tuple[str, list[Statement]]] = {}
        for statement in [*self]:
            text = _hidden(statement)
            key = _NUMBER.sub("?", text), statement.file, statement.line
            groups.setdefault(key, (text, []))[1].append(statement)
        return {
            "count": self.total,
            "ms": _ms(sum(statement.seconds for statement in [*self])),
            "left_out": self.total - len(self),
            "statements": [_group_as_data(*group) for group in groups.values()],
        }


#: The statements of the request that runs; None if they are not noted.
CURRENT: Final[ContextVar[Statements | None]] = ContextVar("rapide_statements", default=None)


def _group_as_data(text: str, group: list[Statement]) -> dict[str, Any]:
    first = group[0]
    return {
        "text": text,
        "count": len(group),
        "ms": _ms(sum(statement.seconds for statement in group)),
        "place": f"{shown_path(first.file)}:{first.line}" if first.file else "",
        "has_failed": any(statement.has_failed for statement in group),
    }


def _hidden(statement: Statement) -> str:
    is_mysqls = statement.dialect in ("mysql", "mariadb")
    literal = _LITERAL_OF_MYSQL if is_mysqls else _LITERAL
    sent = statement.text
    text = Secrets().hide(literal.sub(f"'{HIDDEN}'", sent[:MOST_SEARCHED]))
    is_whole = len(text) <= MOST_CHARACTERS and len(sent) <= MOST_SEARCHED
    return text if is_whole else f"{text[:MOST_CHARACTERS]}…"


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 4)


class Listeners:
    """Listens to the statements of all engines, synchronous and asynchronous."""

    def __init__(self) -> None:
        self._installed: list[tuple[Any, str, Any]] = []
        self._is_noting = False
        self._last = 0.0

    @property
    def is_noting(self) -> bool:
        """Whether statements are noted."""
        return self._is_noting

    def begin(self) -> None:
        """Listen from now on, if the application has imported SQLAlchemy."""
        if self._installed:
            self._is_noting = True
            return
        event = sys.modules.get("sqlalchemy.event")
        engine = getattr(sys.modules.get("sqlalchemy.engine"), "Engine", None)
        if event is None or engine is None:
            return
        for name, function in (
            ("before_cursor_execute", self._before),
            ("after_cursor_execute", self._after),
            ("handle_error", self._failed),
        ):
            event.listen(engine, name, function)
            self._installed.append((engine, name, function))
        self._is_noting = True

    def rest(self) -> bool:
        """Note nothing more; return whether the listeners are removed.

        SQLAlchemy's list of listeners must not change while another thread goes through it, so
        they stay until no statement has run for a moment.
        """
        self._is_noting = False
        if monotonic() - self._last < QUIET:
            return False
        event = sys.modules.get("sqlalchemy.event")
        while self._installed and event is not None:
            event.remove(*self._installed.pop())
        return True

    # Events of SQLAlchemy, whose names of parameters are part of the interface

    def _before(
        self,
        conn: Any,
        cursor: Any,
        statement: Any,
        parameters: Any,
        context: Any,
        executemany: Any,
    ) -> None:
        self._last = monotonic()
        if self._is_noting and context is not None and CURRENT.get() is not None:
            context._rapide_started = perf_counter()

    def _after(
        self,
        conn: Any,
        cursor: Any,
        statement: Any,
        parameters: Any,
        context: Any,
        executemany: Any,
    ) -> None:
        self._note(statement, context, has_failed=False)

    def _failed(self, exception_context: Any) -> None:
        context = exception_context.execution_context
        if exception_context.statement is not None:
            self._note(exception_context.statement, context, has_failed=True)

    def _note(self, statement: str, context: Any, *, has_failed: bool) -> None:
        now = perf_counter()
        self._last = monotonic()
        kept, started = CURRENT.get(), getattr(context, "_rapide_started", None)
        if kept is None or started is None:
            return
        context._rapide_started = None
        kept.total += 1
        if len(kept) < MOST_STATEMENTS:
            file, line = _place(sys._getframe(2))
            dialect = context.dialect.name
            text = statement[: MOST_SEARCHED + 1]  # it may have megabytes of values
            kept.append(Statement(text, dialect, file, line, now - started, has_failed))


_is_own: Final = cache(is_own)


def _place(frame: FrameType | None) -> tuple[str, int]:
    """Return the line of the application that has called; an empty name if none has."""
    for number, found in enumerate(_callers(frame)):
        if number >= MOST_FRAMES:
            break
        if _is_own(found.f_code.co_filename):
            return found.f_code.co_filename, found.f_lineno
    return "", 0


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield frames from the inside out, also those that wait for a greenlet of an async engine."""
    module: Any = sys.modules.get("greenlet")
    current: Any = None if module is None else module.getcurrent()
    while True:
        while frame is not None:
            yield frame
            frame = frame.f_back
        current = getattr(current, "parent", None)
        if current is None:
            return
        frame = current.gr_frame
