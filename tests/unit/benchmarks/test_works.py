import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import postgres
from benchmarks.apps import load_app
from benchmarks.floors import DEFAULTS, SAME_SERVER, SERVED, Goal
from benchmarks.flows import FLOWS
from benchmarks.inprocess import answer_of
from benchmarks.load import CHANGING, Sample, command_of, lua_script, lua_string
from benchmarks.paced import identity, wire
from benchmarks.report import Result, write
from benchmarks.serving import LOGGED, SERVING, WORKS_SERVED
from benchmarks.startup import TARGET
from benchmarks.works import WORKS, Request, Work, select

pytestmark = pytest.mark.anyio
ALL = {work.name: work for work in (*WORKS_SERVED, *WORKS)}.values()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize(
    "work", [work for work in ALL if not work.database], ids=lambda work: work.name
)
async def test_both_sides_of_a_work_give_the_same_expected_answer(work: Work) -> None:
    baseline, candidate = [
        await answer_of(load_app(side.framework, side.app), work.request)
        for side in (work.baseline, work.candidate)
    ]
    assert baseline.status == work.request.status
    assert candidate == baseline


@pytest.fixture
def database() -> Iterator[None]:
    if postgres.programs() is None:
        message = "PostgreSQL is not installed: no initdb in /usr/lib/postgresql/*/bin or PATH"
        if "CI" in os.environ:
            pytest.fail(message)
        pytest.skip(message)
    with postgres.running():
        yield


@pytest.mark.usefixtures("database")
async def test_both_frameworks_read_the_same_rows_of_postgresql() -> None:
    for work in (work for work in WORKS_SERVED if work.database):
        answers = []
        for side in (work.baseline, work.candidate):
            app: Any = load_app(side.framework, side.app)
            async with app.router.lifespan_context(app):
                answers.append(await answer_of(app, work.request))
        assert answers[0].status == work.request.status
        assert answers[1] == answers[0]
        assert b"Title 7" in answers[0].body


def test_every_row_has_its_floors() -> None:
    assert set(SERVED) == set(DEFAULTS) == {row.name for row in SERVING}
    assert set(SAME_SERVER) <= {*(work.name for work in WORKS), *(flow.name for flow in FLOWS)}


def test_rows_with_default_options_differ_by_the_access_log_only() -> None:
    (work,) = (row for row in LOGGED if row.name == "hello")
    assert isinstance(work, Work)
    assert "--no-access-log" not in command_of(work.candidate, 80)
    assert "--access-log" in command_of(work.baseline, 80)
    assert replace(work.candidate, log=False) == select(["hello"], WORKS_SERVED)[0].candidate


async def test_the_first_request_of_the_nested_routes_is_answered_alike() -> None:
    app, method, path = TARGET
    fastapi, rapide = [
        await answer_of(load_app(framework, app), Request(path, method))
        for framework in ("fastapi", "rapide")
    ]
    assert fastapi.status == 200
    assert rapide == fastapi


async def test_the_many_routes_are_one_thousand() -> None:
    app = load_app("fastapi", "many_routes")
    operations = app.openapi()["paths"].values()  # type: ignore[attr-defined]
    assert sum(len(methods) for methods in operations) == 1000


@pytest.mark.parametrize(
    ("goal", "ratio", "met"),
    [
        (Goal(low=2.8), 2.8, True),
        (Goal(low=2.8), 2.79, False),
        (Goal(high=0.55), 0.55, True),
        (Goal(high=0.55), 0.56, False),
        (Goal(0.95, 1.05), 1.06, False),
        (Goal(), 3.0, None),
    ],
)
def test_a_goal_is_met_within_its_bounds(goal: Goal, ratio: float, met: bool | None) -> None:
    assert goal.met(ratio) is met


def test_an_unknown_work_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no-such-work"):
        select(["hello", "no-such-work"], WORKS)


def test_selected_works_keep_the_order_of_the_table() -> None:
    assert [work.name for work in select(["models", "hello"], WORKS)] == ["hello", "models"]


def test_another_framework_takes_only_the_place_of_rapide() -> None:
    (work,) = select(["hello"], WORKS)
    replaced = work.on("starlette")
    assert (replaced.baseline.framework, replaced.candidate.framework) == ("fastapi", "starlette")


def test_a_lua_string_escapes_every_byte() -> None:
    assert lua_string('"\n9') == '"\\034\\010\\057"'


def test_the_wrk_script_carries_method_headers_and_body() -> None:
    script = lua_script(Request("/", "PUT", {"x-user": "1"}, b"{}"))
    assert f"wrk.method = {lua_string('PUT')}" in script
    assert f"wrk.headers[{lua_string('x-user')}] = {lua_string('1')}" in script
    assert f"wrk.body = {lua_string(b'{}')}" in script


def test_a_header_that_changes_is_put_into_each_request() -> None:
    request = Request("/", changing="x-request-id")
    assert b"x-request-id: %b\r\n" % identity(0).encode() in wire(request, 80)
    assert CHANGING % lua_string(identity(0)) in lua_script(request)
    assert "function request()" not in lua_script(Request("/"))


def test_a_report_says_medians_ratio_and_verdict(tmp_path: Path) -> None:
    result = Result("hello", "small JSON", "req/s", Goal(low=2.8), [90, 100, 300], [200, 250, 900])
    settings = {"candidate": "rapide"}
    path = write("topic", [result], settings, {"machine": {"cores": "2"}}, tmp_path)
    assert "| small JSON | 100 req/s | 250 req/s | 2.50 |  |  |  | ≥ 2.8 | NO |" in path.read_text()
    data = json.loads(path.with_suffix(".json").read_text())
    assert (data["results"][0]["ratio"], data["results"][0]["met"]) == (2.5, False)


def test_the_verdict_is_one_of_cpu_time_where_it_is_known() -> None:
    samples = [[Sample(100, cpu, 1, 1)] for cpu in (60.0, 20.0)]
    details = dict(zip(("baseline", "candidate"), samples, strict=True))
    result = Result("hello", "small JSON", "req/s", Goal(low=2.8), [100], [200], details)
    assert result.cells()[3:] == ("2.00", "60.0", "20.0", "3.00", "≥ 2.8", "yes")
