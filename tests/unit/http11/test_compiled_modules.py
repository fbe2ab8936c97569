"""What the modules of the transport that are compiled to machine code may hold."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NAMES = re.search(r"^MODULES = (\([^)]*\))", (ROOT / "hatch_build.py").read_text(), re.MULTILINE)
assert NAMES is not None
MODULES = ast.literal_eval(NAMES[1])


#: Coroutines, and what runs once for each server, or each second.
SELDOM = {
    "startup",
    "allocator",
    "limits",
    "peers",
    "shutdown",
    "sockets",
    "states",
    "unread",
    "access_lines",
    "__init__",
}
PYTHON = {"serving", "layers", *SELDOM}
#: What is written in C stays Python without it.
SOCKETS = {"serving", "contract", "handshake", "states", "frames", "__init__"}


def test_every_module_of_the_transport_is_compiled_or_known_to_stay_python():
    sources = ROOT / "src"
    files = {str(file.relative_to(sources)) for file in (sources / "rapide/http11").rglob("*.py")}
    stay = {f"rapide/http11/{name}.py" for name in PYTHON}
    stay |= {f"rapide/http11/websocket/{name}.py" for name in SOCKETS}
    assert files - {*MODULES} == stay
    assert all((ROOT / "src" / module).is_file() for module in MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_no_compiled_module_has_a_coroutine(module):
    # Coroutines of mypyc drop the traceback of what is thrown into them.
    tree = ast.parse((ROOT / "src" / module).read_text())
    found = [node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
    assert found == []
