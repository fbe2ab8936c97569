"""From the bytes of a connection to requests: llhttp, and what it leaves to its caller.

Theory of operation. llhttp's strict mode refuses most of what is wrong. Here follow the checks of
targets, hosts and sizes, and the rest of a message whose upgrade to another protocol is ignored:
llhttp stops there, so that a second parser, which has been given a head with the same framing,
reads on.

SPEC: RFC 9112, sections 2 to 7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import httptools

from rapide.http11.exchange import Exchange
from rapide.http11.heads import (
    BadRequest,
    Headers,
    are_tokens,
    has_token,
    is_host,
    split_target,
)

if TYPE_CHECKING:
    from rapide.http11.connection import Http11Protocol

#: How far a head may be read past its limit before it is refused unseen, in bytes.
SLACK: Final = 4096
#: Bytes of framing that a chunk may cost, and a body besides.
CHUNK_OVERHEAD: Final = 16
BODY_OVERHEAD: Final = 64 * 1024


#: Input up to this size is compared with the request before it, in bytes.
MOST_REPEATED: Final = 4096
_NEVER_REPEATED: Final = frozenset({b"transfer-encoding", b"expect"})
_MOST_DIGITS: Final = 15
_LENGTH_LINE: Final = re.compile(
    rb"\r\ncontent-length: ?([1-9][0-9]{0,%d})\r\n" % (_MOST_DIGITS - 1), re.IGNORECASE
)
#: The first lines that llhttp's strict mode takes too, of requests that can be repeated.
_PLAIN_LINE: Final = re.compile(
    rb"(GET|HEAD|DELETE|OPTIONS|POST|PUT|PATCH) (/[!\"$->@-~]*)(?:\?([!\"$-~]*))? HTTP/1\.1"
)


@dataclass(slots=True)
class Repeated:
    """The header fields of a request, as they came and as they were read.

    Clients that keep a connection send the same fields over and over. Where a body follows, all
    is the same but the digits of its length.
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

    def begin(self, connection: Http11Protocol, line: re.Match[bytes]) -> Exchange:
        """The request with another first line."""
        method, path, query = line.groups(b"")
        text = path.decode("ascii")
        if "%" in text:
            text = unquote(text)
        headers = self.headers.copy()
        exchange = Exchange(connection, method.decode("ascii"), text, path, query, headers)
        exchange.is_forwarded = self.is_forwarded
        return exchange


class RequestParser:
    """Parses the input of one connection, and tells the connection what it finds."""

    def __init__(self, connection: Http11Protocol) -> None:
        self.connection = connection
        self.context = connection.context
        self.limits = connection.context.limits
        self._parser = httptools.HttpRequestParser(self)
        #: The exchange whose body is being read.
        self.incoming: Exchange | None = None
        #: Whether a head has begun, and not ended.
        self.in_head = False
        #: The input at hand, and all that has come since the message began.
        self._data = self._raw = b""
        self._url = b""
        self._headers: Headers = []
        #: Where in that the message begins; -1 if that is not known.
        self._start = 0
        #: The length of its body; -1 if that is not known.
        self._length = 0
        #: How much of the body being read has not come; negative if that is not known.
        self._to_come = 0
        #: Whether the next message to begin is the first in the input at hand.
        self._is_first = True
        #: The header fields of the last request without a body, and of the last one with one.
        self._without_body: Repeated | None = None
        self._with_body: Repeated | None = None
        #: Whether the body being read is counted here, and not by llhttp.
        self._is_counted = False
        #: Bytes of the body that were framing, beyond what its chunks may cost.
        self._overhead = 0
        #: Whether the parser reads a head that was made here.
        self._is_echo = False
        #: At an upgrade: the head that begins the rest of the message; b"" for a WebSocket.
        self._after_upgrade: bytes | None = None

    def feed(self, data: bytes) -> None:
        """Parse some input."""
        if self._is_counted:
            data = self._feed_body(data)
            if not data:
                return
        self._data = data
        if not self.in_head:
            self._start = 0 if self.incoming is None else max(self._to_come, -1)
        self._is_first = not self.in_head
        self._raw = self._raw + data if self.in_head else data
        if self.incoming is not None:
            self._overhead += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._pass_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._fail(400)
        if self.in_head:
            if len(self._raw) > self.limits.header_bytes + SLACK:
                self._fail(414 if len(self._url) > len(self._raw) // 2 else 431)
        elif self._overhead > BODY_OVERHEAD and self.incoming is not None:
            self._fail(431)

    def _feed_body(self, data: bytes) -> bytes:
        """Take what is left of a counted body; gives what follows it."""
        size = self._to_come
        self.on_body(data if len(data) <= size else data[:size])
        if self._to_come == 0:
            self._is_counted = False
            self.on_message_complete()
        return data[size:]

    def feed_repeated(self, data: bytes) -> bool:
        """Serve a request whose header fields have come before, if the input is one.

        PERF: small-json, browser, models. Such fields have been parsed and checked: what is new is
        the first line, and a body with its length.
        """
        known = self._without_body
        if known is None or not data.endswith(known.fields):
            return self._with_body is not None and self._feed_with_body(self._with_body, data)
        size = len(data) - len(known.fields)
        line = _PLAIN_LINE.fullmatch(data, 0, size)
        if line is None or size > known.longest_line or not self._may_begin():
            return False
        exchange = known.begin(self.connection, line)
        exchange.request_complete = True
        self.connection.accept(exchange)
        return True

    def _may_begin(self) -> bool:
        return not self.in_head and self.incoming is None and self.connection.may_accept()

    def _feed_with_body(self, known: Repeated, data: bytes) -> bool:
        size = data.find(b"\r\n", 0, MOST_REPEATED)
        begin = size + len(known.fields)
        if not data.startswith(known.fields, size) or size > known.longest_line:
            return False
        end = data.find(b"\r\n", begin, begin + _MOST_DIGITS + 1)
        line, digits = _PLAIN_LINE.fullmatch(data, 0, size), data[begin:end]
        if line is None or not digits.isdigit() or not data.startswith(known.rest, end):
            return False
        length, body = int(digits), data[end + len(known.rest) :]
        if digits.startswith(b"0") or len(body) > length or not self._may_begin():
            return False
        exchange = known.begin(self.connection, line)
        exchange.headers[known.length_at] = b"content-length", digits
        exchange.announced = length
        if len(body) == length:
            exchange.chunks, exchange.request_complete = [body], True
            self.connection.accept_whole(exchange, length)
            return True
        self._is_counted, self._to_come, self._headers = True, length, []
        self.incoming = exchange
        self.connection.accept(exchange)
        if body:
            self.on_body(body)
        return True

    def _remember(self, exchange: Exchange, line: int) -> None:
        """Keep the header fields of a request whose first line has this length."""
        data = self._data
        end = data.find(b"\r\n\r\n") + 4
        if self._start != 0 or self._raw is not data or not line < end <= MOST_REPEATED:
            return
        fields, headers = data[line:end], exchange.headers.copy()
        longest = min(MOST_REPEATED, self.limits.header_bytes - len(fields))
        length = _LENGTH_LINE.search(fields)
        if exchange.announced == 0 and end == len(data):
            is_forwarded = exchange.is_forwarded
            self._without_body = Repeated(fields, b"", headers, is_forwarded, 0, longest)
        elif length is not None:
            before, after = fields[: length.start(1)], fields[length.end(1) :]
            at = headers.index((b"content-length", length[1]))
            self._with_body = Repeated(
                before, after, headers, exchange.is_forwarded, at, longest - _MOST_DIGITS
            )

    def is_in_body_of(self, size: int) -> bool:
        """Whether at least that many bytes of a body are still to come."""
        return self.incoming is not None and self._to_come >= size

    def _fail(self, status: int) -> None:
        self.in_head = False
        incoming, self.incoming = self.incoming, None
        self.connection.on_parse_error(incoming, status)

    # llhttp's callbacks

    def on_message_begin(self) -> None:
        """A request begins."""
        if not self._is_echo:
            self.in_head = True
            if not self._is_first:
                self._start = self._end_of_message()
            self._raw = self._data
            self._is_first = False
            self._length = 0
            self._url = b""
            self._headers = []
            self._overhead = 0

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head, or of the trailer, which nobody sees."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """The head is complete: the request can be served."""
        if self._is_echo:
            return
        self.in_head = False
        if not self.connection.may_accept():
            return
        try:
            exchange = self._read_head()
        except BadRequest as bad:
            self.connection.refuse(bad.status)
            return
        if exchange is not None:
            self._headers = []
            self.incoming = exchange
            self.connection.accept(exchange)

    def on_chunk_header(self) -> None:
        """A chunk begins: its framing is allowed for."""
        self._overhead -= CHUNK_OVERHEAD

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        self._overhead -= len(body)
        self._to_come -= len(body)
        if self.incoming is not None:
            self.connection.receive(self.incoming, body)

    def on_message_complete(self) -> None:
        """The request has come entirely."""
        if self._after_upgrade is not None or self.incoming is None:
            return
        if len(self._headers) > self.limits.header_fields:
            self._fail(431)
            return
        incoming, self.incoming = self.incoming, None
        self.connection.on_request_end(incoming)

    # Heads

    def _read_head(self) -> Exchange | None:
        """The request that a head describes; None when it is for a WebSocket.

        Raises:
            BadRequest: It is to be refused.
        """
        parser, url, headers = self._parser, self._url, self._headers
        method = parser.get_method()
        # PERF: small-json. The same text in the input is the proof that there was one blank each.
        if self._has_line(b"%b %b HTTP/1.1\r\n" % (method, url)):
            version = "1.1"
        else:
            version = self._check_version(method, url)
        fields = dict(headers)
        self._check_size(url, headers)
        self._check_host(fields, headers, version)
        is_absolute = not url.startswith(b"/")
        exchange = self._make_exchange(method.decode("ascii"), url, headers)
        if version != "1.1":
            exchange.http_version = version
            exchange.keep_alive = False
        elif not parser.should_keep_alive():
            exchange.keep_alive = False
        if b"transfer-encoding" in fields or b"content-length" in fields:
            _check_body(exchange, fields, headers, version)
            self._length = self._to_come = exchange.announced
            # Where no body is announced, nobody waits (RFC 9110, 10.1.1).
            if b"expect" in fields and version == "1.1" and self._length != 0:
                exchange.expects_continue = fields[b"expect"].lower() == b"100-continue"
        if self.context.forward is not None:
            exchange.is_forwarded = b"x-forwarded-for" in fields or b"x-forwarded-proto" in fields
        if b"upgrade" in fields:
            if parser.should_upgrade():
                return self._begin_upgrade(exchange, fields)
        elif exchange.keep_alive and not fields.keys() & _NEVER_REPEATED and not is_absolute:
            self._remember(exchange, len(method) + len(url) + len(b"  HTTP/1.1"))
        return exchange

    def _has_line(self, line: bytes) -> bool:
        """Whether the message begins with this line."""
        if self._start < 0:
            # It follows a body in chunks, which ends with a line.
            return b"\n" + line in self._raw
        return self._raw.startswith(line, self._start) or self._raw.startswith(
            line, self._start + _blank_lines(self._raw, self._start)
        )

    def _end_of_message(self) -> int:
        """Where in the input the message ends that began at `_start`; -1 if that is open."""
        if self._start < 0 or self._length < 0:
            return -1
        begin = self._start + _blank_lines(self._raw, self._start)
        end = self._raw.find(b"\r\n\r\n", begin) + 4 + self._length
        return end - (len(self._raw) - len(self._data))

    def _check_version(self, method: bytes, url: bytes) -> str:
        version = self._parser.get_http_version()
        if not self._has_line(b"%b %b HTTP/%b\r\n" % (method, url, version.encode())):
            raise BadRequest(400)  # other blanks than one, or another protocol
        if version == "2.0":
            raise BadRequest(505)
        if version != "1.0":
            raise BadRequest(400)
        return version

    def _check_size(self, url: bytes, headers: Headers) -> None:
        limits = self.limits
        if len(headers) > limits.header_fields:
            raise BadRequest(431)
        if len(self._raw) > limits.header_bytes:
            if len(url) > limits.header_bytes:
                raise BadRequest(414)
            size = sum(len(name) + len(value) + 4 for name, value in headers)
            if size + len(url) > limits.header_bytes:
                raise BadRequest(431)

    def _check_host(self, fields: dict[bytes, bytes], headers: Headers, version: str) -> None:
        host = fields.get(b"host")
        if host is None:
            if version == "1.1":
                raise BadRequest(400)
            return
        is_repeated = (
            len(fields) != len(headers) and sum(name == b"host" for name, _ in headers) > 1
        )
        if is_repeated or not (self.context.knows_host(host) or is_host(host)):
            raise BadRequest(400)

    def _make_exchange(self, method: str, url: bytes, headers: Headers) -> Exchange:
        host, path, query = split_target(method, url)
        text = path.decode("ascii")
        if "%" in text:
            text = unquote(text)
        if host is not None:
            # SPEC: RFC 9112, 3.2.2: the host of an absolute target counts.
            others = [field for field in headers if field[0] != b"host"]
            headers[:] = [(b"host", host), *others]
        return Exchange(self.connection, method, text, path, query, headers)

    # Other protocols

    def _begin_upgrade(self, exchange: Exchange, fields: dict[bytes, bytes]) -> Exchange | None:
        """Prepare for a WebSocket; other protocols are not spoken, and their request is served."""
        # SPEC: RFC 6455, 4.1: by GET; RFC 9110, 7.8: HTTP/1.0 cannot upgrade.
        is_socket = (
            fields[b"upgrade"].lower() == b"websocket"
            and (exchange.method, exchange.http_version) == ("GET", "1.1")
            and self.context.config.ws_protocol_class is not None
        )
        if not is_socket:
            framing = [
                b"%b: %b\r\n" % (name, fields[name])
                for name in (b"content-length", b"transfer-encoding")
                if name in fields
            ]
            self._after_upgrade = b"".join([b"POST / HTTP/1.1\r\nhost: x\r\n", *framing])
            return exchange
        protocols = [value for name, value in exchange.headers if name == b"sec-websocket-protocol"]
        if exchange.announced or not all(map(are_tokens, protocols)):
            raise BadRequest(400)
        self._after_upgrade = b""
        return None

    def _pass_upgrade(self, rest: bytes) -> None:
        """Go on where the parser has stopped at an upgrade."""
        head, self._after_upgrade = self._after_upgrade, None
        if head is None:
            return  # the request was refused
        if not head:
            lines = [b"%b: %b\r\n" % field for field in self._headers]
            first = b"GET %b HTTP/1.1\r\n" % self._url
            self.connection.switch_to_websocket(b"".join([first, *lines, b"\r\n", rest]))
            return
        # SPEC: RFC 9110, 7.8: the upgrade is ignored; the body is this request's.
        self._parser = httptools.HttpRequestParser(self)
        self._is_echo = True
        self._parser.feed_data(head)
        self._headers = []
        self._parser.feed_data(b"\r\n")
        self._is_echo = False
        if rest:
            self.feed(rest)


def _blank_lines(data: bytes, start: int) -> int:
    """The length of blank lines, which are ignored before a request (RFC 9112, 2.2).

    The first may have begun in earlier input.
    """
    end = start
    while data.startswith((b"\r", b"\n"), end):
        end += 1
    return end - start


def _check_body(
    exchange: Exchange, fields: dict[bytes, bytes], headers: Headers, version: str
) -> None:
    """Check how a body is framed, as far as the parser leaves it open.

    Raises:
        BadRequest: 400 for a coding in HTTP/1.0, 501 for other codings than `chunked`.
    """
    coding = fields.get(b"transfer-encoding")
    if coding is None:
        exchange.announced = int(fields[b"content-length"])
    elif version != "1.1":
        raise BadRequest(400)
    elif coding.strip().lower() != b"chunked":
        raise BadRequest(501 if has_token(coding, b"chunked") else 400)
    elif sum(name == b"transfer-encoding" for name, _ in headers) > 1:
        # SPEC: RFC 9110, 5.3: fields of one name are one list; llhttp looks at the last alone.
        raise BadRequest(501)
    else:
        exchange.announced = -1
