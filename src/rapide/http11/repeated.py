"""Requests that are read without llhttp: most of what they say has come before.

PERF: small-json, browser, models. Clients that keep a connection send the same header fields over
and over. Such fields have been parsed and checked: what is new is the first line, and a body with
its length. If some of the fields are new, all are read line by line; see `lines.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from rapide.http11.contract import Connection
from rapide.http11.exchange import Http11Exchange
from rapide.http11.heads import Headers
from rapide.http11.lines import FORWARDED, HOST, FieldReader
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


class FirstLine:
    """The first line of a request, as it came and as it was read."""

    __slots__ = ("method", "path", "query", "raw_path", "text")

    def __init__(self, text: bytes, method: str, path: str, raw_path: bytes, query: bytes) -> None:
        self.text = text
        self.method = method
        self.path = path
        self.raw_path = raw_path
        self.query = query


def read_first_line(text: bytes) -> FirstLine | None:
    """Return what a first line says; None if llhttp has to read it."""
    match = PLAIN_LINE.fullmatch(text)
    if match is None:
        return None
    method: bytes = match[1]
    raw_path: bytes = match[2]
    query: bytes = match[3] or b""
    path = raw_path.decode("ascii")
    if "%" in path:
        path = unquote(path)
    return FirstLine(text, method.decode("ascii"), path, raw_path, query)


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
        self, context: ServerContext, connection: Connection, line: FirstLine
    ) -> Http11Exchange:
        """Return the request with another first line."""
        exchange = Http11Exchange(
            context,
            connection,
            line.method,
            line.path,
            line.raw_path,
            line.query,
            self.headers.copy(),
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


class KnownRequests:
    """What is known of the requests of a connection, so that the next ones are read faster.

    Attributes:
        body_at: Where in the input the body begins of the request that was read last.
    """

    def __init__(self, context: ServerContext, connection: Connection) -> None:
        self.context = context
        self.connection = connection
        self.body_at = 0
        self._most_bytes = min(MOST_REPEATED, context.limits.header_bytes)
        self._most_fields = context.limits.header_fields
        #: The last first line.
        self._line: FirstLine | None = None
        #: The header fields of the last request without a body, and of the last one with one.
        self._without_body: Repeated | None = None
        self._with_body: Repeated | None = None
        self._reader = FieldReader()
        #: How many requests had other fields, and were read line by line.
        self._others = 0

    def read(self, data: bytes) -> Http11Exchange | None:
        """Return the request that is all of some input, or whose body is; None if llhttp has to.

        The length of its body is announced, but nothing of the body is taken.
        """
        known = self._without_body
        if known is not None and data.endswith(known.fields):
            size = len(data) - len(known.fields)
            line = self._read_line(data[:size]) if size <= known.longest_line else None
            return None if line is None else known.begin(self.context, self.connection, line)
        known = self._with_body
        exchange = None if known is None else self._read_with_body(known, data)
        return exchange or self._read_lines(data)

    def remember(self, fields: bytes, exchange: Http11Exchange) -> None:
        """Keep the header fields of a request, from the end of the first line on."""
        longest = self._most_bytes - len(fields)
        if exchange.announced == 0:
            self._without_body = without_body(fields, exchange, longest)
        else:
            self._with_body = with_body(fields, exchange, longest) or self._with_body

    def _read_line(self, text: bytes) -> FirstLine | None:
        line = self._line
        if line is None or line.text != text:
            line = read_first_line(text)
            if line is not None:
                self._line = line
        return line

    def _read_with_body(self, known: Repeated, data: bytes) -> Http11Exchange | None:
        size = data.find(b"\r\n", 0, MOST_REPEATED)
        begin = size + len(known.fields)
        if not data.startswith(known.fields, size) or size > known.longest_line:
            return None
        end = data.find(b"\r\n", begin, begin + MOST_DIGITS + 1)
        digits = data[begin:end]
        if not digits.isdigit() or digits.startswith(b"0") or not data.startswith(known.rest, end):
            return None
        length, self.body_at = int(digits), end + len(known.rest)
        line = self._read_line(data[:size])
        if len(data) - self.body_at > length or line is None:
            return None
        exchange = known.begin(self.context, self.connection, line)
        exchange.headers[known.length_at] = b"content-length", digits
        exchange.expect_body(length, False)
        return exchange

    def _read_lines(self, data: bytes) -> Http11Exchange | None:
        size = data.find(b"\r\n", 0, self._most_bytes)
        end = data.find(b"\r\n\r\n", size, self._most_bytes) + 4
        line = self._read_line(data[:size]) if 0 < size < end else None
        fields = None if line is None else self._reader.read(data[size + 2 : end - 4])
        if line is None or fields is None or not fields.kinds & HOST:
            return None
        headers, length = fields.headers, fields.length
        if len(headers) > self._most_fields or len(data) - end > length:
            return None
        exchange = Http11Exchange(
            self.context,
            self.connection,
            line.method,
            line.path,
            line.raw_path,
            line.query,
            headers,
        )
        if fields.kinds & FORWARDED:
            exchange.is_forwarded = self.context.forward is not None
        if length:
            exchange.expect_body(length, False)
            self.body_at = end
        self._others += 1
        if self._others < 4 or self._others % 32 == 0:
            # All fields may be the same from now on. That is found out faster.
            self.remember(data[size:end], exchange)
        return exchange
