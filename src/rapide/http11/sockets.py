"""What the kernel knows of a socket, beside what was read from it and written to it."""

from __future__ import annotations

import select
import socket


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
