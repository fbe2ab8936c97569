"""What the modules of the transport that are compiled to machine code may hold."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NAMES = re.search(r"^MODULES = (\([^)]*\))", (ROOT / "hatch_build.py").read_text(), re.MULTILINE)
assert NAMES is not None
MODULES = ast.literal_eval(NAMES[1])


@pytest.mark.parametrize("module", MODULES)
def test_no_compiled_module_has_a_coroutine(module):
    # Coroutines of mypyc drop the traceback of what is thrown into them.
    tree = ast.parse((ROOT / "src" / module).read_text())
    found = [node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
    assert found == []
