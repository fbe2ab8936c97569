"""docs/architecture.md shows the code, plan and source that the bookshop's route really has.

After a change that is meant, write the blocks anew and review the difference:

    RAPIDE_UPDATE_DOCS=1 python -m pytest tests/unit/docs
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from difflib import ndiff
from typing import Any
from unittest.mock import patch

import pytest

from examples.bookshop.main import app
from rapide.plan import build, passes
from rapide.plan.operations import callable_name
from rapide.routing import iter_route_contexts
from rapide.signature.callables import is_async_gen_callable
from rapide.signature.models import Dependant

from .pages import ROOT, Block, check_made, read_blocks

PAGE = ROOT / "docs" / "architecture.md"
#: Kinds of parameters in a `Dependant`.
FIELDS = ("path_params", "query_params", "header_params", "cookie_params", "body_params")


def find_route(label: str) -> Any:
    method, path = label.split(" ")
    return next(
        route
        for route in iter_route_contexts(app.routes)
        if route.path == path and method in (route.methods or ())
    )


def show_code(name: str) -> str:
    """The source of a function or variable of the bookshop, by `module.name`."""
    module_name, _, attribute = name.rpartition(".")
    module = importlib.import_module(f"examples.bookshop.{module_name}")
    try:
        return inspect.getsource(getattr(module, attribute))
    except TypeError:  # a variable
        found = re.search(rf"^{attribute} = .*\n", inspect.getsource(module), re.M)
        assert found is not None
        return found.group()


def show_dependant(dependant: Dependant, depth: int) -> Iterator[str]:
    """What a callable needs, in the order in which it is solved; each dependency's own first."""
    indent = "  " * depth
    for dependency in dependant.dependencies:
        how = ["yields"] if is_async_gen_callable(dependency.call) else []
        how += [f"scope {dependency.scope}"] if dependency.scope else []
        name = callable_name(dependency.call).removeprefix("examples.")
        yield f"{indent}{dependency.name} = {' '.join([name, *how])}"
        yield from show_dependant(dependency, depth + 1)
    for kind in FIELDS:
        for field in getattr(dependant, kind):
            info = field.field_info
            words = [kind.removesuffix("_params"), info.annotation.__name__]
            yield f"{indent}{field.name}: {' '.join([*words, *map(str, info.metadata)])}"
    if dependant.request_param_name:
        yield f"{indent}{dependant.request_param_name}: the request"
    if dependant.http_connection_param_name:
        yield f"{indent}{dependant.http_connection_param_name}: the request, as a connection"


def show_signature(label: str) -> str:
    route = find_route(label)
    name = callable_name(route.endpoint).removeprefix("examples.")
    answer = callable_name(route.response_field.field_info.annotation).removeprefix("examples.")
    return "\n".join([f"{name} -> {answer}", *show_dependant(route.dependant, 1)]) + "\n"


def show_passes(label: str) -> str:
    """For each pass, the lines that it takes out of a plan."""
    route = find_route(label)
    with patch.object(build, "optimise", lambda plan: plan):
        plan = build.build_plan(route, {}).plan
    shown = []
    for apply in passes.PASSES:
        before, plan = plan, apply(plan)
        lines = (show_operations(before), show_operations(plan))
        taken = [line for line in ndiff(*lines) if not line.startswith("  ")]
        shown += [f"{apply.__name__}:", *(taken or ["  nothing"])]
    assert plan == route.plan
    return "\n".join(shown) + "\n"


def show_operations(plan: Any) -> list[str]:
    return [line for operation in plan.operations for line in str(operation).split("\n")]


MAKERS: dict[str, Callable[[str], str]] = {
    "code": lambda names: "\n\n".join(map(show_code, names.split(" "))),
    "signature": show_signature,
    "plan": lambda label: f"{find_route(label).plan}\n",
    "source": lambda label: find_route(label).source,
    "passes": show_passes,
}

BLOCKS = [block for block in read_blocks(PAGE) if block.marker.startswith("made: ")]


def test_the_page_shows_code_signature_plan_and_source_of_one_route() -> None:
    made = [block.marker.removeprefix("made: ").split(" ", 1) for block in BLOCKS]
    assert {kind for kind, _ in made} == set(MAKERS)
    assert len({of for kind, of in made if kind in ("signature", "plan", "source")}) == 1


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.marker)
def test_a_block_is_what_the_code_makes(block: Block) -> None:
    kind, _, of = block.marker.removeprefix("made: ").partition(" ")
    check_made(block, MAKERS[kind](of))
