"""Forms need python-multipart, and its absence is explained."""

import sys
from types import ModuleType

import pytest

from rapide.param_functions import Form
from rapide.signature.dependencies import get_dependant
from rapide.signature.multipart import (
    ensure_multipart_is_installed,
    multipart_incorrect_install_error,
    multipart_not_installed_error,
)


def absent(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    for name in names:
        monkeypatch.setitem(sys.modules, name, None)


def test_the_installed_parser_is_accepted() -> None:
    ensure_multipart_is_installed()


def test_a_missing_parser_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    absent(monkeypatch, "python_multipart", "multipart")

    with pytest.raises(RuntimeError, match="pip install python-multipart") as caught:
        ensure_multipart_is_installed()
    assert str(caught.value) == multipart_not_installed_error


def test_the_other_multipart_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    absent(monkeypatch, "python_multipart", "multipart.multipart")
    other = ModuleType("multipart")
    other.__version__ = "1.2"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "multipart", other)

    with pytest.raises(RuntimeError, match="pip uninstall multipart") as caught:
        ensure_multipart_is_installed()
    assert str(caught.value) == multipart_incorrect_install_error


def test_the_old_name_of_the_parser_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    absent(monkeypatch, "python_multipart")
    package, module = ModuleType("multipart"), ModuleType("multipart.multipart")
    package.__version__ = "0.0.9"  # type: ignore[attr-defined]
    module.parse_options_header = print  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "multipart", package)
    monkeypatch.setitem(sys.modules, "multipart.multipart", module)

    ensure_multipart_is_installed()


def test_a_form_parameter_checks_for_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    absent(monkeypatch, "python_multipart", "multipart")

    def endpoint(name: str = Form()) -> None: ...

    with pytest.raises(RuntimeError, match="python-multipart"):
        get_dependant(path="/", call=endpoint)
