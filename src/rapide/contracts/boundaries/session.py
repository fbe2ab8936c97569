"""Run contract tests: make the cases, send them, and collect the failures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from rapide.contracts.boundaries.answers import Answer, problems_of
from rapide.contracts.boundaries.operations import Case, operations_of
from rapide.contracts.boundaries.sending import SECONDS, Sender

#: Header fields for all requests, or a function that returns those of a case.
Headers = Mapping[str, str] | Callable[[Case], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Settings:
    """How an application is tested.

    Attributes:
        headers: Header fields that are added, such as those of a login.
        values: Values of parameters and fields, by name; below a label, those of one operation.
        only: Patterns of operations that are tested; all if there are none.
        exclude: Patterns of operations that are not tested.
        seed: What the random choices are made from.
        examples: How many combinations of optional values are sent to each operation.
        reset: A function that is called before each request.
        url: The address of a server, instead of the application in this process.
        seconds: The time for an answer.
    """

    headers: Headers = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    only: Sequence[str] = ()
    exclude: Sequence[str] = ()
    seed: int = 0
    examples: int = 0
    reset: Callable[[], object] | None = None
    url: str | None = None
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that breaks the contract."""

    case: Case
    answer: Answer
    expected: str
    base: str

    def __str__(self) -> str:
        answer = self.answer
        body = answer.body[:200].decode("utf-8", "backslashreplace")
        shown = f", {_short(self.case.value)}" if self.case.value else ""
        return "\n".join(
            [
                f"{self.case}{shown}",
                f"  expected: {self.expected}",
                f"  answer:   {answer.status or 'none'} {answer.media_type} {body}".rstrip(),
                f"  shell:    {self.case.request.as_curl(self.base)}",
                f"  Python:   {self.case.request.as_python(self.base)}",
            ]
        )


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:76]} ..."


def cases_of(app: Any, settings: Settings) -> Iterator[Case]:
    """Yield the cases of an application, always the same ones for the same seed."""
    chosen = operations_of(app.openapi(), settings.values, settings.only, settings.exclude)
    for operation in chosen:
        random = Random(f"{settings.seed} {operation.label}")
        yield from operation.cases(settings.examples, random)


class Session:
    """The requests to one application, by one sender.

    Args:
        sender: What sends them.
        settings: How the application is tested.
    """

    def __init__(self, sender: Sender, settings: Settings) -> None:
        self.sender = sender
        self.settings = settings
        self._usual: dict[str, int] = {}
        self.unreached: dict[str, int] = {}

    def run(self, case: Case) -> list[Failure]:
        """Send the request of a case, and return what its answer breaks."""
        usual = self._usual_status(case)
        case, answer = self._send(case)
        problems = problems_of(case, answer, usual)
        return [Failure(case, answer, problem, self.sender.base) for problem in problems]

    def _send(self, case: Case) -> tuple[Case, Answer]:
        if self.settings.reset is not None:
            self.settings.reset()
        headers = self.settings.headers
        added = headers(case) if callable(headers) else headers
        given = {name.lower() for name in added}
        own = [item for item in case.request.headers if item[0].lower() not in given]
        request = replace(case.request, headers=(*own, *added.items()))
        return replace(case, request=request), self.sender(request)

    def _usual_status(self, case: Case) -> int:
        """Return the status of the smallest request of an operation."""
        label = case.operation.label
        if label not in self._usual:
            smallest = next(case.operation.cases(0, Random(0)))
            self._usual[label] = status = self._send(smallest)[1].status
            if 400 <= status < 500:
                self.unreached[label] = status
        return self._usual[label]
