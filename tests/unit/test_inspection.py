"""What is read from frames and bytecode, on each version of Python that is at hand.

The module needs the standard library alone, so other interpreters load it by its file. These tests
are what to run first on a new version of Python.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = Path(__file__).parents[2] / "src/rapide/_inspection.py"
OLDEST, NEWEST_KNOWN = (3, 11), (3, 14)

PROGRAM = """
import asyncio, contextlib, functools, importlib.util, json, sys, types

spec = importlib.util.spec_from_file_location("inspection", sys.argv[1])
it = importlib.util.module_from_spec(spec)
sys.modules["inspection"] = it
spec.loader.exec_module(it)


def check_blocks():
    async def with_timeout(request, call_next):
        async with asyncio.timeout(1):
            return await call_next(request)

    async def with_block(request, call_next):
        with contextlib.nullcontext():
            return await call_next(request)

    async def with_nested_function(request, call_next):
        def open_later():
            with contextlib.nullcontext():
                pass

        return await call_next(request)

    async def without(request, call_next):
        try:
            return await call_next(request)
        except ValueError:
            return [item async for item in request]
        finally:
            request.done = True

    class Function:
        async def __call__(self, request, call_next):
            return None

    assert it.has_with_block(with_timeout)
    assert it.has_with_block(with_block)
    assert not it.has_with_block(with_nested_function)
    assert not it.has_with_block(without)
    assert it.has_with_block(functools.partial(without, 1))
    assert it.has_with_block(Function())
    assert not it.has_with_block(Function().__call__)
    assert it.has_with_block(None)


def check_callers():
    seen = []

    class Relay:
        function = None

        async def call_next(self):
            seen.append(it.is_called_by(self.function))

    async def directly(relay):
        await relay.call_next()

    async def by_a_helper(relay):
        await directly(relay)

    async def in_a_task(relay):
        await asyncio.create_task(relay.call_next())

    async def in_a_generator(relay):
        async def items():
            yield await relay.call_next()

        async for _ in items():
            pass

    @types.coroutine
    def generator_based(relay):
        yield from relay.call_next().__await__()

    for function in (directly, by_a_helper, in_a_task, in_a_generator, generator_based):
        relay = Relay()
        relay.function = function(relay)
        asyncio.run(await_(relay.function))
    assert seen == [True, False, False, False, False], seen


async def await_(coroutine):
    return await coroutine


def check_levels():
    def module(name, text):
        made = types.ModuleType(name)
        made.level_outside = it.level_outside
        exec(text, made.__dict__)
        return made

    inner = module("pack.inner", "def f(): return level_outside('pack.')")
    outer = module("pack.outer", "def g(f): return f()")
    assert inner.f() == 2
    assert outer.g(inner.f) == 3
    assert it.level_outside("pack.") == 1


def check_places():
    def fail(value):
        json.dumps(value, allow_nan=False)

    class Odd:
        def __float__(self):
            raise ValueError("odd")

    encoders = {"json", "json.encoder"}
    for raising, passing, module in (
        (lambda: fail(float("nan")), encoders, "__main__"),
        (lambda: fail(float("nan")), (), "json.encoder"),
        (lambda: json.dumps([1], default=None, cls=None, indent=Odd()), encoders, "__main__"),
    ):
        try:
            raising()
        except Exception as error:
            place = it.raised_at(error, passing)
            assert place.module == module, place
            if module == "__main__":
                assert place.filename == "<string>"
    assert it.raised_at(ValueError(), encoders) is None
    try:
        raise ValueError
    except ValueError as error:
        assert it.raised_at(error, {"__main__"}) is None


def check_values():
    async def build(a, b=1):
        if a is None or b > 1:
            return {"a": [a, 1.5], "b": f"{b}", "c": (None, True)}
        return {"sum": a + b, "of": a["b"]}

    async def move(a):
        b = a
        return b

    async def call(a):
        return str(a)

    async def wait(a):
        return await a

    async def repeat(a):
        while a:
            a = a - 1

    assert it.only_builds_a_value(build, "async")
    assert not it.only_builds_a_value(build, "async", is_plain=False)
    assert it.only_builds_a_value(move, "async", is_plain=False)
    assert not any(it.only_builds_a_value(each, "async") for each in (call, wait, repeat))


for check in (check_blocks, check_callers, check_levels, check_places, check_values):
    check()
print("checked")
"""


def interpreters() -> list[str]:
    """Return this interpreter, and those of other supported versions."""
    found = [sys.executable]
    for minor in range(OLDEST[1], NEWEST_KNOWN[1] + 1):
        if sys.version_info[:2] != (3, minor):
            found += filter(None, [find_interpreter(f"3.{minor}")])
    return found


def find_interpreter(version: str) -> str | None:
    """Return an interpreter of the system or of pyenv, whose shims need not lead to one."""
    named = shutil.which(f"python{version}")
    of_pyenv = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    for path in (*filter(None, [named]), *map(str, of_pyenv)):
        if subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            return path
    return None


@pytest.mark.parametrize("python", interpreters())
def test_frames_and_bytecode_are_read_as_expected(python: str) -> None:
    finished = subprocess.run(
        [python, "-W", "error", "-c", PROGRAM, str(MODULE)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (finished.returncode, finished.stdout) == (0, "checked\n"), finished.stderr


def test_no_other_module_looks_at_frames_or_bytecode() -> None:
    signs = ("_getframe", "f_locals", "f_globals", "tb_frame", "cr_frame", "walk_tb", "import dis")
    sources = MODULE.parent.rglob("*.py")
    found = {path.name for path in sources if any(sign in path.read_text() for sign in signs)}
    # The watch of stalls looks at the stacks of threads that it samples; error pages, the shell and
    # the console show the frames of the application.
    watch, pages = {"stalls.py", "stall_samples.py"}, {"failures.py", "steps.py"}
    assert found == {"_inspection.py", *watch, *pages, "execution.py", "statements.py"}
