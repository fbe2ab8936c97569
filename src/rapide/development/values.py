"""Describe values in a bounded number of characters, without their secrets.

Values of builtin classes, models and dataclasses are described field by field, so that a secret is
found by its name. Everything else is described by its own `repr`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from rapide.development.masking import HIDDEN, Secrets, is_secret
from rapide.exceptions import ValidationException
from rapide.schema import ValidationError

#: The most characters of one value, and of one text in it.
MOST_CHARACTERS: Final = 1000
MOST_OF_TEXT: Final = 500
#: The most characters in which secrets are looked for, before a value is shortened.
MOST_SEARCHED: Final = 4 * MOST_CHARACTERS
#: The most entries of one container, and how deep containers may be in each other.
MOST_ENTRIES: Final = 20
DEEPEST: Final = 5

_ATOMS: Final = (int, float, complex, bool, type(None), type(Ellipsis))
_BRACKETS: Final[dict[type, tuple[str, str]]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}
#: What a name may refer to without containing a secret: `hash_password` is a function.
CODE: Final = type | FunctionType | MethodType | BuiltinFunctionType | ModuleType


class Describer:
    """Describes values.

    Args:
        secrets: Gets the texts that are hidden because of their names.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._left = 0

    def describe(self, name: str, value: object) -> str:
        """Return a description of the value of a name, in which secrets may still be found."""
        self._left = MOST_SEARCHED
        return shortened(self._named(name, value, 0), MOST_SEARCHED)

    def message_of(self, error: BaseException) -> str:
        """Return the message of an exception, whatever its `__str__` does."""
        try:
            text = str(error)
        except BaseException as raised:  # of the application: it may be anything
            text = f"[its __str__ raised {type(raised).__name__}]"
        for secret in _invalid_secrets(error):
            self._note(secret, 0)
            text = text.replace(f"input_value={secret!r}", f"input_value={HIDDEN}")
            text = text.replace(f"'input': {secret!r}", f"'input': {HIDDEN}")
        return shortened(text, MOST_SEARCHED)

    def _named(self, name: object, value: object, depth: int) -> str:
        if is_secret(name) and not _is_harmless(value):
            self._note(value, 0)
            return HIDDEN
        return self._shown(value, depth)

    def _note(self, value: object, depth: int) -> None:
        """Hide the texts of a secret wherever else they occur."""
        if isinstance(value, str | bytes | bytearray):
            self._secrets.add(value)
            return
        if depth >= DEEPEST:
            return
        parts: Iterable[object] = ()
        if isinstance(value, dict):
            parts = value.values()
        elif isinstance(value, list | tuple | set | frozenset):
            parts = value
        else:
            parts = [part for _, part in _fields_of(value) or ()]
            reveal = getattr(type(value), "get_secret_value", None)  # Pydantic's SecretStr
            if callable(reveal):
                parts = [*parts, reveal(value)]
        for part in islice(parts, MOST_ENTRIES):
            self._note(part, depth + 1)

    def _shown(self, value: object, depth: int) -> str:
        if self._left <= 0:
            return "…"
        text = self._text_of(value, depth)
        self._left -= len(text)
        return text

    def _text_of(self, value: object, depth: int) -> str:
        cls = type(value)
        if cls in _ATOMS:
            return own_repr(value)
        if cls is str or cls is bytes or cls is bytearray:
            return self._text(value)  # type: ignore[arg-type]
        if depth >= DEEPEST:
            return f"{cls.__name__}(…)"
        if cls in _BRACKETS:
            return self._container(value, depth)  # type: ignore[arg-type]
        mapping = _entries_of(value)
        if mapping is not None:
            return self._mapping(value, mapping, depth)
        fields = _fields_of(value)
        if fields is not None:
            return self._object(cls.__qualname__, fields, depth)
        if hasattr(cls, "get_secret_value"):
            self._note(value, 0)
        return self._secrets.hide(shortened(own_repr(value), MOST_SEARCHED))

    def _text(self, value: str | bytes | bytearray) -> str:
        shown = repr(value[:MOST_OF_TEXT])
        left = len(value) - MOST_OF_TEXT
        shown = self._secrets.hide(shown)
        return f"{shown}… and {left:,} more" if left > 0 else shown

    def _container(
        self, value: list[Any] | tuple[Any, ...] | set[Any] | frozenset[Any], depth: int
    ) -> str:
        opened, closed = _BRACKETS[type(value)]
        if isinstance(value, tuple) and _is_secret_pair(value):
            name, secret = value
            return f"({self._shown(name, depth + 1)}, {self._named(name, secret, depth + 1)})"
        if isinstance(value, tuple) and len(value) == 1:
            closed = ",)"
        if not value and isinstance(value, set | frozenset):
            return f"{type(value).__name__}()"
        parts = (self._shown(part, depth + 1) for part in value)
        return f"{opened}{_joined(parts, len(value))}{closed}"

    def _mapping(self, value: object, entries: Iterable[tuple[object, object]], depth: int) -> str:
        parts = (
            f"{self._shown(key, depth + 1)}: {self._named(key, part, depth + 1)}"
            for key, part in entries
        )
        text = "{" + _joined(parts, len(value)) + "}"  # type: ignore[arg-type]
        return text if type(value) is dict else f"{type(value).__name__}({text})"

    def _object(self, name: str, fields: Iterable[tuple[str, object]], depth: int) -> str:
        known = [*fields]
        parts = (f"{field}={self._named(field, part, depth + 1)}" for field, part in known)
        return f"{name}({_joined(parts, len(known))})"


def own_repr(value: object) -> str:
    """Return the `repr` of a value, whatever it does."""
    try:
        return repr(value)
    except BaseException as raised:  # of the application: it may be anything
        return f"[its __repr__ raised {type(raised).__name__}]"


def shortened(text: str, most: int) -> str:
    """Return the beginning of a text that is too long."""
    return f"{text[:most]}…" if len(text) > most else text


def _invalid_secrets(error: BaseException) -> Iterator[object]:
    """Yield the values with names of secrets that a validation error shows as not valid."""
    if not isinstance(error, ValidationError | ValidationException):
        return
    found: object = error.errors()
    for item in found if isinstance(found, list | tuple) else ():
        if isinstance(item, dict) and any(map(is_secret, item.get("loc") or ())):
            yield item.get("input")


def _is_harmless(value: object) -> bool:
    return value is None or isinstance(value, bool | CODE)


def _is_secret_pair(value: tuple[object, ...]) -> bool:
    """Return whether this is a name with its value, as in the headers of a scope."""
    return len(value) == 2 and isinstance(value[0], str | bytes) and is_secret(value[0])


def _joined(parts: Iterator[str], number: int) -> str:
    shown = ", ".join(islice(parts, MOST_ENTRIES))
    left = number - MOST_ENTRIES
    return f"{shown}, … and {left:,} more" if left > 0 else shown


def _entries_of(value: object) -> Iterable[tuple[object, object]] | None:
    """Return the entries of a mapping whose class does nothing unexpected; None for others."""
    if isinstance(value, dict):
        return dict.items(value)
    is_known = type(value).__module__ == "starlette.datastructures" or value is os.environ
    items: Callable[[], Iterable[tuple[object, object]]] | None = getattr(
        value, "multi_items", None
    ) or getattr(value, "items", None)
    return items() if is_known and items is not None else None


def _fields_of(value: object) -> Iterable[tuple[str, object]] | None:
    """Return the fields of a model, a dataclass, a Struct or a named tuple; None for others."""
    cls = type(value)
    names = next((names for how in _NAMES_OF_FIELDS if (names := how(cls)) is not None), None)
    if names is None:
        return None
    # A field that is not there yet may be read from a database when it is asked for.
    own = getattr(value, "__dict__", None)
    missing = object()
    pairs = (
        (name, own.get(name, missing) if isinstance(own, dict) else getattr(value, name, missing))
        for name in names
    )
    return ((name, part) for name, part in pairs if part is not missing)


def _names_of_model(cls: Any) -> list[str] | None:
    fields = cls.__dict__.get("__pydantic_fields__")
    if not isinstance(fields, dict):
        return None
    return [name for name, field in fields.items() if getattr(field, "repr", True)]


def _names_of_dataclass(cls: Any) -> list[str] | None:
    fields = getattr(cls, "__dataclass_fields__", None)
    if not isinstance(fields, dict):
        return None
    return [name for name, field in fields.items() if field.repr]


def _names_of_struct(cls: Any) -> list[str] | None:
    fields = getattr(cls, "__struct_fields__", None)
    return [*fields] if isinstance(fields, tuple) else None


def _names_of_attrs(cls: Any) -> list[str] | None:
    fields = getattr(cls, "__attrs_attrs__", None)
    return [field.name for field in fields] if isinstance(fields, tuple) else None


def _names_of_tuple(cls: Any) -> list[str] | None:
    fields = getattr(cls, "_fields", None)
    return [*fields] if issubclass(cls, tuple) and isinstance(fields, tuple) else None


_NAMES_OF_FIELDS: Final = (
    _names_of_tuple,
    _names_of_model,
    _names_of_dataclass,
    _names_of_struct,
    _names_of_attrs,
)
