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
        routes: The routes that have it, each by its methods and path, as `GET /items/{item_id}`;
            empty if it does not belong to routes.
        place: The line of code to look at, as `/shop/main.py:12`; empty if it is not known.
        message: What is wrong, in one sentence without a full stop.
        advice: What to write instead, in the same form.
        chain: How the code comes there, from the endpoint on: names of functions and their lines.
        also: Further lines of the same function that have the same mistake.
    """

    rule: str
    severity: Severity
    routes: tuple[str, ...]
    place: str
    message: str
    advice: str
    chain: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def route(self) -> str:
        """The first of the routes; empty if there is none."""
        return self.routes[0] if self.routes else ""

    @property
    def lines(self) -> list[int]:
        """The line of the place, and the further ones; none if they are not known."""
        numbers = [place.rpartition(":")[2] for place in (self.place, *self.also)]
        return [int(number) for number in numbers if number.isdecimal()]

    @property
    def file(self) -> str:
        """The file of the place."""
        return self.place.rpartition(":")[0]

    @property
    def line(self) -> int:
        """The line of the place; 0 if it is not known."""
        line = self.place.rpartition(":")[2]
        return int(line) if line.isdecimal() else 0
