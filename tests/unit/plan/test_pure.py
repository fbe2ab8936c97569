"""Which functions are proven to build a value and to do nothing else."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, field_validator

from rapide import BackgroundTasks, Depends, Header, Query, Request
from rapide._inspection import only_builds_a_value
from rapide.plan.operations import CallDependency, CallEndpoint
from rapide.plan.pure import is_plain_type, needs_no_task, pure_calls

from .plans import plan_of

GREETING = "hello"


def marked(function: Callable[..., Any]) -> Callable[..., Any]:
    function.wanted = True  # type: ignore[attr-defined]
    return function


def build_nothing(): ...


def build_constants():
    return {"a": 1, "b": [1, 2, 3], "c": (None, True, 1.5), "d": {"e": "f"}, "g": [], "h": {}}


def build_from_arguments(a, b=1):
    return {"a": a, "b": [a, b], a: b}


def build_text(a, b):
    return {"text": f"{a} and {b!r}", "sum": a + b, "less": a - b}


def choose(a, b):
    if a is None or a == b:
        return {"chosen": b}
    if not b:
        return [a]
    return a if a in ("x", "y", "z") else b["key"]


def keep(a):
    pair = [a, a]
    first, second = a, pair
    return {"a": first, "b": second, "c": pair[0]}


PURE = [build_nothing, build_constants, build_from_arguments, build_text, choose, keep]


def call_something(a):
    return str(a)


def call_a_method(a):
    return a.upper()


def read_a_global():
    return GREETING


def read_an_attribute(a):
    return a.real


def repeat(a):
    while a:
        a = a - 1
    return a


def comprehend(a):
    return [item for item in a if item]


def multiply(a):
    return a * 1_000_000


def power(a):
    return a**a


def shift(a):
    return 1 << a


def pad(a):
    return f"{a:>1000000000}"


def write_to(a):
    a["b"] = 1
    return a


def remove(a):
    del a["b"]
    return a


def raise_something():
    raise ValueError


def check(a):
    assert a
    return a


def give_items():
    yield 1


def take_any(*items, **more):
    return {"a": 1}


def make_function():
    return {"a": lambda: 1}


def build_a_set(a):
    return {a, 1}


def build_bytes():
    return {"a": b"bytes"}


def build_complex():
    return 1j


def give_dots():
    return ...


def import_something():
    import os

    return {"a": os}


def try_something(a):
    try:
        return a["b"]
    except KeyError:
        return None


def matched(a):
    match a:
        case {"b": value}:
            return value
    return None


def close_over(a):
    def inner():
        return a

    return inner


def enclosing():
    value = object()

    def inner():
        return value

    return inner


IMPURE = [
    *(call_something, call_a_method, read_a_global, read_an_attribute, repeat, comprehend),
    *(multiply, power, shift, pad, write_to, remove, raise_something, check, give_items, take_any),
    *(make_function, build_a_set, build_bytes, build_complex, give_dots, import_something),
    *(try_something, matched, close_over, enclosing()),
]


def as_coroutine_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, declared with `async`."""
    source = inspect.getsource(function).replace("def ", "async def ", 1)
    names: dict[str, Any] = {}
    exec(source, {"GREETING": GREETING}, names)
    made: Callable[..., Any] = names[function.__name__]
    return made


@pytest.mark.parametrize("function", PURE)
def test_functions_that_only_build_a_value(function: Callable[..., Any]) -> None:
    assert only_builds_a_value(function, "sync")
    assert only_builds_a_value(as_coroutine_function(function), "async")
    assert only_builds_a_value(marked(function), "sync")


@pytest.mark.parametrize("function", IMPURE)
def test_functions_that_may_do_something_else(function: Callable[..., Any]) -> None:
    assert not only_builds_a_value(function, "sync")
    if function.__name__ not in ("inner", "give_items"):
        assert not only_builds_a_value(as_coroutine_function(function), "async")


def test_coroutines_that_wait_are_not_pure() -> None:
    async def wait(a: Any) -> Any:
        return await a

    async def enter(a: Any) -> Any:
        async with a:
            return 1

    async def go_through(a: Any) -> Any:
        async for item in a:
            return item

    for function in (wait, enter, go_through):
        assert not only_builds_a_value(function, "async")


def test_only_plain_functions_are_proven() -> None:
    class Callable_:
        def __call__(self) -> int:
            return 1

        def method(self) -> int:
            return 1

    for call in (Callable_(), Callable_().method, Callable_, functools.partial(build_nothing), len):
        assert not only_builds_a_value(call, "sync")
    # The framework calls it as the other kind.
    assert not only_builds_a_value(build_nothing, "async")

    @functools.wraps(build_nothing)
    def wrapper(*items: Any, **named: Any) -> Any:
        return build_nothing(*items, **named)

    assert not only_builds_a_value(wrapper, "sync")


class Color(StrEnum):
    RED = "red"


class Name(str):
    pass


@pytest.mark.parametrize(
    ("annotation", "is_plain"),
    [
        (str, True),
        (int | None, True),
        (list[str], True),
        (Literal["a", 1], True),
        (Annotated[int, Query(gt=1)], True),
        (None, True),
        (Color, False),
        (Name, False),
        (Literal[Color.RED], False),
        (list[Color], False),
        (str | Color, False),
        (dict, False),
        (Any, False),
        (bytes, False),
    ],
)
def test_types_whose_values_are_those_of_json(annotation: object, is_plain: bool) -> None:
    assert is_plain_type(annotation) is is_plain


class Item(BaseModel):
    name: str


def plain(q: str = "x", n: int = 1) -> Any:
    return {"q": q, "n": n}


async def plainly(q: str = "x") -> Any:
    return {"q": q}


def with_object(color: Color = Color.RED) -> Any:
    return color


def with_unusual_default(name: str = Name("x")) -> Any:
    return name


async def above(value: Annotated[Any, Depends(plain)], agent: Annotated[str, Header()] = "") -> Any:
    return {"value": value["q"], "agent": agent}


async def above_request(request: Request, value: Annotated[Any, Depends(plain)]) -> Any:
    return value


async def above_tasks(tasks: BackgroundTasks, value: Annotated[Any, Depends(plain)]) -> Any:
    return value


def modelled(q: str = "x") -> Item:
    return {"name": q}  # type: ignore[return-value]


def listed(q: str = "x") -> list[str]:
    return [q]


class Checked(BaseModel):
    name: str

    @field_validator("name")
    @classmethod
    def check(cls, value: str) -> str:
        return value


async def given_back(item: Item) -> Item:
    return item


def given_back_from_a_thread(item: Item, n: int = 1) -> Item:
    copy = item
    return copy


async def compared(item: Item) -> Item:
    return item or item


async def checked(item: Checked) -> Checked:
    return item


async def taken_for_another(item: Item) -> Checked:
    return item  # type: ignore[return-value]


async def untyped(item: Item):
    return item


@pytest.mark.parametrize(
    ("endpoint", "pure", "is_taskless"),
    [
        (plain, 1, True),
        (plainly, 1, True),
        (above, 2, True),
        (listed, 1, True),
        (with_object, 0, False),
        (with_unusual_default, 0, False),
        # The dependency needs no thread, though the rest of the request needs its task.
        (above_request, 1, False),
        (above_tasks, 1, False),
        (modelled, 1, True),
        (given_back, 1, True),
        (given_back_from_a_thread, 1, True),
        # A model may say what is true of it, and which attributes it has.
        (compared, 0, False),
        (taken_for_another, 0, False),
        (untyped, 0, False),
        (checked, 0, False),
    ],
)
def test_plans_know_what_needs_neither_thread_nor_task(
    endpoint: Callable[..., Any], pure: int, is_taskless: bool
) -> None:
    plan = plan_of(endpoint, method="POST")
    assert len(list(pure_calls(plan))) == pure
    assert needs_no_task(plan) is is_taskless
    calls = [step for step in plan.every if isinstance(step, CallDependency | CallEndpoint)]
    assert sum(call.is_pure for call in calls) == pure
