"""Every transition of a WebSocket, walked on a stage, does what uvicorn's class does."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import pytest
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

import rapide.http11.websocket.states as s
from rapide.http11.websocket import serving
from rapide.http11.websocket.connection import WebSocketConnection
from tests.watched_states import IS_MACHINE_CODE, SOCKETS, Step, Watch, kind_of, steps_of

from .sockets import SocketStage, frame, upgrade

CLOSE = frame(struct.pack("!H", 1001) + b"bye", 8)
DENIAL = {"type": "websocket.http.response.start", "status": 418, "headers": [(b"X-A", b"\xe9")]}
BODY = {"type": "websocket.http.response.body", "body": b"tea", "more_body": True}
ACCEPT = {"type": "websocket.accept"}


class Socket(NamedTuple):
    """What an application has in its hands."""

    stage: SocketStage
    receive: Callable[[], Awaitable[Any]]
    send: Callable[[Any], Awaitable[None]]

    async def take(self) -> Any:
        """Receive, and note what has come."""
        message = await self.receive()
        self.stage.seen.append(message)
        return message

    async def give(self, **message: Any) -> None:
        """Send, and note what is raised."""
        try:
            await self.send(message)
        except Exception as error:
            context = type(error.__context__).__name__
            self.stage.seen.append((type(error).__name__, str(error), context))

    async def until_the_end(self) -> None:
        while (await self.take())["type"] != "websocket.disconnect":
            pass


class Scenario(NamedTuple):
    app: Callable[[Socket], Awaitable[Any]]
    play: Callable[[SocketStage], None]
    steps: tuple[tuple[int, int, str], ...]
    options: dict[str, Any]


SCENARIOS: dict[str, Scenario] = {}
Play = Callable[[SocketStage], None]
App = Callable[[Socket], Awaitable[Any]]


def walks(*steps: tuple[int, int, str], play: Play, **options: Any) -> Callable[[App], App]:
    """Say what is played, and which steps it takes."""

    def decorate(app: App) -> App:
        SCENARIOS[app.__name__] = Scenario(app, play, steps, options)
        return app

    return decorate


STAGES: list[SocketStage] = []


@pytest.fixture(autouse=True)
def finished() -> Iterator[None]:
    """Finish what is under way on the stages of a test."""
    yield
    while STAGES:
        STAGES.pop().finish()


def perform(protocol: Any, scenario: Scenario) -> SocketStage:
    async def app(scope: Any, receive: Any, send: Any) -> Any:
        return await scenario.app(Socket(stage, receive, send))

    stage = SocketStage(protocol, app, **scenario.options)
    STAGES.append(stage)
    scenario.play(stage)
    assert stage.loop.errors == []
    return stage


def asks(*parts: bytes) -> Play:
    """Ask for a WebSocket, and send something behind the request."""
    return lambda stage: stage.receive(upgrade(), *parts)


def asks_and_waits(seconds: float) -> Play:
    return lambda stage: (stage.receive(upgrade()), stage.advance(seconds))[0]


def asks_and_leaves(stage: SocketStage) -> None:
    stage.receive(upgrade())
    stage.call(stage.transport.close)
    if not stage.gate.done():
        stage.open()


def asks_and_stops(stage: SocketStage) -> None:
    stage.receive(upgrade())
    stage.call(stage.connection.shutdown)
    stage.open()
    if not stage.transport.closed:  # ours waits for the client's answer, so that it is told
        stage.receive(frame(struct.pack("!H", 1012), 8))


ASKED_TO_OPEN = (s.ASKED, s.OPEN, "_accept")


@walks(
    ASKED_TO_OPEN,
    (s.OPEN, s.LEFT, "_on_close"),
    (s.LEFT, s.LOST, "connection_lost"),
    play=asks(CLOSE),
)
async def a_client_that_closes_is_answered(socket: Socket) -> None:
    headers = [(b"X-Accepted", b"\xe9"), (b"x-accepted", b"2")]
    await socket.take()
    await socket.give(**ACCEPT, subprotocol="chat", headers=headers)
    await socket.until_the_end()
    await socket.give(type="websocket.send", text="nobody reads it")
    await socket.give(type="websocket.close")
    await socket.give(type="websocket.accept")
    await socket.until_the_end()
    await socket.give(type="websocket.send", text="nobody can read it")


@walks(
    ASKED_TO_OPEN,
    (s.OPEN, s.ENDED, "_close"),
    (s.ENDED, s.LOST, "connection_lost"),
    play=asks(frame(b"late"), CLOSE),
)
async def an_application_that_closes_waits_for_the_client(socket: Socket) -> None:
    await socket.give(**ACCEPT)
    await socket.give(type="websocket.close", code=3001, reason="enough")
    await socket.give(type="websocket.send", text="too late")
    for _ in range(3):
        await socket.take()


@walks(ASKED_TO_OPEN, (s.OPEN, s.ENDED, "_close"), play=asks_and_waits(11))
async def a_client_that_does_not_answer_a_close_is_left(socket: Socket) -> str:
    await socket.give(**ACCEPT)
    await socket.give(type="websocket.close", code=999)
    await socket.give(type="websocket.close", reason=None)
    return "what no application may return"


@walks(ASKED_TO_OPEN, (s.OPEN, s.ENDED, "_close"), play=asks_and_stops)
async def a_close_under_way_is_cut_short_when_the_server_stops(socket: Socket) -> None:
    await socket.give(**ACCEPT)
    await socket.give(type="websocket.close")
    await socket.stage.gate


@walks(ASKED_TO_OPEN, (s.OPEN, s.ENDED, "_fail"), play=asks(frame(b"one"), frame(b"\xff")))
async def wrong_input_ends_a_websocket(socket: Socket) -> None:
    await socket.give(**ACCEPT)
    await socket.until_the_end()
    await socket.give(type="websocket.send", bytes=b"too late")


@walks(ASKED_TO_OPEN, (s.OPEN, s.LEFT, "_refuse_text"), play=asks(frame(b"\xff") + CLOSE))
async def wrong_text_before_a_close_ends_a_websocket(socket: Socket) -> None:
    await socket.give(**ACCEPT)
    await socket.until_the_end()
    await socket.give(type="websocket.send", bytes=b"too late")


@walks(ASKED_TO_OPEN, (s.OPEN, s.LOST, "connection_lost"), play=asks_and_leaves)
async def a_client_may_leave_without_a_close(socket: Socket) -> None:
    await socket.give(**ACCEPT)
    await socket.stage.gate
    await socket.give(type="websocket.send", text="nobody can read it")
    await socket.give(type="websocket.close")
    await socket.until_the_end()
    raise ClientDisconnected


@walks(ASKED_TO_OPEN, (s.OPEN, s.LEFT, "shutdown"), play=asks_and_stops)
async def a_websocket_is_closed_when_the_server_stops(socket: Socket) -> None:
    await socket.give(**ACCEPT)
    await socket.stage.gate
    await socket.until_the_end()
    await socket.give(type="websocket.send", text="nobody reads it")


@walks((s.ASKED, s.LOST, "connection_lost"), play=asks_and_leaves)
async def a_client_may_leave_before_the_answer(socket: Socket) -> None:
    await socket.take()
    await socket.stage.gate
    await socket.give(**ACCEPT)
    await socket.until_the_end()


@walks((s.ASKED, s.ENDED, "_refuse"), play=asks())
async def an_application_may_refuse(socket: Socket) -> None:
    await socket.take()
    await socket.give(type="websocket.send", text="too early")
    await socket.give(type="websocket.close", code=4001)
    await socket.give(type="websocket.send", text="too late")
    await socket.until_the_end()


@walks((s.ASKED, s.ENDED, "_connect"), play=lambda stage: stage.receive(WRONG))
async def a_wrong_request_is_answered_with_400(socket: Socket) -> None:
    raise AssertionError("nobody asks the application")


WRONG = upgrade().replace(b"-key: dG", b"-key: d")


@walks(
    (s.ASKED, s.DENYING, "_begin_denial"),
    (s.DENYING, s.DENIED, "_send_denial"),
    (s.DENIED, s.LOST, "connection_lost"),
    play=asks(),
)
async def an_application_may_answer_with_a_response(socket: Socket) -> None:
    await socket.give(type="websocket.http.response.start", status=99)
    await socket.give(**DENIAL)
    await socket.give(**BODY)
    await socket.give(type="websocket.send", text="another message")
    await socket.give(**{**BODY, "more_body": False})
    await socket.until_the_end()


@walks((s.DENYING, s.LOST, "connection_lost"), play=asks_and_leaves)
async def a_client_may_leave_within_a_response(socket: Socket) -> None:
    await socket.give(**DENIAL)
    await socket.stage.gate
    await socket.give(**BODY)


@walks(ASKED_TO_OPEN, (s.OPEN, s.ENDED, "_on_silence"), play=asks_and_waits(26))
async def a_client_that_answers_no_ping_is_left(socket: Socket) -> None:
    await socket.give(**ACCEPT)
    await socket.until_the_end()
    await socket.give(type="websocket.send", text="too late")


def answers_pings(stage: SocketStage) -> None:
    stage.receive(upgrade())
    for seconds in (20, 3, 16, 1, 3, 17, 5):
        stage.advance(seconds)
        ping = stage.frames[-4:]
        stage.receive(frame(b"stale", 10), frame(ping, 10), frame(ping, 10))


@walks(ASKED_TO_OPEN, play=answers_pings)
async def a_client_that_answers_pings_is_kept(socket: Socket) -> None:
    await socket.give(**ACCEPT)
    await socket.until_the_end()


@walks(ASKED_TO_OPEN, play=asks_and_waits(100), ws_ping_timeout=None)
async def without_a_timeout_no_answer_is_awaited(socket: Socket) -> None:
    await socket.give(**ACCEPT)
    await socket.until_the_end()


@walks(ASKED_TO_OPEN, play=asks_and_waits(100), ws_ping_interval=None)
async def without_an_interval_there_are_no_pings(socket: Socket) -> None:
    await socket.give(**ACCEPT)
    await socket.until_the_end()


@walks(play=asks())
async def an_application_that_returns_without_an_answer_is_logged(socket: Socket) -> None:
    await socket.take()


@walks(play=asks())
async def an_application_that_raises_is_answered_for(socket: Socket) -> None:
    raise LookupError("broken")


@walks(ASKED_TO_OPEN, play=asks())
async def an_application_that_raises_later_is_cut_off(socket: Socket) -> None:
    await socket.give(**ACCEPT)
    raise LookupError("broken")


@walks(ASKED_TO_OPEN, play=asks())
async def messages_of_every_form_are_sent(socket: Socket) -> None:
    await socket.give(**ACCEPT)
    for size in (0, 1, 125, 126, 65535, 65536):
        await socket.give(type="websocket.send", text="é" * (size // 2) + "x" * (size % 2))
        await socket.give(type="websocket.send", bytes=b"b" * size, text=None)
    await socket.give(type="websocket.send", text="ascii", bytes=None)
    await socket.give(type="websocket.send", bytes=bytearray(b"array"))
    await socket.give(type="websocket.send", bytes=memoryview(b"view"))
    await socket.give(type="websocket.send", text=type("Text", (str,), {})("subclass"))
    await socket.give(type="websocket.send", text="\ud800")
    await socket.give(type="websocket.send", text=1)
    await socket.give(type="websocket.send")
    await socket.give(type="websocket.unknown")


def reads_slowly(stage: SocketStage) -> None:
    stage.receive(upgrade())
    stage.call(stage.connection.pause_writing)
    stage.open()
    stage.seen.append(stage.frames)
    stage.call(stage.connection.resume_writing)
    stage.call(stage.connection.pause_writing)
    stage.call(stage.transport.close)


@walks(ASKED_TO_OPEN, play=reads_slowly)
async def an_application_waits_for_a_client_that_reads_slowly(socket: Socket) -> None:
    await socket.give(**ACCEPT)
    await socket.stage.gate
    await socket.give(type="websocket.send", text="one")
    socket.stage.seen.append("sent")
    await socket.until_the_end()
    await socket.give(type="websocket.send", text="nobody can read it")


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_transition_is_what_uvicorns_class_does(name: str, watch: Watch) -> None:
    scenario = SCENARIOS[name]
    ours = perform(WebSocketConnection, scenario)
    ((owner, table),) = SOCKETS
    walked = {
        Step(kind_of(owner, table), table.names[before], table.names[after], method)
        for before, after, method in scenario.steps
    }
    assert IS_MACHINE_CODE or walked <= set(watch.steps)
    theirs = perform(WebSocketsSansIOProtocol, scenario)
    assert ours.seen == theirs.seen
    assert ours.output == theirs.output or theirs.has_failed
    assert ours.records.lines == theirs.records.lines
    assert ours.transport.closed == theirs.transport.closed
    assert len(ours.state.tasks) == len(theirs.state.tasks)
    assert len(ours.state.connections) == len(theirs.state.connections)


def test_every_row_of_the_table_is_walked() -> None:
    ((_, table),) = SOCKETS
    walked = {step for scenario in SCENARIOS.values() for step in scenario.steps}
    rows = {(*states, method) for states, methods in table.rows.items() for method in methods}
    assert walked == rows
    assert len(steps_of(WebSocketConnection, table)) == len(rows)


def waits() -> Scenario:
    async def app(socket: Socket) -> None:
        await socket.give(**ACCEPT)
        await socket.stage.gate
        await socket.until_the_end()

    return Scenario(app, asks(), (), {})


def test_the_client_is_stopped_as_long_as_a_message_waits() -> None:
    stage = perform(WebSocketConnection, waits())
    assert stage.transport.is_read
    stage.receive(frame(b"one"))
    assert not stage.transport.is_read
    stage.open()
    assert stage.transport.is_read
    stage.receive(frame(b"two"))
    assert stage.transport.is_read
    assert [message.get("text") for message in stage.seen] == [None, "one", "two"]


def test_a_message_is_left_to_the_next_who_receives_when_the_first_is_cancelled() -> None:
    tasks: list[asyncio.Task[Any]] = []

    async def app(socket: Socket) -> None:
        await socket.take()
        await socket.give(**ACCEPT)
        tasks.extend(socket.stage.loop.create_task(socket.take()) for _ in range(2))
        await socket.stage.gate

    stage = perform(WebSocketConnection, Scenario(app, asks(), (), {}))
    with stage:
        stage.connection.data_received(frame(b"one"))
        tasks[0].cancel()
    stage.run()
    assert tasks[1].result()["text"] == "one"
    assert stage.transport.is_read
    with stage:
        tasks.append(stage.loop.create_task(Socket(stage, *hands(stage)).take()))
        stage.loop.run()
        stage.connection.data_received(frame(b"two"))
        tasks[2].cancel()
    stage.run()
    assert not stage.transport.is_read  # nobody is there for the message
    stage.open()


def hands(stage: SocketStage) -> Any:
    """What the application receives and sends with."""
    return partial(serving.receive, stage.connection), partial(serving.send, stage.connection)


def test_a_server_that_stops_does_not_stumble_over_a_client_that_leaves() -> None:
    """uvicorn's class raises then, and with it the shutdown."""
    stage = perform(WebSocketConnection, waits())
    with stage:
        stage.connection.data_received(CLOSE)
        stage.connection.shutdown()
    stage.run()
    assert stage.frames == b"\x88\x05" + struct.pack("!H", 1001) + b"bye"
    assert stage.transport.closed
    stage.open()


def test_a_request_that_was_not_answered_is_answered_once_when_the_server_stops() -> None:
    """uvicorn's class answers again when the application returns."""

    async def app(socket: Socket) -> None:
        await socket.stage.gate

    stage = perform(WebSocketConnection, Scenario(app, asks(), (), {}))
    with stage:
        stage.connection.shutdown()
        stage.gate.set_result(None)
    stage.run()
    assert stage.output.count(b"HTTP/1.1 500 ") == 1
    assert stage.loop.errors == []


def test_a_request_that_the_library_cannot_read_is_answered() -> None:
    """uvicorn's class leaves its client without an answer."""
    stage = SocketStage(WebSocketConnection, None)
    stage.receive(upgrade(b"/", *[b"a: b"] * 300))
    assert stage.output.startswith(b"HTTP/1.1 431 ")
    assert stage.transport.closed
