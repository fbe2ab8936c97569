"""Which module may import which: the contracts of `pyproject.toml`, and no cycles."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("rapide", "rapide_as_fastapi")

#: Modules that look up others by a name that users ask for, such as FastAPI's private names, or for
#: an option that asks for a tool above the application: `FastAPI(console=True)`.
BY_NAME = {
    "rapide._imported_names",
    "rapide._private_names",
    "rapide._submodules",
    "rapide.stack.console_layer",
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Every import, also for types and within functions, and modules imported by their name."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=False, cache_dir=None)
    for module in sorted(graph.modules - BY_NAME):
        for imported in named_modules(source_of(module).read_text(encoding="utf-8")):
            if imported in graph.modules and imported != module:
                graph.add_import(importer=module, imported=imported)
    return graph


def source_of(module: str) -> Path:
    path = ROOT / "src" / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def named_modules(source: str) -> Iterator[str]:
    """The modules that code imports, or takes from `sys.modules`, by a name in a string."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case (
                ast.Call(
                    func=ast.Name(id="import_module" | "__import__")
                    | ast.Attribute(attr="import_module"),
                    args=[ast.Constant(value=str(name)), *_],
                )
                | ast.Subscript(
                    value=ast.Attribute(attr="modules"), slice=ast.Constant(value=str(name))
                )
                | ast.Call(
                    func=ast.Attribute(value=ast.Attribute(attr="modules"), attr="get"),
                    args=[ast.Constant(value=str(name)), *_],
                )
            ):
                yield name


def cycles(graph: grimp.ImportGraph) -> list[set[str]]:
    """The groups of modules that reach each other: strongly connected components."""
    found = []
    left = set(graph.modules)
    while left:
        module = min(left)
        above = graph.find_upstream_modules(module)
        group = {module} | (above & graph.find_downstream_modules(module))
        if len(group) > 1:
            found.append(group)
        left -= group
    return found


def layers() -> list[set[str]]:
    """The layers of `rapide`, the highest first."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[dict[str, Any]] = config["tool"]["importlinter"]["contracts"]
    (contract,) = (contract for contract in contracts if contract["type"] == "layers")
    return [
        {f"rapide.{tail}" for tail in layer.replace("|", " ").replace(":", " ").split()}
        for layer in contract["layers"]
    ]


def test_no_modules_import_each_other_in_a_cycle(graph: grimp.ImportGraph) -> None:
    assert [sorted(group) for group in cycles(graph)] == []


def test_every_module_stands_in_one_layer(graph: grimp.ImportGraph) -> None:
    declared = [room for layer in layers() for room in layer]
    assert len(declared) == len(set(declared))
    # The package itself, and those whose modules stand in different layers.
    faces = {"rapide"} | {room.rpartition(".")[0] for room in declared}
    missing = {
        module
        for module in graph.modules - faces
        if module.startswith("rapide.")
        and not any(f"{module}.".startswith(f"{room}.") for room in declared)
    }
    assert missing == set()
    assert {room for room in declared if room not in graph.modules} == set()


def test_modules_imported_by_their_name_respect_the_layers(graph: grimp.ImportGraph) -> None:
    heights = {room: height for height, layer in enumerate(layers()) for room in layer}

    def height(module: str) -> int | None:
        return next(
            (heights[room] for room in heights if f"{module}.".startswith(f"{room}.")), None
        )

    upwards = [
        f"{module} -> {imported}"
        for module in sorted(graph.modules - BY_NAME)
        for imported in graph.find_modules_directly_imported_by(module)
        if (below := height(module)) is not None
        and (above := height(imported)) is not None
        and above < below
    ]
    assert upwards == []


# The rules notice what is planted


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources to plant violations in."""
    folder = tmp_path_factory.mktemp("planted")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(
        ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "*.so")
    )
    return folder


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    code = "from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_contracts_are_kept() -> None:
    finished = lint(ROOT)
    assert finished.returncode == 0, finished.stdout


@pytest.mark.parametrize(
    ("module", "code", "told"),
    [
        ("schema/fields.py", "from rapide.routing import APIRoute", "rapide.schema.fields"),
        (
            "params.py",
            "import typing\nif typing.TYPE_CHECKING:\n    from rapide import applications",
            "rapide.params",
        ),
        (
            "runtime/errors.py",
            "def late() -> None:\n    from rapide.plan import build",
            "rapide.runtime.errors",
        ),
        ("unheard_of.py", "", "rapide.unheard_of"),
    ],
    ids=["import", "for types", "within a function", "module without a layer"],
)
def test_a_planted_violation_is_found(planted: Path, module: str, code: str, told: str) -> None:
    path = planted / "src" / "rapide" / module
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.write_text(f"{before or ''}\n{code}\n", encoding="utf-8")
    try:
        finished = lint(planted)
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_text(before, encoding="utf-8")
    assert finished.returncode != 0
    assert told in finished.stdout


def test_a_planted_cycle_is_found() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("c", "e")]:
        graph.add_import(importer=importer, imported=imported)
    assert cycles(graph) == [{"a", "b", "c"}]


def test_a_cycle_through_imports_for_types_and_within_functions_is_found(tmp_path: Path) -> None:
    package = tmp_path / "planted_cycle"
    package.mkdir()
    for module, code in {
        "__init__": "",
        "first": "import typing\nif typing.TYPE_CHECKING:\n    from planted_cycle import second\n",
        "second": "def late() -> None:\n    from planted_cycle import first\n",
    }.items():
        (package / f"{module}.py").write_text(code, encoding="utf-8")
    code = (
        "import grimp\n"
        "graph = grimp.build_graph(\n"
        "    'planted_cycle', exclude_type_checking_imports=False, cache_dir=None)\n"
        "print(graph.find_shortest_chain('planted_cycle.first', 'planted_cycle.second'))\n"
        "print(graph.find_shortest_chain('planted_cycle.second', 'planted_cycle.first'))\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "None" not in finished.stdout
    assert finished.returncode == 0, finished.stderr


def test_a_module_that_is_imported_by_its_name_is_found() -> None:
    code = """
import_module("rapide.cli")
importlib.import_module("rapide.schema")
sys.modules["rapide.routing"]
sys.modules.get("rapide.params")
"""
    assert list(named_modules(code)) == [
        "rapide.cli",
        "rapide.schema",
        "rapide.routing",
        "rapide.params",
    ]
