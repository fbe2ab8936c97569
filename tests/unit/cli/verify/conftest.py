"""Running `rapide verify` as its users do: as a process of its own, on applications of a test."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[4]


@dataclass(frozen=True)
class Verified:
    """What the command said."""

    status: int
    output: str
    errors: str
    report: dict[str, Any]


def environment() -> dict[str, str]:
    """Our environment, in which `rapide` can be imported and does not stand in for FastAPI."""
    inherited = {name: value for name, value in os.environ.items() if name != "RAPIDE_AS_FASTAPI"}
    return inherited | {"PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}


def verify(folder: Path, *options: str, **variables: str) -> Verified:
    """Run `rapide verify` in a folder."""
    report = folder / "report.json"
    ran = subprocess.run(
        [sys.executable, "-m", "rapide", "verify", "--json", str(report), *options],
        cwd=folder,
        env=environment() | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    found = json.loads(report.read_text()) if report.exists() else {}
    return Verified(ran.returncode, ran.stdout, ran.stderr, found)


def write_requests(folder: Path, *requests: dict[str, Any]) -> str:
    """Write a file for `--requests`, and return its name."""
    text = "".join(f"{json.dumps(request)}\n" for request in requests)
    (folder / "requests.jsonl").write_text(text)
    return "requests.jsonl"
