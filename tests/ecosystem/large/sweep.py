"""Send the same requests to all sides, and compare."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from rapide.cli.verify.compare import compare_answers, compare_documents
from rapide.cli.verify.exchange import Answer, Request, send
from tests.ecosystem.large.environments import INSIDE
from tests.ecosystem.large.requests import operations_of, requests_of
from tests.ecosystem.large.sides import Side, environment, started

TIMEOUT = 60.0
#: Answers of one operation that may stay away before the rest of it is left out.
PATIENCE = 2
IGNORED_HEADERS = frozenset({"date"})
#: Rapide adds an `ETag` to the document on purpose.
DOCUMENT_HEADERS = IGNORED_HEADERS | {"etag"}


@dataclass
class Outcome:
    """What became of one application."""

    name: str
    distribution: str = ""
    version: str = ""
    operations: int = 0
    answers: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    by_chance: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)


def sweep(name: str, python: Path, mistakes: int, keep: Path | None = None) -> Outcome:
    """Start an application in every way, and send it what its documents suggest.

    Args:
        name: The module of `served`.
        python: The interpreter of its environment.
        mistakes: How many requests with a mistake are sent, at most.
        keep: A folder for what the servers write; a temporary one unless given.
    """
    outcome = Outcome(name)
    with tempfile.TemporaryDirectory(prefix="sweep-", ignore_cleanup_errors=True) as temporary:
        folder = keep or Path(temporary)
        theirs = _described(name, python, folder / "documents-fastapi", "fastapi")
        ours = _described(name, python, folder / "documents-rapide_", "standin")
        outcome.distribution, outcome.version = theirs["distribution"], theirs["version"]
        _compare_documents(theirs["documents"], ours["documents"], outcome)
        operations = [
            operation
            for prefix, document in theirs["documents"].items()
            for operation in operations_of(prefix.partition("#")[0], document, theirs["values"])
            if not any(fnmatchcase(operation.label, pattern) for pattern in theirs["excluded"])
        ]
        outcome.operations = len(operations)
        with started(name, python, folder) as sides:
            _Conversation(sides, theirs, outcome).hold(list(requests_of(operations, mistakes)))
    return outcome


def _described(name: str, python: Path, folder: Path, side: str) -> dict[str, Any]:
    (folder / "tmp").mkdir(parents=True)
    file = folder / "described.json"
    command = [str(python), str(INSIDE / "describe.py"), f"served.{name}", str(file)]
    with (folder / "log").open("wb") as log:
        subprocess.run(
            command, cwd=folder, env=environment(side, folder), stdout=log, stderr=log, timeout=300
        )
    if not file.exists():
        text = (folder / "log").read_text(encoding="utf-8", errors="replace")
        raise SystemExit(f"{name} cannot be imported on {side}:\n{text[-4000:]}")
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["framework"] == ("fastapi" if side == "fastapi" else "rapide"), found["framework"]
    return found


def _compare_documents(theirs: dict[str, Any], ours: dict[str, Any], outcome: Outcome) -> None:
    if list(theirs) != list(ours):
        outcome.differences.append(f"mounted on FastAPI {list(theirs)}, on Rapide {list(ours)}")
    for prefix in theirs.keys() & ours.keys():
        for each in compare_documents(theirs[prefix], ours[prefix]):
            outcome.differences.append(
                f"document {prefix or '/'} {each.place}: {each.fastapi} | {each.rapide}"
            )


class _Conversation:
    def __init__(self, sides: Sequence[Side], described: dict[str, Any], outcome: Outcome) -> None:
        self._sides = sides
        self._described = described
        self._outcome = outcome
        self._slow: Counter[str] = Counter()
        #: What differed, with the header or the operation's place in the body that it was.
        self._found: list[tuple[str, str]] = []
        self._changing: set[str] = set()

    def hold(self, of_operations: Sequence[Request]) -> None:
        """Send the documents' requests and those of the operations."""
        headers = tuple(self._described["headers"].items())
        documents = [
            Request("GET", f"{prefix}/openapi.json") for prefix in self._described["documents"]
        ]
        requests = [*documents, *of_operations]
        for index, request in enumerate(requests):
            if index % 200 == 0:
                print(f"{self._outcome.name}: {index} of {len(requests)}", file=sys.stderr)
            if self._slow[request.label] < PATIENCE:
                self._put(request.with_headers(headers))
        # A moment or a duration is sometimes the same by chance: what has differed once counts.
        self._outcome.differences.extend(
            text for place, text in self._found if place not in self._changing
        )
        self._compare_logs()

    def _put(self, request: Request) -> None:
        answers = {side.name: self._answer(side, request) for side in self._sides}
        theirs = [answers.pop("fastapi"), answers.pop("fastapi2")]
        outcome = self._outcome
        outcome.answers += 1
        outcome.statuses[str(theirs[0].status or theirs[0].failure)] += 1
        if any(each.status is None or each.unfinished for each in (*theirs, *answers.values())):
            self._slow[request.label] += 1
        for name, ours in answers.items():
            ignored = IGNORED_HEADERS if request.label else DOCUMENT_HEADERS
            found = compare_answers(theirs, ours, ignored)
            outcome.by_chance.update(f"{request.label}: {what}" for what in found.by_chance)
            self._changing.update(_place(request, what) for what in found.by_chance)
            self._found.extend(
                (
                    _place(request, f"{each.kind} {each.place}".strip()),
                    f"{name}: {request.label} ({request.origin}) {each.kind} {each.place}: "
                    f"{each.fastapi} | {each.rapide}\n      {_shown(request)}",
                )
                for each in found.differences
            )

    def _answer(self, side: Side, request: Request) -> Answer:
        filled = side.memory.fill(request)
        answer = send(side.port, filled, TIMEOUT)
        side.memory.learn(request, answer)
        if answer.status is None and side.has_ended:
            raise SystemExit(f"{side.name} ended at {_shown(filled)}:\n{side.log[-4000:]}")
        return answer

    def _compare_logs(self) -> None:
        """Note what was raised and logged on Rapide, and never on FastAPI."""
        raised = {side.name: side.exceptions() for side in self._sides}
        theirs = raised.pop("fastapi") | raised.pop("fastapi2")
        for name, ours in raised.items():
            self._outcome.differences.extend(
                f"{name}: only here logged: {line[:300]}" for line in sorted(ours - theirs)
            )


def _place(request: Request, what: str) -> str:
    """Return where something differed: headers, and sets, are the same in every operation."""
    if what.startswith("header ") or what.endswith("(order of keys)"):
        return what
    return f"{request.label}: {what}"


def _shown(request: Request) -> str:
    body = "" if request.body is None else f" {request.body[:300]!r}"
    return f"{request.method} {request.target} {dict(request.headers)}{body}"[:600]
