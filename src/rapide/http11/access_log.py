"""The access log.

Where nobody can observe the records of `logging` (`access_lines.py`), a line is written without
one. The stream has the line at once, so its order among all that is written to the stream is the
usual one. But the stream is flushed once for all lines of a turn of the event loop.

In all other configurations `logging` does everything.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from contextvars import Context
from http import HTTPStatus
from logging import Logger, LogRecord, StreamHandler
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from uvicorn.logging import AccessFormatter

from rapide.http11.access_lines import (
    LOGGER,
    MESSAGE,
    Pieces,
    find_plain_log,
    machinery,
    render,
)
from rapide.http11.contract import Exchange

if TYPE_CHECKING:
    from uvicorn.server import ServerState

#: The most characters that are kept for one write. A pipe takes a write of up to 4096 bytes as a
#: whole, so the lines of several workers stay whole.
MOST_KEPT: Final = 2000
#: The paths that `quote` does not change.
_PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9_.~/-]*")
_INFO: Final = logging.INFO
_names: Final = logging.__dict__
_machinery: Final[Any] = machinery

#: The first of these paths that were asked for, how many there may be, and of which length.
_plain_paths: Final[set[str]] = set()
MOST_PATHS: Final = 1000
LONGEST_PATH: Final = 200

#: The logs with lines that have not been flushed.
_unflushed: Final[list[AccessLog]] = []


def _quoted(path: str) -> str:
    """Return a path as the access log has it; paths that stay as they are are remembered."""
    if _PLAIN_PATH.fullmatch(path) is None:
        return quote(path)
    if len(path) <= LONGEST_PATH and len(_plain_paths) < MOST_PATHS:
        _plain_paths.add(path)
    return path


def client_name(client: Any) -> str:
    """Return a client's address as the access log has it."""
    return "%s:%d" % client if client else ""  # noqa: UP031 -- as uvicorn has it


class AccessLog:
    """The access log of one server.

    Args:
        state: uvicorn's account of the server.
        root_path: The prefix of all paths.
    """

    def __init__(self, state: ServerState, root_path: str) -> None:
        self.logger: Any = logging.getLogger(LOGGER)
        self._state: Any = state
        self._root_path = quote(root_path)
        #: The default lines of responses at the last look at the configuration.
        self._looked_for: Any = None
        #: Whether lines are written here, with what the last look has found.
        self._is_plain = False
        self._is_batched = False
        self._handler: Any = None
        self._lock: Any = None
        self._stream: Any = None
        self._levels: dict[Any, Any] = {}
        self._level_name: Any = None
        self._level_names: dict[Any, Any] = {}
        self._formatter: Any = None
        self._watch: Any = None
        self._flags: Any = 0
        self._kept: list[tuple[Any, Any]] = []
        self._version: Any = -1
        self._pieces: dict[int, Pieces] = {}
        #: Whether a write has failed, or the server stops.
        self._has_failed = False
        self._is_stopping = False
        #: The arguments of the lines that have not been flushed, and the size of the lines.
        self._lines: list[tuple[Any, ...]] = []
        self._size = 0
        self._context = Context()
        self._flush: Any = self.flush

    def write(self, exchange: Exchange, client: str, status: Any) -> None:
        """Write the line of a request."""
        path: Any = exchange.path
        query: Any = exchange.query_string
        method: Any = exchange.method
        prefix, version = self._root_path, exchange.http_version
        scope: Any = exchange.known_scope
        if scope is not None:
            # COMPAT: uvicorn logs what is in the scope, which middleware may have changed.
            path, query, method, prefix = scope["path"], scope["query_string"], scope["method"], ""
        if path not in _plain_paths:
            path = _quoted(path)
        if prefix:
            path = prefix + path
        if query:
            path = f"{path}?{query.decode('latin-1')}"
        is_number = type(status) is int or type(status) is HTTPStatus
        if not is_number or not self.has_no_observer():
            self.flush()
            self.logger.info(MESSAGE, client, method, path, version, status)
            return
        is_enabled = self._levels.get(_INFO)
        if is_enabled is None:
            is_enabled = self.logger.isEnabledFor(_INFO)
        if not is_enabled:
            return
        code = int(status)
        pieces = self._pieces.get(code)
        if pieces is None:
            pieces = self._pieces[code] = render(self._handler, code)
        start, second, third, fourth, end = pieces
        line = f"{start}{client}{second}{method}{third}{path}{fourth}{version}{end}"
        arguments = (client, method, path, version, status)
        if not self._write_line(line, arguments, exchange.connection.loop):
            self.logger.info(MESSAGE, client, method, path, version, status)

    def stop(self) -> None:
        """Flush each line at once from now on: a signal may end the process at any time."""
        self._is_stopping = True
        self._is_batched = False
        self.flush()

    def flush(self) -> None:
        """Flush the lines of this turn of the event loop."""
        if not self._lines:
            return
        lines, self._lines = self._lines, []
        self._size = 0
        if self in _unflushed:
            _unflushed.remove(self)
        try:
            with self._lock:
                self._stream.flush()
        except ValueError:
            pass  # the stream was flushed when it was closed
        except OSError:
            self._report(lines)

    # Lines without records

    def has_no_observer(self) -> bool:
        """Return whether nobody can observe the record of the next line."""
        if self._looked_for is not self._state.default_headers:
            # uvicorn renews them each second. What is not compared below is noticed then.
            self._look()
        elif self._is_plain and self._has_changed():
            self._look()
        return self._is_plain

    def _has_changed(self) -> bool:
        # PERF: small-json. Each request calls this.
        if (
            self._watch.__flags__ != self._flags
            or _machinery.version != self._version
            or _names["_logRecordFactory"] is not LogRecord
            or type(self.logger) is not Logger
            or type(self._handler) is not StreamHandler
            or type(self._formatter) is not AccessFormatter
            or self._level_names.get(_INFO) is not self._level_name
        ):
            return True
        for live, copy in self._kept:  # noqa: SIM110 -- a generator is slower
            if live != copy:
                return True
        return False

    def _look(self) -> None:
        """Find out again whether someone can observe records."""
        self.flush()
        self._looked_for = self._state.default_headers
        plain: Any = None if self._has_failed else find_plain_log(self.logger)
        self._is_plain = plain is not None
        self._pieces = {}
        if plain is not None:
            self._handler, self._lock = plain.handler, plain.handler.lock
            self._stream, self._levels = plain.stream, plain.levels
            self._level_name, self._kept = plain.level_name, plain.kept
            self._is_batched = plain.is_batched and not self._is_stopping
            self._formatter, self._level_names = plain.handler.formatter, _names["_levelToName"]
            self._watch, self._flags = _machinery.watch, _machinery.flags
            self._version = _machinery.version

    def _write_line(
        self, line: str, arguments: tuple[Any, ...], loop: asyncio.AbstractEventLoop
    ) -> bool:
        """Write a line; return False if `logging` is to report an error instead."""
        if self._size + len(line) > MOST_KEPT:
            self.flush()
        stream, is_batched = self._stream, self._is_batched
        try:
            with self._lock:
                stream.write(line)
                if not is_batched:
                    stream.flush()
        except ValueError:
            # Nothing was written: the stream is closed, or cannot encode the line.
            return False
        except OSError:
            self._report([*self._lines, arguments])
            return True
        if is_batched:
            lines = self._lines
            if not lines:
                loop.call_soon(self._flush, context=self._context)
                _unflushed.append(self)
            lines.append(arguments)
            self._size += len(line)
        return True

    def _report(self, lines: list[tuple[Any, ...]]) -> None:
        """Let the handler report an error, and leave all further lines to `logging`."""
        self._has_failed = True
        self._is_plain = False
        self._lines = []
        for arguments in lines:
            record = LogRecord(LOGGER, _INFO, __file__, 0, MESSAGE, arguments, None)
            self._handler.handleError(record)


def _flush_all() -> None:
    """Flush all lines before a fork, so that the new process does not write them again."""
    for log in [*_unflushed]:
        log.flush()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_flush_all)
