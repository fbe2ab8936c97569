"""docs/clients.md: its programs are well typed and print what they should; its blocks are made."""

import re
import textwrap
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rapide.cli import program
from rapide.testing import serve
from tests.unit.docs.pages import ROOT, check_made, read_blocks

from .made import compiled, imported, run_node, typed

BLOCKS = read_blocks(ROOT / "docs/clients.md")


def rapide(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(program.app, [*arguments])
    return result.exit_code, result.output


def method(source: str, start: str, end: str) -> str:
    """Return the source of the first method that begins so, with the comment above it."""
    found = re.search(rf"(?:^  /\*\*.*\*/\n)?^ +{start}(?s:.*?){end}", source, re.M)
    assert found is not None
    return textwrap.dedent(found[0])


def test_the_page_is_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for block in BLOCKS:
        if block.marker.startswith("file: "):
            Path(block.marker.removeprefix("file: ")).write_text(block.text)
    for block in BLOCKS:
        if block.language == "console":
            printed = ""
            for line in block.text.splitlines():
                if line.startswith("$ rapide "):
                    printed += f"{line}\n{rapide(*line.split()[2:])[1]}"
            assert printed == block.text
    sources = {suffix: Path(f"shop_client.{suffix}").read_text() for suffix in ("py", "ts")}
    made = {
        "made: python read_book": method(sources["py"], r"def read_book\(", r"return .*\n"),
        "made: typescript read_book": method(sources["ts"], r"readBook\(", r"^  }\n"),
    }
    for block in BLOCKS:
        if block.marker in made:
            check_made(block, made[block.marker])
    monkeypatch.syspath_prepend(tmp_path)
    assert typed(tmp_path, "shop_client.py", "use.py") == ""
    assert compiled(tmp_path, "use.ts") == ""
    with serve(imported(tmp_path / "shop.py").app) as address:
        for name in ("use.py", "use.js"):
            path = Path(name)
            path.write_text(path.read_text().replace("http://127.0.0.1:8000", address))
        imported(tmp_path / "use.py")
        assert capsys.readouterr().out == "Emma 5.00\nThere is no such book\n"
        assert run_node("use.js", cwd=tmp_path) == "There is no such book\nEmma\n"


def test_check_tells_whether_the_files_are_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    application = next(block.text for block in BLOCKS if block.marker == "file: shop.py")
    Path("checked.py").write_text(application)
    Path("plain.py").write_text("from starlette.applications import Starlette\napp = Starlette()\n")
    Path("broken.py").write_text(
        "from rapide import FastAPI\napp = FastAPI()\napp.openapi = lambda: 1 / 0\n"
    )
    command = ("client", "python", "checked.py")
    assert rapide(*command, "-o", "client", "--check") == (
        1,
        "client/__init__.py is missing: run rapide client python --output client\n"
        "client/py.typed is missing: run rapide client python --output client\n",
    )
    assert rapide(*command, "-o", "client") == (
        0,
        "wrote client/__init__.py\nwrote client/py.typed\n",
    )
    assert rapide(*command, "-o", "client") == (0, "client is up to date\n")
    source = Path("client/__init__.py").read_text()
    assert rapide(*command) == (0, source)
    assert source.startswith(
        "# Made by `rapide client python`. Do not edit: run the command again.\n"
    )
    Path("client/__init__.py").write_text(source + "\n")
    assert rapide(*command, "-o", "client", "--check") == (
        1,
        "client/__init__.py is not what would be written: "
        "run rapide client python --output client\n",
    )
    for arguments, message in {
        ("checked.py", "--check"): "--check compares files: name them with --output",
        ("checked.py", "-o", "client.ts"): "--output client.ts is neither a folder nor a file of "
        "python, whose name ends in .py",
        ("missing.py",): "Path does not exist missing.py",
        ("plain.py",): "plain:app has no OpenAPI document: it is of type Starlette, not FastAPI",
        ("broken.py",): "making the document of broken:app failed at broken.py:3: "
        "ZeroDivisionError: division by zero\n    app.openapi = lambda: 1 / 0",
        ("checked.py", "-o", "checked.py/client"): "checked.py/client cannot be written: "
        "Not a directory",
    }.items():
        assert rapide("client", "python", *arguments) == (2, f"Error: {message}\n")
