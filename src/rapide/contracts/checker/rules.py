"""The table of rules: the identifier of each one, its severity, and what it finds."""

from typing import NamedTuple

from rapide.contracts.findings import Finding, Severity


class Rule(NamedTuple):
    """A kind of mistake.

    Attributes:
        severity: How bad it is.
        summary: What it finds, in one sentence without a full stop.
    """

    severity: Severity
    summary: str


#: The rules by identifier. People write the identifiers into configurations: they never change.
RULES = {
    "duplicate-route": Rule(Severity.ERROR, "two routes have the same path and method"),
}


def finding(
    rule: str,
    message: str,
    advice: str,
    *,
    route: str = "",
    place: str = "",
    chain: tuple[str, ...] = (),
) -> Finding:
    """Return a finding of one of the rules; see `Finding` for the arguments."""
    return Finding(rule, RULES[rule].severity, route, place, message, advice, chain)
