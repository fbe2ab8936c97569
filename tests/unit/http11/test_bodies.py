"""The parts of a body that nobody has taken yet."""

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapide.http11.exchange import Http11Exchange
from rapide.http11.request import SMALL

from .stage import Stage

sizes = st.sampled_from([1, 2, 3, SMALL - 1, SMALL, SMALL + 1])


def fed(parts: list[bytes]) -> Http11Exchange:
    connection = Stage().connection
    exchange = Http11Exchange(connection.context, connection, "POST", "/", b"/", b"", [])
    for part in parts:
        exchange.add_body(part)
    exchange.complete_request()
    return exchange


@given(st.lists(sizes, min_size=1, max_size=20))
def test_parts_of_every_size_make_the_same_body(chosen: list[int]) -> None:
    parts = [bytes([number]) * size for number, size in enumerate(chosen)]
    body = anyio.run(fed(parts).read_body)
    assert type(body) is bytes
    assert body == b"".join(parts)


@pytest.mark.parametrize("first", [b"a", b"a" * SMALL])
def test_many_tiny_parts_take_little_more_than_their_size(first: bytes) -> None:
    exchange = fed([first, *[b"ab"] * 10_000])
    assert exchange.buffered == len(first) + 20_000
    assert exchange._chunks is not None
    assert len(exchange._chunks) == 2
