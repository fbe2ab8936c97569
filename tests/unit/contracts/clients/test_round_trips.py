"""The clients of two applications: clean for strict type checkers, and each operation called."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rapide.contracts.clients.making import PYTHON, read_application
from rapide.contracts.clients.names import camel
from rapide.testing import serve

from . import surface
from .calls import CREDENTIALS, SURFACE, Call
from .made import called, called_async, called_by_node, compiled, imported, make_both, typed


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clients")
    make_both(surface.app, "surface", folder)
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
    assert typed(folder, "surface_client.py") == "Success: no issues found in 1 source file\n"


def without_absent(value: Any) -> Any:
    """Return JSON without the events' fields that Python has as None."""
    if isinstance(value, list):
        return [without_absent(item) for item in value]
    if isinstance(value, dict) and {"data", "event"} <= value.keys():
        return {key: item for key, item in value.items() if item is not None}
    return value


@pytest.mark.parametrize("call", [called, called_async])
def test_each_operation_of_the_surface_is_called_from_python(
    folder: Path, address: str, call: Any
) -> None:
    module = imported(folder / "surface_client.py")
    found = call(module, address, SURFACE, credentials)
    for one, gives in zip(SURFACE, found, strict=True):
        gives = {key: without_absent(value) for key, value in gives.items()}
        assert (one.name, gives) == (one.name, expected(one))


def test_the_typescript_clients_are_clean_for_tsc_and_call_each_operation_of_the_surface(
    folder: Path, address: str
) -> None:
    assert compiled(folder, "surface_client.ts") == ""
    given = {camel(key): value for key, value in CREDENTIALS.items()}
    name, password = CREDENTIALS["http_basic"]
    given["httpBasic"] = {"name": name, "password": password}
    found = called_by_node(folder / "surface_client.js", address, SURFACE, given)
    for one, gives in zip(SURFACE, found, strict=True):
        assert (one.name, gives) == (one.name, expected(one))


def test_no_operation_of_the_surface_is_left_out() -> None:
    api = read_application(surface.app, PYTHON)
    assert len({(call.group, call.name) for call in SURFACE}) == len(api.operations)
