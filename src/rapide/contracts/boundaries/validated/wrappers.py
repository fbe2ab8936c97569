"""Schemas around other schemas: references, models, and functions of the application."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from rapide.contracts.boundaries.boundary import Boundary
from rapide.contracts.boundaries.validated.scalars import BOUNDS
from rapide.contracts.boundaries.validated.texts import nearly_right
from rapide.contracts.boundaries.validated.walk import Core, Walk

#: What stays declared if a function of the application is around it: the function may refuse a
#: text for good reasons, but a bound that is never reached is a mistake.
_FIRM: Final = {*BOUNDS.values(), "bound", "enum"}
_CONSTRAINTS: Final = {
    *("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length"),
    *("max_digits", "decimal_places"),
}

#: Schemas that leave constraints to the one inside.
_THIN: Final = ("default", "nullable")

Example = Callable[[Walk, Core], Any]
Boundaries = Callable[[Walk, Core, bool], Iterator[Boundary]]


def example_inside(key: str) -> Example:
    """Return a function for the example of a schema that has another one under a key."""
    return lambda walk, schema: walk.example(schema[key])


def boundaries_inside(key: str) -> Boundaries:
    """Return a function for the boundaries of a schema that has another one under a key."""
    return lambda walk, schema, is_text: walk.boundaries(schema[key], is_text)


def _constraints(schema: Core) -> dict[str, Any]:
    """Return the constraints that Pydantic checks by a function of its own."""
    function = schema["function"].get("function")
    is_own = getattr(getattr(function, "func", None), "__module__", "").startswith("pydantic.")
    if not (isinstance(function, partial) and is_own):
        return {}
    return {key: value for key, value in function.keywords.items() if key in _CONSTRAINTS}


def constrained(schema: Core, found: Mapping[str, Any]) -> Core:
    """Return a schema whose innermost part has some constraints."""
    inner = schema.get("schema")
    is_wrapper = schema["type"].startswith("function-") or schema["type"] in _THIN
    if is_wrapper and isinstance(inner, Mapping):
        return {**schema, "schema": constrained(inner, found)}
    return {**schema, **found}


def example_behind_function(walk: Walk, schema: Core) -> Any:
    """Return an example of what a function receives."""
    if found := _constraints(schema):
        return walk.example(constrained(schema["schema"], found))
    return walk.example(schema["schema"])


def behind_function(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of what a function receives; the function may refuse more of it."""
    if found := _constraints(schema):
        yield from walk.boundaries(constrained(schema["schema"], found), is_text)
        return
    function = schema["function"].get("function")
    is_own = str(getattr(function, "__module__", "")).startswith("pydantic")
    for item in walk.boundaries(schema["schema"], is_text):
        is_firm = item.keyword in _FIRM and not is_own
        keyword = item.keyword if is_firm else ""
        yield replace(item, is_inside=item.is_inside if is_firm else None, keyword=keyword)
    own = walk.example(schema)
    yield Boundary("a value that fits", own, walk.accepts(schema, own) or None)
    if is_own and schema["schema"]["type"] == "str":  # such as an e-mail address
        yield from nearly_right()


def example_of_chain(walk: Walk, schema: Core) -> Any:
    """Return an example of the first step that says something."""
    return walk.example(_step(schema))


def of_chain(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of the first step that says something."""
    for item in walk.boundaries(_step(schema), is_text):
        yield replace(item, is_inside=None, keyword="")


def _step(schema: Core) -> Core:
    told: Core = next(
        (one for one in schema["steps"] if one["type"] not in ("any", "is-instance")),
        schema["steps"][-1],
    )
    return told


def example_of_definitions(walk: Walk, schema: Core) -> Any:
    """Return an example of a schema with definitions."""
    return _defined(walk, schema).example(schema["schema"])


def of_definitions(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of a schema with definitions."""
    yield from _defined(walk, schema).boundaries(schema["schema"], is_text)


def _defined(walk: Walk, schema: Core) -> Walk:
    return walk.inside(definitions={one["ref"]: one for one in schema["definitions"]})


def example_of_reference(walk: Walk, schema: Core) -> Any:
    """Return an example of what a reference leads to."""
    name = schema["schema_ref"]
    return walk.inside(reference=name).example(walk.definitions[name])


def of_reference(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries behind a reference; what contains itself is read twice."""
    name = schema["schema_ref"]
    if walk.behind.count(name) < 2:
        for item in walk.inside(reference=name).boundaries(walk.definitions[name], is_text):
            # The innermost model is the one that is known.
            yield item if item.origin else replace(item, origin=(name, item.where, item.label))


def example_of_model(walk: Walk, schema: Core) -> Any:
    """Return an example of a model."""
    return _within(walk, schema).example(schema["schema"])


def of_model(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of a model."""
    yield from _within(walk, schema).boundaries(schema["schema"], is_text)


def _within(walk: Walk, schema: Core) -> Walk:
    return walk.inside(config=schema.get("config") or {})
