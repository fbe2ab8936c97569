"""The examples in the pages at the root and in docs/ run, and print what the pages say.

A comment on the line above a block says what it is:

- `<!-- file: main.py -->`: it is not run, but written to a file for the commands of its page;
- `<!-- output -->`: what the Python block before it prints;
- `<!-- run -->`: commands and their output; `<!-- run: exits with 1 -->` if they fail;
- `<!-- fragment -->`: part of something; it is only compiled;
- `<!-- step -->`: a step of the tutorial, which another test takes;
- `<!-- made: … -->`: another test makes it.

Other Python blocks run, each on its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest

from .pages import PAGES, ROOT, Block, check_made, read_blocks

BLOCKS = [block for page in PAGES for block in read_blocks(page)]
EXAMPLES = [
    block
    for block in BLOCKS
    if block.language == "python" and not block.marker.startswith(("made: ", "file: "))
]
COMMANDS = [block for block in BLOCKS if block.marker.startswith("run")]
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(#[^)\s]*)?\)")


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module to run in: Pydantic looks for names in the module that a class belongs to."""
    made = ModuleType("documented")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    return made


@pytest.mark.parametrize("block", EXAMPLES, ids=str)
def test_an_example_runs(block: Block, module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    # Errors name the line of the page.
    source = "\n" * (block.line - 1) + block.text
    code = compile(source, str(block.page.relative_to(ROOT)), "exec")
    if block.marker == "fragment":
        return
    printed = StringIO()
    with redirect_stdout(printed):
        exec(code, vars(module))
    shown = output_of(block)
    if shown is not None:
        check_made(shown, printed.getvalue())
    else:
        assert printed.getvalue() == "", "the page does not show what the example prints"


def output_of(example: Block) -> Block | None:
    following = BLOCKS[BLOCKS.index(example) + 1 :][:1]
    is_output = following and following[0].page == example.page and following[0].marker == "output"
    return following[0] if is_output else None


@pytest.mark.parametrize("block", COMMANDS, ids=str)
def test_commands_print_what_the_page_shows(block: Block, tmp_path: Path) -> None:
    for other in read_blocks(block.page):
        if other.marker.startswith("file: "):
            (tmp_path / other.marker.removeprefix("file: ")).write_text(other.text)
    check_made(block, "".join(run_commands(block, tmp_path)))


def run_commands(block: Block, directory: Path) -> Iterator[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    for line in block.text.splitlines():
        if not line.startswith("$ "):
            continue
        name, *arguments = re.findall(r'"[^"]*"|\S+', line.removeprefix("$ "))
        assert name == "rapide"
        finished = subprocess.run(
            [sys.executable, "-m", "rapide", *(text.strip('"') for text in arguments)],
            cwd=directory,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == int("exits with 1" in block.marker), finished.stderr
        yield f"{line}\n{finished.stdout}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    for path, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        if anchor:
            assert anchor.removeprefix("#") in anchors(target), anchor


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("folder", sorted({page.parent for page in PAGES} - {ROOT}), ids=str)
def test_every_page_is_in_the_table_of_contents_of_its_folder(folder: Path) -> None:
    contents = (folder / "index.md").read_text(encoding="utf-8")
    pages = {page.name for page in PAGES if page.parent == folder} - {"index.md"}
    assert {name for name in pages if f"({name})" not in contents} == set()
    site = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    paths = {(folder / name).relative_to(ROOT / "docs").as_posix() for name in pages}
    assert {path for path in paths if f" {path}\n" not in site} == set(), "the site's nav lacks it"
