"""Rooms in one process and over Redis."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from rapide import FastAPI, WebSocket
from rapide.distributed.rooms import TOO_SLOW, Rooms, Unavailable
from rapide.testclient import TestClient

from .servers import RedisServer, Replica, wait_until

APPLICATION = "tests.unit.distributed.rooms_application:app"


@pytest.fixture(scope="module")
def two(redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Replica]]:
    folder = tmp_path_factory.mktemp("replicas")
    replicas = [
        Replica(APPLICATION, folder / f"{number}.log", ROOMS_URL=redis.url, ROOMS_QUEUE="8")
        for number in range(2)
    ]
    try:
        yield [replica.wait() for replica in replicas]
    finally:
        for replica in replicas:
            replica.kill()


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=60) as client:
        yield client


@contextmanager
def enter(replica: Replica, room: str, name: str, **options: Any) -> Iterator[ClientConnection]:
    address = f"ws://127.0.0.1:{replica.port}/rooms/{room}?name={name}"
    with connect(address, proxy=None, open_timeout=60, compression=None, **options) as connection:
        assert connection.recv(60) == "joined"
        yield connection


def read_to_the_end(connection: ClientConnection) -> None:
    while True:
        connection.recv(60)


def present(client: httpx.Client, replica: Replica, room: str) -> list[str]:
    found: list[str] = client.get(f"{replica.url}/rooms/{room}").json()
    return found


def send(client: httpx.Client, replica: Replica, room: str, message: Any) -> int:
    return client.post(f"{replica.url}/rooms/{room}", json=message).status_code


def test_members_of_all_processes_get_messages_also_after_a_restart_of_redis(
    redis: RedisServer, two: list[Replica], client: httpx.Client
) -> None:
    one, other = two
    with ExitStack() as stack:
        ada = stack.enter_context(enter(one, "tea ☕", "ada"))
        bob = stack.enter_context(enter(other, "tea ☕", "bob"))
        eve = stack.enter_context(enter(other, "other", "eve"))
        assert present(client, one, "tea ☕") == present(client, other, "tea ☕") == ["ada", "bob"]
        ada.send("hello")
        assert json.loads(bob.recv(60)) == {"from": "ada", "text": "hello"}
        bob.send("yes")
        # Ada does not get her own message.
        assert json.loads(ada.recv(60)) == {"from": "bob", "text": "yes"}

        redis.stop()
        redis.start()
        wait_until(lambda: send(client, one, "tea ☕", "?") == 200, "nothing can be sent")

        def arrives() -> bool:
            send(client, one, "tea ☕", "again")
            try:
                return bob.recv(0.5) in ("again", "?")
            except TimeoutError:
                return False

        wait_until(arrives, "no message arrives after the restart")
        wait_until(
            lambda: present(client, other, "tea ☕") == ["ada", "bob"], "members are not confirmed"
        )
        bob.close()
        wait_until(lambda: present(client, one, "tea ☕") == ["ada"], "a member stays")
        with pytest.raises(TimeoutError):
            eve.recv(0)


def test_a_slow_reader_is_dropped_and_others_get_everything(
    two: list[Replica], client: httpx.Client
) -> None:
    one, other = two
    with ExitStack() as stack:
        quick = stack.enter_context(enter(other, "large", "quick"))
        # Its client stops reading after two messages.
        slow = stack.enter_context(enter(other, "large", "slow", max_queue=(2, 1)))
        text = "x" * 1_000_000
        for _ in range(30):
            assert send(client, one, "large", text) == 200
            assert quick.recv(60) == text
        wait_until(lambda: present(client, one, "large") == ["quick"], "the slow reader stays")
        with pytest.raises(ConnectionClosed) as closed:
            read_to_the_end(slow)
        assert closed.value.rcvd is None or closed.value.rcvd.code == TOO_SLOW


def test_event_streams_are_members(two: list[Replica], client: httpx.Client) -> None:
    one, other = two
    with client.stream("GET", f"{other.url}/rooms/tea/events?name=cleo") as answer:
        lines = (line for line in answer.iter_lines() if line)
        assert next(lines) == 'data: "joined"'
        assert present(client, one, "tea") == ["cleo"]
        send(client, one, "tea", {"price": 7})
        assert next(lines) == 'data: {"price":7}'


def application_in_memory(**options: Any) -> tuple[FastAPI, Rooms]:
    rooms = Rooms(**options)
    app = FastAPI()

    @app.websocket("/{room}")
    async def enter(websocket: WebSocket, room: str) -> None:
        await websocket.accept()
        async with rooms.join(room, websocket, name=room):
            async for data in websocket.iter_bytes():
                await rooms.broadcast(room, data)

    return app, rooms


def test_rooms_in_memory_send_bytes_to_members() -> None:
    app, rooms = application_in_memory()
    with (
        TestClient(app) as client,
        client.websocket_connect("/a") as one,
        client.websocket_connect("/a") as two,
        client.websocket_connect("/b"),
    ):
        one.send_bytes(b"\0\xff")
        assert one.receive_bytes() == two.receive_bytes() == b"\0\xff"
    assert asyncio.run(rooms.present("a")) == []


def test_a_listener_that_is_too_slow_ends() -> None:
    async def listen() -> list[Any]:
        rooms = Rooms(queue=2)
        async with rooms.listen("a") as messages:
            for number in range(2):
                await rooms.broadcast("a", number)
            got = [await anext(messages), await anext(messages)]
            for number in range(3):
                await rooms.broadcast("a", number)
            got += [message async for message in messages]
            assert messages.is_dropped
        return got

    assert asyncio.run(listen()) == [0, 1]


def test_rooms_say_that_redis_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rapide.distributed.channels.connection.PATIENCE", 0.2)

    async def send() -> None:
        async with Rooms("redis://127.0.0.1:1/0") as rooms:
            await rooms.broadcast("a", "b")

    with pytest.raises(Unavailable, match="Redis cannot be used"):
        asyncio.run(send())


def test_who_cannot_enter_a_room_does_not_wait_for_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(*_: object) -> None:
        raise Unavailable("Redis is gone")

    async def enter() -> None:
        rooms, may_end = Rooms(), asyncio.Event()
        monkeypatch.setattr(rooms._channels, "subscribe", refuse)
        monkeypatch.setattr(rooms._register, "leave", lambda *_: may_end.wait())
        with pytest.raises(Unavailable, match="Redis is gone"):
            async with asyncio.timeout(30), rooms.listen("a"):
                pass
        may_end.set()
        await asyncio.wait(rooms._leaving)

    asyncio.run(enter())


@pytest.mark.parametrize(
    ("options", "message"),
    [({"queue": 0}, "queue must be at least 1"), ({"url": "localhost"}, "redis://")],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Rooms(**options)


def test_a_websocket_that_is_not_accepted_cannot_join() -> None:
    rooms = Rooms()
    app = FastAPI()

    @app.websocket("/")
    async def enter(websocket: WebSocket) -> None:
        async with rooms.join("a", websocket):
            pass

    with (
        TestClient(app) as client,
        pytest.raises(RuntimeError, match=r"after `await websocket.accept\(\)`.*\(room 'a'\)"),
        client.websocket_connect("/"),
    ):
        pass


def test_a_message_that_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        asyncio.run(Rooms().broadcast("a", object()))


def test_nothing_is_imported_without_use() -> None:
    code = (
        "import sys, rapide, rapide.applications;"
        "print([m for m in sys.modules if m.startswith(('redis', 'rapide.distributed'))]);"
        "from rapide.distributed.rooms import Rooms;"
        "from rapide.distributed.streams import Streams;"
        "Rooms(), Streams(); print('redis' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "False"]
