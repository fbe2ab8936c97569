"""What a check finds in an application."""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How bad a finding is."""

    ERROR = "error"
    """Something does not work, so the check fails."""
    WARNING = "warning"
    """Something works, but hardly as it was meant. The check fails with `--strict`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake in an application.

    Attributes:
        rule: The identifier of the rule, as `unreachable-route`.
        severity: How bad it is.
        route: The methods and the path, as `GET /items/{item_id}`; empty if it is no route's.
        place: The line of code to look at, as `/shop/main.py:12`; empty if it is not known.
        message: What is wrong, in one sentence without a full stop.
        advice: What to write instead, in the same form.
        chain: How the code comes there, from the endpoint on: names of functions and their lines.
    """

    rule: str
    severity: Severity
    route: str
    place: str
    message: str
    advice: str
    chain: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The file of the place."""
        return self.place.rpartition(":")[0]

    @property
    def line(self) -> int:
        """The line of the place; 0 if it is not known."""
        line = self.place.rpartition(":")[2]
        return int(line) if line.isdecimal() else 0
