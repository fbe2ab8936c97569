"""Wrong options, and functions of unusual kinds."""

import sys
from functools import partial
from math import inf, nan
from types import FrameType
from typing import Any

import pytest
from taskiq import InMemoryBroker

from rapide import FastAPI
from rapide.jobs import Job, JobTypeError, Outbox

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def twice(number: int) -> int:
    return 2 * number


async def result_of(job: Job, **arguments: Any) -> Any:
    task = await job.enqueue(**arguments)
    result = await task.wait_result(check_interval=0.001, timeout=20)
    result.raise_for_error()
    return result.return_value


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("name", ["", 5]),
        ("retries", [-1, 1.5, "3", True, nan]),
        ("retry_delay", [-1, "1", nan, inf]),
        ("retry_on", ["ValueError", [ValueError], BaseException, (ValueError, 5), None]),
        ("timeout", [0, "5", nan, inf, True]),
        ("unique_for", [0, "1", nan, None]),
        ("labels", [["a"], {1: 2}, {"": 1}, {"rapide_attempt": 7}]),
        ("outbox", ["outbox", Outbox]),
        ("schedules", [1, InMemoryBroker()]),
        ("unique_keys", [1, type("Keys", (), {"claim": 1, "release": 1})]),
    ],
)
def test_a_wrong_option_is_reported_with_its_name(option: str, values: list[Any]) -> None:
    for value in values:
        given: dict[str, Any] = {option: value}
        with pytest.raises(ValueError, match=rf"^app\.job\(\): {option} must be [^\n]+$"):
            FastAPI().job(InMemoryBroker(), **given)


@pytest.mark.parametrize("delay", [-5, "5", nan, inf, True])
async def test_a_wrong_delay_is_reported(delay: Any) -> None:
    job = FastAPI().job(InMemoryBroker())(twice)
    with pytest.raises(ValueError, match="delay must be 0 or more seconds"):
        await job.enqueue(number=1, delay=delay)


async def test_the_key_of_a_unique_job_is_text() -> None:
    job = FastAPI().job(InMemoryBroker())(twice)
    key: Any = 7
    with pytest.raises(ValueError, match="unique must be text, and not 7"):
        await job.enqueue(number=1, unique=key)


async def test_a_job_may_get_a_second_broker() -> None:
    app = FastAPI()
    first = app.job(InMemoryBroker(), name="first", retries=1)(twice)
    second = app.job(InMemoryBroker(), name="second")(first)
    assert (first.name, second.name, second.function) == ("first", "second", twice)
    assert second.options.retries == 0
    assert await result_of(first, number=1) == await result_of(second, number=1) == 2


async def test_attributes_of_a_callable_do_not_become_those_of_the_job() -> None:
    class Sender:
        def __init__(self) -> None:
            self.name = "of the sender"
            self.options = self.broker = None

        async def __call__(self, number: int) -> str:
            return f"{self.name} {number}"

    job = FastAPI().job(InMemoryBroker(), name="send")(Sender())
    assert job.name == "send"
    assert await result_of(job, number=3) == "of the sender 3"


async def test_a_partial_has_the_parameters_that_are_left() -> None:
    async def add(one: int, other: int) -> int:
        return one + other

    app, broker = FastAPI(), InMemoryBroker()
    by_name = app.job(broker, name="by name")(partial(add, other=5))
    by_place = app.job(broker, name="by place")(partial(add, 5))
    assert await result_of(by_name, one="1") == 6
    assert await result_of(by_place, other="2") == 7


@pytest.mark.parametrize("value", [nan, inf, [nan], {"a": -inf}])
async def test_numbers_that_json_does_not_have_are_refused(value: object) -> None:
    async def take_any(value: Any) -> None: ...

    async def take_float(value: float | list[float] | dict[str, float]) -> None: ...

    for function in (take_any, take_float):
        job = FastAPI().job(InMemoryBroker())(function)
        with pytest.raises(JobTypeError, match="'value' cannot be sent as JSON"):
            await job.enqueue(value=value)


async def test_values_without_an_end_are_refused() -> None:
    async def take(value: Any) -> None: ...

    job = FastAPI().job(InMemoryBroker())(take)
    circle: list[Any] = []
    circle.append(circle)
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    for value in (circle, {"a": [circle]}, deep):
        with pytest.raises(JobTypeError, match="'value' cannot be sent as JSON"):
            await job.enqueue(value=value)


def test_a_debugger_does_not_change_the_options() -> None:
    """On some Pythons, a trace function fills the dictionary that `locals()` has returned."""

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        assert frame.f_locals is not None
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        job = FastAPI().job(InMemoryBroker(), retries=2)(twice)
    finally:
        sys.settrace(before)
    assert job.options.retries == 2
