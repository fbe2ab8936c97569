"""What is known of an error, as plain data: the pages, the text and the JSON are made of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class SourceLine:
    """A line of a source.

    Attributes:
        number: The number of the line.
        text: The line, without its end.
        is_current: Whether it is being executed.
        marked: The first column of what is being executed, and the one behind it.
    """

    number: int
    text: str
    is_current: bool = False
    marked: tuple[int, int] | None = None


@dataclass(slots=True)
class Frame:
    """A call on the way to the error.

    Attributes:
        file: The path as it is shown.
        line: The number of the line.
        function: The name of the function.
        is_own: Whether it is code of the application.
        lines: The source around the line.
        values: The local variables, and the global ones on the line, by name.
    """

    file: str
    line: int
    function: str
    is_own: bool
    lines: list[SourceLine]
    values: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Failure:
    """An exception with its frames, the innermost last.

    Attributes:
        kind: The name of the class, with its module.
        message: The message.
        notes: The notes that were added to it.
        relation: How it is related to the failure before it; empty for the first one.
        frames: The calls.
        left_out: The number of frames that are left out in their middle.
        members: The exceptions in a group.
    """

    kind: str
    message: str
    notes: list[str]
    relation: str
    frames: list[Frame]
    left_out: int = 0
    members: list[list[Failure]] = field(default_factory=list)


@dataclass(slots=True)
class RequestFacts:
    """The request, without its secrets."""

    method: str
    url: str
    client: str
    path_params: dict[str, str]
    query: list[tuple[str, str]]
    headers: list[tuple[str, str]]
    body: str


@dataclass(slots=True)
class Step:
    """A step of a plan: `done`, `failed`, or `open` if it was not reached."""

    text: str
    state: str


@dataclass(slots=True)
class RouteFacts:
    """The route of a request.

    Attributes:
        label: Its method and path.
        endpoint: The function that answers it.
        place: The file and line of that function.
        execution: How the request was executed.
        steps: The plan.
        source: The generated source, as lines.
    """

    label: str
    endpoint: str
    place: str
    execution: str
    steps: list[Step] = field(default_factory=list)
    source: list[SourceLine] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """What a page shows.

    Attributes:
        title: What has happened, in a few words.
        advice: What to do about it; empty if nothing is known.
        chain: The exception, followed by those that it came from.
    """

    title: str
    advice: str
    chain: list[Failure]
    request: RequestFacts | None = None
    route: RouteFacts | None = None

    def as_data(self) -> dict[str, Any]:
        """Return the report for JSON."""
        return asdict(self)

    @property
    def headline(self) -> str:
        """The class and the message of the exception, in one line."""
        if not self.chain:
            return self.advice
        first = self.chain[0]
        message = first.message.partition("\n")[0]
        return f"{first.kind}: {message}" if message else first.kind
