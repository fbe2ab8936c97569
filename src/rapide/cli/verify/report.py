"""The report of `rapide verify`, for people and as JSON."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from rapide.cli.verify.compare import Difference, shown
from rapide.cli.verify.exchange import Answer
from rapide.cli.verify.run import Finding, Outcome
from rapide.cli.verify.settings import Settings, VerifyError

SAMPLES = 10
"""The number of lines of a kind that are shown by default."""

_INDEX = re.compile(r"\[\d+\]")


def lines(outcome: Outcome, settings: Settings) -> Iterator[str]:
    """Yield the report's lines: the differences, what could not be compared, and the totals."""
    yield from _document(outcome.document, settings.show_all)
    yield from _findings(outcome.findings, settings.show_all)
    if outcome.by_chance:
        yield "Not comparable, as two runs of FastAPI differ there too:"
        yield from _first(_by_chance(outcome), settings.show_all)
        yield ""
    for note in dict.fromkeys(outcome.notes):
        yield f"Note: {note}"
    statuses = ", ".join(f"{count} x {status}" for status, count in outcome.statuses.most_common())
    yield f"{outcome.compared} requests, which FastAPI answered with {statuses or 'nothing'}"
    yield _verdict(outcome)


def write_json(outcome: Outcome, settings: Settings, file: Path) -> None:
    """Write all findings to a file, as one JSON object.

    Raises:
        VerifyError: The file cannot be written.
    """
    report = {
        "differs": outcome.differs,
        "requests": outcome.compared,
        "seed": settings.seed,
        "statuses": dict(outcome.statuses),
        "document": [_of_difference(difference) for difference in outcome.document],
        "answers": [_of_finding(finding) for finding in outcome.findings],
        "not_comparable": dict(outcome.by_chance),
        "notes": list(dict.fromkeys(outcome.notes)),
    }
    try:
        file.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise VerifyError(f"cannot write the report: {error}") from error


def _verdict(outcome: Outcome) -> str:
    if not outcome.differs:
        return "No difference"
    return (
        f"Answers that differ: {len(outcome.findings)}; "
        f"places of the document that differ: {len(outcome.document)}"
    )


def _document(differences: list[Difference], show_all: bool) -> Iterator[str]:
    if differences:
        yield "The OpenAPI document"
        yield from _first(map(_line, differences), show_all)
        yield ""


def _findings(findings: list[Finding], show_all: bool) -> Iterator[str]:
    """Yield the requests with their differences, only the first of each kind unless `show_all`."""
    for signature, alike in groupby(sorted(findings, key=_signature), _signature):
        first, *others = alike
        for finding in [first, *(others if show_all else ())]:
            yield from _finding(finding)
            yield ""
        if others and not show_all:
            operation = signature[0]
            yield f"    … and {len(others)} more of {operation} like it (--show-all)"
            yield ""


def _finding(finding: Finding) -> Iterator[str]:
    request = finding.request
    yield f"{request.method} {shown(request.target)} ({request.origin})"
    if request.body:
        yield f"    sent: {shown(request.body.decode(errors='backslashreplace'))}"
    yield from map(_line, finding.differences)
    if finding.log:
        yield "    Rapide logged:"
        yield from (f"        {line}" for line in finding.log.splitlines())


def _signature(finding: Finding) -> tuple[str, ...]:
    """Return a key that is equal for requests that probably differ for the same reason."""
    request = finding.request
    operation = request.label or f"{request.method} {request.path}"
    kinds = {f"{each.kind} {_INDEX.sub('[]', each.place)}" for each in finding.differences}
    statuses = (str(finding.fastapi.status), str(finding.rapide.status))
    return (operation, *statuses, *sorted(kinds))


def _line(difference: Difference) -> str:
    what = difference.place
    if difference.kind != "document":
        what = f"{difference.kind} {what}".strip()
    return f"    {what or '(all)'}: FastAPI {difference.fastapi} | Rapide {difference.rapide}"


def _by_chance(outcome: Outcome) -> Iterator[str]:
    counts: dict[str, int] = {}
    for what, count in outcome.by_chance.items():
        general = _INDEX.sub("[]", what)
        counts[general] = counts.get(general, 0) + count
    for what, count in counts.items():
        yield f"    {what}" + (f" ({count} times)" if count > 1 else "")


def _first(texts: Iterable[str], show_all: bool) -> Iterator[str]:
    all_of_them = list(texts)
    yield from all_of_them if show_all else all_of_them[:SAMPLES]
    if len(all_of_them) > SAMPLES and not show_all:
        yield f"    … and {len(all_of_them) - SAMPLES} more (--show-all)"


def _of_difference(difference: Difference) -> dict[str, object]:
    return asdict(difference)


def _of_finding(finding: Finding) -> dict[str, object]:
    return {
        "origin": finding.request.origin,
        "operation": finding.request.label or None,
        "request": finding.request.as_line(),
        "differences": [_of_difference(each) for each in finding.differences],
        "fastapi": _of_answer(finding.fastapi),
        "rapide": _of_answer(finding.rapide),
        "log": finding.log,
    }


def _of_answer(answer: Answer) -> dict[str, object]:
    return {
        "status": answer.status,
        "failure": answer.failure or None,
        "headers": [list(header) for header in answer.headers],
        "body": answer.body.decode(errors="backslashreplace"),
    }
