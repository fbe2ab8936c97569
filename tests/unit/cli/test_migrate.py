"""`rapide migrate`: imports become Rapide's, nothing else changes, and the way back is exact."""

import os
import random
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rapide.cli import program
from rapide.cli.migrate.rewriting import rewrite

from ..docs.pages import ROOT

Write = Callable[..., Path]


def migrate(*arguments: str) -> Result:
    return CliRunner().invoke(program.app, ["migrate", *arguments])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import fastapi\nfastapi.FastAPI()\n", "import rapide\nrapide.FastAPI()\n"),
        ("import fastapi as f, os\nf.x\n", "import rapide as f, os\nf.x\n"),
        ("from fastapi import (A,\n  B)  # fastapi\n", "from rapide import (A,\n  B)  # fastapi\n"),
        ("from fastapi.security import A\n", "from rapide.security import A\n"),
        (
            "import fastapi.routing\nfastapi . routing.x(fastapi.y)\n",
            "import rapide.routing\nrapide . routing.x(rapide.y)\n",
        ),
        (
            "def f():\n    import fastapi; return fastapi.x\n",
            "def f():\n    import rapide; return rapide.x\n",
        ),
        (
            "import fastapi\ndef f(fastapi): return fastapi.x\n",
            "import rapide\ndef f(fastapi): return fastapi.x\n",
        ),
        (
            "import fastapi\ndef f(q: 'list[fastapi.Request]'): ...\n",
            "import rapide\ndef f(q: 'list[rapide.Request]'): ...\n",
        ),
        (
            "try:\n    import fastapi\nexcept ImportError:\n    fastapi = None\n",
            "try:\n    import rapide\nexcept ImportError:\n    rapide = None\n",
        ),
        (
            "import fastapi\ndef f(q):\n    # type: (fastapi.Request) -> None\n    ...\n",
            "import rapide\ndef f(q):\n    # type: (rapide.Request) -> None\n    ...\n",
        ),
        ("from fastapi import *\n", "from rapide import *\n"),
        ("\tx = 1\n".strip() + "\r\nfrom fastapi import A\r", "x = 1\r\nfrom rapide import A\r"),
    ],
)
def test_imports_and_their_uses_change_and_the_way_back_gives_the_same_text(
    before: str, after: str
) -> None:
    assert rewrite(before, "fastapi", "rapide").text == after
    assert rewrite(after, "fastapi", "rapide").text == after
    assert rewrite(after, "rapide", "fastapi").text == before


@pytest.mark.parametrize(
    "text",
    [
        "import fastapi_users\nfrom fastapi_pagination import Page\n",
        "from .fastapi import x\nfrom . import fastapi\n",
        "x = 'import fastapi'  # import fastapi\n",
        "fastapi = 1\nprint(fastapi)\n",
        "from starlette.requests import Request\n",
        "from strawberry.fastapi import GraphQLRouter\n",
        "import fastapi\nrapide = 1\nfastapi.x\n",
        "import fastapi\ndef f():\n    global fastapi\n    fastapi = 1\n",
        "try:\n    import fastapi\nexcept ImportError:\n    import other as fastapi\n",
    ],
)
def test_what_is_not_fastapi_and_what_cannot_change_safely_stays(text: str) -> None:
    assert rewrite(text, "fastapi", "rapide").text == text


STATEMENTS = (
    "import fastapi",
    "import fastapi.routing, os",
    "import fastapi.security as s",
    "from fastapi import FastAPI, Query as Q  # fastapi",
    "from fastapi.responses import (\n{indent}    JSONResponse,\n{indent})",
    "value = 'ÿ fastapi.x'; print( fastapi.x )",
    "def one(fastapi): return fastapi.x",
    "def two(q: 'fastapi.Request') -> fastapi.Response: ...",
    "class A(fastapi.FastAPI): y: fastapi.x = [fastapi.z for _ in ()]",
    "x = f'{{fastapi.x}} fastapi'",
    "import fastapi_users",
)


@pytest.mark.parametrize("seed", range(20))
def test_generated_files_come_back_byte_for_byte(seed: int, project: Path) -> None:
    chance = random.Random(seed)
    newline = chance.choice(["\n", "\r\n", "\r"])
    lines = ["# -*- coding: latin-1 -*-"] if seed % 3 == 0 else []
    for number in range(12):
        indent = chance.choice(["", "    ", "\t"])
        head = [f"if {number}:"] if indent else []
        lines += [*head, indent + chance.choice(STATEMENTS).format(indent=indent)]
    text = newline.join(lines) + chance.choice(["", newline])
    bom = b"\xef\xbb\xbf" if seed % 3 == 1 else b""
    before = bom + text.encode("latin-1" if seed % 3 == 0 else "utf-8")
    file = project / "shop.py"
    file.write_bytes(before)
    assert migrate("--write").exit_code == 0
    after = file.read_bytes()
    there = migrate("--check", "--strings").output
    assert there.endswith("0 files to change\n")
    assert re.sub(rb"import fastapi\b(?!_)|from fastapi\b", b"", after) == after
    assert migrate("--reverse", "--write").exit_code == 0
    assert file.read_bytes() == before


def test_without_write_only_the_difference_is_shown(write: Write) -> None:
    file = write("shop.py", "from fastapi import FastAPI\n")
    result = migrate("--check")
    assert (result.exit_code, migrate().exit_code) == (1, 0)
    assert "-from fastapi import FastAPI\n+from rapide import FastAPI\n1 file to" in result.output
    assert file.read_text() == "from fastapi import FastAPI\n"


def test_what_is_left_to_do_is_reported_with_its_line(write: Write) -> None:
    write("test_shop.py", "import fastapi_users\npatch('fastapi.routing.run')\n")
    write("broken.py", "from fastapi import (\n")
    write("requirements.txt", "# fastapi\nfastapi[standard]==0.165.0\nfastapi-users\n")
    write("pyproject.toml", '[project]\ndependencies = ["fastapi>=0.1"]\n')
    write("Dockerfile", "CMD fastapi run\nRUN echo fastapi\n")
    write(".venv/pyvenv.cfg", "")
    write(".venv/shop.py", "import fastapi\n")
    result = migrate()
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "--- pyproject.toml",
        "+++ pyproject.toml",
        "@@ -1,2 +1,2 @@",
        " [project]",
        '-dependencies = ["fastapi>=0.1"]',
        '+dependencies = ["rapide"]',
        "--- requirements.txt",
        "+++ requirements.txt",
        "@@ -1,3 +1,3 @@",
        " # fastapi",
        "-fastapi[standard]==0.165.0",
        "+rapide[standard]",
        " fastapi-users",
        "Dockerfile:1: instead: CMD rapide run",
        "broken.py is not Python that can be read at line 1: left alone",
        "test_shop.py:1: fastapi_users imports fastapi itself: run with --as-fastapi, "
        "or see docs/ecosystem.md",
        "test_shop.py:2: names fastapi in a string: 'fastapi.routing.run' (--strings changes it)",
        "2 files to change (--write changes them)",
    ]
    assert migrate("--strings", "--write", "test_shop.py").exit_code == 0
    assert "patch('rapide.routing.run')" in Path("test_shop.py").read_text()


def test_files_with_uncommitted_changes_are_not_written(project: Path, write: Write) -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    file = write("shop.py", "import fastapi\n")
    result = migrate("--write")
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: shop.py has changes that are not committed: commit them, or use --force\n"
    )
    assert file.read_text() == "import fastapi\n"
    assert migrate("--write", "--force").output == "1 file changed\n"
    assert file.read_text() == "import rapide\n"


def test_a_missing_path_and_a_missing_extra_are_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert migrate("nowhere").stderr == "Error: Path does not exist nowhere\n"
    monkeypatch.setattr("rapide.cli.commands.migrate.find_spec", lambda name: None)
    result = migrate()
    assert result.exit_code == 2
    assert result.stderr == ('Error: rapide migrate needs LibCST: pip install "rapide[migrate]"\n')


def test_the_page_shows_what_the_command_prints(write: Write) -> None:
    page = (ROOT / "docs" / "migrating.md").read_text(encoding="utf-8")
    part = page.partition("## The import\n")[2].partition("\n## ")[0]
    for name, text in re.findall(r"<!-- migrated: (\S+) -->\n```\w*\n(.*?)```", part, re.S):
        write(name, text)
    shown = re.search(r"\$ rapide migrate\n(.*?)```", part, re.S)
    assert shown is not None
    assert migrate().output == shown[1]


REQUIREMENTS = """\
# fastapi\r
fastapi[standard]>=0.100,<1 ; python_version > "3.8"  # the framework\r
fastapi\r
FastAPI [standard, opentelemetry] ~= 0.1\r
fastapi-users\r
fastapi[all]\r
fastapi @ https://example.com/fastapi.whl\r
-e git+https://example.com/x#egg=fastapi\r
"""


def test_requirements_change_without_their_versions(project: Path) -> None:
    file = project / "requirements-dev.txt"
    file.write_bytes(b"\xef\xbb\xbf" + REQUIREMENTS.encode())
    result = migrate("--write")
    assert file.read_bytes().startswith(b"\xef\xbb\xbf#")
    assert file.read_bytes().decode("utf-8-sig").split("\r\n") == [
        "# fastapi",
        'rapide[standard]; python_version > "3.8"  # the framework',
        "rapide",
        "rapide[standard,opentelemetry]",
        *REQUIREMENTS.split("\r\n")[4:],
    ]
    assert result.output.splitlines() == [
        "requirements-dev.txt:6: requires fastapi; instead: rapide",
        "requirements-dev.txt:7: requires fastapi; instead: rapide",
        "1 file changed",
    ]
    migrate("--write", "--reverse")
    assert file.read_bytes().decode().split("\r\n")[1:4] == [
        'fastapi[standard]; python_version > "3.8"  # the framework',
        "fastapi",
        "fastapi[standard,opentelemetry]",
    ]


PYPROJECT = """\
[project]
name = "fastapi"
keywords = ["fastapi", "fastapi==0.110.0"]
dependencies = ["fastapi[standard]>=0.100,<1", 'fastapi ; python_version > "3"', "fastapi-users"]
[project.optional-dependencies]
old = [
  "fastapi[all]",
  "fastapi==0.110.0",  # "fastapi==0.110.0"
]
[dependency-groups]
dev = [{include-group = "old"}, "fastapi"]
[tool.poetry.dependencies]
fastapi = {version = "^0.110", extras = ["standard"]}
"""


def test_the_lists_of_a_project_change_and_its_tables_are_reported(write: Write) -> None:
    file = write("pyproject.toml", PYPROJECT)
    result = migrate("--write")
    assert tomllib.loads(file.read_text())["project"] == {
        "name": "fastapi",
        "keywords": ["fastapi", "fastapi==0.110.0"],
        "dependencies": ["rapide[standard]", 'rapide; python_version > "3"', "fastapi-users"],
        "optional-dependencies": {"old": ["fastapi[all]", "rapide"]},
    }
    assert '# "fastapi==0.110.0"' in file.read_text()
    assert result.output.splitlines() == [
        "pyproject.toml:7: requires fastapi; instead: rapide",
        'pyproject.toml:13: requires fastapi; instead: rapide = {version = "*", '
        'extras = ["standard"]}',
        "1 file changed",
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "pyproject.toml",
            '[project]\ndependencies = ["fast\\u0061pi"]\n',
            "pyproject.toml:1: requires fastapi; instead: rapide",
        ),
        ("pyproject.toml", "[", "pyproject.toml:1: is not TOML that can be read"),
        (
            "requirements.txt",
            "fastapi==0.1 \\\n    --hash=sha256:ab\n",
            "requirements.txt:1: requires fastapi in a file that a tool made: make it anew",
        ),
        (
            "Dockerfile",
            'CMD ["fastapi", "run", "main.py"]',
            'Dockerfile:1: instead: CMD ["rapide", "run", "main.py"]',
        ),
        (
            "Dockerfile",
            'CMD ["uvicorn", "main:app"]',
            'Dockerfile:1: uvicorn serves Rapide too; its own server is CMD ["rapide", "run", '
            '"main:app"]',
        ),
        (
            ".github/workflows/ci.yml",
            "- run: pip install 'fastapi[standard]==0.1' fastapi-users uvicorn\n",
            ".github/workflows/ci.yml:1: instead: - run: pip install 'rapide[standard]' "
            "fastapi-users uvicorn",
        ),
        (
            "setup.cfg",
            "[options]\ninstall_requires =\n    fastapi[standard]>=0.1\n    fastapi-users\n",
            "setup.cfg:3: requires fastapi; instead: rapide[standard]\n0 files",
        ),
        (
            "environment.yml",
            "- pip:\n  - fastapi==0.1\n  - fastapi_users\n",
            "environment.yml:2: requires fastapi; instead: rapide\n0 files",
        ),
        ("Pipfile", 'fastapi = "*"\n', 'Pipfile:1: requires fastapi; instead: rapide = "*"'),
        (
            "constraints.txt",
            "fastapi==0.1\n",
            "constraints.txt:1: requires fastapi; instead: rapide",
        ),
        (
            "setup.py",
            'setup(install_requires=["fastapi[standard]>=1"])\n',
            'setup.py:1: requires fastapi in a string: "fastapi[standard]>=1"; instead: '
            "rapide[standard]",
        ),
        (
            "notes.ipynb",
            '{"cells": [{"cell_type": "code", "source": ["from fastapi import FastAPI"]}]}',
            "notes.ipynb:1: a notebook is left alone; instead: from rapide import FastAPI",
        ),
        (
            "load.py",
            'import_module("fastapi")\n',
            'load.py:1: names fastapi in a string: "fastapi" (--strings changes it)',
        ),
        ("null.py", "import fastapi\0", "null.py is not Python that can be read at line 1"),
    ],
)
def test_what_is_not_safe_is_reported_and_stays(
    write: Write, name: str, text: str, said: str
) -> None:
    file = write(name, text)
    result = migrate("--write")
    assert said in result.output, result.output
    assert file.read_text() == text


@pytest.mark.skipif(sys.platform != "linux", reason="Elsewhere, names of files are text.")
def test_a_file_whose_name_is_no_text_is_migrated(project: Path) -> None:
    file = project / os.fsdecode(b"old\xff.py")
    file.write_text("import fastapi\n")
    assert "old\\udcff.py\n" in migrate().output
    assert migrate("--write", "--force").output == "1 file changed\n"
    assert file.read_text() == "import rapide\n"


def test_links_ignored_and_read_only_files_are_left_alone(write: Write, project: Path) -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    files = [write(name, "import fastapi\n") for name in ("made/a.py", "locked.py", "real/b.py")]
    write(".gitignore", "made/\n")
    files[1].chmod(0o444)
    (project / "link.py").symlink_to("real/b.py")
    (project / "broken.py").symlink_to("nowhere.py")
    (project / "folder").symlink_to("real")
    result = migrate("--write", "--force")
    assert result.exit_code == 1
    assert result.output == "locked.py is read-only: left alone\n1 file changed\n"
    assert [file.read_text() for file in files] == ["import fastapi\n"] * 2 + ["import rapide\n"]
    assert migrate("made/a.py", "--write", "--force").output == "1 file changed\n"
