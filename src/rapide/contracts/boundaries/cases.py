"""A request of a contract test, and what is expected of its answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from rapide.contracts.boundaries.plans import Location
from rapide.contracts.boundaries.requests import Request
from rapide.types import JsonObject


class Described(Protocol):
    """What a case has to know of its operation."""

    method: str
    path: str
    described: JsonObject

    @property
    def label(self) -> str:
        """The method and the path."""
        ...

    @property
    def components(self) -> Mapping[str, object]:
        """The components of the document."""
        ...

    def resolved(self, value: object) -> JsonObject:
        """Follow the references of an object of the document."""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    """A request that tests one boundary of one parameter.

    Attributes:
        operation: The operation.
        parameter: The parameter or the field, as `query page`; empty for the smallest request.
        boundary: Which boundary it is.
        is_inside: Whether the declaration allows the request; None if it does not say.
        request: The request.
        value: The value that is tested, as Python shows it.
        is_firm: Whether the declaration itself says so, and not only the validator.
        is_strict: Whether a refusal has the status 422.
        is_broken: Whether the body as a whole is broken, so that 400, 413 and 415 are answers.
        locations: Where a refusal has to say that the mistake is; none if that is not known.
        disagreement: What the declaration, the document and the validator disagree about.
    """

    operation: Described
    parameter: str
    boundary: str
    is_inside: bool | None
    request: Request
    value: str = ""
    is_firm: bool = False
    is_strict: bool = False
    is_broken: bool = False
    locations: tuple[Location, ...] = ()
    disagreement: str = ""

    @property
    def name(self) -> str:
        """The parameter and the boundary."""
        return f"{self.parameter}: {self.boundary}" if self.parameter else self.boundary

    def __str__(self) -> str:
        return f"{self.operation.label} [{self.name}]"
