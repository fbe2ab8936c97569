"""One change between two documents, and lists of accepted changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from rapide.contracts.diff.reading import UnreadableDocument
from rapide.contracts.diff.rules import RULES, VERDICTS, Direction, Verdict


class AllowListError(UnreadableDocument):
    """An entry of a list of accepted changes cannot be read."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one operation, or of the whole document.

    Args:
        rule: The identifier of the rule, a key of `RULES`.
        operation: The method and path, as in the old document: `GET /books/{book_id}`. It is
            empty if the change concerns the whole document.
        direction: Whether the change is in a request or in a response.
        place: Where: `query parameter limit`, or `200 body.items[].name`.
        detail: What there was and what there is, in words.
        accepted: Whether a list of accepted changes has it.
    """

    rule: str
    operation: str
    direction: Direction
    place: str
    detail: str
    accepted: bool = False

    @property
    def verdict(self) -> Verdict:
        """Whether the change breaks clients."""
        rule = RULES[self.rule]
        return rule.response if self.direction == "response" else rule.request

    @property
    def severity(self) -> int:
        """The place of the verdict, the worst first."""
        return VERDICTS.index(self.verdict)

    def as_json(self) -> dict[str, object]:
        """Return the change as `--format json` shows it."""
        return {
            "verdict": self.verdict,
            "rule": self.rule,
            "operation": self.operation,
            "direction": self.direction or None,
            "place": self.place,
            "detail": self.detail,
            "accepted": self.accepted,
        }


@dataclass(frozen=True, slots=True)
class Accepted:
    """An entry of a list of accepted changes: a rule and an operation, both may have `*`."""

    rule: str
    operation: str

    def fits(self, change: Change) -> bool:
        """Return whether a change is accepted."""
        return fnmatchcase(change.rule, self.rule) and fnmatchcase(
            change.operation.replace("[", "("), self.operation.replace("[", "(")
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.operation}"


def read_accepted(lines: Iterable[str]) -> list[Accepted]:
    """Read entries such as `operation-removed DELETE /books/*`; `#` begins a comment.

    Raises:
        AllowListError: A line has no operation, or names a rule that does not exist.
    """
    entries = []
    for line in lines:
        rule, _, operation = line.partition(" #")[0].strip().partition(" ")
        if not rule or rule.startswith("#"):
            continue
        if not any(fnmatchcase(name, rule) for name in RULES):
            raise AllowListError(f"there is no rule {rule!r}: {line.strip()}")
        if not operation.strip():
            raise AllowListError(
                f"name the operation after the rule, as in {rule!r} 'GET /books' or '*': {line}"
            )
        entries.append(Accepted(rule, " ".join(operation.split())))
    return entries


def accept(changes: Iterable[Change], entries: Sequence[Accepted]) -> list[Change]:
    """Return the changes, marked where a list accepts them."""
    return [
        Change(
            change.rule,
            change.operation,
            change.direction,
            change.place,
            change.detail,
            accepted=any(entry.fits(change) for entry in entries),
        )
        for change in changes
    ]


def unused(changes: Sequence[Change], entries: Iterable[Accepted]) -> list[Accepted]:
    """Return the entries that accept none of the changes."""
    return [entry for entry in entries if not any(entry.fits(change) for change in changes)]


def failing(changes: Iterable[Change], fail_on: str) -> list[Change]:
    """Return the changes that are not accepted and as bad as `fail_on`, or worse.

    Args:
        changes: The changes.
        fail_on: A verdict, or "never".
    """
    if fail_on == "never":
        return []
    worst = [str(verdict) for verdict in VERDICTS].index(fail_on)
    return [change for change in changes if not change.accepted and change.severity <= worst]
