"""docs/kubernetes.md shows the files of examples/deployment, and results that are committed.

    RAPIDE_UPDATE_DOCS=1 python -m pytest tests/unit/docs

writes its blocks and its table anew.
"""

import json
import re

import pytest

from .pages import ROOT, UPDATE, Block, check_made, read_blocks

PAGE = ROOT / "docs" / "kubernetes.md"
DEPLOYMENT = ROOT / "examples" / "deployment"
RESULTS = ROOT / "tests" / "engines" / "results"
BLOCKS = [block for block in read_blocks(PAGE) if block.marker.startswith("made: ")]
TABLE = re.compile(r"(?<=<!-- made: rollouts -->\n).*?(?=<!-- end of rollouts -->)", re.S)
#: The results, with what they are about.
ROWS = {
    "rollouts": "rollouts",
    "ended-replicas": "replicas end, nginx unchanged",
    "kept-connections": "no proxy: clients keep connections",
    "killed-replicas": "for comparison: replicas are killed",
}
#: The columns, with the keys of the results.
COLUMNS = {
    "requests": "requests",
    "failed": "failed requests",
    "repeated by clients": "requests repeated because nginx closed the connection",
    "replicas that ended": "replicas that ended",
    "streams that ended whole": "streams that ended whole",
    "cut short": "streams cut short",
    "WebSockets closed with 1012": "sockets closed with 1012",
    "lost": "sockets lost",
}


def test_the_page_shows_every_manifest() -> None:
    names = {block.marker.removeprefix("made: ") for block in BLOCKS}
    assert names == {*(file.name for file in DEPLOYMENT.glob("kubernetes*.yaml")), "jobs.py"}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.marker)
def test_a_file_is_shown_as_it_is(block: Block) -> None:
    file = DEPLOYMENT / block.marker.removeprefix("made: ")
    check_made(block, file.read_text(encoding="utf-8"))


def test_the_table_shows_the_results_that_are_committed() -> None:
    lines = [f"| | {' | '.join(COLUMNS)} |", f"|---|{'---:|' * len(COLUMNS)}"]
    for name, what in ROWS.items():
        result = json.loads((RESULTS / f"{name}.json").read_text())
        cells = (f"{result[key]:,}" if key in result else "" for key in COLUMNS.values())
        lines.append(f"| {what} | {' | '.join(cells)} |")
    made = "\n" + "\n".join(lines) + "\n\n"
    text = PAGE.read_text(encoding="utf-8")
    shown = TABLE.search(text)
    assert shown is not None
    if UPDATE and shown[0] != made:
        PAGE.write_text(TABLE.sub(lambda _: made, text), encoding="utf-8")
    else:
        assert shown[0] == made, "make it anew with RAPIDE_UPDATE_DOCS=1"
