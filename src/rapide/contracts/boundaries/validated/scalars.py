"""Numbers, Booleans, and values that are listed."""

import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from pydantic_core import to_jsonable_python

from rapide.contracts.boundaries.boundary import Boundary
from rapide.contracts.boundaries.validated.walk import Core, Walk

#: The bounds of a core schema, with those of JSON Schema.
BOUNDS: Final = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
}
_HUGE: Final = (
    ("a huge number", 10**30),
    ("more than 64 bits hold", 2**63),
    ("less than 64 bits hold", -(2**63) - 1),
)
_MOST_MEMBERS = 50

Shift = Callable[[Any, int], Any]


def is_within(schema: Core, value: Any) -> bool:
    """Return whether a value is within the bounds of a schema, and a multiple if it has to be."""
    step = schema.get("multiple_of")
    return (
        ("ge" not in schema or value >= schema["ge"])
        and ("gt" not in schema or value > schema["gt"])
        and ("le" not in schema or value <= schema["le"])
        and ("lt" not in schema or value < schema["lt"])
        and (not step or value % step == 0)
    )


def around_bounds(
    schema: Core, shift: Shift, write: Callable[[Any], object], *, is_in_document: bool = True
) -> Iterator[Boundary]:
    """Yield the values at each bound, and on both sides of it.

    Args:
        schema: The schema.
        shift: Returns the next value in a direction, 1 or -1.
        write: Returns a value as it is sent.
        is_in_document: Whether JSON Schema can say the same.
    """
    for key, keyword in BOUNDS.items():
        bound = schema.get(key)
        if bound is None:
            continue
        outwards = -1 if key in ("ge", "gt") else 1
        is_excluded = key in ("gt", "lt")
        for side, place in ((0, "at"), (outwards, "just outside"), (-outwards, "just inside")):
            if side == (outwards if is_excluded else -outwards):
                continue  # the bound itself is the outside of an exclusive one
            try:
                value = shift(bound, side) if side else bound
            except OverflowError:
                continue
            label = f"{place} {key}={bound}"
            keyword_of = keyword if is_in_document else "bound"
            yield Boundary(label, write(value), is_within(schema, value), (), keyword_of)


def example_of_int(walk: Walk, schema: Core) -> Any:
    """Return the whole number nearest to zero, or to the bounds."""
    step = schema.get("multiple_of") or 1
    lowest = schema.get("ge", schema.get("gt"))
    highest = schema.get("le", schema.get("lt"))
    if lowest is None:
        lowest = 0 if highest is None or highest > 0 else highest - 2 * step
    start = math.ceil(lowest / step) * step
    tried = (0, 1, start, start + step, start + 2 * step, lowest)
    return next((int(one) for one in tried if is_within(schema, one)), start)


def of_int(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of a whole number."""
    step = schema.get("multiple_of") or 1

    def shift(bound: Any, direction: int) -> Any:
        by = step if schema.get("multiple_of") and is_within({**schema}, bound) else 1
        nearest = math.floor(bound) if direction < 0 else math.ceil(bound)
        return nearest + direction * by if nearest == bound else nearest

    yield from around_bounds(schema, shift, _whole)
    if step != 1:
        yield Boundary(
            f"no multiple of {step}", example_of_int(walk, schema) + 1, False, (), "multipleOf"
        )
    for label, value in _HUGE:
        yield Boundary(label, value, is_within(schema, value))
    yield Boundary("a fraction", 1.5, False)
    yield from _of_any_number(walk, schema, is_text)


def _whole(value: Any) -> Any:
    return int(value) if value == int(value) else value


def example_of_float(walk: Walk, schema: Core) -> Any:
    """Return a number within the bounds."""
    found = example_of_int(walk, schema)
    low, high = (schema.get(one, schema.get(other)) for one, other in (("ge", "gt"), ("le", "lt")))
    middle = (float(low) + float(high)) / 2 if low is not None and high is not None else found
    tried = (0.5, found, middle)
    return next((float(one) for one in tried if is_within(schema, one)), found)


def of_float(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of a number; the next one is the next that a computer can write."""
    yield from around_bounds(
        schema, lambda bound, way: math.nextafter(float(bound), way * math.inf), float
    )
    if schema.get("multiple_of"):
        step = schema["multiple_of"]
        value = example_of_float(walk, schema) + step / 2
        yield Boundary(f"no multiple of {step}", value, False, (), "multipleOf")
    is_finite = walk.setting(schema, "allow_inf_nan") is False
    for text in ("inf", "-inf", "nan"):
        is_inside = False if is_finite else None
        yield Boundary(text, text if is_text else float(text), is_inside)
    yield Boundary("a huge number", 1e300, is_within(schema, 1e300))
    yield Boundary("a tiny number", 5e-324, None)
    yield from _of_any_number(walk, schema, is_text)


def example_of_decimal(walk: Walk, schema: Core) -> Any:
    """Return a number within the bounds."""
    found = example_of_int(walk, schema)
    if walk.accepts(schema, found) is not False:
        return found
    return example_of_float(walk, schema)


def of_decimal(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of a decimal number."""
    places, digits = schema.get("decimal_places"), schema.get("max_digits")
    step = Decimal(1).scaleb(-(2 if places is None else places))
    yield from around_bounds(schema, lambda bound, way: Decimal(bound) + way * step, _number)
    if places is not None:
        base = Decimal(str(example_of_decimal(walk, schema)))
        more = base + Decimal(1).scaleb(-places - 1)
        yield Boundary(f"as many decimal places as allowed ({places})", str(base + step), None)
        yield Boundary(f"one decimal place too many ({places})", str(more), False)
    if digits is not None:
        whole = digits - (places or 0)
        longest = f"{'1' * whole}{'.' + '1' * places if places else ''}"
        yield Boundary(f"as many digits as allowed ({digits})", longest or "0", None)
        yield Boundary(f"one digit too many ({digits})", f"1{longest}", False)
    for text in ("NaN", "Infinity", "sNaN"):
        yield Boundary(text, text, False if schema.get("allow_inf_nan") is not True else None)
    yield Boundary("an exponent", "1e400", None)
    yield from _of_any_number(walk, schema, is_text)


def _number(value: Any) -> object:
    """Return a decimal as a number of JSON, or as text if that would be another number."""
    number = float(value)
    if Decimal(str(number)) != Decimal(value):
        return str(value)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _of_any_number(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    yield Boundary("a wrong type", "rapide", False)
    yield Boundary("empty", "", False)
    yield Boundary("digits of another script", "٣", None)
    yield Boundary("a number with more digits than Python reads", "9" * 5000, None)
    if not is_text:
        is_strict = walk.setting(schema, "strict") is True
        yield Boundary("a number as text", "1", False if is_strict else None)
        yield Boundary("a Boolean instead of a number", True, None)
        yield Boundary("a list instead of a number", [1], False)
        yield Boundary("null", None, False, (), "type")


def of_bool(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of a Boolean."""
    is_lax = walk.setting(schema, "strict") is not True
    for value in (True, False):
        yield Boundary(str(value).lower(), value, is_lax or not is_text, (), "type")
    for text in ("yes", "0", "ON"):
        yield Boundary(f"{text} instead of a Boolean", text, is_lax)
    yield Boundary("a wrong type", "rapide", False)
    yield Boundary("a number that is no Boolean", 2, False, (), "type")
    yield Boundary("empty", "", False)
    if not is_text:
        yield Boundary("null", None, False, (), "type")


def members_of(schema: Core) -> list[Any]:
    """Return the members of an enumeration or a literal, as they are sent."""
    members = schema["expected"] if schema["type"] == "literal" else schema["members"]
    plain = [one.value if isinstance(one, Enum) else one for one in members]
    return [to_jsonable_python(one, fallback=str) for one in plain]


def of_members(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the members of an enumeration or a literal, and values that are none."""
    members = members_of(schema)
    for member in members[:_MOST_MEMBERS]:
        if member is not None or not is_text:
            yield Boundary(f"the member {member!r}", member, True, (), "enum")
    is_open = schema.get("missing") is not None
    outside = None if is_open else False
    yield Boundary("no member", "rapide, no member", outside, (), "enum")
    for text in [one for one in members if isinstance(one, str) and one][:1]:
        for label, other in (("in other letters", text.swapcase()), ("with a space", f"{text} ")):
            if other not in members:
                yield Boundary(f"a member {label}", other, outside, (), "enum")
    for number in [one for one in members if type(one) is int][:1]:
        last = max(one for one in members if type(one) is int)
        yield Boundary(
            f"a number that is not a member, unlike {number}", last + 1, outside, (), "enum"
        )
    if None not in members and not is_text:
        yield Boundary("null", None, False, (), "type")


def of_none(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield null, and what is not null."""
    if not is_text:
        yield Boundary("null", None, True, (), "type")
    yield Boundary("not null", "rapide", False)


def of_any(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield values of each type."""
    yield Boundary("a text", "Ünïcödé 📚", True)
    yield Boundary("empty", "", None if is_text else True)
    values: tuple[object, ...] = (None, 1, 1.5, True, [], {}, [{"a": [None]}], "\ud800")
    for value in () if is_text else values:
        yield Boundary(f"the value {value!r}", value, True if value != "\ud800" else None)
