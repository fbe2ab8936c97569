"""Undefined names in annotations, with the lines that contain them."""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import get_args

from rapide.routing import APIRoute, RouteContext
from rapide.schema import ModelField
from rapide.signature.callables import describe_callable
from rapide.signature.errors import DeclarationError
from rapide.signature.models import Dependant

Call = Callable[..., object]


class UndefinedNameError(DeclarationError):
    """An annotation has a name that is not defined."""


def undefined_names(route: RouteContext) -> Iterator[UndefinedNameError]:
    """Find the undefined names in the annotations of a route and its dependencies."""
    if not isinstance(route.original_route, APIRoute):
        return
    yield from _in_dependant(route.dependant, ())
    answers = {
        "response_model": [route.response_field],
        "the streamed item": [route.stream_item_field],
        "responses": route.response_fields.values(),
    }
    for what, fields in answers.items():
        for field in filter(None, fields):
            yield from _in_field(field, what, _call_of(route.dependant))


def _in_dependant(dependant: Dependant, above: tuple[Call, ...]) -> Iterator[UndefinedNameError]:
    calls = (*above, *_call_of(dependant))
    for dependency in dependant.dependencies:
        yield from _in_dependant(dependency, calls)
    for fields in (
        dependant.path_params,
        dependant.query_params,
        dependant.header_params,
        dependant.cookie_params,
        dependant.body_params,
    ):
        for field in fields:
            yield from _in_field(field, field.name, calls)


def _in_field(
    field: ModelField, what: str, calls: tuple[Call, ...]
) -> Iterator[UndefinedNameError]:
    if field.types.is_settled:
        return
    name = field.types.undefined_name
    if name is None:
        return
    error = UndefinedNameError(
        f"name {name!r} is not defined, in an annotation",
        instead=f"define or import {name} where the annotation is",
        parameter=what,
    )
    for call in reversed(calls):
        error.in_callable(call)
    error.place = _place(name, [calls[-1], *_classes(field.types.annotation)]) or error.place
    yield error


def _call_of(dependant: Dependant) -> tuple[Call, ...]:
    return () if dependant.call is None else (dependant.call,)


def _classes(annotation: object) -> Iterator[type]:
    """Yield the classes in an annotation."""
    if isinstance(annotation, type):
        yield annotation
    for argument in get_args(annotation):
        yield from _classes(argument)


def _place(name: str, things: list[Call]) -> str:
    """Return the first line that contains a name in the source of one of the things."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    for thing in things:
        try:
            lines, first = inspect.getsourcelines(inspect.unwrap(thing))
            file = inspect.getsourcefile(inspect.unwrap(thing))
        except (OSError, TypeError):
            continue
        for number, line in enumerate(lines, max(first, 1)):
            if word.search(line):
                return f"{file}:{number}"
    return describe_callable(things[0])[1]
