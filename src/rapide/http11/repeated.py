"""Requests whose header fields have come before on their connection.

PERF: small-json, browser, models. Such fields have been parsed and checked: what is new is the
first line, and a body with its length. Clients that keep a connection send the same fields over and
over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from rapide.http11.contract import Connection
from rapide.http11.exchange import Http11Exchange
from rapide.http11.heads import Headers
from rapide.http11.server import ServerContext

#: Input up to this size is compared with the request before it, in bytes.
MOST_REPEATED: Final = 4096
#: The most digits of a Content-Length that is read here.
MOST_DIGITS: Final = 15
_LENGTH_LINE: Final = re.compile(
    rb"\r\ncontent-length: ?([1-9][0-9]{0,%d})\r\n" % (MOST_DIGITS - 1), re.IGNORECASE
)
#: The first lines that llhttp's strict mode takes too, of requests that can be repeated.
PLAIN_LINE: Final = re.compile(
    rb"(GET|HEAD|DELETE|OPTIONS|POST|PUT|PATCH) (/[!\"$->@-~]*)(?:\?([!\"$-~]*))? HTTP/1\.1"
)


@dataclass(slots=True)
class Repeated:
    """The header fields of a request, as they came and as they were read.

    Where a body follows, all is the same but the digits of its length.
    """

    fields: bytes
    """The fields up to those digits; all of them for a request without a body."""
    rest: bytes
    """The fields behind the digits."""
    headers: Headers
    is_forwarded: bool
    length_at: int
    """Which of the headers is the Content-Length."""
    longest_line: int
    """Up to which length a first line is accepted with these fields, in bytes."""

    def begin(
        self, context: ServerContext, connection: Connection, line: re.Match[bytes]
    ) -> Http11Exchange:
        """Return the request with another first line."""
        method, path, query = line.groups(b"")
        text = path.decode("ascii")
        if "%" in text:
            text = unquote(text)
        headers = self.headers.copy()
        exchange = Http11Exchange(
            context, connection, method.decode("ascii"), text, path, query, headers
        )
        exchange.is_forwarded = self.is_forwarded
        return exchange


def without_body(fields: bytes, exchange: Http11Exchange, longest_line: int) -> Repeated:
    """Return the header fields of a request that had no body."""
    headers = exchange.headers.copy()
    return Repeated(fields, b"", headers, exchange.is_forwarded, 0, longest_line)


def with_body(fields: bytes, exchange: Http11Exchange, longest_line: int) -> Repeated | None:
    """Return the header fields of a request with a body; None if its length is not repeatable."""
    length = _LENGTH_LINE.search(fields)
    if length is None:
        return None
    before, after = fields[: length.start(1)], fields[length.end(1) :]
    headers = exchange.headers.copy()
    at = headers.index((b"content-length", length[1]))
    return Repeated(before, after, headers, exchange.is_forwarded, at, longest_line - MOST_DIGITS)
