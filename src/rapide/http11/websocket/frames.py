"""Read and write ordinary messages: the fast path in front of the library.

An ordinary message is one frame: text or bytes, masked, complete, without reserved bits and not too
long. The library reads everything else, so it also finds all that is wrong.

Where the package was built with a C compiler, Python imports the extension beside this module
(`frames.c`). The functions here do the same otherwise.

SPEC: RFC 6455, 5.2.
"""

from __future__ import annotations

from typing import Any

#: The first byte of a frame that is a whole message: text, bytes.
TEXT = 0x81
BYTES = 0x82


def take_messages(data: bytes, longest: int, messages: list[Any], /) -> int:
    """Take the ordinary messages from the beginning of some input.

    Append an ASGI message for each of them.

    Args:
        data: The input, from the beginning of a frame.
        longest: The size of the longest message, in bytes.
        messages: The list to append to.

    Returns:
        Where in the input the first frame begins that is not ordinary, or not complete.
    """
    start = 0
    while True:
        payload = _payload_at(data, start, longest)
        if payload is None:
            return start
        if data[start] == TEXT:
            try:
                messages.append({"type": "websocket.receive", "text": payload.decode()})
            except UnicodeDecodeError:
                return start
        else:
            messages.append({"type": "websocket.receive", "bytes": payload})
        start += _header_size(data[start + 1] & 0x7F) + len(payload)


def _payload_at(data: bytes, start: int, longest: int) -> bytes | None:
    """Return the unmasked content of an ordinary frame; None if there is another or a part."""
    if len(data) - start < 6 or data[start] not in (TEXT, BYTES) or not data[start + 1] & 0x80:
        return None
    size = data[start + 1] & 0x7F
    begin = start + _header_size(size)
    if size == 126:
        size = int.from_bytes(data[start + 2 : start + 4])
    elif size == 127:
        size = int.from_bytes(data[start + 2 : start + 10])
    if size > longest or len(data) - begin < size:
        return None
    mask = data[begin - 4 : begin]
    content = int.from_bytes(data[begin : begin + size])
    repeated = (mask * (size // 4 + 1))[:size]
    return (content ^ int.from_bytes(repeated)).to_bytes(size)


def _header_size(size: int) -> int:
    """Return the size of the header and the mask, by the first seven bits of the length."""
    return {126: 8, 127: 14}.get(size, 6)


def write_message(content: object, /) -> bytes | None:
    """Return the frame of a message, or None if the library has to write it.

    Raises:
        UnicodeEncodeError: The text has a surrogate.
    """
    if type(content) is str:
        first, payload = TEXT, content.encode()
    elif type(content) is bytes:
        first, payload = BYTES, content
    else:
        return None
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 65536:
        return bytes((first, 126)) + size.to_bytes(2) + payload
    return bytes((first, 127)) + size.to_bytes(8) + payload
