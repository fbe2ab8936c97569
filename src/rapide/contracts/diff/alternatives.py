"""Schemas as lists of alternatives, each of one type and without references at its top.

`nullable`, lists of types, `anyOf`, `oneOf` and `allOf` are many ways to say the same. Two schemas
can be compared once both are lists of alternatives. What is below properties and items stays as it
is, so that schemas that contain themselves have an end.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

from rapide.contracts.diff.reading import Document, Json, mapping, sequence

_COMPOSED = ("allOf", "anyOf", "oneOf", "$ref", "nullable", "type")
#: What says nothing about the values that are allowed.
_ANNOTATIONS = {
    *("title", "description", "example", "examples", "deprecated", "readOnly", "writeOnly"),
    *("default", "discriminator", "xml", "externalDocs", "$schema", "$id", "$comment", "$defs"),
}
_OF_TYPE: dict[str, frozenset[str]] = {
    "string": frozenset(
        {
            "minLength",
            "maxLength",
            "pattern",
            "format",
            "contentEncoding",
            "contentMediaType",
            "contentSchema",
        }
    ),
    "number": frozenset(
        {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format"}
    ),
    "array": frozenset(
        {"items", "prefixItems", "minItems", "maxItems", "uniqueItems"}
        | {"contains", "minContains", "maxContains", "unevaluatedItems"}
    ),
    "object": frozenset(
        {"properties", "required", "additionalProperties", "minProperties", "maxProperties"}
        | {"patternProperties", "propertyNames", "dependentRequired", "dependentSchemas"}
        | {"unevaluatedProperties"}
    ),
    "boolean": frozenset(),
    "null": frozenset(),
}
_OF_TYPE["integer"] = _OF_TYPE["number"]
_TYPED = frozenset().union(*_OF_TYPE.values())


@dataclass(frozen=True, slots=True)
class Alternative:
    """A schema of one type.

    Args:
        type: Its type, or an empty string for any.
        keywords: The other keywords that have a meaning for this type.
        name: The name of the schema in the document, if it has one.
    """

    type: str
    keywords: Json
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.type or "any value"


def same(old: object, new: object) -> bool:
    """Return whether two values are the same in JSON, where `true` and 1 differ."""
    return _canonical(old) == _canonical(new)


def _canonical(value: object) -> str:
    # JSON has one kind of number, so 1.0 is 1.
    return json.dumps(_with_whole_numbers(value), sort_keys=True)


def _with_whole_numbers(value: object) -> object:
    if isinstance(value, dict):
        return {key: _with_whole_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_whole_numbers(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def type_of(value: object) -> str:
    """Return the type of a value of JSON."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    kinds = {str: "string", list: "array", type(None): "null"}
    return kinds.get(type(value), "object")


def annotation(document: Document, schema: object, keyword: str) -> object:
    """Return a keyword such as `default`, which may stand behind references and in `allOf`."""
    seen: set[str] = set()
    while True:
        found = mapping(schema)
        if keyword in found:
            return found[keyword]
        for part in sequence(found.get("allOf")):
            if (value := annotation(document, part, keyword)) is not None:
                return value
        reference = found.get("$ref")
        if not isinstance(reference, str) or reference in seen:
            return None
        seen.add(reference)
        schema = document.find(reference)


def alternatives(
    document: Document, schema: object, behind: frozenset[str] = frozenset()
) -> list[Alternative]:
    """Return the alternatives of a schema; none if it allows no value.

    Args:
        document: The document of the schema.
        schema: The schema.
        behind: The references that led to it.
    """
    if isinstance(schema, bool):
        return [Alternative("", {})] if schema else []
    keywords = mapping(schema)
    reference = keywords.get("$ref")
    if isinstance(reference, str) and document.ignores_siblings:
        return _behind(document, reference, behind)
    found = _of_types(keywords)
    if isinstance(reference, str):
        found = _both(_behind(document, reference, behind), found)
    for part in sequence(keywords.get("allOf")):
        found = _both(found, alternatives(document, part, behind))
    for union in ("anyOf", "oneOf"):
        if union in keywords:
            parts = sequence(keywords[union])
            choices = [one for part in parts for one in alternatives(document, part, behind)]
            found = _both(found, choices)
    if keywords.get("nullable") is True and all(one.type not in ("", "null") for one in found):
        found = [*found, Alternative("null", {})]
    return found


def _behind(document: Document, reference: str, behind: frozenset[str]) -> list[Alternative]:
    if reference in behind:  # it says nothing but itself
        return [Alternative("", {})]
    name = reference.rpartition("/")[2]
    found = alternatives(document, document.find(reference), behind | {reference})
    return [Alternative(one.type, one.keywords, one.name or name) for one in found]


def _of_types(schema: Json) -> list[Alternative]:
    """Return one alternative for each type that a schema itself names."""
    keywords = {
        key: value
        for key, value in schema.items()
        if key not in _COMPOSED and key not in _ANNOTATIONS and not key.startswith("x-")
    }
    if "const" in keywords:
        keywords["enum"] = [keywords.pop("const")]
    values = keywords.get("enum")
    stated = schema.get("type")
    types = [str(one) for one in stated] if isinstance(stated, list) else [stated] * bool(stated)
    if not types and isinstance(values, list):
        types = list(dict.fromkeys(type_of(value) for value in values))
    if not types:
        return [Alternative("", keywords)]
    found = []
    for kind in dict.fromkeys(str(one) for one in types):
        own = {
            key: value
            for key, value in keywords.items()
            if key not in _TYPED or key in _OF_TYPE.get(kind, _TYPED)
        }
        if isinstance(values, list):
            own["enum"] = [value for value in values if _is_of(value, kind)]
            if not own["enum"]:
                continue
            if kind == "null":
                del own["enum"]
        found.append(Alternative(kind, own))
    return found


def _is_of(value: object, kind: str) -> bool:
    found = type_of(value)
    return found == kind or (found == "integer" and kind == "number")


def _both(first: list[Alternative], second: list[Alternative]) -> list[Alternative]:
    """Return what two schemas allow together."""
    if second == [Alternative("", {})]:
        return first
    if first == [Alternative("", {})]:
        return second
    merged = [_merged(one, other) for one, other in product(first, second)]
    return [one for one in merged if one is not None]


def _merged(first: Alternative, second: Alternative) -> Alternative | None:
    kinds = {first.type, second.type} - {""}
    if kinds == {"integer", "number"}:
        kinds = {"integer"}
    if len(kinds) > 1:
        return None
    keywords = dict(first.keywords)
    for key, value in second.keywords.items():
        if key not in keywords or same(keywords[key], value):
            keywords[key] = value
        else:
            keywords[key] = _MERGE.get(key, _first)(keywords[key], value)
    if keywords.get("enum") == []:
        return None
    kind = next(iter(kinds), "")
    if kind:
        keywords = {
            key: value
            for key, value in keywords.items()
            if key not in _TYPED or key in _OF_TYPE.get(kind, _TYPED)
        }
    return Alternative(kind, keywords, second.name or first.name)


def _first(first: object, second: object) -> object:
    return first


def _all_of(first: object, second: object) -> object:
    return {"allOf": [first, second]}


def _properties(first: object, second: object) -> object:
    merged = dict(mapping(first))
    for name, schema in mapping(second).items():
        merged[name] = _all_of(merged[name], schema) if name in merged else schema
    return merged


def _union(first: object, second: object) -> object:
    return [*dict.fromkeys([*sequence(first), *sequence(second)])]


def _common(first: object, second: object) -> object:
    return [one for one in sequence(first) if any(same(one, other) for other in sequence(second))]


def _larger(first: object, second: object) -> object:
    numbers = [one for one in (first, second) if isinstance(one, int | float)]
    return max(numbers) if numbers else first


def _smaller(first: object, second: object) -> object:
    numbers = [one for one in (first, second) if isinstance(one, int | float)]
    return min(numbers) if numbers else first


_MERGE: dict[str, Callable[[object, object], object]] = {
    "properties": _properties,
    "required": _union,
    "enum": _common,
    "items": _all_of,
    "additionalProperties": _all_of,
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems"), _larger),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems"), _smaller),
}
