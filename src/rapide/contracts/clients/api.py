"""An API as its clients see it: types, operations, answers and credentials, as plain data."""

from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True)
class Scalar:
    """A type without parts.

    Attributes:
        name: One of "any", "null", "string", "integer", "number", "boolean", "date", "date-time",
            "time", "duration", "uuid", "decimal", and "file" for bytes.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Named:
    """A type of the document's components, by the name that clients give it."""

    name: str


@dataclass(frozen=True, slots=True)
class Literals:
    """A choice of constants."""

    values: tuple[str | int | float | bool | None, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A JSON array of any length."""

    item: "Type"


@dataclass(frozen=True, slots=True)
class TupleOf:
    """A JSON array of fixed length."""

    items: tuple["Type", ...]


@dataclass(frozen=True, slots=True)
class MapOf:
    """A JSON object with any keys."""

    value: "Type"


@dataclass(frozen=True, slots=True)
class UnionOf:
    """One of several types.

    Attributes:
        options: The types.
        tag: The property that says which one it is, or None.
    """

    options: tuple["Type", ...]
    tag: str | None = None


Type = Scalar | Named | Literals | ListOf | TupleOf | MapOf | UnionOf

ANY = Scalar("any")
NULL = Scalar("null")
STRING = Scalar("string")
FILE = Scalar("file")


def is_nullable(type_: Type) -> bool:
    """Return whether null is a value of a type, as far as its own parts show."""
    if isinstance(type_, UnionOf):
        return any(is_nullable(option) for option in type_.options)
    return type_ in (NULL, ANY) or (isinstance(type_, Literals) and None in type_.values)


def holds(type_: Type, part: Type) -> bool:
    """Return whether a type is another one, or has it among its options or items."""
    if isinstance(type_, UnionOf):
        return any(holds(option, part) for option in type_.options)
    return type_ == part or (isinstance(type_, ListOf) and holds(type_.item, part))


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a model, or a field of a form.

    Attributes:
        name: The name on the wire.
        type: Its type.
        required: Whether it must be there.
        default: What the document says applies without it. `has_default` is whether it says so.
        has_default: Whether there is a default.
        text: What it means.
        is_tag: Whether it says which one of several types an object has.
    """

    name: str
    type: Type
    required: bool = True
    default: object = None
    has_default: bool = False
    text: str = ""
    is_tag: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """A JSON object with known properties.

    Attributes:
        name: The name that clients give it.
        properties: Its properties in the document's order.
        extra: The type of other properties, or None if they are not kept.
        text: What it means.
    """

    name: str
    properties: tuple[Property, ...]
    extra: Type | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """An enumeration that has a name."""

    name: str
    values: tuple[str | int | float | bool | None, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Alias:
    """Any other type that has a name."""

    name: str
    type: Type
    text: str = ""


Definition = Model | Choice | Alias


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation.

    Attributes:
        name: The name on the wire.
        place: "path", "query", "header" or "cookie".
        type: Its type.
        required: Whether it must be there.
        style: How a list or an object is written: "repeat", "deep", or what is between its items.
        default: The default in JSON, or "".
        text: What it means.
    """

    name: str
    place: str
    type: Type
    required: bool
    style: str = "repeat"
    default: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """What an operation takes as its body.

    Attributes:
        media_type: Its media type.
        kind: "json", "form", "multipart" or "content".
        type: The type of the whole, if it is one argument.
        fields: Its fields, if each of them is an argument.
        required: Whether it must be there.
    """

    media_type: str
    kind: str
    type: Type = ANY
    fields: tuple[Property, ...] | None = None
    required: bool = True


class Kind(Enum):
    """How the body of an answer is read."""

    JSON = "json"
    TEXT = "text"
    BYTES = "bytes"
    NOTHING = "nothing"
    JSON_LINES = "lines"
    EVENTS = "json events"
    TEXT_EVENTS = "events"
    """Events whose data is text, where that of others is JSON."""
    WHATEVER = "whatever"
    """As JSON, as text or as bytes: the answer's own media type decides."""


EVENTS = (Kind.EVENTS, Kind.TEXT_EVENTS)
STREAMS = (Kind.JSON_LINES, *EVENTS)


@dataclass(frozen=True, slots=True)
class Answer:
    """One possible answer of an operation.

    Attributes:
        status: "200", a range such as "4XX", or "default".
        kind: How its body is read.
        media_type: Its media type, or "".
        type: The type of the body, or of an item of a stream.
        text: What it means.
    """

    status: str
    kind: Kind
    media_type: str = ""
    type: Type = ANY
    text: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the operation failed."""
        return not self.status.startswith(("1", "2", "3"))


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a client.

    Attributes:
        id: The document's operation id, without what FastAPI adds to a function's name.
        method: The HTTP method.
        path: The path with its parameters in braces.
        group: The first tag, or "".
        parameters: The parameters in the document's order.
        body: The body, or None.
        answers: The answers in the document's order; one media type each.
        security: The names of the schemes whose credentials it takes.
        summary: One line.
        text: More lines.
        deprecated: Whether it should not be used any more.
    """

    id: str
    method: str
    path: str
    group: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...] = ()
    security: tuple[str, ...] = ()
    summary: str = ""
    text: str = ""
    deprecated: bool = False

    @property
    def is_websocket(self) -> bool:
        """Whether it opens a WebSocket."""
        return self.method == "WEBSOCKET"

    @property
    def successes(self) -> tuple[Answer, ...]:
        """The answers that are no errors."""
        return tuple(answer for answer in self.answers if not answer.is_error)

    @property
    def errors(self) -> tuple[Answer, ...]:
        """The answers that are errors."""
        return tuple(answer for answer in self.answers if answer.is_error)

    @property
    def stream(self) -> Answer | None:
        """The answer that is a stream, if there is one."""
        return next((answer for answer in self.answers if answer.kind in STREAMS), None)


@dataclass(frozen=True, slots=True)
class Scheme:
    """A way to present credentials.

    Attributes:
        name: The name in the document.
        kind: "bearer", "basic", "digest", "header", "query" or "cookie".
        wire_name: The name of the header, of the query parameter or of the cookie.
        text: What it means.
    """

    name: str
    kind: str
    wire_name: str = "Authorization"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Api:
    """All that clients know of an application."""

    title: str
    version: str
    text: str = ""
    definitions: tuple[Definition, ...] = ()
    operations: tuple[Operation, ...] = ()
    schemes: tuple[Scheme, ...] = ()
    groups: dict[str, str] = field(default_factory=dict)
    """What the document says about each tag."""
