"""Messages that uvicorn takes are taken, whatever the types of their parts."""

from __future__ import annotations

import enum
import random
from collections import OrderedDict, UserDict, namedtuple
from http import HTTPStatus
from typing import Any

import pytest

from .client import Answer, Connection
from .server import REFERENCE, LoopThread, serving

ROUNDS = 300
Pair = namedtuple("Pair", "name value")


class Octets(bytes):
    """Bytes of another class."""


class Text(str):
    """A text of another class."""


class Number(int):
    """An integer of another class."""


class Status(enum.IntEnum):
    MADE = 201


STATUSES = [200, 201, HTTPStatus.OK, Status.MADE, Number(202), 203.0, 404, 500]
OCTETS = [bytes, bytearray, memoryview, Octets]
PAIRS = [tuple, list, iter, lambda pair: Pair(*pair)]
HEADERS = [list, tuple, iter, lambda pairs: (pair for pair in pairs)]
MESSAGES = [dict, UserDict, OrderedDict]
TRUE, FALSE = [True, 1, "yes", [0], 2.5], [False, 0, "", None, []]
PARTS = [b"", b"a", b"some words", b"x" * 700]
FIELDS = [(b"x-one", b"1"), (b"X-Two", b"two words"), (b"x-empty", b""), (b"vary", b"x" * 100)]


def messages(number: int) -> list[Any]:
    """The messages of one answer, the same for the same number."""
    draw = random.Random(number)
    parts = [draw.choice(PARTS) for _ in range(draw.randint(1, 4))]
    fields = draw.sample(FIELDS, draw.randint(0, len(FIELDS)))
    if draw.random() < 0.4:
        length = sum(map(len, parts))
        fields.append((b"Content-Length", b"%d" % length))
    else:
        # Where the body is sent in chunks, nothing may stand for an empty part.
        parts = [None if not part and draw.random() < 0.5 else part for part in parts]
    pairs = [_pair(draw, name, value) for name, value in fields]
    make_headers = draw.choice(HEADERS)
    start = {
        draw.choice([str, Text])("type"): draw.choice([str, Text])("http.response.start"),
        "status": draw.choice(STATUSES),
    }
    if pairs or draw.random() < 0.5:
        start["headers"] = make_headers(pairs)
    if draw.random() < 0.2:
        start["trailers"] = False
    made = [draw.choice(MESSAGES)(start)]
    for index, part in enumerate(parts):
        is_last = index + 1 == len(parts)
        message: dict[str, Any] = {"type": "http.response.body"}
        if part or draw.random() < 0.7:
            message["body"] = None if part is None else draw.choice(OCTETS)(part)
        if not is_last or draw.random() < 0.7:
            message["more_body"] = draw.choice(FALSE if is_last else TRUE)
        made.append(draw.choice(MESSAGES)(message))
    return made


def _pair(draw: random.Random, name: bytes, value: bytes) -> Any:
    make = draw.choice(PAIRS)
    kinds = [bytes, bytearray, Octets]
    given = draw.choice(kinds)(name)
    # uvicorn decodes a length, and so wants it to be bytes.
    return make((given, draw.choice(kinds if name == b"Content-Length" else OCTETS)(value)))


def build(fw):
    app = fw.FastAPI()

    async def loose(scope, receive, send):
        for message in messages(int(scope["path"].rpartition("/")[2])):
            await send(message)

    class Loose(fw.Response):
        async def __call__(self, scope, receive, send):
            await loose(scope, receive, send)

    @app.get("/returned/{number}")
    async def returned(number: int):
        return Loose()

    @app.get("/direct/{number}")
    async def direct(number: int):
        draw = random.Random(number)
        response = fw.Response(draw.choice([memoryview, bytes])(draw.choice(PARTS)))
        response.status_code = draw.choice(STATUSES[:-1])
        response.raw_headers = draw.choice([list, tuple])(
            [draw.choice([tuple, list])(pair) for pair in response.raw_headers]
        )
        return response

    @app.get("/stream/{number}")
    async def stream(number: int):
        draw = random.Random(number)
        parts = [draw.choice([bytes, memoryview])(draw.choice(PARTS[1:])) for _ in range(3)]
        return fw.responses.StreamingResponse(iter([*parts, "text"]))

    app.mount("/mounted", loose)
    return app


def all_answers(running) -> list[tuple[str, Answer]]:
    """The answers of an application to each number, each way."""
    found = []
    with Connection(running.port) as client:
        for number in range(ROUNDS):
            for kind in ("mounted", "returned", "direct", "stream"):
                path = f"/{kind}/{number}"
                found.append((path, client.get(path)))
    return found


@pytest.fixture(scope="module")
def expected() -> list[tuple[str, Answer]]:
    thread = LoopThread()
    try:
        with serving(thread, REFERENCE, build) as running:
            return all_answers(running)
    finally:
        thread.close()


def test_answers_of_loosely_typed_messages_are_those_of_uvicorn(serve_ours, expected):
    found = all_answers(serve_ours(build))
    assert [pair for pair in zip(expected, found, strict=True) if pair[0] != pair[1]] == []
