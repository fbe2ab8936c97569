"""Types and constants as Python source."""

import builtins
import datetime
import keyword
from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel

from rapide.contracts.clients.api import (
    NULL,
    Alias,
    Choice,
    Definition,
    ListOf,
    Literals,
    MapOf,
    Named,
    Scalar,
    TupleOf,
    Type,
    UnionOf,
    is_nullable,
)
from rapide.contracts.clients.names import Names, snake

SCALARS = {
    "any": "Any",
    "null": "None",
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "date": "datetime.date",
    "date-time": "datetime.datetime",
    "time": "datetime.time",
    "duration": "datetime.timedelta",
    "uuid": "UUID",
    "decimal": "Decimal",
    "file": "str",
}
_PARSERS = {
    "date": datetime.date.fromisoformat,
    "date-time": datetime.datetime.fromisoformat,
    "time": datetime.time.fromisoformat,
    "uuid": UUID,
    "decimal": Decimal,
}
_PLAIN = {"string": str, "integer": int, "number": float, "boolean": bool}

#: The names of types that annotations use: nothing else in their scope may be called so.
TYPE_NAMES = frozenset(
    {"str", "int", "float", "bool", "bytes", "list", "dict", "tuple", "datetime"}
)
NOT_FIELDS = (
    frozenset(dir(BaseModel))
    | TYPE_NAMES
    | frozenset(keyword.kwlist)
    | {"UUID", "Any", "model_always_sent"}
)
NOT_METHODS = TYPE_NAMES | frozenset(keyword.kwlist) | {"object", "type"}
NOT_PARAMETERS = frozenset(keyword.kwlist) | {"self", "request", "segment"}


def python_type(type_: Type, file: str = "str") -> str:
    """Return a type as an annotation.

    Args:
        type_: The type.
        file: The annotation of bytes: JSON has them as text, an answer as bytes.
    """
    match type_:
        case Scalar("file"):
            return file
        case Scalar(name):
            return SCALARS[name]
        case Named(name):
            return name
        case Literals(values):
            return _literal_type(values)
        case ListOf(item):
            return f"list[{python_type(item, file)}]"
        case TupleOf(items):
            return f"tuple[{', '.join(python_type(item, file) for item in items)}]"
        case MapOf(value):
            return f"dict[str, {python_type(value, file)}]"
        case UnionOf(options, tag):
            return _union_type(options, tag, file)


def _union_type(options: tuple[Type, ...], tag: str | None, file: str) -> str:
    if tag is None:
        return " | ".join(python_type(option, file) for option in options)
    tagged = [python_type(option, file) for option in options if option != NULL]
    name = Names(NOT_FIELDS).give(snake(tag))
    union = f'Annotated[{" | ".join(tagged)}, Field(discriminator="{name}")]'
    return f"{union} | None" if NULL in options else union


def _literal_type(values: tuple[str | int | float | bool | None, ...]) -> str:
    if any(isinstance(value, float) for value in values):
        return "float"
    return f"Literal[{', '.join(source_of(value) for value in values)}]"


def optional(annotation: str, type_: Type) -> str:
    """Return an annotation that None fits, too."""
    return annotation if is_nullable(type_) else f"{annotation} | None"


def source_of(value: object) -> str:
    """Return a constant as source, with the quotes of this project."""
    if isinstance(value, str):
        text = repr(value)
        return (
            text if '"' in value or text.startswith('"') else f'"{text[1:-1]}"'.replace("\\'", "'")
        )
    if isinstance(value, list):
        return f"[{', '.join(source_of(item) for item in value)}]"
    if isinstance(value, Mapping):
        pairs = (f"{source_of(key)}: {source_of(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    return repr(value)


class Defaults:
    """Defaults as source.

    Args:
        definitions: The types with names.
    """

    def __init__(self, definitions: tuple[Definition, ...]) -> None:
        self._definitions = {definition.name: definition for definition in definitions}
        aliases = {one.name: names_in(one.type) for one in definitions if isinstance(one, Alias)}
        self._recursive = {name for name in aliases if _leads_to(name, name, aliases, set())}

    def source(self, type_: Type, value: object) -> str | None:
        """Return a default as source of exactly this type, or None if it has no such form."""
        match type_:
            case Scalar(name):
                return _scalar_default(name, value)
            case Literals(values):
                return source_of(value) if value in values else None
            case Named(name):
                return self._named(self._definitions[name], value)
            case UnionOf(options, _):
                found = (self.source(option, value) for option in options)
                return next((text for text in found if text is not None), None)
            case ListOf(item) if isinstance(value, list):
                items = [self.source(item, one) for one in value]
                written = [one for one in items if one is not None]
                return f"[{', '.join(written)}]" if len(written) == len(value) else None
            case MapOf(_) if value == {}:
                return "{}"
        return None

    def _named(self, definition: Definition, value: object) -> str | None:
        if isinstance(definition, Choice) and value in definition.values:
            return f"{definition.name}.{member_names(definition)[definition.values.index(value)]}"
        if isinstance(definition, Alias) and definition.name not in self._recursive:
            return self.source(definition.type, value)
        return None


def names_in(type_: Type) -> set[str]:
    """Return the names of the types that a type is made of."""
    match type_:
        case Named(name):
            return {name}
        case ListOf(part) | MapOf(part):
            return names_in(part)
        case TupleOf(parts) | UnionOf(parts, _):
            return set().union(*(names_in(part) for part in parts))
    return set()


def _leads_to(name: str, target: str, aliases: Mapping[str, set[str]], seen: set[str]) -> bool:
    """Return whether an alias is made of another one, directly or not."""
    for part in aliases.get(name, ()):
        if part == target:
            return True
        if part not in seen:
            seen.add(part)
            if _leads_to(part, target, aliases, seen):
                return True
    return False


def _scalar_default(name: str, value: object) -> str | None:
    if value is None:
        return "None" if name in ("null", "any") else None
    if name == "any":
        return source_of(value)
    kind = _PLAIN.get(name)
    if kind is not None:
        is_fit = type(value) is kind or (kind is float and type(value) is int)
        return source_of(value) if is_fit else None
    try:
        parsed = _PARSERS[name](str(value)) if name in _PARSERS else None
    except ValueError:
        return None
    return None if parsed is None or "tzinfo" in repr(parsed) else repr(parsed).replace("'", '"')


def member_names(choice: Choice) -> list[str]:
    """Return the names of the members of an enumeration, in order."""
    names = Names({"NAME", "VALUE", "MRO", *keyword.kwlist, *dir(builtins)})
    return [names.give(snake(_words(value)).upper()) for value in choice.values]


def _words(value: object) -> str:
    if isinstance(value, str):
        return f"minus {value[1:]}" if value.startswith("-") and value[1:] else value
    return f"value {value}".replace("-", "minus ")
