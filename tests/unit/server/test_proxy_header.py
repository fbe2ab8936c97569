"""The header of the PROXY protocol is read byte for byte, and nothing behind it."""

import struct

import pytest

from rapide.server.proxy_header import SIGNATURE, Connection, ProxyHeader, ProxyHeaderError

V4 = bytes([192, 0, 2, 7, 10, 0, 0, 1]) + struct.pack("!HH", 4000, 443)
V6 = bytes(15) + b"\x01" + bytes(15) + b"\x02" + struct.pack("!HH", 1, 2)


def binary(command: int, family: int, rest: bytes, length: int | None = None) -> bytes:
    size = len(rest) if length is None else length
    return SIGNATURE + struct.pack("!BBH", command, family, size) + rest


def read(data: bytes, step: int) -> tuple[Connection | None, bytes]:
    """Read in steps, and return what the header says, and what is left."""
    header = ProxyHeader()
    while header.wanted:
        size = min(step, header.wanted)
        assert len(data) >= size, "more than the header is wanted"
        header.feed(data[:size])
        data = data[size:]
    return header.connection, data


CLIENT = Connection(("192.0.2.7", 4000), ("10.0.0.1", 443))


@pytest.mark.parametrize("step", [1, 7, 4096])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PROXY TCP4 192.0.2.7 10.0.0.1 4000 443\r\n", CLIENT),
        (b"PROXY TCP6 ::1 2001:db8:0::2 1 65535\r\n", (("::1", 1), ("2001:db8::2", 65535))),
        (b"PROXY UNKNOWN\r\n", None),
        (b"PROXY UNKNOWN ffff:f...f:ffff 65535 65535\r\n", None),
        (binary(0x21, 0x11, V4), CLIENT),
        (binary(0x21, 0x11, V4 + b"\x04\x00\x01x"), CLIENT),
        (binary(0x21, 0x21, V6), (("::1", 1), ("::2", 2))),
        (binary(0x20, 0x00, b""), None),
        (binary(0x20, 0x11, V4), None),
        (binary(0x21, 0x00, b"abc"), None),
        (binary(0x21, 0x31, bytes(216)), None),
    ],
)
def test_a_header_says_whose_connection_it_is(data: bytes, said: object, step: int) -> None:
    expected = Connection(*said) if isinstance(said, tuple) else said
    assert read(data + b"GET / HTTP/1.1\r\n", step) == (expected, b"GET / HTTP/1.1\r\n")


@pytest.mark.parametrize("step", [1, 4096])
@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01" + bytes(20),
        b"PROXIED CONNECTION\r\n",
        b"PROXY TCP4 192.0.2.7 10.0.0.1 4000\r\n",
        b"PROXY TCP4 192.0.2.7 10.0.0.1 4000 65536\r\n",
        b"PROXY TCP4 192.0.2.7 10.0.0.1 -1 443\r\n",
        b"PROXY TCP4 ::1 ::1 4000 443\r\n",
        b"PROXY TCP4 192.0.2.777 10.0.0.1 4000 443\r\n",
        b"PROXY TCP4  192.0.2.7 10.0.0.1 4000 443\r\n",
        b"PROXY UDP4 192.0.2.7 10.0.0.1 4000 443\r\n",
        b"PROXY TCP4 192.0.2.7 10.0.0.1 4000 443\n" + bytes(100),
        b"PROXY UNKNOWN " + b"x" * 200,
        b"PROXY TCP4 \xff 10.0.0.1 4000 443\r\n",
        binary(0x22, 0x11, V4),
        binary(0x11, 0x11, V4),
        binary(0x21, 0x11, V4[:-1]) + b"x",
        binary(0x21, 0x11, V4, 65535),
    ],
)
def test_anything_else_is_refused(data: bytes, step: int) -> None:
    with pytest.raises(ProxyHeaderError):
        read(data, step)
