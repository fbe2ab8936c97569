"""What is known of the plan of a route before its first request, for those who list many routes."""

from __future__ import annotations

from rapide.datastructures import DefaultPlaceholder
from rapide.plan.build import build_plan
from rapide.plan.facts import NotCompilableError, RouteFacts
from rapide.plan.operations import EnterDependency, PrepareBackground, StreamItems
from rapide.signature.callables import is_async_gen_callable, is_gen_callable
from rapide.signature.models import known_fields
from rapide.types import Overrides

_SIMPLE_PLACES = ("path_params", "query_params", "header_params")


def foresee_plan(route: RouteFacts, overrides: Overrides) -> tuple[NotCompilableError | None, bool]:
    """Return why a route has no plan, and whether nothing follows its answer.

    Raises:
        Exception: What keeps the route from being served at all.
    """
    # PERF: startup. The server asks for every route, and the plan is made at its first request.
    if _is_simple(route):
        return None, True
    try:
        plan = build_plan(route, overrides).plan
    except NotCompilableError as refused:
        return refused, False
    return None, not plan.has(EnterDependency, StreamItems, PrepareBackground)


def _is_simple(route: RouteFacts) -> bool:
    """Return whether a route certainly has a plan whose last step is the answer."""
    dependant, answer = route.dependant, route.response_field
    return (
        isinstance(route.response_class, DefaultPlaceholder)
        and not dependant.dependencies
        and not dependant.background_tasks_param_name
        and not (is_gen_callable(dependant.call) or is_async_gen_callable(dependant.call))
        and (answer is None or answer.types.is_settled)
        and all(
            place in _SIMPLE_PLACES and field.types.is_settled
            for place, field in known_fields(dependant)
        )
    )
