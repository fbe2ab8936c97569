"""The list of checks, and how they are run."""

import linecache
import re
from collections.abc import Callable, Iterator

from rapide.contracts.checker import (
    blocking,
    coroutines,
    documents,
    lifespans,
    parameters,
    paths,
    reach,
    routers,
    scopes,
    yields,
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
    blocking.blocking_calls,
    coroutines.unawaited_calls,
    yields.swallowed_exceptions,
)


def findings_of(subject: Subject) -> list[Finding]:
    """Return what all checks find, each finding once, but not what a comment allows."""
    found = (finding for check in CHECKS for finding in check(subject))
    return [finding for finding in dict.fromkeys(found) if not _is_allowed(finding)]


def _is_allowed(finding: Finding) -> bool:
    """Return whether the line has the comment `# rapide: allow-` and the rule."""
    return (
        re.search(
            rf"#\s*rapide:\s*allow-{finding.rule}\b", linecache.getline(finding.file, finding.line)
        )
        is not None
    )
