"""Every transition of the tables, walked on a stage; and what each does to the client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

import rapide.http11.states as s
from rapide.http11.limits import Limits
from tests.watched_states import IS_MACHINE_CODE, TABLES, Step, Watch, kind_of, steps_of

from .stage import Stage, request

LIMITS = Limits(
    write_idle_seconds=0,  # its timer is of the server
    header_seconds=10,
    body_idle_seconds=30,
    linger_seconds=2,
    drain_bytes=1000,
    pipelining_depth=3,
)
OWNERS = {id(table): owner for owner, table in TABLES}


class Scenario(NamedTuple):
    steps: tuple[Step, ...]
    play: Callable[[Stage], None]
    options: dict[str, Any]


SCENARIOS: dict[str, Scenario] = {}


def walks(
    table: s.Transitions, *steps: tuple[int, int, str], **options: Any
) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Say which steps a scenario takes."""
    kind, names = kind_of(OWNERS[id(table)], table), table.names
    walked = tuple(Step(kind, names[before], names[after], by) for before, after, by in steps)

    def decorate(play: Callable[[Stage], None]) -> Callable[[Stage], None]:
        SCENARIOS[play.__name__] = Scenario(walked, play, options)
        return play

    return decorate


# The request of an exchange


@walks(s.REQUEST, (s.RECEIVING, s.RECEIVED, "complete_request"))
def a_body_that_comes_before_anybody_asks_is_received(stage: Stage) -> None:
    stage.receive(request("/wait", body=b"bo", length=4), b"dy")
    assert stage.current.request_complete


@walks(
    s.REQUEST,
    (s.RECEIVING, s.COLLECTING, "has_whole_body"),
    (s.COLLECTING, s.RECEIVED, "complete_request"),
    (s.RECEIVED, s.TAKEN, "take_body"),
)
def a_body_is_collected_until_it_is_whole(stage: Stage) -> None:
    stage.receive(request("/body", body=b"bo", length=4))
    assert stage.app.seen == []
    stage.receive(b"dy")
    assert stage.app.seen == [b"body"]
    assert stage.statuses() == [200]


@walks(s.REQUEST, (s.RECEIVING, s.RECEIVED, "complete_with"))
def a_plain_request_comes_with_its_body(stage: Stage) -> None:
    for body in (b"first", b"second"):
        stage.receive(request("/body", body=body))
    assert stage.app.seen == [b"first", b"second"]


@walks(s.REQUEST, (s.RECEIVED, s.DELIVERED, "_next_part"))
def parts_are_delivered_as_they_come(stage: Stage) -> None:
    stage.receive(request("/parts", body=b"bo", length=4), b"dy")
    assert stage.app.seen[0] == b"bo"
    assert b"".join(stage.app.seen) == b"body"


@walks(s.REQUEST, (s.DELIVERED, s.TAKEN, "take_body"))
def a_delivered_body_may_be_asked_for_once_more(stage: Stage) -> None:
    stage.receive(request("/twice", body=b"body"))
    assert stage.app.seen == [b""]


# The response of an exchange


@walks(
    s.RESPONSE,
    (s.EXPECTED, s.STARTED, "_start_response"),
    (s.STARTED, s.COMPLETE, "_complete_response"),
)
def a_response_starts_and_ends(stage: Stage) -> None:
    stage.receive(request("/stream"))
    assert stage.current.response_started
    assert not stage.current.response_complete
    stage.app.open()
    assert stage.current is None
    assert stage.output.endswith(b"\r\n\r\n8\r\nstreamed\r\n0\r\n\r\n")


@walks(s.RESPONSE, (s.EXPECTED, s.STARTED, "_start_response"))
def a_head_leaves_alone_if_no_body_follows_at_once(stage: Stage) -> None:
    stage.receive(request("/stream"))
    assert len(stage.transport.writes) == 1


# Who answers


@walks(s.VERDICT, (s.ADMITTED, s.DECLINED, "decline"), limit_concurrency=0)
def too_much_to_do_is_answered_by_the_server(stage: Stage) -> None:
    stage.receive(request("/hello"))
    assert stage.statuses() == [503]


@walks(s.VERDICT, (s.ADMITTED, s.REFUSED, "refuse"))
def an_application_that_fails_is_answered_for(stage: Stage) -> None:
    stage.receive(request("/broken"))
    stage.app.open()
    assert stage.statuses() == [500]
    assert stage.transport.closed


@walks(s.VERDICT, (s.DECLINED, s.REFUSED, "refuse"), limit_concurrency=0)
def a_request_that_is_declined_may_turn_out_to_be_unreadable(stage: Stage) -> None:
    # It is declined by its task, which has not begun when the next input comes.
    stage.connection.data_received(request("/x", "Transfer-Encoding: chunked", method="POST"))
    stage.connection.data_received(b"no chunk\r\n")
    stage.loop.run()
    assert stage.statuses() == [400]


# Middleware around the routes


@walks(
    s.PLACE,
    (s.AT_ROUTES, s.AROUND_ROUTES, "stay_around_routes"),
    (s.AROUND_ROUTES, s.AT_ROUTES, "enter_routes"),
    (s.AT_ROUTES, s.ANSWERED, "mark_answered"),
)
def a_function_around_the_routes_has_the_request_first_and_the_response_last(stage: Stage) -> None:
    stage.receive(request("/around"))
    assert stage.app.seen == ["before", ("taken", b"inside")]
    assert stage.output.endswith(b"inside")


@walks(s.PLACE, (s.AROUND_ROUTES, s.ANSWERED, "mark_answered"))
def a_request_may_be_turned_away_before_the_routes(stage: Stage) -> None:
    stage.receive(request("/turned_away"))
    assert stage.app.seen == [("taken", b"away")]
    assert stage.output.endswith(b"away")


# The parser


@walks(
    s.PARSER,
    (s.BETWEEN, s.HEAD, "on_message_begin"),
    (s.HEAD, s.BODY, "on_headers_complete"),
    (s.BODY, s.BETWEEN, "on_message_complete"),
)
def a_request_is_read_part_by_part(stage: Stage) -> None:
    data = request("/body", body=b"body")
    stage.receive(*[data[n : n + 1] for n in range(len(data))])
    assert stage.app.seen == [b"body"]


@walks(s.PARSER, (s.HEAD, s.BETWEEN, "on_headers_complete"))
def a_head_that_is_refused_is_not_read_on(stage: Stage) -> None:
    stage.receive(b"GET / HTTP/1.1\r\n\r\n")
    assert stage.statuses() == [400]


@walks(s.PARSER, (s.HEAD, s.BETWEEN, "abandon"))
def a_head_that_never_ends_is_given_up(stage: Stage) -> None:
    stage.receive(b"GET / HTTP/1.1\r\n")
    stage.loop.advance(11)
    assert stage.statuses() == [408]


@walks(s.PARSER, (s.BODY, s.BETWEEN, "abandon"))
def a_body_that_never_ends_is_given_up(stage: Stage) -> None:
    stage.receive(request("/body", "Transfer-Encoding: chunked"), b"2\r\nbo\r\n")
    stage.loop.advance(31)
    assert stage.statuses() == [408]


@walks(
    s.PARSER,
    (s.BETWEEN, s.COUNTED, "_begin_counted"),
    (s.COUNTED, s.BETWEEN, "on_message_complete"),
)
def a_body_whose_head_is_plain_is_counted(stage: Stage) -> None:
    for _ in range(2):
        stage.receive(request("/body", body=b"sec", length=6), b"ond")
    assert stage.app.seen == [b"second", b"second"]


@walks(s.PARSER, (s.COUNTED, s.BETWEEN, "abandon"))
def a_counted_body_that_never_ends_is_given_up(stage: Stage) -> None:
    stage.receive(request("/body", body=b"first"))
    stage.receive(request("/body", body=b"sec", length=6))
    stage.loop.advance(31)
    assert stage.statuses() == [200, 408]


@walks(
    s.PARSER,
    (s.HEAD, s.UPGRADING, "_begin_upgrade"),
    (s.UPGRADING, s.ECHO, "_read_past_upgrade"),
    (s.ECHO, s.BODY, "_read_past_upgrade"),
)
def the_body_behind_an_upgrade_that_is_not_spoken_is_read(stage: Stage) -> None:
    fields = "Connection: upgrade", "Upgrade: h2c"
    stage.receive(request("/body", *fields, method="POST", body=b"bo", length=4), b"dy")
    assert stage.app.seen == [b"body"]


@walks(s.PARSER, (s.ECHO, s.BETWEEN, "on_message_complete"))
def an_upgrade_that_is_not_spoken_is_ignored(stage: Stage) -> None:
    fields = "Connection: upgrade", "Upgrade: h2c"
    stage.receive(request("/hello", *fields) + request("/hello"))
    assert stage.statuses() == [200, 200]


def websocket(path: str = "/") -> bytes:
    return request(path, "Connection: upgrade", "Upgrade: websocket")


@walks(s.PARSER, (s.UPGRADING, s.BETWEEN, "_pass_upgrade"))
def a_websocket_is_given_the_head_as_it_was_read(stage: Stage) -> None:
    stage.receive(websocket("/socket") + b"frame")
    received = stage.transport.protocol.received
    assert received.startswith(b"GET /socket HTTP/1.1\r\nhost: x\r\n")
    assert received.endswith(b"\r\n\r\nframe")


# A connection


@walks(s.CONNECTION, (s.OPEN, s.STOPPING, "end_after_answer"))
def a_server_that_stops_soon_lets_the_next_answer_be_the_last(stage: Stage) -> None:
    stage.connection.end_after_answer()
    assert not stage.transport.closed
    stage.receive(request("/hello"))
    assert stage.statuses() == [200]
    assert stage.transport.closed


@walks(s.CONNECTION, (s.OPEN, s.STOPPING, "shutdown"), (s.STOPPING, s.CLOSED, "_close_transport"))
def a_server_that_stops_lets_a_request_end(stage: Stage) -> None:
    stage.receive(request("/wait"))
    stage.connection.shutdown()
    stage.loop.advance(1)
    assert not stage.transport.closed
    stage.app.open()
    assert stage.statuses() == [200]
    assert b"connection: close" in stage.output
    assert stage.transport.closed


@walks(s.CONNECTION, (s.STOPPING, s.CLOSED, "close"))
def a_server_that_stops_closes_idle_connections(stage: Stage) -> None:
    stage.connection.shutdown()
    stage.loop.advance(1)
    assert stage.transport.closed


@walks(s.CONNECTION, (s.STOPPING, s.CLOSED, "connection_lost"))
def a_client_may_leave_a_server_that_stops(stage: Stage) -> None:
    stage.connection.shutdown()
    stage.connection.connection_lost(None)


@walks(s.CONNECTION, (s.STOPPING, s.LINGERING, "_linger"))
def a_server_that_stops_does_not_wait_for_a_body_that_nobody_reads(stage: Stage) -> None:
    stage.receive(request("/hello", method="POST", length=900))
    stage.connection.shutdown()
    assert stage.statuses() == [200]
    assert stage.transport.ended


@walks(s.CONNECTION, (s.STOPPING, s.REFUSING, "refuse"))
def a_server_that_stops_still_refuses(stage: Stage) -> None:
    stage.connection.shutdown()
    stage.receive(b"nonsense\r\n\r\n")
    assert stage.statuses() == [400]


@walks(s.CONNECTION, (s.STOPPING, s.SWITCHING, "switch_to_websocket"))
def a_server_that_stops_still_switches(stage: Stage) -> None:
    stage.connection.shutdown()
    stage.receive(websocket())
    assert stage.transport.protocol is not None


@walks(
    s.CONNECTION,
    (s.OPEN, s.REFUSING, "refuse"),
    (s.REFUSING, s.LINGERING, "_linger"),
    (s.LINGERING, s.CLOSED, "on_expired"),
)
def a_refusal_waits_for_the_responses_before_it(stage: Stage) -> None:
    stage.receive(request("/wait") + b"nonsense\r\n\r\n")
    assert stage.statuses() == []
    stage.app.open()
    assert stage.statuses() == [200, 400]
    assert stage.transport.ended
    assert not stage.transport.closed
    stage.loop.advance(2)
    assert stage.transport.aborted


@walks(s.CONNECTION, (s.REFUSING, s.CLOSED, "_close_transport"))
def a_response_that_closes_leaves_no_room_for_a_refusal(stage: Stage) -> None:
    stage.receive(request("/last") + b"nonsense\r\n\r\n")
    stage.app.open()
    assert stage.statuses() == [200]


@walks(s.CONNECTION, (s.REFUSING, s.CLOSED, "close"))
def a_response_that_breaks_off_leaves_no_room_for_a_refusal(stage: Stage) -> None:
    stage.receive(request("/stream_and_fail") + b"nonsense\r\n\r\n")
    stage.app.open()
    assert stage.statuses() == [200]
    assert stage.transport.closed


@walks(s.CONNECTION, (s.REFUSING, s.CLOSED, "connection_lost"))
def a_client_may_leave_before_it_is_refused(stage: Stage) -> None:
    stage.receive(request("/wait") + b"nonsense\r\n\r\n")
    stage.connection.connection_lost(None)
    stage.app.open()
    assert stage.statuses() == []


@walks(
    s.CONNECTION,
    (s.OPEN, s.SWITCHING, "switch_to_websocket"),
    (s.SWITCHING, s.SWITCHED, "_switch"),
)
def a_websocket_waits_for_the_responses_before_it(stage: Stage) -> None:
    stage.receive(request("/wait") + websocket("/socket"), b"frame")
    assert stage.transport.protocol is None
    stage.app.open()
    assert stage.statuses() == [200]
    assert stage.transport.protocol.received.endswith(b"\r\n\r\nframe")
    assert stage.transport.is_read


@walks(s.CONNECTION, (s.SWITCHING, s.SWITCHED, "_switch"))
def a_websocket_is_given_all_that_came_behind_its_head(stage: Stage) -> None:
    frames = bytes(range(256)) * 40
    stage.receive(request("/wait") + websocket("/socket") + frames)
    stage.app.open()
    assert stage.transport.protocol.received.endswith(b"\r\n\r\n" + frames)


@walks(s.CONNECTION, (s.SWITCHING, s.CLOSED, "_close_transport"))
def a_response_that_closes_leaves_no_room_for_a_websocket(stage: Stage) -> None:
    stage.receive(request("/last") + websocket())
    stage.app.open()
    assert stage.statuses() == [200]
    assert stage.transport.protocol is None


@walks(s.CONNECTION, (s.SWITCHING, s.CLOSED, "close"))
def a_response_that_breaks_off_leaves_no_room_for_a_websocket(stage: Stage) -> None:
    stage.receive(request("/stream_and_fail") + websocket())
    stage.app.open()
    assert stage.transport.closed
    assert stage.transport.protocol is None


@walks(s.CONNECTION, (s.SWITCHING, s.CLOSED, "connection_lost"))
def a_client_may_leave_before_its_websocket_begins(stage: Stage) -> None:
    stage.receive(request("/wait") + websocket())
    stage.connection.connection_lost(None)
    stage.app.open()
    assert stage.transport.protocol is None


@walks(s.CONNECTION, (s.OPEN, s.LINGERING, "_linger"), (s.LINGERING, s.CLOSED, "on_expired"))
def a_client_that_still_sends_can_read_the_last_response(stage: Stage) -> None:
    stage.receive(request("/hello", method="POST", length=100_000))
    assert stage.statuses() == [200]
    assert stage.transport.ended
    for _ in range(5):
        stage.loop.advance(1.9)
        stage.receive(b"x" * 10_000)
        assert not stage.transport.closed
    stage.loop.advance(2)
    assert stage.transport.aborted


@walks(
    s.CONNECTION, (s.REFUSING, s.LINGERING, "_linger"), (s.LINGERING, s.CLOSED, "_close_transport")
)
def little_is_read_of_a_client_that_was_refused(stage: Stage) -> None:
    stage.receive(b"nonsense\r\n\r\n")
    assert stage.statuses() == [400]
    stage.receive(b"x" * 1000)
    assert not stage.transport.closed
    stage.receive(b"x")
    assert stage.transport.closed


@walks(s.CONNECTION, (s.OPEN, s.LINGERING, "_linger"), (s.LINGERING, s.CLOSED, "on_expired"))
def a_client_that_never_stops_sending_is_cut_off(stage: Stage) -> None:
    stage.receive(request("/hello", method="POST", length=10**9))
    for _ in range(29):
        stage.loop.advance(1)
        stage.receive(b"x")
    assert not stage.transport.aborted
    stage.loop.advance(1)
    assert stage.transport.aborted


@walks(s.CONNECTION, (s.OPEN, s.LINGERING, "_linger"), (s.LINGERING, s.CLOSED, "on_expired"))
def a_server_that_stops_waits_less_for_a_client_that_still_sends(stage: Stage) -> None:
    stage.receive(request("/hello", method="POST", length=10**9))
    stage.connection.shutdown()
    stage.loop.advance(1)
    stage.receive(b"x")
    stage.loop.advance(1)
    assert stage.transport.aborted


@walks(s.CONNECTION)
def a_client_that_waits_to_be_asked_for_its_body_has_the_time_of_the_handler(stage: Stage) -> None:
    stage.receive(request("/late", "Expect: 100-continue", method="POST", length=5))
    stage.loop.advance(60)
    assert stage.statuses() == []
    stage.app.open()
    assert stage.statuses() == [100]
    stage.loop.advance(29)
    assert stage.statuses() == [100]
    stage.loop.advance(1)
    assert stage.statuses() == [100, 408]


@walks(s.CONNECTION, (s.LINGERING, s.CLOSED, "connection_lost"))
def a_client_that_has_read_the_last_response_may_leave(stage: Stage) -> None:
    stage.receive(request("/hello", method="POST", length=100_000))
    stage.connection.connection_lost(None)
    stage.loop.advance(100)
    assert not stage.transport.aborted


@walks(s.CONNECTION, (s.LINGERING, s.CLOSED, "close"))
def an_application_that_returns_something_ends_the_lingering(stage: Stage) -> None:
    stage.receive(request("/returns", method="POST", length=100_000))
    stage.app.open()
    assert stage.statuses() == [200]
    assert stage.transport.closed


@walks(s.CONNECTION, (s.OPEN, s.CLOSED, "close"))
def a_client_that_sends_nothing_is_not_waited_for(stage: Stage) -> None:
    stage.receive(request("/hello"))
    stage.loop.advance(4.9)
    assert not stage.transport.closed
    stage.loop.advance(0.2)
    assert stage.transport.closed


@walks(s.CONNECTION, (s.OPEN, s.CLOSED, "_close_transport"))
def the_last_response_closes(stage: Stage) -> None:
    stage.receive(request("/hello", "Connection: close"))
    assert stage.statuses() == [200]
    assert stage.transport.closed
    assert not stage.transport.ended


@walks(s.CONNECTION, (s.OPEN, s.CLOSED, "connection_lost"))
def a_client_may_leave_at_any_time(stage: Stage) -> None:
    stage.receive(request("/wait"))
    exchange = stage.current
    stage.connection.connection_lost(None)
    assert exchange.client_disconnected
    assert stage.loop.timers == []
    stage.app.open()
    assert stage.output == b""


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_the_client_sees_of_each_transition(name: str, watch: Watch) -> None:
    scenario = SCENARIOS[name]
    stage = Stage(LIMITS, **scenario.options)
    scenario.play(stage)
    assert IS_MACHINE_CODE or set(scenario.steps) <= set(watch.steps)
    assert stage.loop.errors == []
    assert len(stage.state.tasks) == sum(not task.done() for task in stage.state.tasks)


def test_every_row_of_the_tables_is_walked() -> None:
    walked = {step for scenario in SCENARIOS.values() for step in scenario.steps}
    assert walked == {step for owner, table in TABLES for step in steps_of(owner, table)}


@pytest.mark.parametrize("table", [table for _, table in TABLES])
def test_every_method_of_a_table_exists_and_every_state_is_reached(table: s.Transitions) -> None:
    owner = OWNERS[id(table)]
    classes = [*owner.__mro__, *owner.__subclasses__()]
    classes += [each for sub in owner.__subclasses__() for each in sub.__subclasses__()]
    for methods in table.rows.values():
        for method in methods:
            assert any(method in vars(each) for each in classes), method
    reached = {0} | {after for _, after in table.rows}
    assert reached == set(range(len(table.names)))
