"""Lists, sets, tuples and dictionaries."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from rapide.contracts.boundaries.boundary import OMITTED, Boundary
from rapide.contracts.boundaries.validated.walk import Core, Walk

_ANY: Final[Core] = {"type": "any"}
_MOST_ITEMS = 1_000
_SETS = ("set", "frozenset")


def _items(schema: Core) -> Core:
    found: Core = schema.get("items_schema") or _ANY
    return found


def _several(walk: Walk, items: Core, number: int) -> list[Any]:
    """Return a list of so many items, which differ if that is possible."""
    one = walk.example(items)
    made: list[Any] = []
    for item in _different(walk, items, one):
        if len(made) >= number:
            break
        if item not in made and walk.accepts(items, item):
            made.append(item)
    return made + [one] * (number - len(made))


def _different(walk: Walk, items: Core, one: object) -> Iterator[Any]:
    """Yield values like an example, which may be the next ones."""
    yield one
    for number in range(_MOST_ITEMS):
        if isinstance(one, str):
            yield f"{one}{number}"
        elif isinstance(one, int | float) and not isinstance(one, bool):
            yield one + number
        else:
            break
    for item in walk.boundaries(items):
        if item.is_inside and item.value is not OMITTED:
            yield item.value


def example_of_list(walk: Walk, schema: Core) -> Any:
    """Return a list of as few items as allowed."""
    return _several(walk, _items(schema), schema.get("min_length") or 0)


def of_list(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of a list or a set, and those of its items."""
    items, is_set = _items(schema), schema["type"] in _SETS
    least, most = schema.get("min_length") or 0, schema.get("max_length")
    for key, number, by in (("min_length", least or None, -1), ("max_length", most, 1)):
        if number is None or number > _MOST_ITEMS:
            continue
        for length, place in ((number, "at"), (number + by, "just outside")):
            if length < 0 or (is_text and length == 0):
                continue  # a list without items is not sent as text
            made = _several(walk, items, length)
            # A set, or the application, may forbid that an item is there twice.
            is_distinct = all(one not in made[:index] for index, one in enumerate(made))
            is_inside = (is_distinct or None) if place == "at" else False
            if place == "just outside" and is_set and not is_distinct:
                is_inside = None
            keyword = "minItems" if key == "min_length" else "maxItems"
            yield Boundary(f"{place} {key}={number}", made, is_inside, (), keyword)
    one = walk.example(items)
    yield Boundary("the same item twice", [one] * max(2, least), None)
    rest = _several(walk, items, least)[: max(0, least - 1)]
    for item in walk.boundaries(items, is_text):
        if item.value is not OMITTED:
            yield replace(
                item,
                label=f"an item: {item.label}",
                value=[item.value, *rest],
                is_inside=None if rest and item.is_inside else item.is_inside,
                where=(0, *item.where),
            )
    if not is_text:
        if not least:
            yield Boundary("no items", [], True)
        yield Boundary("a text instead of a list", "rapide", False)
        yield Boundary("an object instead of a list", {"rapide": 1}, False, (), "type")
        yield Boundary("null", None, False, (), "type")


def example_of_tuple(walk: Walk, schema: Core) -> Any:
    """Return a list of the items that a tuple has; those that may be repeated are left out."""
    variadic = schema.get("variadic_item_index")
    fixed = [one for index, one in enumerate(schema["items_schema"]) if index != variadic]
    made = [walk.example(one) for one in fixed]
    least = schema.get("min_length") or 0
    if variadic is not None and len(made) < least:
        repeated = _several(walk, schema["items_schema"][variadic], least - len(made))
        made[variadic:variadic] = repeated
    return made


def of_tuple(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of a tuple, and those of its items."""
    variadic = schema.get("variadic_item_index")
    if variadic == 0 and len(schema["items_schema"]) == 1:
        yield from of_list(walk, {**schema, "items_schema": schema["items_schema"][0]}, is_text)
        return
    schemas: Sequence[Core] = schema["items_schema"]
    own: list[Any] = walk.example(schema)
    yield Boundary("the right number of items", own, True)
    if len(own) > 1 or (own and not is_text):
        yield Boundary("an item too few", own[:-1], False, (), "minItems")
    if len(own) == len(schemas):
        more = own[:1] or ["rapide"]
        yield Boundary("an item too many", [*own, *more], False, (), "maxItems")
    named = [(f"item {index}", inner) for index, inner in enumerate(schemas[: len(own)])]
    yield from _of_positions(walk, named, own, is_text)
    if not is_text:
        yield Boundary("a text instead of a list", "rapide", False)
        yield Boundary("null", None, False, (), "type")


def _of_positions(
    walk: Walk, named: Sequence[tuple[str, Core]], own: Sequence[Any], is_text: bool
) -> Iterator[Boundary]:
    """Yield lists in which one item after the other has a value at one of its boundaries."""
    for index, (name, inner) in enumerate(named):
        for item in walk.boundaries(inner, is_text):
            if item.value is not OMITTED:
                made = [*own[:index], item.value, *own[index + 1 :]]
                label = f"{name}: {item.label}"
                yield replace(item, label=label, value=made, where=(index, *item.where))


def named_tuple_fields(schema: Core) -> list[tuple[str, Core]]:
    """Return the fields of a named tuple, in order."""
    return [(one["name"], one["schema"]) for one in schema["fields"]]


def example_of_named_tuple(walk: Walk, schema: Core) -> Any:
    """Return a list of the fields that have no default."""
    fields = named_tuple_fields(schema)
    return [walk.example(inner) for _, inner in fields if inner["type"] != "default"]


def of_named_tuple(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of a named tuple, which is written as a list or an object."""
    fields = named_tuple_fields(schema)
    own = [walk.example(inner) for _, inner in fields]
    needed = len(walk.example(schema))
    yield Boundary("all items", own, True)
    if needed:
        yield Boundary("an item too few", own[: needed - 1], False, (), "minItems")
    yield Boundary("an item too many", [*own, 1], False, (), "maxItems")
    named = {name: value for (name, _), value in zip(fields, own, strict=True)}
    yield Boundary("an object instead of a list", named, None)
    yield from _of_positions(walk, fields, own, is_text)
    if not is_text:
        yield Boundary("null", None, False, (), "type")


def example_of_dict(walk: Walk, schema: Core) -> Any:
    """Return an object of as few members as allowed."""
    return _members(walk, schema, schema.get("min_length") or 0)


def _members(walk: Walk, schema: Core, number: int) -> dict[str, Any]:
    keys = _several(walk, schema.get("keys_schema") or {"type": "str"}, number)
    value = walk.example(schema.get("values_schema") or _ANY)
    return {str(key): value for key in keys}


def of_dict(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of a dictionary, and those of its keys and values."""
    keys, values = schema.get("keys_schema") or {"type": "str"}, schema.get("values_schema") or _ANY
    least = schema.get("min_length") or 0
    for key, keyword, by in (
        ("min_length", "minProperties", -1),
        ("max_length", "maxProperties", 1),
    ):
        number = schema.get(key)
        if number is None or number > _MOST_ITEMS:
            continue
        for length, place in ((number, "at"), (number + by, "just outside")):
            made = _members(walk, schema, max(0, length))
            if len(made) == length:
                yield Boundary(f"{place} {key}={number}", made, place == "at", (), keyword)
    if not least:
        yield Boundary("no members", {}, True)
    rest = dict(list(_members(walk, schema, least).items())[: max(0, least - 1)])
    one, value = str(walk.example(keys)), walk.example(values)
    for item in walk.boundaries(keys, is_text=True):
        if isinstance(item.value, str | int | float) and not isinstance(item.value, bool):
            made = {**rest, str(item.value): value}
            is_inside = item.is_inside if len(made) == len(rest) + 1 and not rest else None
            yield Boundary(f"a key: {item.label}", made, is_inside)
    for item in walk.boundaries(values):
        if item.value is not OMITTED:
            is_inside = None if rest and item.is_inside else item.is_inside
            yield replace(
                item,
                label=f"a value: {item.label}",
                value={**rest, one: item.value},
                where=(one, *item.where),
                is_inside=is_inside,
            )
    yield Boundary("a list instead of an object", [1], False, (), "type")
    yield Boundary("null", None, False, (), "type")
