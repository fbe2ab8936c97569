"""Unions, with a discriminator or without."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from rapide.contracts.boundaries.boundary import OMITTED, Boundary
from rapide.contracts.boundaries.validated.walk import Core, Walk


def choices_of(schema: Core) -> list[tuple[str, Core]]:
    """Return the alternatives, and what they are called."""
    if schema["type"] == "tagged-union":
        return [(str(getattr(tag, "value", tag)), one) for tag, one in schema["choices"].items()]
    found = []
    for choice in schema["choices"]:
        inner, label = choice if isinstance(choice, tuple) else (choice, "")
        found.append((label or name_of(inner), inner))
    return found


def name_of(schema: Core) -> str:
    """Return what a schema is called: its class, or its type."""
    class_ = schema.get("cls")
    inner = schema.get("schema")
    if class_ is None and schema["type"] != "json" and isinstance(inner, Mapping):
        return name_of(inner)
    named = str(schema.get("schema_ref", "")).partition(":")[0].rpartition(".")[2]
    return getattr(class_, "__name__", named or str(schema["type"]))


def example_of_union(walk: Walk, schema: Core) -> Any:
    """Return an example of the first alternative that has one; null comes last."""
    choices = sorted(choices_of(schema), key=lambda one: one[1]["type"] == "none")
    for _, inner in choices:
        made = walk.example(inner)
        if walk.accepts(schema, made) is not False:
            return made
    return walk.example(choices[0][1])


def of_union(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of each alternative: what one refuses, another may allow."""
    choices = choices_of(schema)
    has_null = any(inner["type"] in ("none", "nullable") for _, inner in choices)
    for name, inner in choices:
        for item in walk.boundaries(inner, is_text):
            if item.value is None and not item.where and not has_null:
                continue
            is_inside = item.is_inside
            if not is_inside and len(choices) > 1:
                accepted = walk.accepts(schema, item.value)
                is_inside = False if accepted is False else None
            label = f"{name}: {item.label}" if len(choices) > 1 else item.label
            yield replace(item, label=label, is_inside=is_inside, keyword="")
    if not is_text and not has_null:
        yield Boundary("null", None, False if _refuses_null(walk, schema) else None)


def _refuses_null(walk: Walk, schema: Core) -> bool:
    return walk.accepts(schema, None) is False


def of_tagged_union(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of each alternative, and tags that are wrong."""
    for tag, inner in choices_of(schema):
        own = walk.example(inner)
        yield Boundary(f"the alternative {tag}", own, walk.accepts(schema, own) or None)
        for item in walk.boundaries(inner, is_text):
            label = f"the alternative {tag}: {item.label}"
            yield replace(item, label=label, keyword="")
    discriminator = schema["discriminator"]
    own = walk.example(schema)
    if isinstance(discriminator, str) and isinstance(own, dict) and discriminator in own:
        rest = {key: value for key, value in own.items() if key != discriminator}
        yield Boundary("no discriminator", rest, False, (discriminator,))
        for label, value in (("unknown", "rapide, no tag"), ("null", None), ("a list", [])):
            made = {**own, discriminator: value}
            yield Boundary(f"{label} as discriminator", made, False, (discriminator,))
    yield Boundary("a wrong type", [], False)
    yield Boundary("null", None, False)


def example_of_nullable(walk: Walk, schema: Core) -> Any:
    """Return an example that is not null."""
    return walk.example(schema["schema"])


def of_nullable(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield null, and the boundaries of other values."""
    if not is_text:
        yield Boundary("null", None, True, (), "type")
    for item in walk.boundaries(schema["schema"], is_text):
        if item.value is not None or item.where:
            yield item


def of_default(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of a value that may be left out."""
    yield Boundary("left out", OMITTED, True)
    yield from walk.boundaries(schema["schema"], is_text)
