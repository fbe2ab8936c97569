"""Files and functions stay small enough to read: 500 lines and 60 lines.

ruff holds the complexity of functions (`max-complexity` in `pyproject.toml`).
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "src"
MOST_LINES_OF_A_FILE = 500
MOST_LINES_OF_A_FUNCTION = 60

#: Functions that are longer, each with its reason.
LONGER_FUNCTIONS = {
    "rapide/applications.py FastAPI.__init__": "more than forty parameters, as FastAPI has them",
    "rapide/generic/handler.py get_request_handler": "eighteen parameters, as FastAPI has them",
    "rapide/openapi/utils.py get_openapi": "fourteen parameters, each with its sentence",
}


def functions(tree: ast.AST, owner: str = "") -> Iterator[tuple[str, int]]:
    """The name and the number of lines of each function, also of methods and inner functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{owner}{node.name}", node.end_lineno - node.lineno + 1
        name = getattr(node, "name", None)
        is_scope = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        yield from functions(node, f"{owner}{name}." if is_scope else owner)


def sources() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCES.rglob("*.py")):
        yield path.relative_to(SOURCES).as_posix(), path.read_text(encoding="utf-8")


def test_no_file_is_longer_than_500_lines() -> None:
    assert [name for name, text in sources() if text.count("\n") > MOST_LINES_OF_A_FILE] == []


def test_no_function_is_longer_than_60_lines_without_a_reason() -> None:
    longer = {
        f"{file} {name}"
        for file, text in sources()
        for name, lines in functions(ast.parse(text))
        if lines > MOST_LINES_OF_A_FUNCTION
    }
    assert longer == set(LONGER_FUNCTIONS)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("def one():\n    pass\n", [("one", 2)]),
        ("class A:\n    async def b(self):\n        pass\n\n", [("A.b", 2)]),
        ("if True:\n    def a():\n        def b(): ...\n", [("a", 2), ("a.b", 1)]),
    ],
)
def test_functions_are_measured(code: str, found: list[tuple[str, int]]) -> None:
    assert list(functions(ast.parse(code))) == found
