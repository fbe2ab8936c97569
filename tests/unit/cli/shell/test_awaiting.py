"""`await` outside of functions: what runs where, and which names it binds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from rapide.cli.shell.awaiting import AWAIT, compile_code
from rapide.cli.shell.execution import waiting_on

PRELUDE = """
import asyncio, threading

def thread(): return threading.get_ident()

async def loop(value=None):
    assert asyncio.get_running_loop()
    return thread()

async def give(value): return value

async def count(end):
    for number in range(end):
        yield number

class Manager:
    async def __aenter__(self): return thread()
    async def __aexit__(self, *_): self.left = True
"""


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def namespace(portal: BlockingPortal) -> dict[str, Any]:
    wait: object = waiting_on(portal)
    made: dict[str, Any] = {AWAIT: wait}
    exec(PRELUDE, made)
    return made


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = await give(3)", 3),
        ("x = [await give(i) for i in range(3)]", [0, 1, 2]),
        ("x = [await give(i) async for i in count(3)]", [0, 1, 2]),
        ("x = {i async for i in count(3) if await give(i)}", {1, 2}),
        ("x = await asyncio.gather(give(1), give(2))", [1, 2]),
        ("x = await asyncio.create_task(give(4))", 4),
        ("x = await give(await give(5))", 5),
        ("x = f'{await give(6)}'", "6"),
        ("x = 0\nwhile x < 3: x += await give(1)", 3),
        ("if (x := await give(7)) > 1: pass", 7),
        ("await give(x := 8)", 8),
        ("async for x in count(3): pass", 2),
        ("async for x in count(3):\n  if x: break\nelse: x = 9", 1),
        ("async with Manager() as m:\n  import os.path\n  def x(): return os.name", "function"),
        ("async with Manager():\n  class x: pass", "type"),
        ("async with Manager():\n  try: 1 / 0\n  except ZeroDivisionError as e: x = repr(e)", str),
        ("async with Manager():\n  match [1, 2, 3]:\n    case [1, *x]: pass", [2, 3]),
        (
            "async with Manager():\n  match {'a': 1, 'b': 2}:\n    case {'a': 1, **x}: pass",
            {"b": 2},
        ),
        ("y = 1\nasync with Manager(): del y\nx = 'y' in globals()", False),
        ("async def f(): return await give(1)\nx = await f()", 1),
        ("x = (lambda: give(2))()\nx = await x", 2),
        ("x = await give(1) if await give(0) else await give(2)", 2),
    ],
)
def test_code_can_await(source: str, expected: object, namespace: dict[str, Any]) -> None:
    exec(compile_code(source, "<test>", "exec"), namespace)
    found = namespace["x"]
    if expected in ("function", "type"):
        assert type(found).__name__ == expected
    elif isinstance(expected, type):
        assert isinstance(found, expected)
    else:
        assert found == expected


def test_only_what_is_awaited_runs_on_the_event_loop(namespace: dict[str, Any]) -> None:
    source = "here, there = thread(), await loop()\nwith_it = await give(thread())"
    exec(compile_code(source, "<test>", "exec"), namespace)
    assert namespace["here"] == threading.get_ident()
    assert namespace["there"] == namespace["with_it"] != threading.get_ident()


def test_a_prompt_shows_the_values_of_expressions(
    namespace: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    for source in ("await give(1)", "[i async for i in count(2)]", "x = await give(3)", "4"):
        exec(compile_code(source, "<test>", "single"), namespace)
    assert capsys.readouterr().out == "1\n[0, 1]\n4\n"


@pytest.mark.parametrize(
    "source",
    ["def f(): await g()", "return 1", "x = await", "class A: x = await g()", "yield 1"],
)
def test_what_python_refuses_is_refused(source: str) -> None:
    with pytest.raises(SyntaxError):
        compile_code(source, "<test>", "exec")


def test_lines_stay_what_they_are(namespace: dict[str, Any]) -> None:
    source = "\n\nx = 1\nasync with Manager():\n    pass\n    await give(\n      1 / 0)"
    with pytest.raises(ZeroDivisionError) as failure:
        exec(compile_code(source, "<test>", "exec"), namespace)
    lines = [entry.lineno + 1 for entry in failure.traceback if str(entry.path).endswith("<test>")]
    assert lines == [4, 7]


def test_an_exit_on_the_event_loop_leaves_it_running(namespace: dict[str, Any]) -> None:
    with pytest.raises(SystemExit) as failure:
        exec(compile_code("async def f(): exit(4)\nawait f()", "<test>", "exec"), namespace)
    assert failure.value.code == 4
    exec(compile_code("x = await give(1)", "<test>", "exec"), namespace)
    assert namespace["x"] == 1


def test_a_cancelled_task_is_an_error_and_not_the_end(namespace: dict[str, Any]) -> None:
    source = "async def f(): raise asyncio.CancelledError\nawait f()"
    with pytest.raises(CancelledError):
        exec(compile_code(source, "<test>", "exec"), namespace)
    exec(compile_code("x = await give(1)", "<test>", "exec"), namespace)
    assert namespace["x"] == 1
