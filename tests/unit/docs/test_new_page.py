"""docs/new.md shows the files that `rapide new` writes."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from rapide.cli.new.naming import read_name
from rapide.cli.new.template import Template, render

from .pages import ROOT, Block, check_made, read_blocks

MADE = [
    block
    for block in read_blocks(ROOT / "docs" / "new.md")
    if block.marker.startswith(("made: minimal ", "made: api "))
]


@pytest.mark.parametrize("block", MADE, ids=str)
def test_the_page_shows_what_is_written(block: Block) -> None:
    _, template, shown = block.marker.split(" ", 2)
    name = "shop" if template == "minimal" else "Book Club"
    texts = render(Template(template), read_name(name))
    is_list = shown == "files"
    made = "".join(f"{path}\n" for path in texts) if is_list else texts[PurePosixPath(shown)]
    check_made(block, made)
