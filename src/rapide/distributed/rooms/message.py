"""A message of a room, and the form in which it travels between processes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

_TEXT: Final = b"t"
_BYTES: Final = b"b"
_JSON: Final = b"j"
#: The length of the id of a member.
ID_LENGTH: Final = 16
_NOBODY: Final = "-" * ID_LENGTH


@dataclass(frozen=True)
class RoomMessage:
    """A message: its content as bytes, the kind of the content, and the member that is left out."""

    kind: bytes
    content: bytes
    left_out: str = _NOBODY

    @classmethod
    def of(cls, value: object, left_out: str | None = None) -> RoomMessage:
        """Make a message of text, of bytes, or of any other value that JSON can hold.

        Raises:
            TypeError: JSON cannot hold the value.
            ValueError: Likewise: the value contains itself, or a number that is not finite.
        """
        left_out = left_out or _NOBODY
        if isinstance(value, str):
            return cls(_TEXT, value.encode("utf-8", "surrogatepass"), left_out)
        if isinstance(value, bytes):
            return cls(_BYTES, value, left_out)
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return cls(_JSON, text.encode("utf-8", "surrogatepass"), left_out)

    @classmethod
    def read(cls, packet: bytes) -> RoomMessage:
        """Read a message from another process."""
        start = 1 + ID_LENGTH
        return cls(packet[:1], packet[start:], packet[1:start].decode("latin-1"))

    @property
    def packet(self) -> bytes:
        """The message as it is sent to other processes."""
        return self.kind + self.left_out.encode("latin-1") + self.content

    @cached_property
    def frame(self) -> dict[str, Any]:
        """The message to the server that sends it on a WebSocket, made once for all members."""
        if self.kind == _BYTES:
            return {"type": "websocket.send", "bytes": self.content}
        return {"type": "websocket.send", "text": self.content.decode("utf-8", "replace")}

    @property
    def value(self) -> Any:
        """The text, the bytes, or a new object for the JSON."""
        if self.kind == _BYTES:
            return self.content
        text = self.content.decode("utf-8", "surrogatepass")
        return text if self.kind == _TEXT else json.loads(text)
