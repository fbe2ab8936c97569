"""A pytest plugin for the plugins' own suites: which tests passed, and on which framework."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

_outcomes: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    # some suites make secrets when they are imported, and pytest names tests after them
    test = re.sub(r"[\w-]{43}", "SECRET", report.nodeid)
    says_something = report.when == "call" or report.outcome != "passed"
    if says_something and _outcomes.get(test) != "failed":
        _outcomes[test] = report.outcome


def pytest_sessionfinish() -> None:
    fastapi = sys.modules.get("fastapi")
    framework = fastapi.FastAPI.__module__.partition(".")[0] if fastapi else "none"
    found = {"framework": framework, "outcomes": _outcomes}
    Path(os.environ["ECOSYSTEM_OUTCOMES"]).write_text(json.dumps(found), encoding="utf-8")
