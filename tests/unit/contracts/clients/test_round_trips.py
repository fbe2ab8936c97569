"""The clients of two applications: clean for strict type checkers, and each operation called."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from examples.bookshop.main import app as bookshop_app
from rapide.contracts.clients.making import PYTHON, read_application
from rapide.contracts.clients.names import camel
from rapide.testing import serve
from tests.examples.server import STAFFED, rapide_run
from tests.examples.server import serve as serve_shop

from . import surface
from .calls import CREDENTIALS, SURFACE, Call, bookshop
from .made import called, called_async, called_by_node, compiled, imported, make_both, typed


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clients")
    make_both(surface.app, "surface", folder)
    make_both(bookshop_app, "bookshop", folder)
    return folder


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve(surface.app) as address:
        yield address


def expected(call: Call) -> Any:
    failed = isinstance(call.gives, dict) and call.gives.keys() & {"error", "unexpected"}
    return call.gives if failed else {"result": call.gives}


def credentials(module: Any) -> Any:
    values = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in CREDENTIALS.items()
    }
    return module.Credentials(**values)


def test_the_python_clients_are_clean_for_mypy(folder: Path) -> None:
    assert typed(folder, "surface_client.py", "bookshop_client.py") == ""


def without_absent(value: Any) -> Any:
    """Return JSON without the events' fields that Python has as None."""
    if isinstance(value, list):
        return [without_absent(item) for item in value]
    if isinstance(value, dict) and {"data", "event"} <= value.keys():
        return {key: item for key, item in value.items() if item is not None}
    return value


@pytest.fixture(scope="module")
def node(folder: Path) -> Path:
    """The folder, with the TypeScript clients compiled: the compiler finds no errors in them."""
    assert compiled(folder, "surface_client.ts", "bookshop_client.ts") == ""
    return folder


@pytest.mark.parametrize("call", [called, called_async])
def test_each_operation_of_the_surface_is_called_from_python(
    folder: Path, address: str, call: Any
) -> None:
    module = imported(folder / "surface_client.py")
    found = call(module, address, SURFACE, credentials)
    for one, gives in zip(SURFACE, found, strict=True):
        gives = {key: without_absent(value) for key, value in gives.items()}
        assert (one.name, gives) == (one.name, expected(one))


def test_the_option_of_a_union_says_which_one_it_is(folder: Path, address: str) -> None:
    module = imported(folder / "surface_client.py")
    with module.Client(address) as client:
        answer = client.values.several(tree=module.Tree(name="a"), pet=module.Cat(lives=3))
    assert answer[1] == {"kind": "cat", "lives": 3}
    assert '  kind: "cat";' in (folder / "surface_client.ts").read_text()


def test_each_operation_of_the_surface_is_called_from_typescript(node: Path, address: str) -> None:
    given = {camel(key): value for key, value in CREDENTIALS.items()}
    name, password = CREDENTIALS["http_basic"]
    given["httpBasic"] = {"name": name, "password": password}
    found = called_by_node(node / "surface_client.js", address, SURFACE, given)
    for one, gives in zip(SURFACE, found, strict=True):
        assert (one.name, gives) == (one.name, expected(one))


def test_each_operation_of_the_bookshop_is_called_from_both_languages(
    node: Path, tmp_path: Path
) -> None:
    module = imported(node / "bookshop_client.py")
    with serve_shop(rapide_run(), tmp_path, **STAFFED) as shop:
        calls = bookshop("Xann")
        check(calls, called(module, shop.url, calls, lambda made: made.Credentials()))
        calls = bookshop("Xcat", changes=4)
        check(calls, called_by_node(node / "bookshop_client.js", shop.url, calls, {}))


def check(calls: list[Call], found: list[Any]) -> None:
    """Compare what calls of the bookshop give, as far as it is known."""
    for call, gives in zip(calls, found, strict=True):
        known = call.gives or {}
        if "error" in known:
            assert (call.name, gives["error"]) == (call.name, known["error"])
        else:
            assert (call.name, gives.keys()) == (call.name, {"result"})
            result = gives["result"]
            assert {key: result[key] for key in known} == known, call.name
            assert call.first is None or len(result) == call.first


@pytest.mark.parametrize(
    ("app", "calls"), [(surface.app, SURFACE), (bookshop_app, bookshop("Xann"))]
)
def test_no_operation_is_left_out(app: Any, calls: list[Call]) -> None:
    operations = read_application(app, PYTHON).operations
    assert len({(call.group, call.name) for call in calls}) == len(operations)
