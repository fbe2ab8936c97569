"""Clients that say exactly what they are told, byte by byte, and read answers strictly."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9]{2}) [\x20-\x7e]*")
FIELD_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\x20-\x7e\x80-\xff\t]*)")
DATE = re.compile(rb"date: [^\r\n]+\r\n")
TIMEOUT = 10.0


@dataclass(frozen=True)
class Answer:
    """One answer as it was on the wire; ``date`` is not kept."""

    status: int
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    #: The sizes of chunks, where the answer came in chunks.
    chunks: tuple[int, ...] = ()

    def header(self, name: bytes) -> bytes | None:
        """The value of the only header of this name."""
        values = [value for key, value in self.headers if key == name]
        assert len(values) < 2, self
        return values[0] if values else None


class Incomplete(AssertionError):
    """There is only a part of an answer."""


def parse_answers(data: bytes, heads: Iterable[int] = (), closed: bool = True) -> list[Answer]:
    """Read the answers of a connection; ``heads`` are the places of those without a body."""
    answers: list[Answer] = []
    finals = 0
    while data:
        answer, data = parse_answer(data, head=finals in heads, closed=closed)
        answers.append(answer)
        finals += answer.status >= 200
    return answers


def parse_answer(data: bytes, *, head: bool = False, closed: bool = True) -> tuple[Answer, bytes]:
    """Read one answer and give what follows it."""
    lines, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        raise Incomplete(data[:200])
    first, *fields = lines.split(b"\r\n")
    status = STATUS_LINE.fullmatch(first)
    assert status, first
    headers = []
    for line in fields:
        match = FIELD_LINE.fullmatch(line)
        assert match, line
        if match[1].lower() != b"date":
            headers.append((match[1].lower(), match[2].rstrip(b" \t")))
    answer = Answer(int(status[1]), headers)
    if head or answer.status < 200 or answer.status in (204, 304):
        return answer, rest
    length, coding = answer.header(b"content-length"), answer.header(b"transfer-encoding")
    if coding is not None:
        assert (coding, length) == (b"chunked", None), answer
        chunks, rest = _chunks(rest)
        return Answer(answer.status, headers, b"".join(chunks), tuple(map(len, chunks))), rest
    if length is not None:
        size = int(length)
        if len(rest) < size:
            raise Incomplete(data[:200])
        return Answer(answer.status, headers, rest[:size]), rest[size:]
    if not closed:
        raise Incomplete(data[:200])
    return Answer(answer.status, headers, rest), b""


def _chunks(data: bytes) -> tuple[list[bytes], bytes]:
    chunks = []
    while True:
        line, end, data = data.partition(b"\r\n")
        if not end:
            raise Incomplete(line)
        size = int(line, 16)
        if len(data) < size + 2:
            raise Incomplete(data[:200])
        assert data[size : size + 2] == b"\r\n", data[:200]
        if not size:
            return chunks, data[2:]
        chunks.append(data[:size])
        data = data[size + 2 :]


class Connection:
    """One connection to a server of this machine."""

    def __init__(self, port: int, *, receive_buffer: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect(("127.0.0.1", port))
        self.buffer = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def get(self, target: str = "/", *fields: str, head: bool = False) -> Answer:
        """Send a GET request and read its answer."""
        self.send(get(target, *fields, method="HEAD" if head else "GET"))
        return self.answer(head=head)

    def answer(self, *, head: bool = False) -> Answer:
        """Read one answer."""
        return self.raw_answer(head=head)[0]

    def raw_answer(self, *, head: bool = False) -> tuple[Answer, bytes]:
        """Read one answer, and give its bytes too."""
        closed = False
        while True:
            try:
                answer, rest = parse_answer(self.buffer, head=head, closed=closed)
            except Incomplete:
                if closed:
                    raise
                closed = not self._receive()
            else:
                raw = self.buffer.removesuffix(rest)
                self.buffer = rest
                return answer, raw

    def _receive(self) -> bool:
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def until(self, mark: bytes) -> bytes:
        """Read up to some bytes."""
        while mark not in self.buffer:
            assert self._receive(), self.buffer
        found, _, self.buffer = self.buffer.partition(mark)
        return found + mark

    def until_size(self, size: int) -> bytes:
        """Read a number of bytes."""
        while len(self.buffer) < size:
            assert self._receive(), self.buffer
        found, self.buffer = self.buffer[:size], self.buffer[size:]
        return found

    def skip(self, size: int) -> None:
        """Read and drop a number of bytes."""
        size -= len(self.buffer)
        self.buffer = self.buffer[size:] if size < 0 else b""
        while size > 0:
            data = self.socket.recv(min(size, 262144))
            assert data, size
            size -= len(data)

    def rest(self) -> bytes:
        """Read until the server closes."""
        while self._receive():
            pass
        data, self.buffer = self.buffer, b""
        return data

    def is_open(self) -> bool:
        """Whether nothing has come and the server has not closed."""
        readable, _, _ = select.select([self.socket], [], [], 0.05)
        return not readable

    def end(self) -> None:
        """Close the half that sends."""
        self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.socket.close()

    def reset(self) -> None:
        """Close by a reset."""
        linger = struct.pack("ii", 1, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.socket.close()


def get(target: str = "/", *fields: str, method: str = "GET") -> bytes:
    """The bytes of a request without a body."""
    return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: a", *fields, "", ""]).encode()


def post(target: str, body: bytes, *fields: str) -> bytes:
    """The bytes of a request with a body."""
    return get(target, f"Content-Length: {len(body)}", *fields, method="POST") + body


@dataclass
class Conversation:
    """What one client of many sends, part by part, and what comes back."""

    parts: list[bytes]
    received: bytearray = field(default_factory=bytearray)
    reset: bool = False

    def answers(self, heads: Iterable[int] = ()) -> list[Answer]:
        return parse_answers(bytes(self.received), heads)


class _Client:
    def __init__(self, port: int, conversation: Conversation) -> None:
        self.conversation = conversation
        self.parts = list(reversed(conversation.parts))
        self.ended = False
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)

    def send(self) -> None:
        """Send the next part, or as much of it as goes."""
        part = self.parts.pop()
        try:
            sent = self.socket.send(part)
        except BlockingIOError:
            sent = 0
        except OSError:
            # The server has closed; what it has said is still to be read.
            self.parts.clear()
            return
        if sent < len(part):
            self.parts.append(part[sent:])

    def receive(self) -> bool:
        """Read; `False` at the end."""
        try:
            data = self.socket.recv(262144)
        except BlockingIOError:
            return True
        except OSError:
            self.conversation.reset = True
            return False
        self.conversation.received += data
        return bool(data)


def converse(
    port: int,
    conversations: Sequence[Conversation],
    settle: Callable[[], None],
    *,
    half_close: bool = True,
    window: int = 400,
) -> None:
    """Hold many conversations at once.

    ``settle`` makes sure that the server has read one part before the next is sent. After the
    last part each client closes its half, and reads until the server closes.
    """
    for start in range(0, len(conversations), window):
        _converse(port, conversations[start : start + window], settle, half_close)


def _converse(
    port: int, conversations: Sequence[Conversation], settle: Callable[[], None], half_close: bool
) -> None:
    clients = {}
    poll = select.epoll()
    for conversation in conversations:
        client = _Client(port, conversation)
        clients[client.socket.fileno()] = client
        poll.register(client.socket, select.EPOLLIN)
    deadline = time.monotonic() + 60
    while clients:
        sending = False
        for client in clients.values():
            if client.parts:
                sending = True
                client.send()
            elif half_close and not client.ended:
                client.ended = True
                with contextlib.suppress(OSError):
                    client.socket.shutdown(socket.SHUT_WR)
        if sending:
            settle()
        for number, _ in poll.poll(0 if sending else 0.2):
            if not clients[number].receive():
                poll.unregister(number)
                clients.pop(number).socket.close()
        if time.monotonic() > deadline:
            for client in clients.values():
                client.conversation.received += b"<the server never closed>"
                client.socket.close()
            break
    poll.close()


def divisions(data: bytes, most: int = 400) -> list[list[bytes]]:
    """The whole, byte by byte, and two parts at each offset.

    Long requests are divided at the first and last offsets and at samples of the rest.
    """
    size = len(data)
    if size <= most:
        offsets: list[int] = list(range(1, size))
        pieces = 1
    else:
        step = size // 16
        offsets = sorted({*range(1, 40), *range(40, size, step), *range(size - 30, size)})
        pieces = max(1, size // 64)
    small = [data[i : i + pieces] for i in range(0, size, pieces)]
    return [[data], small, *([data[:i], data[i:]] for i in offsets)]
