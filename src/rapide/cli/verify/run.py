"""Start both sides, send both the same requests, and compare the answers."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rapide.cli.verify.compare import Comparison, Difference, compare_answers, compare_documents
from rapide.cli.verify.exchange import Answer, Request, send
from rapide.cli.verify.generated import generate
from rapide.cli.verify.recorded import read_archive, read_lines
from rapide.cli.verify.settings import Settings, VerifyError
from rapide.cli.verify.sides import END_SECONDS, Side, started

PATIENCE = 3
"""The number of incomplete answers after which the rest of an operation is skipped."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A request whose answers differ."""

    request: Request
    fastapi: Answer
    rapide: Answer
    differences: list[Difference]
    log: str
    """What Rapide's side logged during the request."""


@dataclass(slots=True)
class Outcome:
    """All results of one run."""

    document: list[Difference] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    compared: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    """The number of FastAPI's answers by status."""
    by_chance: Counter[str] = field(default_factory=Counter)
    """Counts of differences between two runs of FastAPI, such as `GET /orders: body id`."""
    notes: list[str] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Whether there is any difference."""
        return bool(self.document or self.findings)


def verify_application(
    settings: Settings, progress: Callable[[str], None] = lambda _message: None
) -> Outcome:
    """Run an application on FastAPI and on Rapide, and compare the two.

    Args:
        settings: The application and the options.
        progress: A function that is called with messages about the progress.

    Raises:
        VerifyError: The comparison could not be made.
    """
    outcome = Outcome()
    with tempfile.TemporaryDirectory(
        prefix="rapide-verify-", ignore_cleanup_errors=True
    ) as temporary:
        folder = Path(temporary)
        recorded = list(_recorded(settings))
        progress("starting the application on FastAPI and on Rapide")
        with started(settings, folder) as sides:
            fastapi, rapide = sides[:2]
            _compare_documents(fastapi, rapide, outcome)
            requests = [*recorded, *_generated(settings, fastapi, folder, outcome)]
            if not requests and fastapi.document is None:
                raise VerifyError(
                    "there is nothing to compare: the application has no OpenAPI document, and "
                    "neither --requests nor --har gives a request"
                )
            progress(f"sending {len(requests)} requests to each of {len(sides)} processes")
            _Conversation(settings, sides, outcome).hold(requests)
    return outcome


def _recorded(settings: Settings) -> Iterator[Request]:
    for readings in (map(read_lines, settings.requests), map(read_archive, settings.har)):
        for requests in readings:
            for request in requests:
                if settings.takes("", request.method, request.path):
                    yield request


def _generated(
    settings: Settings, fastapi: Side, folder: Path, outcome: Outcome
) -> Iterator[Request]:
    if settings.examples and fastapi.document is not None:
        yield from generate(fastapi.document, settings, folder, outcome.notes)


def _compare_documents(fastapi: Side, rapide: Side, outcome: Outcome) -> None:
    if fastapi.document_failure != rapide.document_failure:
        made = "(the document is made)"
        difference = Difference(
            "document", "", fastapi.document_failure or made, rapide.document_failure or made
        )
        outcome.document.append(difference)
    else:
        outcome.document.extend(compare_documents(fastapi.document, rapide.document))
    if fastapi.version != rapide.version:
        outcome.notes.append(
            f"FastAPI {fastapi.version} is installed, and Rapide has the interface of "
            f"{rapide.version}: they may differ for that reason"
        )
    if fastapi.document is None:
        why = fastapi.document_failure or "the application has none"
        outcome.notes.append(f"no OpenAPI document on FastAPI: {why}")


class _Conversation:
    """A sequence of requests; each one goes to every side before the next one."""

    def __init__(self, settings: Settings, sides: list[Side], outcome: Outcome) -> None:
        self._settings = settings
        self._sides = sides
        self._outcome = outcome
        self._slow: Counter[str] = Counter()

    def hold(self, requests: list[Request]) -> None:
        """Send the requests and note the differences.

        Raises:
            VerifyError: A side ends, or no side answers any longer.
        """
        for request in requests:
            if self._slow[request.label] < PATIENCE or not request.label:
                self._put(request.with_headers(self._settings.headers))
        for label, count in self._slow.items():
            if label and count >= PATIENCE:
                self._outcome.notes.append(
                    f"{label}: {PATIENCE} answers did not end in time, so the rest was left out"
                )

    def _put(self, request: Request) -> None:
        rapide = self._sides[1]
        log_start = rapide.log_size()
        # Rapide comes between two runs of FastAPI, so that these show changes over time too.
        answers = [self._answer(side, request) for side in self._sides]
        fastapi, own, *again = answers
        if all(answer.unfinished or answer.status is None for answer in answers):
            self._slow[request.label] += 1
        outcome = self._outcome
        outcome.compared += 1
        outcome.statuses[str(fastapi.status or fastapi.failure)] += 1
        found = compare_answers([fastapi, *again], own, self._settings.ignored_headers)
        self._count_by_chance(request, found)
        if found.differences:
            log = rapide.log_after(log_start) if own.status in {None, 500} else ""
            finding = Finding(request, fastapi, own, found.differences, log)
            outcome.findings.append(finding)

    def _answer(self, side: Side, request: Request) -> Answer:
        filled = request.filled(side.kept)
        answer = send(side.port, filled, self._settings.timeout)
        if answer.status is None:
            when = f"during {filled.method} {filled.target} ({request.origin})"
            side.check_alive(when, 0 if answer.timed_out else END_SECONDS)
        for name, place in request.keep.items():
            value = answer.value_at(place)
            if value is not None:
                side.kept[name] = value
            else:
                self._outcome.notes.append(
                    f"{request.origin}: {side.title} answered without {place}, so ${{{name}}} "
                    "has no new value"
                )
        return answer

    def _count_by_chance(self, request: Request, found: Comparison) -> None:
        operation = request.label or f"{request.method} {request.path}"
        self._outcome.by_chance.update(f"{operation}: {what}" for what in found.by_chance)
