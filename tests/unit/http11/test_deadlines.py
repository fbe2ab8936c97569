"""The timer of a connection, with a clock that the test moves."""

from rapide.http11.deadlines import Deadline

from .stage import Loop


def made() -> tuple[Loop, Deadline, list[float]]:
    loop = Loop()
    expired: list[float] = []
    return loop, Deadline(loop, lambda: expired.append(loop.now - 1000)), expired


def test_a_deadline_expires_once():
    loop, deadline, expired = made()
    deadline.set(5)
    loop.advance(20)
    assert expired == [5]
    assert loop.timers == []


def test_a_deadline_that_moves_on_keeps_its_timer():
    loop, deadline, expired = made()
    for _ in range(10):
        deadline.set(5)
        assert len(loop.timers) == 1
        loop.advance(1)
    loop.advance(20)
    assert expired == [14]


def test_a_deadline_that_comes_nearer_has_a_new_timer():
    loop, deadline, expired = made()
    deadline.set(60)
    deadline.set(1)
    assert len(loop.timers) == 1
    loop.advance(100)
    assert expired == [1]


def test_a_lifted_deadline_does_not_expire_until_it_is_set_again():
    loop, deadline, expired = made()
    deadline.set(5)
    deadline.lift()
    loop.advance(10)
    assert expired == []
    deadline.set(5)
    loop.advance(10)
    assert expired == [15]


def test_no_deadline_is_set_after_the_limit():
    loop, deadline, expired = made()
    deadline.set(20)
    deadline.limit(10)
    loop.advance(9)
    deadline.set(5)
    loop.advance(20)
    assert expired == [10]


def test_a_limit_may_come_nearer_but_not_go_further_away():
    loop, deadline, expired = made()
    deadline.limit(10)
    deadline.limit(3)
    deadline.limit(60)
    deadline.set(30)
    loop.advance(20)
    assert expired == [3]


def test_a_connection_that_has_ended_leaves_no_timer():
    loop, deadline, expired = made()
    deadline.set(5)
    deadline.stop()
    assert loop.timers == []
    loop.advance(10)
    assert expired == []
