"""The table of rooms in docs/architecture.md, against `pyproject.toml` and the real imports.

The first column names the rooms in the order of the layers, the highest first. The last column can
be written anew, as the other parts of the page:

    RAPIDE_UPDATE_DOCS=1 python -m pytest tests/unit/docs
"""

from __future__ import annotations

import itertools
import re
import tomllib
from functools import cache

import grimp

from .pages import ROOT, UPDATE

PAGE = ROOT / "docs" / "architecture.md"
SOURCES = ROOT / "src" / "rapide"
HEADER = "| room | what it does | imports |\n|---|---|---|\n"
#: Other packages that the table names, as only some rooms may know them.
OTHERS = (
    "starlette",
    "pydantic",
    "msgspec",
    "opentelemetry",
    "uvicorn",
    "httptools",
    "websockets",
    "typer",
    "rich",
    "taskiq",
)


def layers() -> list[list[str]]:
    """The modules of each layer, by their path below `rapide`; the highest layer first."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    (contract,) = (contract for contract in contracts if contract["type"] == "layers")
    return [re.findall(r"[\w.]+", layer) for layer in contract["layers"]]


def rows() -> list[list[str]]:
    table = PAGE.read_text(encoding="utf-8").partition(HEADER)[2].partition("\n\n")[0]
    assert table
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def label(module: str) -> str:
    path = module.replace(".", "/")
    return f"{path}/" if (SOURCES / path).is_dir() else f"{path}.py"


@cache
def rooms() -> dict[str, str]:
    """The room of each module that stands in a layer, by the module's path below `rapide`."""
    named = {name for cell, *_ in rows() for name in re.findall(r"`([\w./]+)`", cell)}
    found = {}
    for module in [module for layer in layers() for module in layer]:
        package = f"{module.partition('.')[0]}/"
        found[module] = label(module) if label(module) in named else package
    return found


@cache
def row_of_rooms() -> dict[str, int]:
    return {
        name: index
        for index, (cell, *_) in enumerate(rows())
        for name in re.findall(r"`([\w./]+)`", cell)
    }


def row_of(module: str) -> int | None:
    """The row that has a module of `rapide`."""
    path = module.removeprefix("rapide.")
    for declared, room in rooms().items():
        if f"{path}.".startswith(f"{declared}."):
            return row_of_rooms()[room]
    return None


def imports_of(row: int, graph: grimp.ImportGraph) -> str:
    """What a row's modules import of other rows, in the order of the table, and other packages."""
    imported = set()
    others = set()
    for module in graph.modules:
        if module.startswith("rapide.") and row_of(module) == row:
            for name in graph.find_modules_directly_imported_by(module):
                others.add(name.partition(".")[0])
                if name.startswith("rapide.") and row_of(name) not in (None, row):
                    imported.add(name.removeprefix("rapide."))
    names: list[str] = []
    for declared, room in rooms().items():
        if any(f"{name}.".startswith(f"{declared}.") for name in imported):
            shown = "base" if row_of_rooms()[room] == len(rows()) - 1 else room.removesuffix("/")
            names += [shown] if shown not in names else []
    names += [name for name in OTHERS if name in others]
    return ", ".join(names)


def test_the_table_names_every_room_in_the_order_of_the_layers() -> None:
    assert set(row_of_rooms()) == set(rooms().values())
    placed = [[row_of_rooms()[rooms()[module]] for module in layer] for layer in layers()]
    for higher, lower in itertools.pairwise(placed):
        assert max(higher) <= min(lower)


def test_the_table_says_what_each_room_imports() -> None:
    graph = grimp.build_graph(
        "rapide",
        include_external_packages=True,
        exclude_type_checking_imports=False,
        cache_dir=None,
    )
    made = [
        f"| {cell} | {what} | {imports_of(row, graph)} |"
        for row, (cell, what, _) in enumerate(rows())
    ]
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(HEADER)
    table, end, after = rest.partition("\n\n")
    if UPDATE:
        PAGE.write_text(before + HEADER + "\n".join(made) + end + after, encoding="utf-8")
    else:
        assert table.splitlines() == made, "refresh the column with RAPIDE_UPDATE_DOCS=1"
