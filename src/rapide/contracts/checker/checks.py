"""The list of checks, and how they are run."""

from collections.abc import Callable, Iterator

from rapide.contracts.checker import duplicates
from rapide.contracts.checker.subject import Subject
from rapide.contracts.findings import Finding

Check = Callable[[Subject], Iterator[Finding]]

#: All checks, in the order in which their findings are reported.
CHECKS: tuple[Check, ...] = (duplicates.duplicate_routes,)


def findings_of(subject: Subject) -> list[Finding]:
    """Return what all checks find, each finding once."""
    found = (finding for check in CHECKS for finding in check(subject))
    return list(dict.fromkeys(found))
