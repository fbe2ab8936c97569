"""Types and their definitions as TypeScript source."""

import json
import re
from collections.abc import Iterator

from rapide.contracts.clients.api import (
    Choice,
    Definition,
    ListOf,
    Literals,
    MapOf,
    Model,
    Named,
    Scalar,
    TupleOf,
    Type,
    UnionOf,
)

_SCALARS = {
    "any": "unknown",
    "null": "null",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
}


def typescript_type(type_: Type, file: str = "string") -> str:
    """Return a type as an annotation.

    Args:
        type_: The type.
        file: The annotation of bytes: JSON has them as text, an answer as a Blob.
    """
    match type_:
        case Scalar("file"):
            return file
        case Scalar(name):
            return _SCALARS.get(name, "string")
        case Named(name):
            return name
        case Literals(values):
            return " | ".join(constant(value) for value in values)
        case ListOf(item):
            inner = typescript_type(item, file)
            is_simple = re.fullmatch(r"\w+(\[\])*", inner)
            return f"{inner}[]" if is_simple else f"({inner})[]"
        case TupleOf(items):
            return f"[{', '.join(typescript_type(item, file) for item in items)}]"
        case MapOf(value):
            return f"{{ [key: string]: {typescript_type(value, file)} }}"
        case UnionOf(options, _):
            parts = dict.fromkeys(typescript_type(option, file) for option in options)
            return " | ".join(parts)


def constant(value: object) -> str:
    """Return a constant as source."""
    return json.dumps(value, ensure_ascii=False)


def key_of(name: str) -> str:
    """Return the name of a property as source."""
    return name if re.fullmatch(r"[A-Za-z_$][\w$]*", name, re.ASCII) else constant(name)


def write_definitions(definitions: tuple[Definition, ...]) -> Iterator[str]:
    """Yield the source of each type."""
    for definition in definitions:
        comment = "".join(f"{line}\n" for line in doc_comment(definition.text, ""))
        if isinstance(definition, Model):
            yield comment + _interface(definition)
        else:
            type_: Type = (
                Literals(definition.values) if isinstance(definition, Choice) else definition.type
            )
            yield f"{comment}export type {definition.name} = {typescript_type(type_)};"


def _interface(model: Model) -> str:
    lines = [f"export interface {model.name} {{"]
    for one in model.properties:
        text = one.text
        if one.has_default and one.default is not None:
            text = f"{text} (default: {constant(one.default)})".strip()
        lines += doc_comment(text, "  ")
        mark = "" if one.required or one.is_tag else "?"
        lines.append(f"  {key_of(one.name)}{mark}: {typescript_type(one.type)};")
    if model.extra is not None:
        lines.append("  [other: string]: unknown;")
    return "\n".join([*lines, "}"])


def doc_comment(text: str, indent: str) -> list[str]:
    """Return the lines of a comment, or none without text."""
    lines = [line.strip() for line in text.strip().replace("*/", "* /").splitlines()]
    if len(lines) < 2:
        return [f"{indent}/** {lines[0]} */"] if lines else []
    return [f"{indent}/**", *(f"{indent} * {line}".rstrip() for line in lines), f"{indent} */"]
