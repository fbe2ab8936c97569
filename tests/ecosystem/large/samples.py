"""Values from JSON Schema: right ones, small and full, and wrong ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: How deep the full value of a recursive schema goes.
DEPTH = 5

_STRINGS = {
    "date-time": "2024-05-06T07:08:09Z",
    "date": "2024-05-06",
    "time": "07:08:09Z",
    "duration": "PT5M",
    "uuid": "0b7e5b1e-6a3c-4f0e-9d5e-2f1a3c4b5d6e",
    "uuid4": "0b7e5b1e-6a3c-4f0e-9d5e-2f1a3c4b5d6e",
    "email": "ada@example.com",
    "uri": "http://localhost/a",
    "url": "http://localhost/a",
    "uri-reference": "/a",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "hostname": "localhost",
    "byte": "YQ==",
    "base64": "YQ==",
    "binary": "content",
    "password": "open sesame",
    "json-string": "{}",
    "decimal": "1.5",
}
#: The first that a pattern matches is taken.
_FOR_PATTERNS = (
    "sample",
    "1",
    "a1",
    "Sample",
    "SAMPLE",
    "sample_1",
    "a-1",
    "a/b",
    "#abcdef",
    "2024-05-06",
    "1.2.3",
    "sample.json",
    "0b7e5b1e-6a3c-4f0e-9d5e-2f1a3c4b5d6e",
    "a" * 32,
    "",
)


class Samples:
    """Values for the schemas of one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def resolved(self, schema: Any) -> dict[str, Any]:
        """Return the schema itself: references followed, `allOf` joined, the first choice taken."""
        for _ in range(20):
            if not isinstance(schema, dict):
                return {}
            if "$ref" in schema:
                schema = self._at(schema["$ref"])
            elif schema.get("allOf"):
                schema = self._joined(schema)
            elif choices := schema.get("anyOf") or schema.get("oneOf"):
                schema = next((c for c in choices if c.get("type") != "null"), choices[0])
            else:
                return schema
        return {}

    def right(self, schema: Any, full: bool, depth: int = DEPTH) -> Any:
        """Return a value that the schema allows, with or without what is optional."""
        schema = self.resolved(schema)
        for key in ("const", "default"):
            if schema.get(key) is not None and not (key == "default" and full):
                return schema[key]
        if schema.get("enum"):
            return schema["enum"][0]
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((each for each in kind if each != "null"), "null")
        if kind == "object" or (kind is None and "properties" in schema):
            return self._object(schema, full, depth)
        if kind == "array":
            return self._array(schema, full, depth)
        return _scalar(kind, schema)

    def wrong(self, schema: Any) -> Any:
        """Return a value that the schema probably forbids."""
        schema = self.resolved(schema)
        kind = schema.get("type")
        if schema.get("enum"):
            return "no such choice"
        if kind in {"integer", "number", "boolean"} or "format" in schema:
            return "neither this nor that"
        return {"wrong": [1, None]} if kind in {"string", "array"} else "wrong"

    def _at(self, reference: str) -> Any:
        found: Any = self._document
        for key in reference.removeprefix("#/").split("/"):
            key = key.replace("~1", "/").replace("~0", "~")
            found = found.get(key, {}) if isinstance(found, dict) else {}
        return found

    def _joined(self, schema: dict[str, Any]) -> dict[str, Any]:
        joined: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema["allOf"]:
            part = self.resolved(part)
            both = {**joined.get("properties", {}), **part.get("properties", {})}
            required = [*joined.get("required", []), *part.get("required", [])]
            joined = {**part, **joined}
            if both:
                joined["properties"] = both
            if required:
                joined["required"] = required
        return joined

    def _object(self, schema: dict[str, Any], full: bool, depth: int) -> dict[str, Any]:
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        found = {
            name: self.right(value, full, depth - 1)
            for name, value in properties.items()
            if name in required or (full and depth > 0)
        }
        more = schema.get("additionalProperties")
        if full and depth > 0 and isinstance(more, dict) and not properties:
            found["key"] = self.right(more, full, depth - 1)
        return found

    def _array(self, schema: dict[str, Any], full: bool, depth: int) -> list[Any]:
        if items := schema.get("prefixItems"):
            return [self.right(item, full, depth - 1) for item in items]
        count = max(schema.get("minItems", 0), int(full and depth > 0))
        return [self.right(schema.get("items", {}), full, depth - 1) for _ in range(min(count, 5))]


def _scalar(kind: str | None, schema: Mapping[str, Any]) -> Any:
    match kind:
        case "integer" | "number":
            return _number(schema, 1 if kind == "integer" else 1.5)
        case "boolean":
            return True
        case "null":
            return None
    return _string(schema)


def _number(schema: Mapping[str, Any], step: float) -> float:
    if "exclusiveMinimum" in schema:
        return schema["exclusiveMinimum"] + step
    low = schema.get("minimum", step)
    high = schema.get("maximum", schema.get("exclusiveMaximum", low))
    return low if "minimum" in schema or low <= high else high


def _string(schema: Mapping[str, Any]) -> str:
    if schema.get("format") in _STRINGS:
        return _STRINGS[schema["format"]]
    if pattern := schema.get("pattern"):
        try:
            matching = (text for text in _FOR_PATTERNS if re.search(pattern, text))
        except re.error:
            return "sample"
        return next(matching, "sample")
    text = "sample"
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", len(text))
    return (text * (shortest // len(text) + 1) if shortest > len(text) else text)[
        : max(longest, shortest)
    ]
