"""The two formats of a stream: from bytes to events, and back with their ids."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rapide.distributed.streams.endings import Ending
from rapide.sse import KEEPALIVE_COMMENT

#: A position as clients know it: stream, number of the last event, and the endpoint's own id.
_POSITION: Final = re.compile(r"([\w-]{22})\.(\d{1,15}|end)(?:\..*)?", re.ASCII | re.DOTALL)
_PING: Final = KEEPALIVE_COMMENT.strip()
#: The name of the event that says why a stream has ended before it was complete.
END_EVENT: Final = "stream-end"


@dataclass(frozen=True, slots=True)
class Position:
    """How far a client has read a stream."""

    stream: str
    #: The number of the last event; None if the client has the event about the end.
    number: int | None

    @classmethod
    def read(cls, text: str) -> Position | None:
        """Read a position; None if it is not one of ours."""
        match = _POSITION.fullmatch(text)
        if match is None:
            return None
        number = None if match[2] == "end" else int(match[2])
        return cls(match[1], number)


class Format(ABC):
    """A format. An object splits the body of one response."""

    #: What a listener sends if nothing happens for some time.
    heartbeat: bytes = b""

    def __init__(self) -> None:
        self.rest = b""

    @abstractmethod
    def split(self, chunk: bytes) -> list[bytes]:
        """Return the events that are complete with this part of the body."""

    @abstractmethod
    def finish(self) -> list[bytes]:
        """Return what is left at the end of the body."""

    @staticmethod
    @abstractmethod
    def begin(stream: str, number: int, retry: int) -> bytes:
        """Return what a listener sends first."""

    @staticmethod
    @abstractmethod
    def write(stream: str, first: int, events: Sequence[bytes]) -> bytes:
        """Return events as a client gets them."""

    @staticmethod
    @abstractmethod
    def write_end(stream: str, ending: Ending) -> bytes:
        """Return the last event of a stream that is not complete."""


class ServerSentEvents(Format):
    """Server-sent events. In the log, an event begins with a line for the endpoint's own id."""

    heartbeat = KEEPALIVE_COMMENT

    def split(self, chunk: bytes) -> list[bytes]:
        """Return the complete events, without keep-alive comments."""
        text = self.rest + chunk
        # The end of a chunk may be between CR and LF.
        held = b"\r" if text.endswith(b"\r") else b""
        text = text.removesuffix(held) if held else text
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *blocks, rest = text.split(b"\n\n")
        self.rest = rest + held
        return [_logged(block) for block in blocks if block.strip(b"\n") not in (b"", _PING)]

    def finish(self) -> list[bytes]:
        """Return nothing, as clients ignore an event without the empty line."""
        # SPEC: WHATWG HTML section 9.2.6, the end of the file.
        return []

    @staticmethod
    def begin(stream: str, number: int, retry: int) -> bytes:
        """Return the position, so that a client without any event can resume as well."""
        return f"id: {stream}.{number}\nretry: {retry}\n\n".encode()

    @staticmethod
    def write(stream: str, first: int, events: Sequence[bytes]) -> bytes:
        """Return events with their ids."""
        written = []
        for number, event in enumerate(events, first):
            own, _, lines = event.partition(b"\n")
            suffix = b"." + own if own else b""
            written.append(b"id: %b.%d%b\n%b\n\n" % (stream.encode(), number, suffix, lines))
        return b"".join(written)

    @staticmethod
    def write_end(stream: str, ending: Ending) -> bytes:
        """Return an event with a name of its own."""
        data = json.dumps({"reason": ending})
        return f"event: {END_EVENT}\ndata: {data}\nid: {stream}.end\n\n".encode()


def _logged(block: bytes) -> bytes:
    """Return an event as the log has it."""
    own, lines = b"", []
    for line in block.strip(b"\n").split(b"\n"):
        name, _, value = line.partition(b":")
        if name == b"id":
            own = value.removeprefix(b" ")
        else:
            lines.append(line)
    return own + b"\n" + b"\n".join(lines)


class JsonLines(Format):
    """JSON Lines. A client counts the lines that it has got."""

    def split(self, chunk: bytes) -> list[bytes]:
        """Return the complete lines."""
        *lines, self.rest = (self.rest + chunk).split(b"\n")
        return [line for line in lines if line.strip()]

    def finish(self) -> list[bytes]:
        """Return a last line without a line feed."""
        return [self.rest] if self.rest.strip() else []

    @staticmethod
    def begin(stream: str, number: int, retry: int) -> bytes:
        """Return nothing: the headers have the id of the stream."""
        return b""

    @staticmethod
    def write(stream: str, first: int, events: Sequence[bytes]) -> bytes:
        """Return lines."""
        return b"".join(line + b"\n" for line in events)

    @staticmethod
    def write_end(stream: str, ending: Ending) -> bytes:
        """Return a line with a name of its own."""
        return json.dumps({END_EVENT: ending}).encode() + b"\n"


def find_format(content_type: str) -> Format | None:
    """Return the format of a response; None if it is not a stream of events."""
    essence = content_type.partition(";")[0].strip().lower()
    if essence == "text/event-stream":
        return ServerSentEvents()
    is_lines = essence in ("application/jsonl", "application/x-ndjson")
    return JsonLines() if is_lines else None
