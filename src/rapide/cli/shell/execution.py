"""Run Python code, and what it awaits on the event loop of the lifespan."""

import itertools
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator
from types import CodeType, TracebackType
from typing import TypeVar

from anyio import CancelScope
from anyio.from_thread import BlockingPortal

from rapide.cli import INTERRUPTED
from rapide.cli.shell.awaiting import compile_code

T = TypeVar("T")
#: The status of Python after an exception.
_FAILED = 1


def waiting_on(portal: BlockingPortal) -> Callable[[Callable[[], Awaitable[T]]], T]:
    """Return the function that code calls for each `await`."""

    def wait(make: Callable[[], Awaitable[T]]) -> T:
        return run_awaitable(make, portal)

    return wait


def run_awaitable(make: Callable[[], Awaitable[T]], portal: BlockingPortal) -> T:
    """Make an awaitable on the event loop of a portal, and wait for its result."""
    scopes: list[CancelScope] = []
    ended: list[BaseException] = []

    async def run() -> list[T]:
        with CancelScope() as scope:
            scopes.append(scope)
            try:
                return [await make()]
            except (SystemExit, KeyboardInterrupt) as error:  # they would end the event loop
                ended.append(error)
        return []

    def cancel() -> None:
        for scope in scopes:
            scope.cancel()

    try:
        results = portal.start_task_soon(run).result()
    except Exception as error:
        # The frames between the `await` and what it awaits explain nothing.
        error.__traceback__ = _below(run.__code__, error.__traceback__)
        raise
    except BaseException:  # Ctrl+C
        # Cancelling the future has no effect if the task is just about to begin.
        portal.start_task_soon(cancel)
        raise
    if ended:
        raise ended[0]
    return results[0]


def run_source(source: str | bytes, filename: str, namespace: dict[str, object]) -> int:
    """Run a program, and return its exit status; an exception is printed as Python prints it."""
    try:
        exec(compile_code(source, filename, "exec"), namespace)
    except SystemExit as error:
        return status_of(error)
    except (Exception, KeyboardInterrupt) as error:
        print_error(error, filename)
        return INTERRUPTED if isinstance(error, KeyboardInterrupt) else _FAILED
    return 0


def print_error(error: BaseException, filename: str) -> None:
    """Print an exception with its traceback from the file on, without the frames of this module."""
    chain = [*_chain(error.__traceback__)]
    while chain and _code_of(chain[0]).co_filename != filename:
        del chain[0]
    chain = [frames for frames in chain if _code_of(frames).co_filename != __file__]
    for frames, following in itertools.pairwise([*chain, None]):
        if frames is not None:
            frames.tb_next = following
    sys.stdout.flush()
    traceback.print_exception(error.with_traceback(chain[0] if chain else None))


def _chain(frames: TracebackType | None) -> Iterator[TracebackType]:
    while frames is not None:
        yield frames
        frames = frames.tb_next


def _below(code: CodeType, frames: TracebackType | None) -> TracebackType | None:
    """Return the part of a traceback below the frame of a function."""
    found = [item.tb_next for item in _chain(frames) if _code_of(item) is code]
    return found[0] if found else None


def _code_of(frames: TracebackType) -> CodeType:
    return frames.tb_frame.f_code


def status_of(error: SystemExit) -> int:
    """Return the status that Python exits with, and print the message of `sys.exit(message)`."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code
    sys.stderr.write(f"{error.code}\n")
    return _FAILED
