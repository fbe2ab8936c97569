"""Models, dataclasses and typed dictionaries: objects with fields."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Final

from rapide.contracts.boundaries.boundary import OMITTED, Boundary
from rapide.contracts.boundaries.validated.walk import Core, Walk

#: The key of a field of a Struct that only unions need; see `rapide.schema.struct_core`.
_TAG: Final = "rapide-tag"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object.

    Attributes:
        name: The name.
        path: The keys under which a document has the value.
        schema: The schema of the value.
        is_required: Whether it has to be there.
        is_tag: Whether only unions need it.
    """

    name: str
    path: tuple[str, ...]
    schema: Core
    is_required: bool
    is_tag: bool = False


def fields_of(walk: Walk, schema: Core) -> list[Field]:
    """Return the fields of an object that a document can have."""
    found = []
    listed = schema["fields"]
    pairs = (
        listed.items() if isinstance(listed, Mapping) else [(one["name"], one) for one in listed]
    )
    total = walk.setting(schema, "total", "typed_dict_total") is not False
    for name, field in pairs:
        path = _path(walk, name, field.get("validation_alias"))
        if path is None or field.get("init") is False or field.get("init_only") is False:
            continue
        inner = field["schema"]
        by_default = total if schema["type"] == "typed-dict" else not has_default(inner)
        is_required = bool(field.get("required", by_default))
        found.append(Field(name, path, inner, is_required, _TAG in field))
    return found


def has_default(schema: Core) -> bool:
    """Return whether a value may be left out."""
    if schema["type"] == "default":
        return True
    wrapped = schema.get("schema")
    is_wrapper = schema["type"].startswith("function-")
    return is_wrapper and isinstance(wrapped, Mapping) and has_default(wrapped)


def _path(walk: Walk, name: str, alias: Any) -> tuple[str, ...] | None:
    """Return the keys of a value; None if they lead through lists."""
    config = walk.config
    if alias is None or config.get("validate_by_alias") is False:
        return (name,)
    if isinstance(alias, str):
        return (alias,)
    choices: Sequence[Any] = alias if isinstance(alias[0], list) else [alias]
    for choice in choices:
        if all(isinstance(one, str) for one in choice):
            return tuple(choice)
    by_name = config.get("validate_by_name") or config.get("populate_by_name")
    return (name,) if by_name else None


def put(whole: Mapping[str, Any], path: Sequence[str], value: object) -> dict[str, Any]:
    """Return an object with another value under some keys; `OMITTED` takes it away."""
    copied = deepcopy(dict(whole))
    inner = copied
    for key in path[:-1]:
        inner = inner.setdefault(key, {})
    inner.pop(path[-1], None)
    if value is not OMITTED:
        inner[path[-1]] = value
    return copied


def example_of_object(walk: Walk, schema: Core) -> Any:
    """Return an object with the required fields."""
    made: dict[str, Any] = {}
    for field in fields_of(walk, schema):
        if field.is_required:
            made = put(made, field.path, walk.example(field.schema))
    return made


def of_object(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of an object, and those of its fields."""
    own = walk.example(schema)
    if not isinstance(own, dict):
        own = {}
    yield Boundary("only what is required", own, walk.accepts(schema, own))
    yield from _of_extra(walk, schema, own)
    for field in fields_of(walk, schema):
        if field.is_required:
            missing = put(own, field.path, OMITTED)
            is_inside = None if field.is_tag else False
            keyword = "" if field.is_tag else "required"
            yield Boundary("missing", missing, is_inside, field.path, keyword)
        for item in walk.boundaries(field.schema, is_text):
            if item.value is not OMITTED:
                made = put(own, field.path, item.value)
                yield replace(item, value=made, where=(*field.path, *item.where))
    yield Boundary("a list instead of an object", [], False, (), "type")
    yield Boundary("a text instead of an object", "rapide", False, (), "type")
    yield Boundary("null", None, False, (), "type")


def _of_extra(walk: Walk, schema: Core, own: Mapping[str, Any]) -> Iterator[Boundary]:
    """Yield an object with a member that no field declares."""
    behaviour = schema.get("extra_behavior") or walk.config.get("extra_fields_behavior") or "ignore"
    extra = {**own, "rapide_extra": 1}
    is_inside = {"forbid": False, "ignore": True}.get(behaviour)
    keyword = "additionalProperties" if behaviour == "forbid" else ""
    yield Boundary("an extra member", extra, is_inside, (), keyword)
    inner = schema.get("extras_schema")
    for item in walk.boundaries(inner) if inner is not None else ():
        if item.value is not OMITTED:
            made = {**own, "rapide_extra": item.value}
            label = f"an extra member: {item.label}"
            yield replace(item, label=label, value=made, where=("rapide_extra", *item.where))
