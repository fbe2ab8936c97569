"""docs/migrating.md: the command that replaces the import does what the page says."""

import os
import re
import subprocess
import sys
from pathlib import Path

from .pages import ROOT

PAGE = (ROOT / "docs" / "migrating.md").read_text(encoding="utf-8")

BEFORE = """\
import fastapi
import fastapi  # the framework
from fastapi import FastAPI
from fastapi.security import OAuth2
import fastapi_of_nobody
from fastapi_of_nobody import thing
import fastapi.routing

def late():
    from fastapi import Query
    import fastapi
    return "import fastapi", Query
"""

AFTER = """\
import rapide as fastapi
import rapide as fastapi  # the framework
from rapide import FastAPI
from rapide.security import OAuth2
import fastapi_of_nobody
from fastapi_of_nobody import thing
import fastapi.routing

def late():
    from rapide import Query
    import rapide as fastapi
    return "import fastapi", Query
"""


def test_the_commands_on_the_page_replace_the_import_and_put_it_back(tmp_path: Path) -> None:
    there, back = re.findall(r"^ *\$ (grep .*sed .*)$", PAGE, re.M)
    package = tmp_path / "shop"
    package.mkdir()
    (package / "main.py").write_text(BEFORE)
    (package / "other.py").write_text("fastapi = 1\n")
    for command, text in ((there, AFTER), (back, BEFORE)):
        subprocess.run(command, shell=True, cwd=tmp_path, check=True)
        assert (package / "main.py").read_text() == text
        assert (package / "other.py").read_text() == "fastapi = 1\n"


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
