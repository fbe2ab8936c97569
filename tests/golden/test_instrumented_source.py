"""The generated source of routes that telemetry observes, compared with the kept texts.

After a change that is meant: RAPIDE_UPDATE_GOLDEN=1 python -m pytest tests/golden
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rapide.runtime import instrumentation

from .routes import app, get_sources

DIRECTORY = Path(__file__).parent / "instrumented"
NAMES = (
    "form_and_files",
    "json_lines",
    "nested_dependencies",
    "several_bodies",
    "struct_and_struct",
    "sync_endpoint",
)


@pytest.fixture
def instrumented():
    instrumentation.switch_on(instrumentation.Instrumentation())
    yield
    instrumentation.switch_off()


@pytest.mark.parametrize("name", NAMES)
def test_the_source_of_an_observed_route_is_the_text_that_is_kept(name, instrumented) -> None:
    source = next(route.source for route in app.routes if route.name == name)
    kept = DIRECTORY / f"{name}.py.txt"
    if os.environ.get("RAPIDE_UPDATE_GOLDEN"):
        DIRECTORY.mkdir(exist_ok=True)
        kept.write_text(source, encoding="utf-8")
    assert source == kept.read_text(encoding="utf-8")
    assert [line for line in source.splitlines() if len(line) >= 100] == []


def test_a_route_has_its_old_source_once_telemetry_is_off() -> None:
    before = get_sources()
    instrumentation.switch_on(instrumentation.Instrumentation())
    during = get_sources()
    instrumentation.switch_off()
    assert get_sources() == before
    assert all("telemetry" in source for source in during.values())
    assert not any("telemetry" in source for source in before.values())
