"""From the schemas of a document to types."""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import cast

from rapide.contracts.clients.api import (
    ANY,
    FILE,
    NULL,
    STRING,
    Alias,
    Choice,
    Definition,
    ListOf,
    Literals,
    MapOf,
    Model,
    Named,
    Property,
    Scalar,
    TupleOf,
    Type,
    UnionOf,
)
from rapide.contracts.clients.names import Names, pascal

Schema = Mapping[str, object]
Constant = str | int | float | bool | None

_PREFIX = "#/components/schemas/"
_FORMATS = {
    name: Scalar(name) for name in ("date", "date-time", "time", "duration", "uuid", "decimal")
}
# Pydantic describes a decimal number as a string with such a pattern.
_DECIMAL = re.compile(r"\^\(\?!\^\[-\+\.\]\*\$\)\[\+-\]\?0\*")


def mapping_in(schema: Schema, key: str) -> Schema:
    """Return a part of a schema that is an object; an empty one if there is none."""
    found = schema.get(key)
    return cast("Schema", found) if isinstance(found, Mapping) else {}


def list_in(schema: Schema, key: str) -> list[object]:
    """Return a part of a schema that is an array; an empty one if there is none."""
    found = schema.get(key)
    return cast("list[object]", found) if isinstance(found, list) else []


def text_in(schema: Schema, key: str) -> str:
    """Return a part of a schema that is text; "" if there is none."""
    found = schema.get(key)
    return found if isinstance(found, str) else ""


def default_in(schema: Schema) -> object:
    """Return the default of a schema; that of a set in order, which is another in each process."""
    found = schema.get("default")
    if schema.get("uniqueItems") is True and isinstance(found, list):
        return sorted(found, key=repr)
    return found


def schemas_in(schema: Schema, key: str) -> list[Schema]:
    """Return the schemas in a part of a schema that is an array."""
    return [cast("Schema", item) for item in list_in(schema, key) if isinstance(item, Mapping)]


class Schemas:
    """The schemas of a document's components, and of objects within them that have no name.

    Args:
        components: The schemas by name.
        reserved: Names that no type may have.
    """

    def __init__(self, components: Schema, reserved: frozenset[str]) -> None:
        self._components = components
        self._names = Names(reserved)
        self._types = {name: self._names.give(pascal(name)) for name in components}
        self._unnamed: list[Definition] = []
        self._known: dict[str, str] = {}
        self._wanted: list[str] = []
        self._tags: set[tuple[Type, str]] = set()

    def definitions(self) -> tuple[Definition, ...]:
        """Return the types that the ones that were asked for need, by name."""
        found: dict[str, Definition] = {}
        while missing := [name for name in self._wanted if name not in found]:
            for name in missing:
                found[name] = self._define(self._types[name], mapping_in(self._components, name))
        own = [found[name] for name in self._components if name in found]
        definitions = tagged((*own, *self._unnamed), self._tags)
        return tuple(sorted(definitions, key=lambda item: item.name))

    def referred(self, schema: Schema) -> tuple[str, Schema]:
        """Return the name and the schema that a schema only refers to, or "" and itself."""
        name = text_in(schema, "$ref").removeprefix(_PREFIX)
        return (name, mapping_in(self._components, name)) if name in self._types else ("", schema)

    def properties(self, schema: Schema, hint: str) -> tuple[Property, ...]:
        """Return the properties of an object's schema."""
        required = list_in(schema, "required")
        return tuple(
            Property(
                name=name,
                type=self.type_of(cast("Schema", own), f"{hint} {name}"),
                required=name in required,
                default=default_in(cast("Schema", own)),
                has_default="default" in cast("Schema", own),
                text=text_in(cast("Schema", own), "description"),
            )
            for name, own in mapping_in(schema, "properties").items()
            if isinstance(own, Mapping)
        )

    def type_of(self, schema: Schema, hint: str) -> Type:
        """Return the type of the values that a schema describes.

        Args:
            schema: The schema.
            hint: Words for the name of an object without one.
        """
        name, _ = self.referred(schema)
        if name:
            if name not in self._wanted:
                self._wanted.append(name)
            return Named(self._types[name])
        if "const" in schema:
            return Literals((cast("Constant", schema["const"]),))
        if "enum" in schema:
            return Literals(tuple(cast("list[Constant]", list_in(schema, "enum"))))
        for key in ("anyOf", "oneOf"):
            if options := schemas_in(schema, key):
                return self._union(schema, options, hint)
        if parts := schemas_in(schema, "allOf"):
            return self._intersection(schema, parts, hint)
        kinds = schema.get("type")
        if isinstance(kinds, list):
            each = [self._of_kind({**schema, "type": kind}, hint) for kind in kinds]
            return _united(each)
        return self._of_kind(schema, hint)

    def _union(self, schema: Schema, options: list[Schema], hint: str) -> Type:
        tag = text_in(mapping_in(schema, "discriminator"), "propertyName") or None
        types = [self.type_of(option, hint) for option in options]
        if len(options) > 1 and _is_decimal(options[1]) and types[0] == Scalar("number"):
            types[:2] = [Scalar("decimal")]
        if tag:
            self._tags |= {(type_, tag) for type_ in types}
        return _united(types, tag)

    def _intersection(self, schema: Schema, parts: list[Schema], hint: str) -> Type:
        if len(parts) == 1:
            return self.type_of(parts[0], hint)
        merged: dict[str, object] = {**schema, "type": "object"}
        del merged["allOf"]
        properties: dict[str, object] = {}
        required: list[object] = []
        for part in (*(self.referred(part)[1] for part in parts), schema):
            properties |= mapping_in(part, "properties")
            required += list_in(part, "required")
        return self._object({**merged, "properties": properties, "required": required}, hint)

    def _of_kind(self, schema: Schema, hint: str) -> Type:
        kind = schema.get("type")
        if kind == "string":
            return _string(schema)
        if kind in ("integer", "number", "boolean", "null"):
            return Scalar(str(kind))
        if kind == "array" or "prefixItems" in schema:
            return self._array(schema, hint)
        if kind == "object" or "properties" in schema:
            return self._object(schema, hint)
        return ANY

    def _array(self, schema: Schema, hint: str) -> Type:
        first = schemas_in(schema, "prefixItems")
        if first and schema.get("maxItems") == len(first) == schema.get("minItems"):
            return TupleOf(tuple(self.type_of(item, hint) for item in first))
        items = schema.get("items")
        if first or not isinstance(items, Mapping):
            return ListOf(ANY)
        return ListOf(self.type_of(cast("Schema", items), f"{hint} item"))

    def _object(self, schema: Schema, hint: str) -> Type:
        if not mapping_in(schema, "properties"):
            other = schema.get("additionalProperties")
            values = cast("Schema", other) if isinstance(other, Mapping) else {}
            return MapOf(self.type_of(values, f"{hint} value"))
        key = repr(schema)
        if key not in self._known:
            self._known[key] = name = self._names.give(pascal(text_in(schema, "title") or hint))
            self._unnamed.append(self._model(name, schema))
        return Named(self._known[key])

    def _define(self, name: str, schema: Schema) -> Definition:
        text = text_in(schema, "description")
        if "enum" in schema:
            return Choice(name, tuple(cast("list[Constant]", list_in(schema, "enum"))), text)
        if mapping_in(schema, "properties") or _is_empty_object(schema):
            return self._model(name, schema)
        return Alias(name, self.type_of(schema, name), text)

    def _model(self, name: str, schema: Schema) -> Model:
        other = schema.get("additionalProperties")
        extra: Type | None = None
        if other is True:
            extra = ANY
        elif isinstance(other, Mapping):
            extra = self.type_of(cast("Schema", other), f"{name} extra")
        properties = self.properties(schema, name)
        return Model(name, properties, extra, text_in(schema, "description"))


def tagged(
    definitions: tuple[Definition, ...], tags: AbstractSet[tuple[Type, str]]
) -> list[Definition]:
    """Return definitions with the properties marked that tell the options of a union apart.

    Args:
        definitions: The definitions.
        tags: The options of unions, each with the name of the property.
    """
    known = {definition.name: definition for definition in definitions}
    found: set[tuple[str, str]] = set()
    waiting = [*tags]
    while waiting:
        type_, tag = waiting.pop()
        if isinstance(type_, UnionOf):
            waiting += [(option, tag) for option in type_.options]
        elif isinstance(type_, Named) and (type_.name, tag) not in found:
            found.add((type_.name, tag))
            definition = known.get(type_.name)
            if isinstance(definition, Alias):
                waiting.append((definition.type, tag))
    return [
        replace(one, properties=tuple(_marked(part, one.name, found) for part in one.properties))
        if isinstance(one, Model)
        else one
        for one in definitions
    ]


def _marked(one: Property, owner: str, tags: AbstractSet[tuple[str, str]]) -> Property:
    return replace(one, is_tag=True) if (owner, one.name) in tags else one


def _is_empty_object(schema: Schema) -> bool:
    return schema.get("type") == "object" and "additionalProperties" not in schema


def _is_decimal(schema: Schema) -> bool:
    is_decimal = schema.get("format") == "decimal" or _DECIMAL.match(text_in(schema, "pattern"))
    return schema.get("type") == "string" and bool(is_decimal)


def _string(schema: Schema) -> Type:
    format_ = text_in(schema, "format")
    if format_ == "binary" or text_in(schema, "contentMediaType") == "application/octet-stream":
        return FILE
    if _is_decimal(schema):
        return Scalar("decimal")
    return _FORMATS.get(format_, STRING)


def _united(options: list[Type], tag: str | None = None) -> Type:
    found = list(dict.fromkeys(_flat(options)))
    if ANY in found:
        return ANY
    if NULL in found:  # null is written last
        found = [*(option for option in found if option != NULL), NULL]
    return found[0] if len(found) == 1 else UnionOf(tuple(found), tag)


def _flat(options: list[Type]) -> Iterator[Type]:
    for option in options:
        if isinstance(option, UnionOf) and option.tag is None:
            yield from _flat(list(option.options))
        else:
            yield option
