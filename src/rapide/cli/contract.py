"""What `rapide test-contract` does and prints."""

import json
import sys
from collections.abc import Iterable
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette

from rapide.cli.failures import said

if TYPE_CHECKING:
    from rapide.contracts.boundaries.session import Failure


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


def run_and_report(app: Any, options: dict[str, Any], *, as_json: bool) -> bool:
    """Test an application, print the failures, and return whether there are any.

    Raises:
        ContractError: A package is missing, the application cannot start, or has no operations.
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
    settings = Settings(**options)
    cases = list(cases_of(app, settings))
    if not cases:
        raise ContractError("no operation of the document is left to test")
    with redirect_stdout(sys.stderr):  # what the application prints
        try:
            with sender_for(app, settings.url, settings.seconds) as sender:
                session = Session(sender, settings)
                failures = [failure for case in cases for failure in session.run(case)]
        except Exception as error:  # of the lifespan: those of requests are failures
            raise ContractError(f"the application could not be tested: {said(error)}") from error
    operations = len({case.operation.label for case in cases})
    if as_json:
        print(json.dumps(_document(failures, operations, len(cases), session.unreached), indent=2))
    else:
        _print(failures, session.unreached)
        counts = f"{operations} operations, {len(cases)} cases, {len(failures)} failures"
        print(f"{counts} (seed {settings.seed})")
    return bool(failures)


def _print(failures: "list[Failure]", unreached: dict[str, int]) -> None:
    for failure in failures:
        print(f"{failure}\n")
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
                "expected": failure.expected,
                "status": failure.answer.status,
                "curl": failure.case.request.as_curl(failure.base),
                "python": failure.case.request.as_python(failure.base),
            }
            for failure in failures
        ],
    }
