"""What is known of the plan of a route before its first request, for those who list many routes."""

from __future__ import annotations

from rapide.datastructures import DefaultPlaceholder
from rapide.plan.build import build_plan
from rapide.plan.facts import NotCompilableError, RouteFacts
from rapide.plan.operations import EnterDependency, PrepareBackground, StreamItems
from rapide.schema.annotations import field_annotation_is_sequence
from rapide.schema.fields import ModelField
from rapide.signature.callables import is_async_gen_callable, is_gen_callable
from rapide.signature.models import Dependant, known_fields
from rapide.types import Overrides


def foresee_plan(route: RouteFacts, overrides: Overrides) -> tuple[NotCompilableError | None, bool]:
    """Return why a route has no plan, and whether nothing follows its answer.

    Raises:
        Exception: What keeps the route from being served at all.
    """
    # PERF: startup. The server asks for every route, and the plan is made at its first request.
    if not overrides and _is_simple(route):
        return None, True
    try:
        plan = build_plan(route, overrides).plan
    except NotCompilableError as refused:
        return refused, False
    return None, not plan.has(EnterDependency, StreamItems, PrepareBackground)


def _is_simple(route: RouteFacts) -> bool:
    """Return whether a route certainly has a plan whose last step is the answer."""
    answer = route.response_field
    return (
        isinstance(route.response_class, DefaultPlaceholder)
        and (answer is None or answer.types.is_settled)
        and _is_solved_simply(route.dependant)
    )


def _is_solved_simply(dependant: Dependant) -> bool:
    """Return whether calling it and its dependencies needs nothing unusual before or after."""
    return (
        not dependant.background_tasks_param_name
        and not (is_gen_callable(dependant.call) or is_async_gen_callable(dependant.call))
        and all(
            item.types.is_settled and (place != "cookie_params" or not _is_sequence(item))
            for place, item in known_fields(dependant)
        )
        and all(
            _is_hashable(dependency.call) and _is_solved_simply(dependency)
            for dependency in dependant.dependencies
        )
    )


def _is_sequence(item: ModelField) -> bool:
    return field_annotation_is_sequence(item.field_info.annotation)


def _is_hashable(call: object) -> bool:
    try:
        hash(call)
    except TypeError:
        return False
    return True
