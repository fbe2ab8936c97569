"""The comparison of large applications, and what is written about it."""

from pathlib import Path

import pytest

from rapide.cli.verify.exchange import Answer, Request
from tests.ecosystem.large import sweep
from tests.ecosystem.large.environments import INSIDE, REQUIREMENTS, names
from tests.ecosystem.large.memory import Memory
from tests.ecosystem.large.page import END, START, TITLES, write_section
from tests.ecosystem.large.sweep import Outcome, _Conversation

DESCRIBED = {"headers": {}, "documents": {"": {}}}


class Side:
    """A server whose answers are given."""

    has_ended = False

    def __init__(self, name, *answers, raised=()):
        self.name = name
        self.port = name
        self.memory = Memory()
        self.answers = iter((Answer(200, body=b"{}"), *answers))
        self.raised = set(raised)

    def exceptions(self):
        return self.raised


@pytest.fixture
def compare(monkeypatch):
    """Compare answers of four sides; the first request asks for the document."""

    def compare(*sides, count=1):
        by_port = {side.port: side for side in sides}
        monkeypatch.setattr(sweep, "send", lambda port, *_: next(by_port[port].answers))
        outcome = Outcome("shop")
        requests = [Request("GET", f"/{n}", label="GET /{n}", origin="good") for n in range(count)]
        _Conversation(sides, DESCRIBED, outcome).hold(requests)
        return outcome

    return compare


def header(name, value):
    return Answer(200, ((name, value),), b"")


def test_answers_that_are_the_same_make_no_difference(compare):
    sides = [Side(name, Answer(404, body=b"x")) for name in ("fastapi", "rapide", "fastapi2")]
    outcome = compare(*sides)
    assert not outcome.differences
    assert outcome.statuses == {"200": 1, "404": 1}


def test_a_difference_names_the_side_and_the_request(compare):
    good, bad = Answer(200, body=b"x"), Answer(500, body=b"y")
    outcome = compare(Side("fastapi", good), Side("rapide", bad), Side("fastapi2", good))
    assert outcome.differences[0].startswith("rapide: GET /{n} (good) status : 200 | 500\n")


def test_a_header_that_differs_by_chance_once_is_compared_nowhere(compare):
    first, second = header("x-seconds", "1"), header("x-seconds", "2")
    theirs = Side("fastapi", first, first)
    again = Side("fastapi2", first, second)
    assert not compare(theirs, Side("rapide", second, first), again, count=2).differences


def test_an_operation_that_does_not_answer_is_left_after_a_while(compare):
    silent = Answer(None, failure="no answer within 20 s")
    sides = [Side(name, *[silent] * 2) for name in ("fastapi", "rapide", "fastapi2")]
    assert compare(*sides, count=5).answers == 3


def test_what_is_raised_on_rapide_alone_is_a_difference(compare):
    fine = Answer(200)
    outcome = compare(
        Side("fastapi", fine, raised=["KeyError: N"]),
        Side("rapide", fine, raised=["KeyError: N", "TypeError: no"]),
        Side("fastapi2", fine),
    )
    assert outcome.differences == ["rapide: only here logged: TypeError: no"]


def test_every_application_has_pinned_requirements_with_the_same_frameworks():
    for name in names():
        pinned = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")
        assert "\nfastapi==0.165.0" in pinned
        assert "\nstarlette==" in pinned
        assert (REQUIREMENTS / f"{name}.in").exists()
    assert len(names()) >= 10


def test_every_application_says_its_distribution():
    for name in names():
        assert "\nDISTRIBUTION = " in (INSIDE / "served" / f"{name}.py").read_text(encoding="utf-8")


def test_a_run_of_some_renews_their_rows_only(tmp_path: Path):
    page = tmp_path / "page.md"
    rows = "| one 1 | 1 | 2 | equal: 2 × 200 |\n| two 1 | 1 | 2 | equal: 2 × 200 |\n"
    page.write_text(f"before\n{START}text\n\n{TITLES}{rows}{END}after\n", encoding="utf-8")
    outcome = Outcome("two", "two", "2", operations=3, answers=4, differences=["one"])
    write_section([outcome], page)
    table = "| one 1 | 1 | 2 | equal: 2 × 200 |\n| two 2 | 3 | 4 | **1 differences** |\n"
    expected = f"before\n{START}text\n\n{TITLES}{table}{END}after\n"
    assert page.read_text(encoding="utf-8") == expected
