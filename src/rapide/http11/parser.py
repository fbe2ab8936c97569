"""From the bytes of a connection to requests: llhttp, and what it leaves to its caller.

Theory of operation. llhttp's strict mode refuses most of what is wrong. Here follow the checks of
targets, hosts and sizes, and the rest of a message whose upgrade to another protocol is ignored:
llhttp stops there, so that a second parser, which has been given a head with the same framing,
reads on. Most requests need no llhttp; see `repeated.py`. `states.py` has the states of the parser.

SPEC: RFC 9112, sections 2 to 7.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Final
from urllib.parse import unquote

import httptools

from rapide.http11.contract import Connection
from rapide.http11.exchange import Http11Exchange
from rapide.http11.heads import (
    BadRequest,
    Headers,
    are_tokens,
    has_token,
    is_host,
    split_target,
)
from rapide.http11.repeated import MOST_REPEATED, KnownRequests
from rapide.http11.server import ServerContext
from rapide.http11.states import BETWEEN, BODY, COUNTED, ECHO, HEAD, PARSER, UPGRADING

#: How far a head may be read past its limit before it is refused unseen, in bytes.
SLACK: Final = 4096
#: Bytes of framing that a chunk may cost, and a body besides.
CHUNK_OVERHEAD: Final = 16
BODY_OVERHEAD: Final = 64 * 1024

_NEVER_REPEATED: Final = frozenset({b"transfer-encoding", b"expect"})


class RequestSink(Connection):
    """A connection, as its parser sees it."""

    @abstractmethod
    def may_accept(self) -> bool:
        """Return whether another request is to be executed."""

    @abstractmethod
    def accept(self, exchange: Http11Exchange) -> None:
        """Serve a request, or let it wait for its turn."""

    @abstractmethod
    def accept_whole(self, exchange: Http11Exchange, size: int) -> None:
        """Accept a request that has come with its body, which has this size."""

    @abstractmethod
    def on_body(self, exchange: Http11Exchange, part: bytes) -> None:
        """Take a part of the body of a request."""

    @abstractmethod
    def on_request_end(self, exchange: Http11Exchange) -> None:
        """Take the end of a request."""

    @abstractmethod
    def on_parse_error(self, incoming: Http11Exchange | None, status: int) -> None:
        """Answer with a status: the input cannot be read further."""

    @abstractmethod
    def refuse(self, status: int) -> None:
        """Close with a status when all requests before have been answered."""

    @abstractmethod
    def switch_to_websocket(self, data: bytes) -> None:
        """Let a WebSocket have the connection, after all requests before."""


class RequestParser:
    """Parses the input of one connection, and tells the connection what it finds.

    Attributes:
        state: What is being read; see `states.py`.
        incoming: The request whose body is being read.
    """

    def __init__(self, sink: RequestSink, context: ServerContext) -> None:
        self.sink = sink
        self.context = context
        self.limits = context.limits
        self.state: int = BETWEEN
        self.incoming: Http11Exchange | None = None
        self._parser = httptools.HttpRequestParser(self)
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
        self._known = KnownRequests(context, sink)
        #: Bytes of the body that were framing, beyond what its chunks may cost.
        self._overhead = 0
        #: At an upgrade that is ignored: the head that begins the rest of the message.
        self._after_upgrade = b""

    def __repr__(self) -> str:
        return f"<RequestParser: {PARSER.names[self.state]}>"

    def feed(self, data: bytes) -> None:
        """Parse some input."""
        if self.state == COUNTED:
            data = self._feed_body(data)
            if not data:
                return
        self._data = data
        if self.state == HEAD:
            self._is_first = False
            self._raw += data
        else:
            self._is_first = True
            self._raw = data
            self._start = 0 if self.incoming is None else max(self._to_come, -1)
        if self.incoming is not None:
            self._overhead += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._pass_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._fail(400)
        if self.state == HEAD:
            if len(self._raw) > self.limits.header_bytes + SLACK:
                self._fail(414 if len(self._url) > len(self._raw) // 2 else 431)
        elif self._overhead > BODY_OVERHEAD and self.incoming is not None:
            self._fail(431)

    def _feed_body(self, data: bytes) -> bytes:
        """Take what is left of a counted body, and return what follows it."""
        size = self._to_come
        self.on_body(data if len(data) <= size else data[:size])
        if self._to_come == 0:
            self.on_message_complete()
        return data[size:]

    def feed_repeated(self, data: bytes) -> bool:
        """Serve a request without llhttp, if the input is one whose lines are plain or known."""
        if self.state != BETWEEN:
            return False
        exchange = self._known.read(data)
        if exchange is None or not self.sink.may_accept():
            return False
        length = exchange.announced
        if length == 0:
            exchange.complete_request()
            self.sink.accept(exchange)
        else:
            self._begin_counted(exchange, length, data[self._known.body_at :])
        return True

    def _begin_counted(self, exchange: Http11Exchange, length: int, body: bytes) -> None:
        """Begin a request whose body has this length, and has come as far as `body`."""
        if len(body) == length:
            exchange.complete_with(body)
            self.sink.accept_whole(exchange, length)
            return
        self.state, self._to_come, self._headers = COUNTED, length, []
        self.incoming = exchange
        self.sink.accept(exchange)
        if body:
            self.on_body(body)

    def _remember(self, exchange: Http11Exchange, line: int) -> None:
        """Keep the header fields of a request whose first line has this length."""
        data = self._data
        end = data.find(b"\r\n\r\n") + 4
        if self._start != 0 or self._raw is not data or not line < end <= MOST_REPEATED:
            return
        if exchange.announced or end == len(data):
            self._known.remember(data[line:end], exchange)

    def is_in_body_of(self, size: int) -> bool:
        """Return whether at least that many bytes of a body are still to come."""
        return self.incoming is not None and self._to_come >= size

    def abandon(self) -> Http11Exchange | None:
        """Give up the message that is being read, and return its request if that was accepted."""
        self.state = BETWEEN
        incoming, self.incoming = self.incoming, None
        return incoming

    def _fail(self, status: int) -> None:
        self.sink.on_parse_error(self.abandon(), status)

    # llhttp's callbacks

    def on_message_begin(self) -> None:
        """Begin a message."""
        if self.state == ECHO:
            return
        self.state = HEAD
        if not self._is_first:
            self._start = self._end_of_message()
        self._raw = self._data
        self._is_first = False
        self._length = 0
        self._url = b""
        self._headers = []
        self._overhead = 0

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the head, or of the trailer, which nobody sees."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Accept or refuse the request: its head is complete."""
        if self.state == ECHO:
            return
        if not self.sink.may_accept():
            self.state = BETWEEN
            return
        try:
            exchange = self._read_head()
        except BadRequest as bad:
            self.state = BETWEEN
            self.sink.refuse(bad.status)
            return
        if exchange is not None:
            self._headers = []
            self.incoming = exchange
            if self.state == HEAD:
                self.state = BODY
            self.sink.accept(exchange)

    def on_chunk_header(self) -> None:
        """Allow for the framing of a chunk."""
        self._overhead -= CHUNK_OVERHEAD

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._overhead -= len(body)
        self._to_come -= len(body)
        if self.incoming is not None:
            self.sink.on_body(self.incoming, body)

    def on_message_complete(self) -> None:
        """Take the end of a request."""
        if self.state == UPGRADING or self.incoming is None:
            return
        if len(self._headers) > self.limits.header_fields:
            self._fail(431)
            return
        incoming, self.incoming = self.incoming, None
        self.state = BETWEEN
        self.sink.on_request_end(incoming)

    # Heads

    def _read_head(self) -> Http11Exchange | None:
        """Return the request that a head describes; None when it is for a WebSocket.

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
            exchange.close_afterwards()
        elif not parser.should_keep_alive():
            exchange.close_afterwards()
        if b"transfer-encoding" in fields or b"content-length" in fields:
            length = _body_length(fields, headers, version)
            self._length = self._to_come = length
            # Where no body is announced, nobody waits (RFC 9110, 10.1.1).
            may_wait = version == "1.1" and length != 0
            waits = may_wait and fields.get(b"expect", b"").lower() == b"100-continue"
            exchange.expect_body(length, waits)
        if self.context.forward is not None:
            exchange.is_forwarded = b"x-forwarded-for" in fields or b"x-forwarded-proto" in fields
        if b"upgrade" in fields:
            if parser.should_upgrade():
                return self._begin_upgrade(exchange, fields)
        elif exchange.keep_alive and not fields.keys() & _NEVER_REPEATED and not is_absolute:
            self._remember(exchange, len(method) + len(url) + len(b"  HTTP/1.1"))
        return exchange

    def _has_line(self, line: bytes) -> bool:
        """Return whether the message begins with this line."""
        if self._start < 0:
            # It follows a body in chunks, which ends with a line.
            return b"\n" + line in self._raw
        return self._raw.startswith(line, self._start) or self._raw.startswith(
            line, self._start + _blank_lines(self._raw, self._start)
        )

    def _end_of_message(self) -> int:
        """Return where in the input the message ends that began at `_start`; -1 if that is open."""
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

    def _make_exchange(self, method: str, url: bytes, headers: Headers) -> Http11Exchange:
        host, path, query = split_target(method, url)
        text = path.decode("ascii")
        if "%" in text:
            text = unquote(text)
        if host is not None:
            # SPEC: RFC 9112, 3.2.2: the host of an absolute target counts.
            others = [field for field in headers if field[0] != b"host"]
            headers[:] = [(b"host", host), *others]
        return Http11Exchange(self.context, self.sink, method, text, path, query, headers)

    # Other protocols

    def _begin_upgrade(
        self, exchange: Http11Exchange, fields: dict[bytes, bytes]
    ) -> Http11Exchange | None:
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
            self.state = UPGRADING
            return exchange
        protocols = [value for name, value in exchange.headers if name == b"sec-websocket-protocol"]
        if exchange.announced or not all(map(are_tokens, protocols)):
            raise BadRequest(400)
        self.state = UPGRADING
        return None

    def _pass_upgrade(self, rest: bytes) -> None:
        """Go on behind a head with an upgrade, where the parser has stopped."""
        if self.state != UPGRADING:
            return  # the request was refused
        if self.incoming is not None:
            self._read_past_upgrade(rest)
            return
        self.state = BETWEEN
        lines = [b"%b: %b\r\n" % field for field in self._headers]
        first = b"GET %b HTTP/1.1\r\n" % self._url
        self.sink.switch_to_websocket(b"".join([first, *lines, b"\r\n", rest]))

    def _read_past_upgrade(self, rest: bytes) -> None:
        """Read the body of a request whose upgrade is ignored (RFC 9110, 7.8)."""
        self._parser = httptools.HttpRequestParser(self)
        self.state = ECHO
        self._parser.feed_data(self._after_upgrade)
        self._headers = []
        self._parser.feed_data(b"\r\n")
        if self.state == ECHO:
            self.state = BODY
        if rest:
            self.feed(rest)


def _blank_lines(data: bytes, start: int) -> int:
    """Return the length of blank lines, which are ignored before a request (RFC 9112, 2.2).

    The first may have begun in earlier input.
    """
    end = start
    while data.startswith((b"\r", b"\n"), end):
        end += 1
    return end - start


def _body_length(fields: dict[bytes, bytes], headers: Headers, version: str) -> int:
    """Return the announced length of a body, -1 for chunks.

    Raises:
        BadRequest: 400 for a coding in HTTP/1.0, 501 for other codings than `chunked`.
    """
    coding = fields.get(b"transfer-encoding")
    if coding is None:
        return int(fields[b"content-length"])
    if version != "1.1":
        raise BadRequest(400)
    if coding.strip().lower() != b"chunked":
        raise BadRequest(501 if has_token(coding, b"chunked") else 400)
    if sum(name == b"transfer-encoding" for name, _ in headers) > 1:
        # SPEC: RFC 9110, 5.3: fields of one name are one list; llhttp looks at the last alone.
        raise BadRequest(501)
    return -1
