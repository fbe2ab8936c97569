"""Make the clients of the applications of the parity tests, and check them strictly.

It takes minutes, so it is no test.
`python -m tests.unit.contracts.clients.every_application tutorial`
makes those of the modules below `tests/parity` that have "tutorial" in their names.
"""

import importlib
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.parity.harness import Framework

from .made import ROOT, compiled, make_both, typed


def applications(part: str) -> Iterator[tuple[str, Any]]:
    """The applications that have a document, by a name for each."""
    for file in sorted((ROOT / "tests/parity").rglob("test_*.py")):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        if part not in module:
            continue
        for name, test in [*vars(importlib.import_module(module)).items()]:
            case = getattr(test, "case", None)
            if case is None or not case.openapi:
                continue
            try:
                app = case.build(Framework("rapide"))
                app.openapi()
            except Exception as error:  # some applications are wrong on purpose
                print(f"{module}.{name} has no document: {type(error).__name__}")
            else:
                yield f"{file.stem}_{name}", app


def main(part: str) -> int:
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        for name, app in applications(part):
            make_both(app, name, folder)
        clients = sorted(path.name for path in folder.iterdir())
        print(f"{len(clients)} clients")
        found = typed(folder, *(name for name in clients if name.endswith(".py")))
        found += compiled(folder, *(name for name in clients if name.endswith(".ts")))
    print(found, end="")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
