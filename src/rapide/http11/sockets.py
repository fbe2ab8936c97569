"""What the kernel knows of a socket, beside what was read from it and written to it."""

from __future__ import annotations

import select
import socket
import struct
import sys
from typing import Final

_PLATFORM: Final[str] = sys.platform
_INT: Final = struct.Struct("i")
#: macOS's option for the number of bytes that were not sent.
_SO_NWRITE: Final = 0x1024


def is_readable(connection: socket.socket) -> bool:
    """Return whether input, or its end, has come that was not read yet."""
    number = connection.fileno()
    if number < 0:
        return False
    if not hasattr(select, "poll"):
        return bool(select.select([number], [], [], 0)[0])
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))


def unsent(connection: socket.socket) -> int:
    """Return how many bytes the kernel keeps that the other side has not taken; 0 if unknown."""
    try:
        if _PLATFORM == "linux":
            from fcntl import ioctl
            from termios import TIOCOUTQ

            return int(_INT.unpack(ioctl(connection.fileno(), TIOCOUTQ, bytes(_INT.size)))[0])
        elif _PLATFORM == "darwin":
            return connection.getsockopt(socket.SOL_SOCKET, _SO_NWRITE)
    except (OSError, ValueError):  # the socket is closed
        pass
    return 0
