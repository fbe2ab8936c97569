"""The addresses of a connection, as applications see them."""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.utils import get_local_addr, get_remote_addr

#: How a socket that serves both families writes an address of IPv4.
_MAPPED: Final = "::ffff:"


def remote_address(transport: asyncio.Transport) -> tuple[str, int] | None:
    """Return the client's address; one of IPv4 is written so, whatever the socket is."""
    address = get_remote_addr(transport)
    if address is not None and address[0].startswith(_MAPPED):
        return address[0].removeprefix(_MAPPED), address[1]
    return address


def local_address(transport: asyncio.Transport) -> tuple[str, int | None] | None:
    """Return the server's address, written in the same way."""
    address = get_local_addr(transport)
    if address is not None and address[0].startswith(_MAPPED):
        return address[0].removeprefix(_MAPPED), address[1]
    return address
