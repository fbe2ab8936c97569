"""Decide whether anyone can observe the records of the access log, and how its lines look.

uvicorn's access log makes a `logging.LogRecord` for each request, and formats it. Nobody can see
the record if the logger, its handler and the formatter are the ones that uvicorn configures, and no
tool has replaced a part of `logging`. `find_plain_log` finds that out. `AccessLog` then writes the
lines itself, and compares the parts of the configuration before each line.

The text of a line comes from the formatter itself, which formats a record with placeholders.
"""

from __future__ import annotations

import logging
import os
import re
import stat
import threading
from io import BufferedWriter, FileIO, TextIOWrapper
from logging import LogRecord
from typing import Any, Final, NamedTuple

from uvicorn.logging import AccessFormatter, ColourizedFormatter

from rapide._watch import renew, watch
from rapide.patches import is_original, origin

#: The text before, between and behind client, method, target and version, for one status.
Pieces = tuple[str, ...]

LOGGER: Final = "uvicorn.access"
#: What each request logs: client, method, target, version and status.
MESSAGE: Final = '%s - "%s %s HTTP/%s" %d'
_PLACEHOLDERS: Final = ("\0", "\1", "\2", "\3")
#: The formats whose lines depend on nothing but the request and its status.
_FORMAT: Final = re.compile(
    r"(?:[^%\0-\3]|%\((?:levelprefix|levelname|name)\)s)*%\(client_addr\)s[^%\0-\3]*"
    r"%\(request_line\)s[^%\0-\3]*%\(status_code\)s[^%\0-\3]*"
)
_LOCKS: Final = type(threading.RLock())

#: The classes that take part in writing a line.
_CLASSES: Final[tuple[type, ...]] = (
    logging.Filterer,
    logging.Logger,
    logging.Handler,
    logging.StreamHandler,
    logging.Formatter,
    logging.PercentStyle,
    LogRecord,
    ColourizedFormatter,
    AccessFormatter,
)
_COLOURS: Final = "uvicorn.logging"
_MODULES: Final = frozenset({"logging", _COLOURS})
#: Methods that are compared before each line if classes cannot be watched.
_COMPARED: Final[dict[type, list[str]]] = {
    logging.Filterer: ["filter"],
    logging.Logger: ["info", "_log", "makeRecord", "handle", "callHandlers"],
    logging.Handler: ["handle", "format"],
    logging.StreamHandler: ["emit", "flush"],
    logging.Formatter: ["format"],
    AccessFormatter: ["formatMessage"],
}


class Machinery:
    """The classes of `logging` and uvicorn.

    Attributes:
        version: A number that changes when a class has changed and was looked at again.
        flags: The flags of the watch that mean that no class has changed.
    """

    def __init__(self) -> None:
        self.watch = watch(_CLASSES, _COMPARED)
        self.version = 0
        self.flags = 0
        self._is_original = False
        self.look()

    def look(self) -> bool:
        """Return whether all methods are those of `logging` and uvicorn."""
        if self.version == 0 or self.watch.__flags__ != self.flags:
            self.version += 1
            self.flags = renew(self.watch)
            self._is_original = self.flags != -1 and all(
                cls.__module__ in _MODULES and is_original(cls) for cls in _CLASSES
            )
        return self._is_original


machinery: Final = Machinery()


class PlainLog(NamedTuple):
    """A configuration in which nobody can observe a record."""

    handler: Any
    stream: Any
    kept: list[tuple[Any, Any]]
    """The live parts of the configuration, each with a copy of its current content."""
    levels: dict[int, bool]
    """The levels that are known to be enabled, or not."""
    level_name: str
    is_batched: bool
    """Whether nobody can see that the lines of one turn are written at its end."""


def find_plain_log(logger: Any) -> PlainLog | None:
    """Return the configuration of the access log; None if someone can observe its records."""
    if not machinery.look() or type(logger) is not logging.Logger:
        return None
    if logger.propagate or logger.disabled or len(logger.handlers) != 1:
        return None
    [handler] = logger.handlers
    if type(handler) is not logging.StreamHandler or handler.level > logging.INFO:
        return None
    formatter, stream = handler.formatter, handler.stream
    if type(formatter) is not AccessFormatter or not _is_plain_stream(stream):
        return None
    style = formatter._style
    objects: list[Any] = [logger, handler, formatter, style, stream]
    if (
        type(style) is not logging.PercentStyle
        or not _FORMAT.fullmatch(style._fmt)
        or type(handler.lock) is not _LOCKS
        or logger.filters
        or handler.filters
        # A method that was replaced on the object itself.
        or any(callable(value) for item in objects for value in vars(item).values())
        or logging.getLogRecordFactory() is not LogRecord
        or not _has_own_colours()
    ):
        return None
    parts: list[Any] = [*map(vars, objects), logger.handlers, logger.filters, handler.filters]
    return PlainLog(
        handler,
        stream,
        [(part, part.copy()) for part in parts],
        logger._cache,  # type: ignore[attr-defined]
        logging.getLevelName(logging.INFO),
        not _shares_file(stream),
    )


def _has_own_colours() -> bool:
    """Return whether no function of others makes the colours of a line."""
    tables = (ColourizedFormatter.level_name_colors, AccessFormatter.status_code_colours)
    return all(origin(value)[0] == _COLOURS for table in tables for value in table.values())


def _is_plain_stream(stream: Any) -> bool:
    """Return whether writing to a stream calls no Python code."""
    if type(stream) is not TextIOWrapper or stream.closed:
        return False
    buffer: Any = stream.buffer
    return type(buffer) is FileIO or (type(buffer) is BufferedWriter and type(buffer.raw) is FileIO)


def render(handler: Any, status: int) -> Pieces:
    """Return the pieces of a line with a status, as the handler writes it."""
    arguments = (*_PLACEHOLDERS, status)
    record = LogRecord(LOGGER, logging.INFO, "", 0, MESSAGE, arguments, None)
    rest = handler.format(record) + handler.terminator
    pieces = []
    for placeholder in _PLACEHOLDERS:
        piece, _, rest = rest.partition(placeholder)
        pieces.append(piece)
    return (*pieces, rest)


def _shares_file(stream: Any) -> bool:
    """Return whether another standard stream has the same file, so that their order is seen."""
    number = stream.fileno()
    own = os.fstat(number)
    if stat.S_ISCHR(own.st_mode) and own.st_rdev == os.stat(os.devnull).st_rdev:
        return False
    for other in {1, 2} - {number}:
        try:
            if os.path.samestat(own, os.fstat(other)):
                return True
        except OSError:
            continue  # it is closed
    return False
