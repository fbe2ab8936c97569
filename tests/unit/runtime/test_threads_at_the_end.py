"""No worker thread and no task outlives the event loop."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rapide.runtime import threads

QUIET_PROGRAM = """
import asyncio, logging, sys, threading, time
{loop}
from rapide.runtime import threads
from rapide.runtime.threads import run_in_thread

async def main():
    barrier = threading.Barrier(5)
    await asyncio.gather(*(run_in_thread(barrier.wait, 30) for _ in range(5)))
    global tasks
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

# Under debug asyncio also reports what takes long, which on a busy machine anything may.
logging.getLogger("asyncio").setLevel(logging.ERROR)
for _ in range(2):
    {run}
    assert tasks and all(task.done() for task in tasks)
    assert threads._workers == {{}}
deadline = time.monotonic() + 30
while threading.active_count() > 1 and time.monotonic() < deadline:
    time.sleep(0.001)
print([thread.name for thread in threading.enumerate()])
"""


@pytest.mark.parametrize(
    ("loop", "run"),
    [
        pytest.param("", "asyncio.run(main(), debug=True)", id="asyncio"),
        pytest.param("import uvloop", "uvloop.run(main())", id="uvloop"),
    ],
)
def test_no_thread_and_no_task_outlives_the_event_loop(loop: str, run: str) -> None:
    source = Path(threads.__file__).parents[2]
    output = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-X",
            "dev",
            "-c",
            QUIET_PROGRAM.format(loop=loop, run=run),
        ],
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (output.stdout, output.stderr) == ("['MainThread']\n", "")
