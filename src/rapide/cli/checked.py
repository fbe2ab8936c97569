"""What `rapide check` knows of an application."""

from dataclasses import dataclass, field

from rapide.cli.discover import Target
from rapide.cli.verdict import Verdict
from rapide.contracts.findings import Finding, Severity


@dataclass(slots=True)
class Findings:
    """The errors of an application, and how its routes are executed."""

    errors: list[Exception] = field(default_factory=list)
    mistakes: list[Finding] = field(default_factory=list)
    """What the rules of the checker found."""
    loaded: Target | None = None
    compiled: int = 0
    generic: dict[str, list[str]] = field(default_factory=dict)
    """The routes that are not compiled, by the reason."""
    direct: int = 0
    by_asgi: dict[str, list[str]] = field(default_factory=dict)
    """The routes that are answered by ASGI, by other reasons than that they are not compiled."""
    verdicts: list[Verdict] = field(default_factory=list)
    others: int = 0
    """The number of other routes: documentation pages, mounts, WebSockets."""
    is_unreadable: bool = False
    """Whether an inclusion is declared wrongly, so that the routes below cannot be read."""
    seen: set[int] = field(default_factory=set)
    """The applications that were checked, by `id`, because one may be mounted in itself."""

    def add(self, where: str, verdict: Verdict) -> None:
        """Count a route."""
        self.verdicts.append(verdict)
        self.compiled += verdict.is_compiled
        self.direct += not verdict.by_asgi
        if verdict.reason is not None:
            self.generic.setdefault(verdict.reason, []).append(where)
        for reason in verdict.told_reasons:
            self.by_asgi.setdefault(reason.sentence, []).append(where)

    @property
    def on_generic_path(self) -> int:
        """The number of routes that are not compiled."""
        return sum(map(len, self.generic.values()))

    def of_severity(self, severity: Severity) -> list[Finding]:
        """Return the mistakes of a severity."""
        return [finding for finding in self.mistakes if finding.severity is severity]

    def problems(self, *, all_compiled: bool, strict: bool) -> list[str]:
        """Return why the application is not ready, as ends of a sentence; none if it is."""
        warnings = len(self.of_severity(Severity.WARNING))
        errors = len(self.errors) + len(self.of_severity(Severity.ERROR))
        problems = [counted(errors, "error")] if errors else []
        if warnings and (problems or strict):
            problems.append(counted(warnings, "warning"))
        if not errors and not strict:
            problems = []
        if all_compiled and self.generic:
            problems.append(f"{counted(self.on_generic_path, 'route')} not compiled")
        return problems


def counted(number: int, what: str) -> str:
    """Return a number with its noun, as `2 errors`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
