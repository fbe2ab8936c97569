"""The generated source of the same routes for our own HTTP/1.1 transport, compared with kept texts.

After a change that is meant: RAPIDE_UPDATE_GOLDEN=1 python -m pytest tests/golden
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .routes import app

DIRECTORY = Path(__file__).parent / "http11"
SOURCES = {
    route.name: route.direct_source for route in app.routes if hasattr(route, "direct_source")
}


@pytest.mark.parametrize("name", SOURCES)
def test_the_source_of_a_route_is_the_text_that_is_kept(name: str) -> None:
    kept = DIRECTORY / f"{name}.py.txt"
    if os.environ.get("RAPIDE_UPDATE_GOLDEN"):
        DIRECTORY.mkdir(exist_ok=True)
        kept.write_text(SOURCES[name], encoding="utf-8")
    assert SOURCES[name] == kept.read_text(encoding="utf-8")
    assert [line for line in SOURCES[name].splitlines() if len(line) >= 100] == []


def test_every_text_that_is_kept_belongs_to_a_route() -> None:
    assert {path.name for path in DIRECTORY.glob("*.py.txt")} == {f"{n}.py.txt" for n in SOURCES}


@pytest.mark.parametrize("name", SOURCES)
def test_the_two_transports_differ_in_how_they_speak_alone(name: str) -> None:
    """One plan, one set of emitters: calls of user code and validation are the same lines."""
    route = next(route for route in app.routes if route.name == name)

    def work(source: str) -> list[str]:
        return [line.strip() for line in source.splitlines() if "call_" in line]

    assert work(route.source) == work(SOURCES[name])
