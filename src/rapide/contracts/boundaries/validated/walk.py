"""Go through a core schema: examples of values, and values at its boundaries."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import SchemaError, SchemaValidator, ValidationError, to_jsonable_python

from rapide.contracts.boundaries.boundary import Boundary

#: A core schema, as Pydantic builds it.
Core = Mapping[str, Any]

#: Values that are tried if nothing says what a validator allows.
_CANDIDATES: Final[tuple[object, ...]] = (
    *("a", "1", "true", "ab", "a-b", "en", "EUR", "a.b", "AB12", "password1", "2024-02-29"),
    *("12:00:00", "2024-02-29T12:00:00Z", "P1D", "reader@example.com", "https://example.com/"),
    *("127.0.0.1", "::1", "192.168.0.0/24", "+491701234567", "#aabbcc", "1.5", "YQ==", "os.path"),
    *("6f1c9a3e-3b1f-4f0e-9a53-0c5f3f3a7d11", "1.2.3", "DE", "4111111111111111", "/tmp"),
    *(1, 0, 1.5, True, [], {}, None),
)
_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of schemas of one type.

    Attributes:
        example: Returns a value that the schema allows, as small as possible.
        boundaries: Yields the values at its boundaries. The last argument is whether the value is
            sent as text, as parameters are.
    """

    example: "Callable[[Walk, Core], Any]"
    boundaries: "Callable[[Walk, Core, bool], Iterator[Boundary]]"


class Walk:
    """The way through a core schema.

    Args:
        kinds: What is known, by the types of schemas.
        definitions: Schemas that others refer to.
        config: The configuration of the model around it.
        behind: The references that led here.
        examples: The examples that were found before, and their schemas, by identity.
    """

    def __init__(
        self,
        kinds: Mapping[str, Kind],
        definitions: Mapping[str, Core] | None = None,
        config: Core | None = None,
        behind: tuple[str, ...] = (),
        examples: dict[int, tuple[Core, Any]] | None = None,
    ) -> None:
        self.kinds = kinds
        self.definitions = definitions or {}
        self.config = config or {}
        self.behind = behind
        self._examples = {} if examples is None else examples

    def inside(
        self,
        *,
        config: Core | None = None,
        reference: str = "",
        definitions: Mapping[str, Core] | None = None,
    ) -> "Walk":
        """Return the way below a model, a reference, or definitions."""
        return Walk(
            self.kinds,
            {**self.definitions, **(definitions or {})},
            self.config if config is None else config,
            (*self.behind, reference) if reference else self.behind,
            self._examples,
        )

    def setting(self, schema: Core, name: str, configured: str = "") -> Any:
        """Return what a schema says, or else the configuration around it."""
        found = schema.get(name)
        return self.config.get(configured or name) if found is None else found

    def accepts(self, schema: Core, value: object) -> bool | None:
        """Return whether a schema allows a value; None if only its surroundings know."""
        whole: Any = schema
        if self.definitions:
            kept = [dict(one) for one in self.definitions.values()]
            whole = {"type": "definitions", "schema": schema, "definitions": kept}
        try:
            validator = SchemaValidator(whole, dict(self.config) or None)  # type: ignore[arg-type]
        except SchemaError:  # it is a part that only its surroundings complete
            return None
        try:
            validator.validate_python(value, from_attributes=True)
        except ValidationError:
            return False
        except Exception:  # of a function of the application
            return None
        return True

    def example(self, schema: Core) -> Any:
        """Return a value that a schema allows, as small as possible, and ready for JSON."""
        known = self._examples.get(id(schema))
        if known is None:
            known = self._examples[id(schema)] = schema, self._find_example(schema)
        return known[1]

    def _find_example(self, schema: Core) -> Any:
        for value in _named_examples(schema):
            if self.accepts(schema, value):
                return value
        if len(self.behind) > _DEEPEST:
            return None
        kind = self.kinds.get(schema["type"])
        made = None if kind is None else kind.example(self, schema)
        if kind is not None and self.accepts(schema, made) is not False:
            return made
        return next((value for value in _CANDIDATES if self.accepts(schema, value)), made)

    def boundaries(self, schema: Core, is_text: bool = False) -> Iterator[Boundary]:
        """Yield values at the boundaries of a schema; none if nothing is known of its type."""
        kind = self.kinds.get(schema["type"])
        if kind is not None:
            yield from kind.boundaries(self, schema, is_text)


def _named_examples(schema: Core) -> Iterator[object]:
    """Yield the examples that a field has."""
    metadata = schema.get("metadata") or {}
    for key in ("pydantic_js_updates", "pydantic_js_extra"):
        said = metadata.get(key)
        for value in said.get("examples") or () if isinstance(said, Mapping) else ():
            yield to_jsonable_python(value, fallback=str)
