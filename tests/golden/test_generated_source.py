"""The generated source of typical routes, compared with the text kept in this directory.

After a change of the generator that is meant, write the texts anew and review the difference:

    RAPIDE_UPDATE_GOLDEN=1 python -m pytest tests/golden
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .routes import get_sources

SOURCES = get_sources()
DIRECTORY = Path(__file__).parent
ROOT = DIRECTORY.parents[1]


def kept(name: str) -> Path:
    return DIRECTORY / f"{name}.py.txt"


@pytest.mark.parametrize("name", SOURCES)
def test_the_source_of_a_route_is_the_text_that_is_kept(name: str) -> None:
    if os.environ.get("RAPIDE_UPDATE_GOLDEN"):
        kept(name).write_text(SOURCES[name], encoding="utf-8")
    assert SOURCES[name] == kept(name).read_text(encoding="utf-8")


def test_every_text_that_is_kept_belongs_to_a_route() -> None:
    assert {path.name for path in DIRECTORY.glob("*.py.txt")} == {kept(n).name for n in SOURCES}


@pytest.mark.parametrize("name", SOURCES)
def test_lines_are_shorter_than_100_columns(name: str) -> None:
    assert [line for line in SOURCES[name].splitlines() if len(line) >= 100] == []


@pytest.mark.parametrize("name", SOURCES)
def test_the_docstring_says_which_route_leads_to_which_function(name: str) -> None:
    module = ast.parse(SOURCES[name])
    handler = next(node for node in module.body if isinstance(node, ast.AsyncFunctionDef))
    method, path, arrow, function = str(ast.get_docstring(handler)).split(" ")
    endpoint = "nested_dependencies" if name == "overridden_dependency" else name
    assert method.isupper()
    assert path.startswith("/")
    assert (arrow, function) == ("->", f"shop.{endpoint}")


@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_source_does_not_depend_on_the_hash_seed(seed: str) -> None:
    program = (
        "import json; from tests.golden.routes import get_sources; print(json.dumps(get_sources()))"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    output = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
        capture_output=True,
        check=True,
    ).stdout
    assert json.loads(output) == SOURCES
