"""FastAPI was imported before Rapide could stand in for it: the error says by whom."""

from pathlib import Path

import pytest

from tests.unit.rapide_as_fastapi.conftest import Run

MAIN = """\
import os
{first}
import rapide

rapide.as_fastapi()
"""


def message(run: Run, folder: Path, first: str) -> str:
    (folder / "main.py").write_text(MAIN.format(first=first))
    error = run("main.py", fails=True).stderr
    assert "rapide_as_fastapi.FastAPIAlreadyImported: fastapi 0." in error
    return error


@pytest.mark.parametrize(
    "statement",
    [
        "import fastapi",
        "from fastapi import FastAPI",
        "import json, fastapi.routing as routes",
        "from fastapi.security import OAuth2",
    ],
)
def test_the_program_itself_is_named_with_its_line(
    run: Run, tmp_path: Path, statement: str
) -> None:
    error = message(run, tmp_path, statement)
    assert f"by __main__ ({tmp_path / 'main.py'}:2).\n" in error


def test_importers_are_named_and_the_first_one_first(run: Run, tmp_path: Path) -> None:
    (tmp_path / "outer.py").write_text("import inner\nfrom fastapi import Body")
    (tmp_path / "inner.py").write_text("\n\nfrom fastapi import Query")
    error = message(run, tmp_path, "import outer, fastapi")
    places = [tmp_path / "inner.py", tmp_path / "outer.py", tmp_path / "main.py"]
    inner, outer, main = map(str, places)
    assert f", by inner ({inner}:3), outer ({outer}:2), __main__ ({main}:2).\n" in error


def test_of_many_importers_three_are_named(run: Run, tmp_path: Path) -> None:
    for name in ("one", "two", "three", "four"):
        (tmp_path / f"{name}.py").write_text("import fastapi")
    error = message(run, tmp_path, "import one, two, three, four")
    assert f"three ({tmp_path / 'three.py'}:1) and 1 more.\n" in error


def test_the_program_is_named_once_where_multiprocessing_is_loaded(
    run: Run, tmp_path: Path
) -> None:
    error = message(run, tmp_path, "import fastapi, multiprocessing")
    assert f"for it, by __main__ ({tmp_path / 'main.py'}:2).\n" in error


def test_an_import_that_leaves_no_name_is_told_without_a_guess(run: Run, tmp_path: Path) -> None:
    error = message(run, tmp_path, "__import__('fastapi')")
    assert "was imported before Rapide could stand in for it.\n" in error


def test_the_error_says_what_to_do(run: Run, tmp_path: Path) -> None:
    error = message(run, tmp_path, "import fastapi")
    for way in ("rapide.as_fastapi()", "RAPIDE_AS_FASTAPI=1", "python -m rapide.as_fastapi"):
        assert way in error


def test_nothing_has_changed_after_the_error(run: Run) -> None:
    code = """
import os, sys
import fastapi, rapide
from rapide.as_fastapi import FastAPIAlreadyImported, is_active
try:
    rapide.as_fastapi()
except FastAPIAlreadyImported:
    import fastapi.routing
assert not is_active() and "RAPIDE_AS_FASTAPI" not in os.environ
assert fastapi.routing is not sys.modules.get("rapide.routing")
"""
    run("-c", code)


def test_plugins_of_fastapi_alone_are_no_hindrance(run: Run, tmp_path: Path) -> None:
    (tmp_path / "fastapi_of_nobody.py").touch()
    code = "import fastapi_of_nobody, rapide; rapide.as_fastapi(); import fastapi.routing"
    run("-c", code)


def test_a_test_that_hides_fastapi_is_no_hindrance(run: Run) -> None:
    run("-c", "import sys; sys.modules['fastapi'] = None; import rapide; rapide.as_fastapi()")
