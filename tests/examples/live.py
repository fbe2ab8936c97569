"""Clients of the shop's streams."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import httpx
from websockets.sync.client import ClientConnection, connect

from .server import Shop

T = TypeVar("T")


@contextmanager
def events(client: httpx.Client, last: int | None = None) -> Iterator[Iterator[dict[str, str]]]:
    """The events of the stock's stream; fields that repeat are joined, comments left out."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    with client.stream("GET", "/stock-changes", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield parse(answer.iter_lines())


def parse(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if name:
            event[name] = value.removeprefix(" ")
        elif line == "":
            yield event
            event = {}


def next_changes(stream: Iterator[dict[str, str]], count: int) -> list[tuple[int, str, int]]:
    """Number, book and stock of the next changes."""
    found = []
    for event in islice((event for event in stream if "data" in event), count):
        assert event["event"] == "stock"
        change = json.loads(event["data"])
        found.append((int(event["id"]), change["book"], change["stock"]))
    return found


@contextmanager
def follow(shop: Shop, order_id: str, email: str | None) -> Iterator[ClientConnection]:
    """A WebSocket that tells an order's status."""
    headers = {"Authorization": f"Bearer {shop.tokens[email]}"} if email else None
    url = f"{shop.url.replace('http', 'ws', 1)}/orders/{order_id}/status"
    with connect(url, additional_headers=headers, proxy=None) as socket:
        yield socket


@contextmanager
def watch(shop: Shop, query: str = "") -> Iterator[ClientConnection]:
    """A WebSocket that tells changes of stock."""
    url = f"{shop.url.replace('http', 'ws', 1)}/stock-changes{query}"
    with connect(url, proxy=None) as socket:
        yield socket


def eventually(ask: Callable[[], T], seconds: float = 30) -> T:
    """What is answered as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
    return answer


def message(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(timeout=30))
