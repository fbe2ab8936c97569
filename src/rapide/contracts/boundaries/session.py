"""Run contract tests: make the cases, send them, and collect the failures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from rapide.contracts.boundaries.answers import Answer, problems_of
from rapide.contracts.boundaries.cases import Case
from rapide.contracts.boundaries.operations import Operation, operations_of
from rapide.contracts.boundaries.plans import plans_of
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
        named: Patterns of cases that are tested, as `query page: *`; all if there are none.
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
    named: Sequence[str] = ()
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

    @property
    def kind(self) -> str:
        """What failures that are alike have in common."""
        kinds = {
            "no error of the server": "error",
            "agreement:": "disagreement",
            "a refusal that names": "location",
            "a refusal": "accepted",
            "422,": "accepted",
            "no 422": "refused",
            "a status": "status",
            "a content type": "content-type",
            "the header field": "header",
            "a header field": "header",
        }
        found = (kind for begin, kind in kinds.items() if self.expected.startswith(begin))
        return next(found, "body")

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


#: Cases and their failures.
Results = Sequence[tuple[Case, Sequence[Failure]]]


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:76]} ..."


def cases_of(app: Any, settings: Settings) -> Iterator[Case]:
    """Yield the cases of an application, always the same ones for the same seed."""
    document, plans = app.openapi(), plans_of(app)
    chosen = operations_of(document, settings.values, settings.only, settings.exclude, plans)
    # What one operation deletes, the others need.
    for operation in sorted(chosen, key=lambda one: one.method == "DELETE"):
        random = Random(f"{settings.seed} {operation.label}")
        for case in operation.cases(settings.examples, random):
            if not settings.named or any(fnmatchcase(case.name, one) for one in settings.named):
                yield case


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
            assert isinstance(case.operation, Operation)
            smallest = next(case.operation.cases(0, Random(0)))
            self._usual[label] = status = self._send(smallest)[1].status
            if 400 <= status < 500:
                self.unreached[label] = status
        return self._usual[label]
