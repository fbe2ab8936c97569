"""The formats of `rapide check`: text for people, JSON for tools, and annotations for GitHub."""

import json
import os
from pathlib import Path

from rapide.cli.checked import Findings, counted
from rapide.cli.failures import place_of, said, shortened
from rapide.cli.undefined import UndefinedNameError
from rapide.contracts.findings import Finding, Severity
from rapide.signature.errors import (
    DeclarationError,
    DependencyCycleError,
    ScopeMismatchError,
)

#: The rules of errors that are raised, by class: the first that fits.
_RULES_OF_ERRORS: dict[type[Exception], str] = {
    UndefinedNameError: "undefined-name",
    DependencyCycleError: "dependency-cycle",
    ScopeMismatchError: "outlived-scope",
    DeclarationError: "wrong-declaration",
}


def as_text(finding: Finding) -> str:
    """Return a finding as a block of lines."""
    details = {
        "instead": finding.advice,
        "route": _route(finding),
        "defined at": ", ".join(filter(None, (finding.place, *finding.also))),
        "reached by": " → ".join(finding.chain),
    }
    head = f"{finding.severity.value}: {finding.message} ({finding.rule})"
    lines = [f"  {label}: {text}" for label, text in details.items() if text]
    return _near("\n".join([head, *lines]))


def _route(finding: Finding) -> str:
    """Return the route of a finding, and how many others there are."""
    others = len(finding.routes) - 1
    return finding.route + (f" and {counted(others, 'other route')}" if others > 0 else "")


def as_line(finding: Finding) -> str:
    """Return a finding in one line."""
    where = f"{finding.place}: " if finding.place else ""
    return _near(f"{where}{finding.severity.value}: {finding.message} ({finding.rule})")


def as_json(found: Findings, problems: list[str]) -> str:
    """Return all that was found as one JSON document.

    Args:
        found: What was found.
        problems: Why the application is not ready.
    """
    total = found.compiled + found.on_generic_path
    document = {
        "ready": not problems,
        "errors": len(found.errors) + len(found.of_severity(Severity.ERROR)),
        "warnings": len(found.of_severity(Severity.WARNING)),
        "findings": [
            {
                "rule": item.rule,
                "severity": item.severity.value,
                "route": item.route or None,
                "routes": list(item.routes),
                "file": shortened(item.file) or None,
                "line": item.line or None,
                "lines": item.lines,
                "message": _near(item.message),
                "advice": item.advice,
                "chain": [_near(step) for step in item.chain],
            }
            for item in all_findings(found)
        ],
        "routes": {
            "total": total,
            "compiled": found.compiled,
            "direct": found.direct,
            "others": found.others,
            "generic": found.generic,
            "by_asgi": found.by_asgi,
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def as_annotations(found: Findings, *, all_compiled: bool) -> list[str]:
    """Return the commands of GitHub Actions that show findings beside the lines of code."""
    lines = [_annotation(item) for item in all_findings(found)]
    for reason, routes in found.generic.items() if all_compiled else ():
        text = f"not compiled: {', '.join(routes)}: {reason}"
        lines.append(f"::error title=not-compiled::{_escaped(text)}")
    return lines


def _annotation(item: Finding) -> str:
    where = {"file": _in_repository(item.file), "line": str(item.line) if item.line else ""}
    properties = {**where, "title": item.rule}
    given = ",".join(f"{name}={_in_property(text)}" for name, text in properties.items() if text)
    route = f"{_route(item)}: " if item.route else ""
    advice = f"\nInstead: {item.advice}" if item.advice else ""
    text = _near(f"{route}{item.message}{advice}")
    return f"::{item.severity.value} {given}::{_escaped(text)}"


def all_findings(found: Findings) -> list[Finding]:
    """Return the errors that were raised and what the rules found, as findings."""
    return [*map(finding_of, found.errors), *found.mistakes]


def finding_of(error: Exception) -> Finding:
    """Return an error that was raised as a finding."""
    if isinstance(error, DeclarationError):
        rule = next(name for kind, name in _RULES_OF_ERRORS.items() if isinstance(error, kind))
        return Finding(
            rule,
            Severity.ERROR,
            (error.route,) if error.route else (),
            error.place,
            error.problem,
            error.instead,
            tuple(error.chain),
        )
    cause = error.__cause__ or error
    rule = "failing-import" if getattr(error, "in_import", False) else "failing-document"
    if error.__cause__ is None:
        rule = "failing-route"
    place = place_of(cause)
    message = str(error) if error.__cause__ is not None else said(error)
    return Finding(rule, Severity.ERROR, (), place if ":" in place else "", message, "")


def _near(text: str) -> str:
    """Shorten the paths in a text that are below the current folder."""
    return text.replace(f"{Path.cwd()}{os.sep}", "")


def _in_repository(file: str) -> str:
    """Return a path as GitHub knows it: relative to the checked out repository."""
    root = os.environ.get("GITHUB_WORKSPACE") or os.getcwd()
    path = Path(file) if not file or Path(file).is_absolute() else Path.cwd() / file
    return str(path.relative_to(root)) if path.is_relative_to(root) and file else file


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _in_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
