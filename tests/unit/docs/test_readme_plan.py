"""README.md shows the plan of its application's route, as `rapide explain` prints it."""

import subprocess
import sys
from pathlib import Path

from .pages import ROOT, check_made, read_blocks


def test_the_plan_is_that_of_the_route(tmp_path: Path) -> None:
    blocks = read_blocks(ROOT / "README.md")
    application = next(block for block in blocks if block.language == "python")
    shown = next(block for block in blocks if block.marker == "made: readme plan")
    (tmp_path / "main.py").write_text(application.text)
    explained = subprocess.run(
        [sys.executable, "-m", "rapide", "explain", "main.py", "GET /books/{book_id}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    check_made(shown, explained.stdout.partition("\nSource\n")[0])
