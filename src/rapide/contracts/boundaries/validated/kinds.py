"""The table of schemas: for each type, an example and the boundaries."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from rapide.contracts.boundaries.boundary import Boundary
from rapide.contracts.boundaries.validated import (
    containers,
    objects,
    scalars,
    texts,
    times,
    unions,
    wrappers,
)
from rapide.contracts.boundaries.validated.walk import Core, Kind, Walk


def _always(value: object) -> Callable[[Walk, Core], Any]:
    return lambda walk, schema: value


def _nothing(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    yield from ()


def _opaque(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield what may break a function of which nothing is known."""
    own = walk.example(schema)
    yield Boundary("a value that fits", own, walk.accepts(schema, own) or None)
    for label, text in texts.ODD_TEXTS:
        yield Boundary(label, text, None)
    yield from texts.nearly_right()
    values: tuple[object, ...] = (None, [], {}, -1, 1.5, True)
    for value in () if is_text else values:
        yield Boundary(f"the value {value!r}", value, None)


def _inside(key: str) -> Kind:
    return Kind(wrappers.example_inside(key), wrappers.boundaries_inside(key))


_FUNCTION = Kind(wrappers.example_behind_function, wrappers.behind_function)
_LIST = Kind(containers.example_of_list, containers.of_list)
_OBJECT = Kind(objects.example_of_object, objects.of_object)
_TIME = Kind(times.example_of_time, times.of_time)
_MEMBERS = Kind(lambda walk, schema: scalars.members_of(schema)[0], scalars.of_members)
_URL = Kind(texts.example_of_url, texts.of_url)
_TEXT = Kind(texts.example_of_text, texts.of_text)

KINDS: Final = {
    "any": Kind(_always("a"), scalars.of_any),
    "none": Kind(_always(None), scalars.of_none),
    "bool": Kind(_always(True), scalars.of_bool),
    "int": Kind(scalars.example_of_int, scalars.of_int),
    "float": Kind(scalars.example_of_float, scalars.of_float),
    "decimal": Kind(scalars.example_of_decimal, scalars.of_decimal),
    "complex": Kind(_always("1+2j"), texts.of_complex),
    "fraction": Kind(_always("1/2"), texts.of_fraction),
    "str": _TEXT,
    "bytes": Kind(texts.example_of_text, texts.of_bytes),
    "uuid": Kind(texts.example_of_uuid, texts.of_uuid),
    "json": Kind(texts.example_of_json, texts.of_json),
    "function-plain": Kind(_always(None), _opaque),
    "is-instance": Kind(_always(None), _opaque),
    "chain": Kind(wrappers.example_of_chain, wrappers.of_chain),
    "default": Kind(wrappers.example_inside("schema"), unions.of_default),
    "nullable": Kind(unions.example_of_nullable, unions.of_nullable),
    "union": Kind(unions.example_of_union, unions.of_union),
    "tagged-union": Kind(unions.example_of_union, unions.of_tagged_union),
    "tuple": Kind(containers.example_of_tuple, containers.of_tuple),
    "named-tuple": Kind(containers.example_of_named_tuple, containers.of_named_tuple),
    **dict.fromkeys(
        ("dict", "counter", "frozendict", "ordered-dict"),
        Kind(containers.example_of_dict, containers.of_dict),
    ),
    "lax-or-strict": _inside("lax_schema"),
    "json-or-python": _inside("json_schema"),
    "custom-error": _inside("schema"),
    "dataclass": Kind(wrappers.example_of_model, wrappers.of_model),
    "model": Kind(wrappers.example_of_model, wrappers.of_model),
    "definitions": Kind(wrappers.example_of_definitions, wrappers.of_definitions),
    "definition-ref": Kind(wrappers.example_of_reference, wrappers.of_reference),
    **dict.fromkeys(("function-after", "function-before", "function-wrap"), _FUNCTION),
    **dict.fromkeys(("list", "set", "frozenset", "generator", "deque"), _LIST),
    **dict.fromkeys(("model-fields", "dataclass-args", "typed-dict"), _OBJECT),
    **dict.fromkeys(("date", "datetime", "time", "timedelta"), _TIME),
    **dict.fromkeys(("enum", "literal"), _MEMBERS),
    **dict.fromkeys(("url", "multi-host-url"), _URL),
    **dict.fromkeys(
        ("callable", "is-subclass", "arguments", "call"), Kind(_always(None), _nothing)
    ),
}


def new_walk() -> Walk:
    """Return the way through a core schema, from its top."""
    return Walk(KINDS)
