"""Changes of what single values are allowed: enumerations, bounds, lengths, patterns, formats."""

import math
import re
from collections.abc import Iterator
from fractions import Fraction

from rapide.contracts.diff.alternatives import Alternative, same
from rapide.contracts.diff.reading import Json, sequence

#: A rule and what changed, in words.
Found = tuple[str, str]

_LENGTHS = {
    "minLength": ("min-length-raised", "min-length-lowered", 0.0),
    "minItems": ("min-items-raised", "min-items-lowered", 0.0),
    "minProperties": ("min-properties-raised", "min-properties-lowered", 0.0),
    "maxLength": ("max-length-raised", "max-length-lowered", math.inf),
    "maxItems": ("max-items-raised", "max-items-lowered", math.inf),
    "maxProperties": ("max-properties-raised", "max-properties-lowered", math.inf),
}
#: A format whose values are all values of the other, too.
_WITHIN = {
    *(("int32", "int64"), ("float", "double"), ("email", "idn-email"), ("uri", "iri")),
    *(("uri", "uri-reference"), ("hostname", "idn-hostname"), ("ipv4", "ipvanyaddress")),
    *(("int32", "float"), ("int32", "double"), ("int64", "float"), ("int64", "double")),
    *(("ipv6", "ipvanyaddress"), ("iri", "iri-reference"), ("uri-reference", "iri-reference")),
}
_FORMATS = {name for pair in _WITHIN for name in pair} | {
    *("date", "date-time", "time", "duration", "uuid", "json-pointer", "regex", "byte", "binary"),
    *("relative-json-pointer", "uri-template", "base64url", "json-string", "ipvanynetwork"),
    *("ipvanyinterface", "ipv4network", "ipv6network", "ipv4interface", "ipv6interface"),
}
#: Keywords of conditions, which no rule looks into. A condition that is added allows fewer values.
_CONDITIONS = (
    *("not", "if", "contains", "propertyNames", "dependentRequired", "dependentSchemas"),
    *("unevaluatedProperties", "unevaluatedItems", "patternProperties"),
)
#: Other keywords that no rule looks into.
_OTHER = ("then", "else", "minContains", "maxContains", "contentEncoding", "contentMediaType")


def value_changes(old: Alternative, new: Alternative) -> Iterator[Found]:
    """Find changes between two alternatives, without what is below properties and items."""
    before, after = old.keywords, new.keywords
    if before.get("enum") is not None or after.get("enum") is not None:
        yield from _enums(before.get("enum"), after.get("enum"))
    if _lists_some_of(before, after) or _lists_some_of(after, before):
        return
    is_whole = "integer" in (old.type, new.type)
    yield from _bound(_lower(before, is_whole), _lower(after, is_whole), "minimum")
    yield from _bound(_upper(before, is_whole), _upper(after, is_whole), "maximum")
    for keyword, (raised, lowered, absent) in _LENGTHS.items():
        first, second = _number(before, keyword, absent), _number(after, keyword, absent)
        if first != second:
            yield (
                raised if second > first else lowered,
                f"{keyword} {_shown(first)} → {_shown(second)}",
            )
    yield from _multiple(before.get("multipleOf"), after.get("multipleOf"))
    if bool(before.get("uniqueItems")) != bool(after.get("uniqueItems")):
        yield "unique-items-added" if after.get("uniqueItems") else "unique-items-removed", ""
    yield from _optional("pattern", before.get("pattern"), after.get("pattern"))
    yield from _formats(before.get("format"), after.get("format"))
    yield from _conditions(before, after)


def _lists_some_of(listed: Json, other: Json) -> bool:
    """Return whether a schema lists values that another one, which has no list, allows all."""
    if listed.get("enum") is None or other.get("enum") is not None:
        return False
    return all(_allows(other, value) for value in sequence(listed["enum"]))


def _allows(keywords: Json, value: object) -> bool:
    """Return whether keywords are known to allow a value of their type."""
    if any(keywords.get(name) is not None for name in ("format", *_CONDITIONS)):
        return False
    if isinstance(value, str):
        is_long_enough = _number(keywords, "minLength", 0) <= len(value)
        is_short_enough = len(value) <= _number(keywords, "maxLength", math.inf)
        return is_long_enough and is_short_enough and _fits(keywords.get("pattern"), value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value is None or isinstance(value, bool)
    is_whole = isinstance(value, int)
    if (value, False) < _lower(keywords, is_whole) or (value, True) > _upper(keywords, is_whole):
        return False
    step = _number(keywords, "multipleOf", 0)
    return not step or Fraction(str(value)) % Fraction(str(step)) == 0


def _fits(pattern: object, value: str) -> bool:
    try:
        return pattern is None or re.search(str(pattern), value) is not None
    except re.error:  # a pattern of another language
        return False


def _conditions(old: Json, new: Json) -> Iterator[Found]:
    for keyword in (*_CONDITIONS, *_OTHER):
        before, after = old.get(keyword), new.get(keyword)
        if same(before, after):
            continue
        # Beside `additionalProperties: false`, further patterns allow more.
        is_open = keyword != "patternProperties" or all(
            side.get("additionalProperties", True) is not False for side in (old, new)
        )
        if keyword in _CONDITIONS and is_open and None in (before, after):
            yield f"condition-{'added' if before is None else 'removed'}", f"`{keyword}`"
        elif not (keyword in ("then", "else") and ("if" in old) != ("if" in new)):
            yield "schema-keyword-changed", f"`{keyword}`"


def _enums(old: object, new: object) -> Iterator[Found]:
    before, after = sequence(old), sequence(new)
    if old is None:
        yield "enum-added", f"only {_listed(after)}"
        return
    if new is None:
        yield "enum-removed", f"not only {_listed(before)}"
        return
    removed = [value for value in before if not any(same(value, one) for one in after)]
    added = [value for value in after if not any(same(value, one) for one in before)]
    if removed and added and len(before) == len(after) == 1:
        yield "const-changed", f"{_listed(before)} → {_listed(after)}"
        return
    if removed:
        yield "enum-value-removed", _listed(removed)
    if added:
        yield "enum-value-added", _listed(added)


def _listed(values: list[object]) -> str:
    return ", ".join(repr(value) for value in values)


def _number(keywords: Json, keyword: str, absent: float) -> float:
    value = keywords.get(keyword)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else absent  # type: ignore[return-value]


def _lower(keywords: Json, is_whole: bool) -> tuple[float, bool]:
    """Return the lower bound, and whether it is excluded."""
    value = _number(keywords, "minimum", -math.inf)
    if keywords.get("exclusiveMinimum") is True:  # OpenAPI 3.0
        found = value, True
    else:
        found = max((value, False), (_number(keywords, "exclusiveMinimum", -math.inf), True))
    if is_whole and not math.isinf(found[0]):
        return (math.floor(found[0]) + 1 if found[1] else math.ceil(found[0])), False
    return (found[0], False) if math.isinf(found[0]) else found


def _upper(keywords: Json, is_whole: bool) -> tuple[float, bool]:
    """Return the upper bound, and whether it is not excluded: the order of what it allows."""
    mirrored = {
        "minimum": -_number(keywords, "maximum", math.inf),
        "exclusiveMinimum": True
        if keywords.get("exclusiveMaximum") is True
        else -_number(keywords, "exclusiveMaximum", math.inf),
    }
    value, is_excluded = _lower(mirrored, is_whole)
    return -value, not is_excluded


def _bound(old: tuple[float, bool], new: tuple[float, bool], name: str) -> Iterator[Found]:
    if old != new:
        rule = f"{name}-raised" if new > old else f"{name}-lowered"
        yield rule, f"{_bound_shown(old, name)} → {_bound_shown(new, name)}"


def _bound_shown(bound: tuple[float, bool], name: str) -> str:
    if math.isinf(bound[0]):
        return "none"
    is_excluded = bound[1] if name == "minimum" else not bound[1]
    sign = ">" if name == "minimum" else "<"
    return f"{sign}{'' if is_excluded else '='} {_shown(bound[0])}"


def _shown(value: float) -> str:
    return "none" if math.isinf(value) else f"{value:g}" if value % 1 else str(int(value))


def _multiple(old: object, new: object) -> Iterator[Found]:
    if same(old, new):
        return
    detail = f"{old or 'none'} → {new or 'none'}"
    if not isinstance(old, int | float) or not isinstance(new, int | float):
        yield "multiple-of-widened" if new is None else "multiple-of-narrowed", detail
        return
    before, after = Fraction(str(old)), Fraction(str(new))
    if after and before % after == 0:
        yield "multiple-of-widened", detail
    elif before and after % before == 0:
        yield "multiple-of-narrowed", detail
    else:
        yield "multiple-of-changed", detail


def _optional(name: str, old: object, new: object) -> Iterator[Found]:
    if old == new:
        return
    if old is None:
        yield f"{name}-added", f"{new}"
    elif new is None:
        yield f"{name}-removed", f"{old}"
    else:
        yield f"{name}-changed", f"{old} → {new}"


def _formats(old: object, new: object) -> Iterator[Found]:
    old, new = (None if one == "password" else one for one in (old, new))
    if old == new:
        return
    if any(one is not None and one not in _FORMATS for one in (old, new)):
        yield "format-unknown", f"{old or 'none'} → {new or 'none'}"
    elif (old, new) in _WITHIN:
        yield "format-widened", f"{old} → {new}"
    elif (new, old) in _WITHIN:
        yield "format-narrowed", f"{old} → {new}"
    else:
        yield from _optional("format", old, new)
