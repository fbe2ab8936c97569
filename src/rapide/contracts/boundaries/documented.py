"""Values at the boundaries that a schema of the document declares."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from jsonschema import Draft202012Validator

from rapide.contracts.boundaries.boundary import Boundary
from rapide.types import JsonObject

#: For each format: a value that has it, values that do not, and values at its edges.
_FORMATS: Final[dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]]] = {
    "date": ("2024-02-29", ("rapide", "2023-02-29"), ("0001-01-01", "9999-12-31")),
    "date-time": (
        "2024-02-29T12:00:00Z",
        ("rapide", "2023-02-29T12:00:00Z"),
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-14:00"),
    ),
    "time": ("12:00:00", ("rapide", "24:01:00"), ("00:00:00", "23:59:59.999999")),
    "duration": ("P1D", ("rapide",), ("P0D", "-P1D", "P999999999D")),
    "uuid": ("6f1c9a3e-3b1f-4f0e-9a53-0c5f3f3a7d11", ("rapide",), ("0" * 32,)),
    "email": ("reader@example.com", ("rapide",), ("ä@example.com",)),
    "uri": ("https://example.com/", ("rapide",), ("https://example.com/ä",)),
}


#: How many schemas may be in each other, for those that contain themselves.
_DEEPEST: Final = 12


class Schemas:
    """The schemas of a document.

    Args:
        document: The OpenAPI document, where references lead.
    """

    def __init__(self, document: JsonObject) -> None:
        self.document = document
        self._validators: dict[int, tuple[JsonObject, Draft202012Validator]] = {}

    def resolved(self, schema: Any) -> JsonObject:
        """Follow references, and merge a single member of `allOf`."""
        found = dict(schema) if isinstance(schema, Mapping) else {}
        while "$ref" in found or len(found.get("allOf", ())) == 1:
            inner = found.pop("allOf")[0] if "allOf" in found else self._named(found.pop("$ref"))
            found = {**inner, **found}
        return found

    def _named(self, reference: str) -> JsonObject:
        target: Any = self.document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        return dict(target)

    def allows(self, schema: JsonObject, value: Any) -> bool:
        """Return whether a schema allows a value."""
        known = self._validators.get(id(schema))
        if known is None:
            whole = {**schema, "components": self.document.get("components", {})}
            known = self._validators[id(schema)] = schema, Draft202012Validator(whole)
        try:
            return bool(known[1].is_valid(value))
        except RecursionError:  # a schema that only refers to itself
            return True

    # An example

    def example(self, schema: JsonObject, depth: int = 0) -> Any:
        """Return the smallest value that a schema allows, or an example that it gives."""
        schema = self.resolved(schema)
        if depth > _DEEPEST:  # it contains itself
            return None
        given = [*schema.get("examples", ()), *([schema["example"]] if "example" in schema else ())]
        fitting = [value for value in given if self.allows(schema, value)]
        if fitting:
            return fitting[0]
        if "const" in schema or "enum" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        branches = self._branches(schema)
        if branches:
            return self.example(branches[0], depth + 1)
        kind = self._kind(schema)
        if kind == "object":
            required = schema.get("required", ())
            properties = schema.get("properties", {})
            return {name: self.example(properties.get(name, {}), depth + 1) for name in required}
        if kind == "array":
            items = schema.get("prefixItems") or [schema.get("items", {})] * schema.get(
                "minItems", 0
            )
            return [self.example(item, depth + 1) for item in items]
        if kind in ("integer", "number"):
            return _number(schema)
        return {"boolean": True, "null": None}.get(kind, _text(schema))

    def _branches(self, schema: JsonObject) -> list[JsonObject]:
        """Return the alternatives of a schema, `null` last."""
        found = [self.resolved(item) for key in ("anyOf", "oneOf") for item in schema.get(key, ())]
        return sorted(found, key=lambda item: item.get("type") == "null")

    def _kind(self, schema: JsonObject) -> str:
        kind = schema.get("type", "object" if "properties" in schema else "string")
        return str(kind[0] if isinstance(kind, list) else kind)

    # The boundaries

    def boundaries(
        self, schema: JsonObject, *, is_text: bool = False, depth: int = 0
    ) -> Iterator[Boundary]:
        """Yield values at the boundaries of a schema.

        Args:
            schema: The schema.
            is_text: Whether the value is sent as text, as parameters are.
            depth: How many schemas are around it; the boundaries of a deep one are left out.
        """
        if depth > _DEEPEST:
            return
        schema = self.resolved(schema)
        branches = self._branches(schema)
        if branches:
            yield from self._of_alternatives(schema, branches, is_text, depth + 1)
        elif "enum" in schema or "const" in schema:
            for member in schema.get("enum", [schema.get("const")]):
                yield Boundary("a member of the enumeration", member, True, (), "enum")
            yield Boundary("no member of the enumeration", "rapide, no member", False, (), "enum")
        else:
            yield from self._of_kind(schema, self._kind(schema), is_text, depth + 1)

    def _of_kind(
        self, schema: JsonObject, kind: str, is_text: bool, depth: int
    ) -> Iterator[Boundary]:
        """Yield the boundaries of a schema of one type."""
        if kind in ("integer", "number"):
            yield from _of_number(schema, kind)
        elif kind == "boolean":
            yield Boundary("true", True, True)
            yield Boundary("a wrong type", "rapide", False)
        elif kind == "array":
            yield from self._of_array(schema, is_text, depth)
        elif kind == "object":
            yield from self._of_object(schema, depth)
        elif kind == "string" and "type" in schema:
            yield from _of_string(schema, is_text)
        if not is_text and "type" in schema and kind != "null":
            yield Boundary("null", None, False)

    def _of_alternatives(
        self, schema: JsonObject, branches: list[JsonObject], is_text: bool, depth: int
    ) -> Iterator[Boundary]:
        """Yield the boundaries of the first alternative; another one may allow what it does not."""
        others = [item for item in branches[1:] if item.get("type") != "null"]
        has_null = any(item.get("type") == "null" for item in branches)
        if not is_text:
            yield Boundary("null", None, has_null or None)
        for item in self.boundaries(branches[0], is_text=is_text, depth=depth):
            if item.value is None and not item.where:
                continue
            is_known = not others or item.is_inside is not False
            yield item if is_known else replace(item, is_inside=None)

    def _several(self, items: JsonObject, number: int) -> tuple[list[Any], bool]:
        """Return a list of so many items, and whether no item is there twice."""
        one = self.example(items)
        schema = self.resolved(items)
        if isinstance(one, str):
            made: list[Any] = [f"{one}{index}" for index in range(number)]
        elif isinstance(one, int | float) and not isinstance(one, bool):
            made = [one + index * schema.get("multipleOf", 1) for index in range(number)]
        else:
            made = []
        if made and all(self.allows(schema, item) for item in made):
            return made, True
        return [one] * number, number < 2

    def _of_array(self, schema: JsonObject, is_text: bool, depth: int) -> Iterator[Boundary]:
        items, least = schema.get("items", {}), schema.get("minItems", 0)
        most, is_set = schema.get("maxItems"), schema.get("uniqueItems")
        one = self.example(items)
        if "prefixItems" not in schema:
            if least:
                enough, is_distinct = self._several(items, least)
                # The application may forbid that items are repeated, and so may the declaration.
                yield Boundary(
                    f"as few items as allowed ({least})",
                    enough,
                    is_distinct or None,
                    (),
                    "minItems",
                )
                yield Boundary(f"one item too few ({least})", enough[1:], False, (), "minItems")
            if most is not None and most <= 1000:
                full, is_distinct = self._several(items, most)
                yield Boundary(
                    f"as many items as allowed ({most})", full, is_distinct or None, (), "maxItems"
                )
                more, is_distinct = self._several(items, most + 1)
                refused = False if is_distinct or not is_set else None
                yield Boundary(f"one item too many ({most})", more, refused, (), "maxItems")
        yield Boundary("the same item twice", [one] * max(2, least), None)
        for item in self.boundaries(items, is_text=is_text, depth=depth) if items else ():
            yield replace(
                item,
                label=f"an item: {item.label}",
                value=[*[one] * (least - 1), item.value],
                is_inside=None if is_set and item.is_inside else item.is_inside,
            )
        if not is_text:
            yield Boundary("a wrong type", {"rapide": 1}, False)

    def _of_object(self, schema: JsonObject, depth: int) -> Iterator[Boundary]:
        smallest = self.example(schema)
        extra = {**smallest, "rapide_extra": 1}
        forbids = schema.get("additionalProperties") is False
        yield Boundary(
            "an extra member",
            extra,
            False if forbids else None,
            (),
            "additionalProperties" if forbids else "",
        )
        yield Boundary("a wrong type", [], False)
        for name, inner in schema.get("properties", {}).items():
            if name in schema.get("required", ()):
                rest = {key: value for key, value in smallest.items() if key != name}
                yield Boundary("missing", rest, False, (name,), "required")
            for item in self.boundaries(inner, depth=depth):
                yield replace(item, value={**smallest, name: item.value}, where=(name, *item.where))


def _number(schema: JsonObject) -> float:
    """Return a number that a schema allows, if there is one near its lower bound."""
    step = schema.get("multipleOf") or 1
    lowest = schema.get("minimum", schema.get("exclusiveMinimum"))
    highest = schema.get("maximum", schema.get("exclusiveMaximum"))
    if lowest is None:
        lowest = min(0, highest - step) if highest is not None else 0
    number = math.ceil(lowest / step) * step
    if number == schema.get("exclusiveMinimum"):
        number += step
    limit = math.inf if highest is None else highest
    return _plain(number if number <= limit else (lowest + limit) / 2)


def _plain(number: float) -> float:
    """Return a whole number as such: documents may write it as 1.0."""
    return int(number) if number == int(number) else number


def _of_number(schema: JsonObject, kind: str) -> Iterator[Boundary]:
    step = schema.get("multipleOf") or 1
    by = step if kind == "integer" or "multipleOf" in schema else 0.001
    for key, direction in (("minimum", -1), ("maximum", 1)):
        if key in schema:
            bound = _plain(schema[key])
            is_on_step = bound % step == 0 or by == 0.001
            yield Boundary(f"at the {key} {bound}", bound, is_on_step, (), key)
            yield Boundary(
                f"just outside the {key} {bound}", bound + direction * by, False, (), key
            )
        other = f"exclusive{key.title()}"
        if other in schema:
            bound = _plain(schema[other])
            yield Boundary(f"at the {other} {bound}", bound, False, (), other)
            inside = bound - direction * by
            is_multiple = "multipleOf" not in schema or inside % step == 0
            yield Boundary(
                f"just inside the {other} {bound}", inside, is_multiple or None, (), other
            )
    if "multipleOf" in schema:
        yield Boundary(
            f"no multiple of {step}", _number(schema) + step / 2, False, (), "multipleOf"
        )
    yield Boundary("a wrong type", "rapide", False)
    yield Boundary("a huge number", 10**30, None)
    yield Boundary("a number with more digits than Python reads", "9" * 5000, None)
    yield Boundary("empty", "", None)


def _text(schema: JsonObject) -> str:
    """Return a text that a schema allows, if that is simple enough to find."""
    form = str(schema.get("format"))
    if form in _FORMATS:
        return _FORMATS[form][0]
    length: int = schema.get("minLength", 0) or min(1, schema.get("maxLength", 1))
    candidates: list[str] = [
        "a" * length,
        "0" * length,
        *(letter * max(1, length) for letter in "A1-_"),
        *("a-b", "ab12", "AB12", "a.b", "2024-01-01", "12:00", "password", "bearer", "en", "EUR"),
        *("1.5", "+491701234567", "reader@example.com", "https://example.com/", "/", "#aabbcc"),
    ]
    return next((text for text in candidates if _fits(schema, text)), candidates[0])


def _fits(schema: JsonObject, text: str) -> bool:
    most = schema.get("maxLength", math.inf)
    return schema.get("minLength", 0) <= len(text) <= most and (
        "pattern" not in schema or re.search(schema["pattern"], text) is not None
    )


def _of_string(schema: JsonObject, is_text: bool) -> Iterator[Boundary]:
    yield from _of_length(schema)
    form = schema.get("format")
    if form in _FORMATS:
        right, wrong, edges = _FORMATS[form]
        yield Boundary(f"a value of the format {form}", right, True)
        for text in wrong:
            yield Boundary(f"no value of the format {form}", text, False)
        for text in edges:
            yield Boundary(f"at the edge of the format {form}", text, None)
    if "pattern" in schema:
        own = _text(schema)
        if _fits(schema, own):
            yield Boundary(f"a match of the pattern {schema['pattern']}", own, True, (), "pattern")
        least = schema.get("minLength", 1)
        for text in ("!" * least, " " * least, "\t" * least):
            if re.search(schema["pattern"], text) is None and len(text) <= schema.get(
                "maxLength", math.inf
            ):
                yield Boundary(
                    f"no match of the pattern {schema['pattern']}", text, False, (), "pattern"
                )
                break
    yield Boundary("empty", "", None)
    yield Boundary("letters outside of ASCII", "Ünïcödé 📚", None)
    yield Boundary("a null byte", "a\x00b", None)
    if not is_text and schema.get("contentMediaType") is None and form != "binary":
        yield Boundary("a wrong type", {"rapide": 1}, False)


def _of_length(schema: JsonObject) -> Iterator[Boundary]:
    can_vary = "pattern" not in schema and schema.get("format") not in _FORMATS
    for key, by in (("minLength", -1), ("maxLength", 1)):
        if key in schema and schema[key] <= 100_000:
            length = schema[key]
            if can_vary:
                yield Boundary(f"at the {key} {length}", "a" * length, True, (), key)
            if length + by >= 0:
                yield Boundary(
                    f"just outside the {key} {length}", "a" * (length + by), False, (), key
                )
