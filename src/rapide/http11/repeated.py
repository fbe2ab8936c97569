"""Requests that are read without llhttp: most of what they say has come before.

PERF: small-json, browser, models. Clients that keep a connection send the same header fields over
and over. Such fields have been parsed and checked: what is new is the first line, and a body with
its length, and perhaps the value of one field (the name of a request, a cookie). If more is new,
the fields are read line by line; see `lines.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from rapide.http11.contract import Connection
from rapide.http11.exchange import Http11Exchange
from rapide.http11.heads import Headers
from rapide.http11.lines import FORWARDED, HOST, FieldReader, free_value_at, is_plain_value
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


@dataclass(slots=True)
class Changing:
    """The header fields of requests that are the same but for the value of one field."""

    begin: bytes
    """The fields up to that value, as they came."""
    rest: bytes
    """The fields behind the value."""
    headers: Headers
    is_forwarded: bool
    length: int
    """The length of the body."""
    at: int
    """Which of the headers changes."""
    name: bytes
    """Its name."""


def changing(before: bytes, fields: bytes, exchange: Http11Exchange) -> Changing | None:
    """Return the fields of a request if one value has changed since the request before."""
    old, new = before.split(b"\r\n"), fields.split(b"\r\n")
    changed = [index for index, line in enumerate(new) if old[index : index + 1] != [line]]
    if len(old) != len(new) or len(changed) != 1:
        return None
    index = changed[0]
    line = new[index]
    value_at = free_value_at(line)
    if value_at == 0 or not old[index].startswith(line[:value_at]):
        return None
    headers = exchange.headers.copy()
    return Changing(
        b"\r\n".join([*new[:index], line[:value_at]]),
        b"\r\n".join([b"", *new[index + 1 :]]),
        headers,
        exchange.is_forwarded,
        exchange.announced,
        index - 1,  # before the first line of the fields is the end of the request's first one
        headers[index - 1][0],
    )


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
        #: The fields of the requests of which one value changes.
        self._changing: Changing | None = None
        #: The fields that were remembered last, as they came.
        self._fields = b""
        self._reader = FieldReader()
        #: How many requests had other fields, and were read line by line.
        self._others = 0

    def read(self, data: bytes) -> Http11Exchange | None:
        """Return the request that is all of some input, or whose body is; None if llhttp has to.

        The length of its body is announced, but nothing of the body is taken.
        """
        same = self._without_body
        if same is not None and data.endswith(same.fields):
            size = len(data) - len(same.fields)
            line = self._read_line(data[:size]) if size <= same.longest_line else None
            if line is None:
                return None
            return self._make(line, same.headers.copy(), same.is_forwarded, 0)
        exchange = None
        if self._changing is not None:
            exchange = self._read_changing(self._changing, data)
        if exchange is None and self._with_body is not None:
            exchange = self._read_with_body(self._with_body, data)
        return exchange or self._read_lines(data)

    def remember(self, fields: bytes, exchange: Http11Exchange) -> None:
        """Keep the header fields of a request, from the end of the first line on."""
        self._fields = fields
        longest = self._most_bytes - len(fields)
        if exchange.announced == 0:
            self._without_body = without_body(fields, exchange, longest)
        else:
            self._with_body = with_body(fields, exchange, longest) or self._with_body

    def _make(
        self, line: FirstLine, headers: list[Any], is_forwarded: bool, length: int
    ) -> Http11Exchange:
        exchange = Http11Exchange(
            self.context,
            self.connection,
            line.method,
            line.path,
            line.raw_path,
            line.query,
            headers,
        )
        if is_forwarded:
            exchange.is_forwarded = True
        if length:
            exchange.expect_body(length, False)
        return exchange

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
        if end < begin:
            return None
        digits = data[begin:end]
        if not digits.isdigit() or digits.startswith(b"0") or not data.startswith(known.rest, end):
            return None
        length, self.body_at = int(digits), end + len(known.rest)
        line = self._read_line(data[:size])
        if len(data) - self.body_at > length or line is None:
            return None
        headers = known.headers.copy()
        headers[known.length_at] = b"content-length", digits
        return self._make(line, headers, known.is_forwarded, length)

    def _read_changing(self, known: Changing, data: bytes) -> Http11Exchange | None:
        size = data.find(b"\r\n", 0, MOST_REPEATED)
        if not data.startswith(known.begin, size):
            return None
        begin = size + len(known.begin)
        end = data.find(b"\r\n", begin, self._most_bytes)
        self.body_at = end + len(known.rest)
        if end < begin or not data.startswith(known.rest, end) or self.body_at > self._most_bytes:
            return None
        value = data[begin:end]
        if len(data) - self.body_at > known.length or not is_plain_value(value):
            return None
        line = self._read_line(data[:size])
        if line is None:
            return None
        headers = known.headers.copy()
        headers[known.at] = known.name, value
        return self._make(line, headers, known.is_forwarded, known.length)

    def _read_lines(self, data: bytes) -> Http11Exchange | None:
        size = data.find(b"\r\n", 0, self._most_bytes)
        end = data.find(b"\r\n\r\n", size, self._most_bytes) + 4
        # In machine code, a slice of bytes must not end before it begins.
        line = self._read_line(data[:size]) if 0 < size < end - 5 else None
        fields = None if line is None else self._reader.read(data[size + 2 : end - 4])
        if line is None or fields is None or not fields.kinds & HOST:
            return None
        headers, length = fields.headers, fields.length
        if len(headers) > self._most_fields or len(data) - end > length:
            return None
        self.body_at = end
        is_forwarded = self.context.forward is not None and bool(fields.kinds & FORWARDED)
        exchange = self._make(line, headers, is_forwarded, length)
        self._others += 1
        if self._others < 4 or self._others % 32 == 0:
            # All fields, or all but one, may be the same from now on. That is found out faster.
            block = data[size:end]
            self._changing = changing(self._fields, block, exchange) or self._changing
            self.remember(block, exchange)
        return exchange
