"""The header of the PROXY protocol, with which a TCP balancer says whose connection it passes on.

SPEC: HAProxy's specification of the PROXY protocol, versions 1 and 2. This module does no I/O: it
says how many bytes are to be read next. So no byte behind the header is read with it, as that may
belong to TLS.
"""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass
from typing import Final

#: The addresses of a client, or of the server, as sockets have them.
Peer = tuple[str, int]

SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
#: The longest header of version 1, with its line end.
LONGEST_LINE: Final = 107
#: The longest rest of a header of version 2. Balancers add some hundred bytes to the addresses.
LONGEST_REST: Final = 2048
#: The shortest header of version 1, `PROXY UNKNOWN` and its line end, is as long as the beginning
#: of version 2 without the last byte.
_FIRST: Final = 15
_HEAD: Final = 16
_LOCAL, _PROXY = 0x20, 0x21
#: The addresses of TCP in version 2, by the byte that names their family.
_LAYOUTS: Final = {0x11: struct.Struct("!4s4sHH"), 0x21: struct.Struct("!16s16sHH")}
_FAMILIES: Final = {b"TCP4": ipaddress.IPv4Address, b"TCP6": ipaddress.IPv6Address}


class ProxyHeaderError(Exception):
    """The header is not one of the PROXY protocol, or is too long."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What a header says: the client's address, and the one that the client has connected to."""

    client: Peer
    server: Peer


class ProxyHeader:
    """A header that is being read.

    Attributes:
        wanted: How many bytes are to be read next; 0 at the end of the header.
        connection: What it says; None if the balancer itself has made the connection.
    """

    def __init__(self) -> None:
        self.wanted = _FIRST
        self.connection: Connection | None = None
        self._data = b""

    def feed(self, data: bytes) -> None:
        """Read at most `wanted` bytes.

        Raises:
            ProxyHeaderError: They do not belong to a header.
        """
        self._data += data
        if SIGNATURE.startswith(self._data[:12]):
            self._read_binary()
        elif b"PROXY ".startswith(self._data[:6]):
            self._read_line()
        else:
            raise ProxyHeaderError

    def _read_binary(self) -> None:
        size = len(self._data)
        if size < _HEAD:
            self.wanted = _HEAD - size
            return
        command, family, length = struct.unpack_from("!BBH", self._data, len(SIGNATURE))
        if command not in (_LOCAL, _PROXY) or length > LONGEST_REST:
            raise ProxyHeaderError
        self.wanted = _HEAD + length - size
        layout = _LAYOUTS.get(family)
        if self.wanted or command == _LOCAL or layout is None:
            return
        if length < layout.size:
            raise ProxyHeaderError
        source, target, port, own_port = layout.unpack_from(self._data, _HEAD)
        self.connection = Connection((_text(source), port), (_text(target), own_port))

    def _read_line(self) -> None:
        line = self._data
        if len(line) < _FIRST:
            self.wanted = _FIRST - len(line)
        elif line.endswith(b"\r\n"):
            self.wanted = 0
            self.connection = _parse_line(line[:-2])
        elif len(line) >= LONGEST_LINE or b"\n" in line:
            raise ProxyHeaderError
        else:
            self.wanted = 1


def _parse_line(line: bytes) -> Connection | None:
    _, family, *rest = line.split(b" ")
    if family == b"UNKNOWN":
        return None
    if family not in _FAMILIES or len(rest) != 4:
        raise ProxyHeaderError
    try:
        source, target = (str(_FAMILIES[family](part.decode("ascii"))) for part in rest[:2])
    except ValueError:
        raise ProxyHeaderError from None
    return Connection((source, _port(rest[2])), (target, _port(rest[3])))


def _port(text: bytes) -> int:
    if not text.isdigit() or len(text) > 5 or int(text) > 65535:
        raise ProxyHeaderError
    return int(text)


def _text(packed: bytes) -> str:
    return str(ipaddress.ip_address(packed))
