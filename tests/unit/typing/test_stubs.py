"""The stubs with the options of functions are current, and in a findable order."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "scripts" / "write_stubs.py"


def test_the_stubs_are_what_the_script_makes_of_the_sources() -> None:
    result = subprocess.run(
        [sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
