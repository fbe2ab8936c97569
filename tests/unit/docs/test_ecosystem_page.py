"""The private names of FastAPI in docs/ecosystem.md mean the same here."""

import inspect
import re
from importlib import import_module
from typing import Any

import pytest

from tests.unit.docs.pages import ROOT

PAGE = (ROOT / "docs" / "ecosystem.md").read_text(encoding="utf-8")
NAMES = re.findall(r"^\| `fastapi\.([\w.]+)` \|", PAGE, re.MULTILINE)
#: Parameters that only the frameworks themselves pass.
OWN_PARAMETERS = {"_uses_scopes_cache"}


def find(root: str, name: str) -> Any:
    module, _, last = f"{root}.{name}".rpartition(".")
    return getattr(import_module(module), last)


def parameters(function: Any) -> list[tuple[str, Any]]:
    shown = inspect.signature(function).parameters.values()
    return [(item.name, item.kind) for item in shown if item.name not in OWN_PARAMETERS]


def test_the_page_names_some():
    assert "dependencies.utils._get_body_field" in NAMES
    assert "routing.get_request_handler" in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_private_name_is_the_same_kind_of_thing_with_the_same_parameters(name):
    theirs, ours = find("fastapi", name), find("rapide", name)
    assert inspect.isclass(ours) == inspect.isclass(theirs)
    assert inspect.iscoroutinefunction(ours) == inspect.iscoroutinefunction(theirs)
    if not inspect.isclass(ours):
        assert parameters(ours) == parameters(theirs)
