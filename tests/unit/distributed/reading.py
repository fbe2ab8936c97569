"""A client of streams: it reads events, as a browser does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

HEADERS = {"key": "secret"}


@dataclass
class Event:
    id: str = ""
    name: str = "message"
    data: str = ""


def parse(lines: Iterator[str]) -> Iterator[Event]:
    """The events that have data."""
    event, identity, has_data = Event(), "", False
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line == "":
            if has_data:
                yield Event(identity, event.name, event.data)
            event, has_data = Event(), False
        elif field == "id":
            identity = value
        elif field == "event":
            event.name = value
        elif field == "data":
            event.data = f"{event.data}\n{value}" if has_data else value
            has_data = True


@contextmanager
def events(client: Any, url: str, last: str | None = None) -> Iterator[tuple[Any, Iterator[Event]]]:
    """Read a stream with a client of httpx, or with a test client."""
    # Browsers write ids that are not ASCII in UTF-8.
    headers = {name.encode(): value.encode() for name, value in HEADERS.items()}
    if last is not None:
        headers[b"last-event-id"] = last.encode()
    with client.stream("GET", url, headers=headers) as answer:
        yield answer, parse(answer.iter_lines())
