"""What `rapide test-contract` does and prints."""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette

from rapide.cli.failures import said

if TYPE_CHECKING:
    from rapide.contracts.boundaries.session import Failure, Results


#: How many failures that are alike are printed in full.
_MOST_ALIKE = 2


class ContractError(Exception):
    """Nothing can be tested; the message is one line."""


def pairs_of(texts: Iterable[str], separator: str, option: str) -> dict[str, str]:
    """Read options of the form `name:value`.

    Raises:
        ContractError: One of them has another form.
    """
    found = {}
    for text in texts:
        name, between, value = text.partition(separator)
        if not between or not name.strip():
            raise ContractError(f"{option} takes name{separator}value, which {text!r} is not")
        found[name.strip()] = value.strip()
    return found


@dataclass(frozen=True, slots=True)
class Output:
    """How the results are reported.

    Attributes:
        as_json: Whether they are printed as JSON.
        junit: A file for the results in JUnit's format.
        show_all: Whether failures are printed that are like others.
    """

    as_json: bool = False
    junit: Path | None = None
    show_all: bool = False


def run_and_report(app: Any, options: dict[str, Any], output: Output) -> bool:
    """Test an application, print the failures, and return whether there are any.

    Raises:
        ContractError: A package is missing, the application cannot start, or has no operations; or
            a file cannot be written.
    """
    if not isinstance(app, Starlette) or not hasattr(app, "openapi"):
        raise ContractError(f"an application of type {type(app).__name__} has no document to test")
    try:
        from rapide.contracts.boundaries.sending import sender_for
        from rapide.contracts.boundaries.session import Session, Settings, cases_of
    except ModuleNotFoundError as error:
        raise ContractError(
            f'rapide test-contract needs {error.name}: pip install "rapide[contracts]"'
        ) from error
    if output.junit is not None and not output.junit.absolute().parent.is_dir():
        raise ContractError(f"{output.junit} cannot be written: there is no such folder")
    settings = Settings(**options)
    cases = list(cases_of(app, settings))
    if not cases:
        what = "case" if settings.named else "operation of the document"
        raise ContractError(f"no {what} is left to test")
    with redirect_stdout(sys.stderr):  # what the application prints
        try:
            with sender_for(app, settings.url, settings.seconds) as sender:
                session = Session(sender, settings)
                results = [(case, session.run(case)) for case in cases]
        except Exception as error:  # of the lifespan: those of requests are failures
            raise ContractError(f"the application could not be tested: {said(error)}") from error
    failures = [failure for _, found in results for failure in found]
    operations = len({case.operation.label for case in cases})
    if output.junit is not None:
        _write_junit(output.junit, results)
    if output.as_json:
        shown = _document(failures, operations, len(cases), session.unreached)
        print(json.dumps({**shown, "seed": settings.seed}, indent=2))
    else:
        _print(failures, session.unreached, show_all=output.show_all)
        print(_summary(operations, len(cases), failures, settings.seed))
    return bool(failures)


def _summary(operations: int, cases: int, failures: "list[Failure]", seed: int) -> str:
    counts = (operations, "operation"), (cases, "case"), (len(failures), "failure")
    shown = ", ".join(f"{number} {noun}{'' if number == 1 else 's'}" for number, noun in counts)
    kinds = Counter(failure.kind for failure in failures)
    listed = ", ".join(f"{kind} {number}" for kind, number in kinds.items())
    return f"{shown}{f': {listed}' if listed else ''} (seed {seed})"


def _write_junit(file: Path, results: "Results") -> None:
    from rapide.cli.junit import as_junit

    try:
        file.write_bytes(as_junit(results))
    except OSError as error:
        raise ContractError(f"{file} cannot be written: {error.strerror}") from error


def _print(failures: "list[Failure]", unreached: dict[str, int], *, show_all: bool) -> None:
    """Print the failures; of those that are alike, the first two, and the names of the others."""
    alike: dict[tuple[str, str], list[Failure]] = {}
    for failure in failures:
        alike.setdefault((failure.case.operation.label, failure.kind), []).append(failure)
    for group in alike.values():
        shown = group if show_all else group[:_MOST_ALIKE]
        for failure in shown:
            print(f"{failure}\n")
        if rest := group[len(shown) :]:
            print(f"{len(rest)} more like this (--all shows them):")
            for failure in rest:
                print(f"  {failure.case.name}")
            print()
    for label, status in unreached.items():
        print(f"note: {label} answered {status} to the smallest request: give values or headers")


def _document(
    failures: "list[Failure]", operations: int, cases: int, unreached: dict[str, int]
) -> dict[str, object]:
    return {
        "operations": operations,
        "cases": cases,
        "unreached": unreached,
        "failures": [
            {
                "operation": failure.case.operation.label,
                "parameter": failure.case.parameter,
                "boundary": failure.case.boundary,
                "kind": failure.kind,
                "expected": failure.expected,
                "status": failure.answer.status,
                "curl": failure.case.request.as_curl(failure.base),
                "python": failure.case.request.as_python(failure.base),
            }
            for failure in failures
        ],
    }
