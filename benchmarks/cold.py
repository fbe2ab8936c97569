"""A fresh process that declares an application and answers its first request.

    python -m benchmarks.cold FRAMEWORK FILE[:FACTORY] METHOD PATH

It prints JSON: seconds of both steps, and the peak memory of the whole process in KiB, at the end
and, for comparison, before the declaration. Models of the application file are Pydantic's work on
either side, and made before the clock starts.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from benchmarks.apps import load_module
from benchmarks.inprocess import answer_of
from benchmarks.works import Request


def peak_kibibytes() -> int:
    """The peak of this process alone: `ru_maxrss` also counts the parent that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main(framework: str, target: str, method: str, path: str) -> None:
    name, _, factory = target.partition(":")
    create_app = getattr(load_module(framework, name), factory)
    request = Request(path, method)
    imported = peak_kibibytes()
    with asyncio.Runner() as runner:
        runner.get_loop()
        start = time.perf_counter()
        app = create_app()
        declared = time.perf_counter()
        answer = runner.run(answer_of(app, request))
        answered = time.perf_counter()
    assert answer.status == 200, answer
    print(
        json.dumps(
            {
                "declare": declared - start,
                "first_request": answered - declared,
                "peak": peak_kibibytes(),
                "peak_imported": imported,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
