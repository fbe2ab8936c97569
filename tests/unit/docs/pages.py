"""The fenced blocks of the pages at the root and in docs/, and what makes some of them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
COMMUNITY = [ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md")]
PAGES = [ROOT / "README.md", *COMMUNITY, *sorted((ROOT / "docs").rglob("*.md"))]
#: Set it to write blocks anew whose text is made by code, then review the difference.
UPDATE = bool(os.environ.get("RAPIDE_UPDATE_DOCS"))

_BLOCK = re.compile(
    r"(?:^<!-- (?P<marker>[^\n]*) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S
)


@dataclass(frozen=True)
class Block:
    """A fenced block, with the text of a comment on the line above it."""

    page: Path
    line: int
    language: str
    marker: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def read_blocks(page: Path) -> list[Block]:
    """All blocks of a page, in order; `line` is the first one inside the fence."""
    content = page.read_text(encoding="utf-8")
    return [
        Block(
            page,
            content.count("\n", 0, match.start("text")) + 1,
            match["language"],
            match["marker"] or "",
            match["text"],
        )
        for match in _BLOCK.finditer(content)
    ]


def check_made(block: Block, made: str) -> None:
    """Assert that a block's text is the one that was just made, or write it anew."""
    if UPDATE and block.text != made:
        before = block.page.read_text(encoding="utf-8")
        lines = before.splitlines(keepends=True)
        # An earlier block of the page may have been written anew and have moved this one.
        start = "".join(lines).index(f"```{block.language}\n{block.text}```")
        head = start + len(f"```{block.language}\n")
        block.page.write_text(
            before[:head] + made + before[head + len(block.text) :], encoding="utf-8"
        )
        return
    assert block.text == made, f"{block}: make it anew with RAPIDE_UPDATE_DOCS=1"
