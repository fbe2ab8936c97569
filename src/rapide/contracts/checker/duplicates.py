"""Routes and operations that exist twice."""

from collections.abc import Iterator

from rapide.contracts.checker.rules import finding
from rapide.contracts.checker.subject import CheckedRoute, Subject
from rapide.contracts.findings import Finding


def duplicate_routes(subject: Subject) -> Iterator[Finding]:
    """Find routes whose path and method an earlier route has as well."""
    first: dict[tuple[int, str, str], CheckedRoute] = {}
    for item in subject.routes:
        for method in sorted(item.route.methods or ()):
            earlier = first.setdefault((id(item.app), item.path, method), item)
            if earlier is not item:
                yield finding(
                    "duplicate-route",
                    f"{method} {item.prefix}{item.path} is declared before, at {earlier.place}, "
                    "so this one never runs",
                    "remove one of them, or give it another path or method",
                    route=item.label,
                    place=item.place,
                )
