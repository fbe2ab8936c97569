"""The list of checks, and how they are run."""

from collections.abc import Callable, Iterator

from rapide.contracts.checker import (
    documents,
    lifespans,
    parameters,
    paths,
    reach,
    routers,
    scopes,
)
from rapide.contracts.checker.subject import Subject
from rapide.contracts.findings import Finding

Check = Callable[[Subject], Iterator[Finding]]

#: All checks, in the order in which their findings are reported.
CHECKS: tuple[Check, ...] = (
    reach.unreachable_routes,
    documents.replaced_operations,
    documents.shared_operation_ids,
    parameters.misspelt_path_parameters,
    parameters.bodies_of_reads,
    parameters.differing_parameters,
    paths.paths_without_slash,
    routers.uncalled_decorators,
    routers.unincluded_routers,
    lifespans.wrong_lifespans,
    scopes.outlived_scopes,
)


def findings_of(subject: Subject) -> list[Finding]:
    """Return what all checks find, each finding once."""
    found = (finding for check in CHECKS for finding in check(subject))
    return list(dict.fromkeys(found))
