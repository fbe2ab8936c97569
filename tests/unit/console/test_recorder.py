from __future__ import annotations

import asyncio
import logging
from time import perf_counter
from typing import Any

import pytest

from rapide import FastAPI
from rapide.changes import changes
from rapide.codegen.dialect import ASGI, HTTP11
from rapide.codegen.emit import emit_handler
from rapide.console import recorder
from rapide.console.recorder import Recorded, Recorder, note_marks
from rapide.plan.measure import measure, without_marks
from rapide.plan.operations import Plan
from rapide.routing import iter_route_contexts
from rapide.runtime import measuring
from rapide.runtime.measuring import Marks
from rapide.testclient import TestClient
from tests.golden import routes


def test_steps_are_measured_while_somebody_looks_and_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recorder, "PATIENCE", 0.05)

    async def look() -> None:
        found = Recorder()
        version = changes.version
        found.look()
        found.look()
        assert changes.is_measuring
        assert changes.version == version + 1
        while changes.is_measuring:
            await asyncio.sleep(0.01)
        found.look()
        assert changes.is_measuring

    asyncio.run(look())


def test_measuring_ends_although_an_event_loop_has_ended_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recorder, "PATIENCE", 0.05)
    monkeypatch.setattr(recorder, "QUIET", 0.01)
    found = Recorder()

    async def look(*, waits: bool) -> None:
        found.look()
        while waits and changes.is_measuring:
            await asyncio.sleep(0.01)

    asyncio.run(look(waits=False))
    assert changes.is_measuring
    asyncio.run(look(waits=True))
    assert not changes.is_measuring


def test_a_route_has_the_notes_only_while_somebody_measures() -> None:
    app = FastAPI()

    @app.get("/")
    async def root(page: int = 1) -> int:
        return page

    seen: list[Marks] = []
    client = TestClient(app)
    route: Any = app.routes[-1]
    before = route.source
    assert client.get("/?page=3").json() == 3
    measuring.switch_on(lambda carrier, marks: seen.append(marks))
    assert client.get("/?page=3").json() == 3
    (marks,) = seen
    plan: Any = marks.plan
    assert len(marks) == len(plan.operations) + 1
    assert sorted(marks) == [*marks]
    measuring.switch_off()
    assert client.get("/?page=3").json() == 3
    assert len(seen) == 1
    assert route.source == before


def test_every_kind_of_route_can_be_measured() -> None:
    compiled = 0
    for context in iter_route_contexts(routes.app.routes):
        runner = getattr(context.original_route, "_rapide_runner", None)
        found = None if runner is None else runner.inspect()
        if found is None:
            continue
        measured = measure(found.plan)
        assert without_marks(measured) == found.plan
        tools = {**found.tools, "begin_marks": None, "clock": None}
        for dialect in (ASGI, HTTP11):
            source = emit_handler(measured, dialect, tools).source
            compile(source, "<measured>", "exec")
            notes = [line for line in source.splitlines() if "marks" in line]
            assert len(notes) == len(found.plan.operations) + 1
            compiled += 1
    assert compiled > 20


def test_measuring_needs_no_task_that_was_not_needed_before() -> None:
    app = FastAPI()

    @app.get("/pure")
    async def pure(page: int = 1) -> int:
        return page

    @app.get("/other")
    async def other() -> int:
        await asyncio.sleep(0)
        return 1

    for route in app.routes[-2:]:
        runner: Any = getattr(route, "_rapide_runner")  # noqa: B009 - of our class
        before = runner.inspect().needs_no_task
        assert before == (getattr(route, "path") == "/pure")  # noqa: B009
        measuring.switch_on(lambda carrier, marks: None)
        measured = runner.inspect()
        assert measured.is_measured
        assert measured.needs_no_task == before
        source = emit_handler(measured.plan, HTTP11, measured.tools).source
        assert ("ensure_task(exchange)" in source) == before
        measuring.switch_off()


def recorded(marks: Marks | None, seconds: float = 0.5) -> Recorded:
    return Recorded(0, "GET", "/", b"", "/", 200, 10.0, seconds, marks)


def test_the_time_of_each_step_is_that_between_two_marks() -> None:
    marks = Marks(Plan("GET /", "root", ("read", "call")))  # type: ignore[arg-type]
    marks += [10.1, 10.2, 10.4]
    steps = recorded(marks).as_data()["steps"]
    assert [step["text"] for step in steps] == [
        "before the route",
        "read",
        "call",
        "after the last step",
    ]
    assert [step["ms"] for step in steps] == pytest.approx([100, 100, 200, 100])
    marks.pop()
    assert recorded(marks).as_data()["steps"][-1]["text"] == "from here on: call"
    assert recorded(None).as_data()["steps"] == []


def test_stalls_are_kept_and_other_warnings_are_not() -> None:
    found = Recorder()
    logger = logging.getLogger("uvicorn.error")
    logger.warning("%s", "something else")
    logger.warning("%s", "GET / blocked the event loop", extra={"stall_ms": 312})
    logger.removeHandler(found.stalls)
    assert [item["text"] for item in found.stalls.kept] == ["GET / blocked the event loop"]


def test_marks_are_kept_with_the_request() -> None:
    scope: dict[str, Any] = {}
    marks = measuring.begin_marks(None, scope)
    note_marks(scope, marks)
    assert scope[recorder.MARKS] is marks
    assert marks[0] <= perf_counter()
