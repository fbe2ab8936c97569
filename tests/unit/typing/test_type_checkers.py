"""Applications type-check: what decorators return is what they were given."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

APPLICATION = Path(__file__).with_name("application.py")
ROOT = Path(__file__).parents[3]


def check(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MYPYPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_typed_application_passes_mypy_in_its_strict_mode() -> None:
    result = check("mypy", "--strict", "--no-incremental", str(APPLICATION))
    assert result.returncode == 0, result.stdout


def test_a_typed_application_passes_pyright() -> None:
    result = check("pyright", str(APPLICATION))
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ('@app.get("/x", status="1")\ndef f() -> None: ...', "call-arg"),
        ('@app.get("/x", status_code="ok")\ndef f() -> None: ...', "arg-type"),
        ("@app.get(1)\ndef f() -> None: ...", "arg-type"),
    ],
)
def test_a_wrong_option_of_a_route_is_an_error(tmp_path: Path, wrong: str, code: str) -> None:
    module = tmp_path / "wrong.py"
    module.write_text(f"from rapide import FastAPI\n\napp = FastAPI()\n\n\n{wrong}\n")
    result = check("mypy", "--strict", str(module))
    assert f"[{code}]" in result.stdout
