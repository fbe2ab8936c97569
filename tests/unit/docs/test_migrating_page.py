"""docs/migrating.md: the version and the applications on the page."""

import os
import subprocess
import sys
from pathlib import Path

from .pages import ROOT

PAGE = (ROOT / "docs" / "migrating.md").read_text(encoding="utf-8")


def test_the_version_on_the_page_is_the_one_given_and_tested_against() -> None:
    from rapide.as_fastapi import VERSION

    pins = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'"fastapi[standard]=={VERSION}"' in pins
    assert f"are `{VERSION}`**" in PAGE


def test_the_applications_of_the_page_are_the_same_under_fastapi(tmp_path: Path) -> None:
    source = PAGE.partition("<!-- file: main.py -->\n```python\n")[2].partition("```")[0]
    (tmp_path / "main.py").write_text(source)
    code = "import main; print(main.app.routes[-1].path, main.FastAPI.__module__)"
    environment = {key: value for key, value in os.environ.items() if key != "RAPIDE_AS_FASTAPI"}
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout == "/books/{book_id} fastapi.applications\n"
