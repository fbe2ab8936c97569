"""Requests whose handlers are said to need no task."""

import pytest

from .stage import Stage, request


def unlogged() -> Stage:
    """A stage without the access log, which pytest observes."""
    stage = Stage()
    stage.connection.is_logged = False
    return stage


@pytest.mark.parametrize("body", [b"", b"body"])
def test_a_handler_that_needs_no_task_answers_at_once(body: bytes) -> None:
    stage = unlogged()
    stage.connection.data_received(request("/taskless-hello", body=body))
    assert stage.statuses() == [200]
    assert stage.state.tasks == set()
    assert stage.state.total_requests == 1


def test_answers_keep_their_order() -> None:
    stage = unlogged()
    stage.receive(request("/wait") + request("/taskless-hello") * 3 + request("/wait"))
    assert stage.statuses() == []
    stage.app.open()
    bodies = [part[-6:] for part in stage.output.split(b"HTTP/1.1 200 OK")[1:]]
    assert bodies == [b"waited", *[b"\nhello"] * 3, b"waited"]


def test_a_handler_whose_body_has_not_come_has_a_task() -> None:
    stage = unlogged()
    stage.receive(request("/taskless-body", body=b"bo", length=4))
    assert len(stage.state.tasks) == 1
    stage.receive(b"dy")
    assert stage.app.seen == [b"body"]
    assert stage.statuses() == [200]


def test_a_handler_that_turns_out_to_need_a_task_goes_on_in_one() -> None:
    stage = unlogged()
    stage.receive(request("/taskless-changed"))
    begun, task = stage.app.seen
    assert begun == "begun"
    assert {task} == stage.state.tasks
    stage.app.open()
    assert stage.statuses() == [200]
    assert stage.state.tasks == set()


def test_a_handler_that_fails_has_a_task_where_its_error_is_answered() -> None:
    stage = unlogged()
    stage.receive(request("/taskless-failing"))
    assert stage.app.seen == [None, "answered in a task"]
    assert stage.statuses() == [500]


def test_a_handler_whose_access_line_can_be_observed_has_a_task() -> None:
    stage = Stage()
    assert stage.connection.is_logged
    stage.connection.data_received(request("/taskless-hello"))
    assert len(stage.state.tasks) == 1
    stage.loop.run()
    assert stage.statuses() == [200]
