"""Heads of HTTP/1.1 messages: what a request may say, and how the head of a response is written.

What an application gives has the type `Any` until it is converted; see `exchange.py`.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, Final, NamedTuple

Headers = list[tuple[bytes, bytes]]

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
CLOSE: Final = b"connection: close\r\n"


class BadRequest(Exception):
    """A request that is refused before any handler sees it, with a status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class StaticAnswer(NamedTuple):
    """A response that is known in advance: no code of the application runs for it.

    `lines` are all header fields, with the Content-Length.
    """

    first_line: bytes
    lines: bytes
    content: bytes


def as_bytes(value: Any) -> bytes:
    """Return the bytes of what applications use as bytes: arrays of bytes, views of memory.

    Raises:
        TypeError: The value is something else.
    """
    if type(value) is bytes:
        return value
    return b"".join((value,))


def status_line(status: Any) -> bytes:
    """Return the first line of a response; the phrase is empty for unregistered statuses.

    Raises:
        RuntimeError: The status does not have three digits (RFC 9112, 4).
    """
    known = _STATUS_LINES.get(status)
    if known is None and not 100 <= status <= 999:
        raise RuntimeError(f"Invalid HTTP status {status}.")
    return known or b"HTTP/1.1 %d \r\n" % status


_STATUS_LINES: Final = {
    int(status): b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode()) for status in HTTPStatus
}

# SPEC: RFC 9110, 5.1 and 5.5: a name is a token; CR, LF and NUL never stand in a value.
_NAME: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BAD_IN_VALUE: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


#: What the server says in its own name.
_REFUSALS: Final = {
    408: b"Request Timeout",
    414: b"URI Too Long",
    431: b"Request Header Fields Too Large",
    500: b"Internal Server Error",
    501: b"Not Implemented",
    505: b"HTTP Version Not Supported",
}
_INVALID: Final = b"Invalid HTTP request received."


def refusal(status: int) -> tuple[Headers, bytes]:
    """Return the header fields and the content of an answer in the server's own name."""
    content = _REFUSALS.get(status, _INVALID)
    length = b"%d" % len(content)
    return [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", length)], content


class ResponseHead:
    """The header fields of a response as they are sent, and what they say about its framing."""

    __slots__ = ("framing", "has_close", "is_chunked", "length", "lengths", "lines")

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        #: Which of the lines say how long the body is.
        self.framing: list[int] = []
        #: The first Content-Length, and how many there are.
        self.length: int | None = None
        self.lengths = 0
        #: Whether the body is sent in chunks.
        self.is_chunked = False
        #: Whether the connection is closed behind the response.
        self.has_close = False

    def note(self, name: bytes, value: bytes) -> None:
        """Keep what the field of the last line says about the framing."""
        if name == b"connection":
            self.has_close = self.has_close or has_token(value, b"close")
            return
        self.framing.append(len(self.lines) - 1)
        if name == b"content-length":
            self.lengths += 1
            length = int(value)
            if self.lengths == 1:
                self.length = length
        elif value.lower() == b"chunked":
            self.is_chunked = True

    def without_framing(self) -> bytes:
        """Return the lines without those that say how long the body is."""
        return b"".join(
            [line for index, line in enumerate(self.lines) if index not in self.framing]
        )


def header_lines(headers: Any) -> bytes:
    """Return header fields as they are sent, with names in lower case.

    Raises:
        RuntimeError: A name or value has characters that may not be sent.
    """
    return b"".join(read_head(headers).lines)


def read_head(headers: Any) -> ResponseHead:
    """Read the header fields of a response, which may be any pairs of bytes.

    Raises:
        RuntimeError: A name or value has characters that may not be sent.
    """
    head = ResponseHead()
    for field in headers:
        try:
            known = _known_lines.get(field)
        except TypeError:  # a pair that is a list, or a value that is an array
            known = None
        line, name, value = known or _make_line(field)
        head.lines.append(line)
        if name:
            head.note(name, value)
    return head


_FRAMING: Final = {b"content-length", b"transfer-encoding", b"connection"}
#: The lines of short fields, and their name and value where they are framing. Most are sent again.
_known_lines: dict[Any, tuple[bytes, bytes, bytes]] = {}
_LONG: Final = 64
#: Names that were found to be good. Names come from the application's code, so they are few.
_known_names: set[bytes] = set()
_MOST_KNOWN: Final = 1000


def _make_line(field: Any) -> tuple[bytes, bytes, bytes]:
    given_name, given_value = field
    name, value = as_bytes(given_name), as_bytes(given_value)
    if _BAD_IN_VALUE.search(value):
        raise RuntimeError("Invalid HTTP header value.")
    if name not in _known_names:
        _check_name(name)
    lowered = name.lower()
    line = b"%b: %b\r\n" % (lowered, value)
    made = (line, lowered, value) if lowered in _FRAMING else (line, b"", b"")
    if len(line) < _LONG:
        if len(_known_lines) >= _MOST_KNOWN:
            _known_lines.clear()
        _known_lines[name, value] = made
    return made


def _check_name(name: bytes) -> None:
    if not _NAME.fullmatch(name):
        raise RuntimeError("Invalid HTTP header name.")
    if len(_known_names) < _MOST_KNOWN:
        _known_names.add(name)


# SPEC: RFC 3986, 3.2: a registered name, an IPv4 address or a bracketed literal, and a port.
_HOST: Final = re.compile(
    rb"(?:\[[0-9A-Fa-f:.vV]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?"
)


def is_host(value: bytes) -> bool:
    """Return whether a `Host` is valid (RFC 9112, 3.2); it may be empty."""
    return _HOST.fullmatch(value) is not None


def split_target(method: str, url: bytes) -> tuple[bytes | None, bytes, bytes]:
    """Return the parts of a request target: host (of an absolute target), path and query.

    Raises:
        BadRequest: This method cannot have such a target (RFC 9112, 3.2).
    """
    if method == "CONNECT":
        raise BadRequest(501)
    if b"#" in url:
        raise BadRequest(400)
    host = None
    if not url.startswith(b"/"):
        scheme, separator, rest = url.partition(b"://")
        if separator and scheme.lower() in (b"http", b"https"):
            host, url = _split_authority(rest)
        elif url != b"*" or method != "OPTIONS":
            raise BadRequest(400)
    path, _, query = url.partition(b"?")
    return host, path, query


def _split_authority(rest: bytes) -> tuple[bytes, bytes]:
    end = min((found for mark in b"/?" if (found := rest.find(mark)) >= 0), default=len(rest))
    host, url = rest[:end], rest[end:]
    if not host or not is_host(host):
        raise BadRequest(400)
    return host, url if url.startswith(b"/") else b"/" + url


def has_token(value: bytes, token: bytes) -> bool:
    """Return whether a comma-separated list has a token, in upper or lower case."""
    return any(item.strip() == token for item in value.lower().split(b","))


def are_tokens(value: bytes) -> bool:
    """Return whether a value is a comma-separated list of tokens."""
    return all(_NAME.fullmatch(item.strip(b" \t")) for item in value.split(b","))
