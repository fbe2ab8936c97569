"""Follow the frames in the input that the library reads.

The library does not say whether it is between two messages. Only there can the fast path read. So
the headers of the frames are read here too, and nothing else of them.

SPEC: RFC 6455, 5.2 and 5.4.
"""

from __future__ import annotations

#: The size of the extended length, by the first seven bits of the length.
_EXTENDED = {126: 2, 127: 8}


class Bounds:
    """Where the input is that was followed.

    Attributes:
        is_between: Whether a frame has ended, or none has begun, and no message is incomplete.
    """

    def __init__(self) -> None:
        self.is_between = True
        #: Whether more frames of a message are to come.
        self._is_divided = False
        #: The beginning of a header.
        self._header = b""
        #: How much of a payload is to come.
        self._to_come = 0

    def follow(self, data: bytes) -> None:
        """Follow some input, from where the input before has ended."""
        position, size = 0, len(data)
        while position < size:
            if self._to_come:
                step = min(self._to_come, size - position)
                self._to_come -= step
                position += step
                continue
            known = len(self._header)
            header = self._header + data[position : position + 14 - known]
            length = _header_length(header)
            if len(header) < length:
                self._header = header
                break
            self._header = b""
            position += length - known
            self._begin(header)
        self.is_between = not (self._header or self._to_come or self._is_divided)

    def _begin(self, header: bytes) -> None:
        """Begin a frame."""
        short = header[1] & 0x7F
        extended = _EXTENDED.get(short, 0)
        self._to_come = int.from_bytes(header[2 : 2 + extended]) if extended else short
        if header[0] & 0x0F < 8:  # control frames are whole, and may be between others
            self._is_divided = header[0] < 0x80


def _header_length(header: bytes) -> int:
    """Return the length of a header, as far as its beginning tells."""
    if len(header) < 2:
        return 2
    return 2 + _EXTENDED.get(header[1] & 0x7F, 0) + (4 if header[1] & 0x80 else 0)
