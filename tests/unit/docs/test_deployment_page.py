"""docs/deployment.md shows the files of examples/deployment."""

import pytest

from .pages import ROOT, Block, check_made, read_blocks

BLOCKS = [
    block
    for block in read_blocks(ROOT / "docs" / "deployment.md")
    if block.marker.startswith("made: ")
]


def test_the_page_shows_the_files_that_a_deployment_is_made_of() -> None:
    names = [block.marker.removeprefix("made: ") for block in BLOCKS]
    assert names == ["nginx.conf", "rapide.service", "Dockerfile"]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.marker)
def test_a_file_is_shown_as_it_is(block: Block) -> None:
    file = ROOT / "examples" / "deployment" / block.marker.removeprefix("made: ")
    check_made(block, file.read_text(encoding="utf-8"))
