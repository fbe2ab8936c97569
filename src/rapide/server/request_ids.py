"""The id of a request: taken from a proxy that is trusted, or made.

It is in the record of each log line of the request (`record.request_id`), in the response, and in
the state of the request (`request.state.request_id`).
"""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar
from typing import Any, Final
from uuid import uuid4

#: The id of the request that is being served, for log lines.
REQUEST_ID: Final[ContextVar[str | None]] = ContextVar("rapide_request_id", default=None)
#: The key in `scope["state"]`, and the attribute of log records.
KEY: Final = "request_id"
#: What a record says outside of requests.
NOBODY: Final = "-"

_VALID: Final = re.compile(rb"[A-Za-z0-9._:/+=@~-]{1,128}")
#: How many addresses of clients are remembered.
_MOST_KNOWN: Final = 1000


class RequestIds:
    """Takes or makes the ids of requests.

    Args:
        header: The header field, of the request and of the response.
        trusts: Whether an address is that of a proxy that is trusted; None to trust none.

    Attributes:
        name: The name of that field in small letters.
    """

    def __init__(self, header: str, trusts: Any) -> None:
        self.name = header.lower().encode("ascii")
        self._line = b"%b: %%b\r\n" % self.name
        self._in_lines = b"%b:" % self.name
        self._trusts = trusts
        self._trusted: dict[str | None, bool] = {}
        self._in_websocket = re.compile(
            rb"\r\n" + re.escape(self.name) + rb":[ \t]*([^\r\n]*?)[ \t]*\r\n", re.IGNORECASE
        )

    def id_of(self, exchange: Any) -> str:
        """Return the id that a trusted proxy has sent, if it is a valid one, or a new one."""
        if self._trusts is not None and self._is_trusted(exchange.connection.client):
            given = [value for name, value in exchange.headers if name == self.name]
            if len(given) == 1 and _VALID.fullmatch(given[0]):
                return str(given[0], "ascii")
        return uuid4().hex

    def id_of_websocket(self, client: Any, head: bytes) -> str:
        """Do the same for a WebSocket, whose request has not been parsed."""
        if self._trusts is not None and self._is_trusted(client):
            given = self._in_websocket.findall(head)
            if len(given) == 1 and _VALID.fullmatch(given[0]):
                return str(given[0], "ascii")
        return uuid4().hex

    def _is_trusted(self, client: Any) -> bool:
        host = client[0] if client else None
        known = self._trusted.get(host)
        if known is None:
            if len(self._trusted) >= _MOST_KNOWN:
                self._trusted.clear()
            known = self._trusted[host] = bool(self._trusts(host))
        return known

    def line_of(self, request_id: str) -> bytes:
        """Return the line for the head of a response."""
        return self._line % request_id.encode("ascii")

    def is_in(self, own: Any) -> bool:
        """Return whether the lines or the fields of a response already have an id."""
        if isinstance(own, bytes):
            return self._in_lines in own.lower()
        return isinstance(own, list | tuple) and any(
            bytes(field[0]).lower() == self.name for field in own
        )


def mark_records() -> None:
    """Let each record of `logging` have the id of its request, from now on."""
    inner = logging.getLogRecordFactory()
    if isinstance(inner, _MarkingFactory):
        return
    logging.setLogRecordFactory(_MarkingFactory(inner))


class _MarkingFactory:
    """Makes records as before, with the attribute `request_id`."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __call__(self, *args: Any, **options: Any) -> logging.LogRecord:
        record: logging.LogRecord = self._inner(*args, **options)
        record.request_id = REQUEST_ID.get() or NOBODY
        return record
