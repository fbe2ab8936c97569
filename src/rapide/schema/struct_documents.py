"""JSON Schema of Structs, in the definitions that Pydantic's generator collects and names."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

import msgspec
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode
from pydantic_core.core_schema import CoreSchema

from rapide.schema.adapters import type_schema
from rapide.schema.struct_types import component_types, other_classes

Schema = dict[str, Any]
_REF: Final = "msgspec:"


def describe_struct(type_: object, generator: GenerateJsonSchema) -> Schema:
    """Return the schema of a type, and add the definitions that it refers to to the generator's.

    Pydantic's generator then chooses their names, so that each name is unique in the document.
    Enumerations and models are Pydantic's to describe.
    """
    known: dict[object, Schema] = vars(generator).setdefault("_described_structs", {})
    # Only models differ between input and output.
    mode = generator.mode if other_classes(type_) else "validation"
    if (id(type_), mode) not in known:
        known[id(type_), mode] = _describe(type_, generator, mode)
    # Pydantic's generator changes schemas in place.
    copied: Schema = _rewritten(known[id(type_), mode], {})
    return copied


def _describe(type_: object, generator: GenerateJsonSchema, mode: JsonSchemaMode) -> Schema:
    types = component_types(type_)

    def describe_other(class_: object) -> Schema:
        return _generate(generator, type_schema(class_).adapter.core_schema)

    (schema, *named), components = msgspec.json.schema_components(
        [type_, *types], schema_hook=describe_other, ref_template=_REF + "{name}"
    )
    refs: dict[str, Schema] = {}
    described: list[tuple[Any, str]] = []
    for one, reference in zip(types, named, strict=True):
        name = reference["$ref"].removeprefix(_REF)
        if isinstance(one, type) and issubclass(one, Enum):
            refs[_REF + name] = _generate(generator, TypeAdapter(one).core_schema)
            continue
        key, refs[_REF + name] = _reference(generator, _core_ref(one, components[name]), mode)
        described.append((key, name))
    for key, name in described:
        generator.definitions[key] = _rewritten(components[name], refs)
    described_type: Schema = _rewritten(schema, refs)
    return described_type


def _generate(generator: GenerateJsonSchema, schema: CoreSchema) -> Schema:
    return generator.generate_inner(schema)


def _reference(
    generator: GenerateJsonSchema, core_ref: Any, mode: JsonSchemaMode
) -> tuple[Any, Schema]:
    """Return the key of a definition and a reference to it, new at the first time."""
    key = core_ref, mode
    if key not in generator.core_to_defs_refs:
        defs_ref = generator.get_defs_ref(key)
        json_ref: Any = generator.ref_template.format(model=defs_ref)
        generator.core_to_defs_refs[key] = defs_ref
        generator.defs_to_core_refs[defs_ref] = key
        generator.core_to_json_refs[key] = json_ref
        generator.json_to_defs_refs[json_ref] = defs_ref
    return generator.core_to_defs_refs[key], {"$ref": generator.core_to_json_refs[key]}


def _core_ref(type_: Any, schema: Schema) -> object:
    """Return a key in the form of Pydantic's, from which its generator makes names."""
    class_name = getattr(type_, "__qualname__", None) or schema["title"]
    name = schema["title"] if "[" in schema.get("title", "") else class_name
    return f"{type_.__module__}.{name}:msgspec-{id(type_)}"


def _rewritten(schema: object, refs: dict[str, Schema]) -> Any:
    """Return a schema with the references of the document."""
    if isinstance(schema, list):
        return [_rewritten(item, refs) for item in schema]
    if isinstance(schema, str):
        return refs[schema].get("$ref", schema) if schema in refs else schema
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference in refs:
        rest = {name: item for name, item in schema.items() if name != "$ref"}
        return {**refs[reference], **_rewritten(rest, refs)}
    return {name: _rewritten(item, refs) for name, item in schema.items()}
