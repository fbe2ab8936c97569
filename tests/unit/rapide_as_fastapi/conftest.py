"""Running programs in fresh processes, where Rapide may stand in for FastAPI."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SOURCES = str(Path(__file__).parents[3] / "src")

Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(**variables: str) -> dict[str, str]:
    """The environment of a program: Rapide is on its path, and nothing asks for the stand-in."""
    inherited = {key: value for key, value in os.environ.items() if key != "RAPIDE_AS_FASTAPI"}
    return {**inherited, "PYTHONPATH": SOURCES, "PYTHONDONTWRITEBYTECODE": "1", **variables}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run Python in a folder of its own, and expect it to succeed or to fail."""

    def run(
        *arguments: str, python: str = sys.executable, fails: bool = False, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        finished = subprocess.run(
            [python, *arguments],
            cwd=tmp_path,
            env=environment(**variables),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (finished.returncode != 0) == fails, finished.stderr + finished.stdout
        return finished

    return run
