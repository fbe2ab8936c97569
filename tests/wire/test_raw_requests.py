"""Every row of the table: whole, byte by byte, and divided at each offset."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from .application import build
from .cases import CASES
from .client import DATE, Answer, Conversation, converse, divisions, parse_answers
from .requests import SECOND, Case, Statuses
from .server import LoopThread, Running, serving


@pytest.fixture(scope="module")
def running_by(thread: LoopThread) -> Iterator[Callable[[str], Running]]:
    """Each transport's server, started once."""
    with ExitStack() as stack:
        servers: dict[str, Running] = {}

        def running_by(transport: str) -> Running:
            if transport not in servers:
                servers[transport] = stack.enter_context(
                    serving(thread, transport, build, log_level="warning")
                )
            return servers[transport]

        yield running_by


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_a_raw_request_gets_its_answer_however_it_arrives(case: Case, own_transport, running_by):
    running = running_by(own_transport)
    alone = hold(case.data, running)
    check(case, alone, case.answers, case.calls, running)

    followed = hold(case.data + SECOND, running)
    closes = case.closes
    if closes is None:
        closes = len(followed[0].answers(case.heads)) == len(case.answers)
    if closes:
        check(case, followed, case.answers, case.calls, running)
    else:
        expected = (*case.answers, frozenset({200}))
        check(case, followed, expected, (*case.calls, "second"), running)
    assert running.troubles() == []


def hold(data: bytes, running: Running) -> list[Conversation]:
    running.log.clear()
    conversations = [Conversation(parts) for parts in divisions(data)]
    converse(running.port, conversations, running.thread.settle)
    return conversations


def check(
    case: Case,
    conversations: list[Conversation],
    expected: tuple[Statuses, ...],
    calls: tuple[str, ...],
    running: Running,
) -> None:
    outcomes: dict[bytes, list[list[bytes]]] = {}
    for conversation in conversations:
        received = DATE.sub(b"", bytes(conversation.received))
        outcomes.setdefault(received, []).append(conversation.parts)
    received = next(iter(outcomes))
    answers: list[Answer] = parse_answers(received, case.heads)
    got = [answer.status for answer in answers]
    shown = received[:600]
    if case.may_be_silent and not got:
        expected = ()
    assert len(got) == len(expected), shown
    assert all(status in right for status, right in zip(got, expected, strict=True)), shown
    if case.check is not None:
        case.check(answers)
    assert len(outcomes) == 1, {
        key[:300]: [[part[-30:] for part in parts] for parts in value[:2]]
        for key, value in outcomes.items()
    }
    # Who sends on after the last answer, or without end, may be cut off.
    may_reset = case.closes or len(case.data) > 100_000
    assert may_reset or not any(conversation.reset for conversation in conversations)
    assert Counter(running.log) == {
        name: count * len(conversations) for name, count in Counter(calls).items()
    }
