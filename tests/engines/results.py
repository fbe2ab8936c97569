"""The results of the tests of this folder, which are committed.

    make engines ENGINES_RESULTS=1

writes them anew, and the table of docs/failures.md.
"""

from __future__ import annotations

import json
import os

from tests.engines.table import RESULTS, write


def record(name: str, facts: dict[str, object]) -> None:
    """Write what a test has counted, if results are to be written."""
    if os.environ.get("ENGINES_RESULTS"):
        facts = {"processors": os.cpu_count(), **facts}
        (RESULTS / f"{name}.json").write_text(json.dumps(facts, indent=2) + "\n")
        write()
