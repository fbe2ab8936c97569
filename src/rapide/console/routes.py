"""The routes as the console lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from rapide.codegen.dialect import ASGI
from rapide.codegen.emit import emit_handler
from rapide.development.masking import Secrets
from rapide.plan.described import callable_name
from rapide.plan.measure import without_marks


class Listed(Protocol):
    """A route of an application, or of one that is mounted in it."""

    @property
    def route(self) -> Any:
        """The route."""

    @property
    def label(self) -> tuple[str, str]:
        """Its methods and its path."""
        ...

    @property
    def verdict(self) -> Any:
        """How its requests are executed."""


@dataclass(slots=True)
class Row:
    """A route in the list."""

    methods: str
    path: str
    function: str
    execution: str
    runner: Any

    def as_data(self, number: int) -> dict[str, Any]:
        """Return the row for JSON."""
        return {
            "number": number,
            "methods": self.methods,
            "path": self.path,
            "function": self.function,
            "execution": self.execution,
        }

    def details(self) -> dict[str, Any]:
        """Return the plan and the source of the route. They are made for it if need be."""
        compiled = None if self.runner is None else self.runner.inspect()
        if compiled is None:
            return {"plan": [], "source": ""}
        hide = Secrets().hide_in_code
        plan = without_marks(compiled.plan)
        source = emit_handler(plan, ASGI, compiled.tools).source
        return {
            "plan": [hide(str(operation)) for operation in plan.operations],
            "source": "\n".join(hide(line) for line in source.splitlines()),
        }


def row_of(listed: Listed) -> Row:
    """Return the row of a route."""
    methods, path = listed.label
    route, verdict = listed.route, listed.verdict
    endpoint = getattr(route, "endpoint", None) or getattr(route, "app", None)
    function = "" if endpoint is None else callable_name(endpoint)
    road = "by ASGI" if verdict.by_asgi else "direct"
    original = getattr(route, "_rapide_runner", None)
    runner = original if verdict.is_compiled else None
    return Row(methods, path, function, f"{verdict.kind}, {road}", runner)
