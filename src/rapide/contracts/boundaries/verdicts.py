"""What is expected of a request: what its declaration, its validator and the document say.

The validator decides whether a request is valid. The constraints that the validator is declared
with, and the document, should say the same: if they do not, that is a finding of its own.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from rapide.contracts.boundaries.boundary import OMITTED, Boundary
from rapide.contracts.boundaries.documented import Schemas
from rapide.contracts.boundaries.plans import Location, Plan
from rapide.contracts.boundaries.requests import Parts, Raw
from rapide.contracts.boundaries.validated import scalars
from rapide.types import JsonObject

#: Keywords of the document whose limits should be reached.
_BOUNDS = frozenset({*scalars.BOUNDS.values(), "multipleOf", "enum"})
_ACCEPTS = {True: "accepts", False: "refuses"}
_ALLOWS = {True: "allows", False: "does not allow"}


@dataclass(frozen=True, slots=True)
class Judged:
    """What is expected of a request.

    Attributes:
        is_inside: Whether it is valid; None if that is not known.
        locations: Where the validator says that the mistakes are.
        disagreement: What does not say the same as the validator; empty if all agree.
    """

    is_inside: bool | None
    locations: tuple[Location, ...] = ()
    disagreement: str = ""


class Subject(Protocol):
    """The operation of a request."""

    plan: Plan | None
    schemas: Schemas
    body: JsonObject
    media_type: str

    def baseline(self) -> Parts:
        """Return the smallest request."""
        ...

    def parameters(self) -> Iterable[JsonObject]:
        """Return the parameters of the document."""
        ...


def judge(subject: Subject, place: str, name: str, item: Boundary, parts: Parts) -> Judged:
    """Return what is expected of a request with a value at a boundary."""
    plan = subject.plan
    errors = None if plan is None else plan.errors(place, parts)
    if plan is None or isinstance(parts.body, Raw) or not _is_read(plan, place, name):
        return Judged(item.is_inside)
    if errors is None:
        return Judged(None)
    before = plan.errors(place, subject.baseline()) or []
    found = tuple(one for one in errors if one not in before)
    is_valid = not found
    if is_valid and (errors or _cannot_be_answered(item.value)):
        # The smallest request is refused for the same reason; or there may be no answer.
        return Judged(None)
    if is_valid or any(_concerns(one, place, name, item) for one in found):
        return Judged(is_valid, found, _disagreement(subject, place, name, item, parts, is_valid))
    return Judged(is_valid, found)


def _is_read(plan: Plan, place: str, name: str) -> bool:
    if place == "body":
        return bool(plan.body_fields)
    return (place, name) in plan.parameters


def _concerns(location: Location, place: str, name: str, item: Boundary) -> bool:
    """Return whether an error is about the value itself, not about the object around it."""
    way: Location = (place, *item.where) if place == "body" else (place, name)
    return location[: len(way)] == way


def _disagreement(
    subject: Subject, place: str, name: str, item: Boundary, parts: Parts, is_valid: bool
) -> str:
    if not item.keyword:
        return ""
    if item.is_inside is not None and item.is_inside is not is_valid:
        is_documents = item.label.startswith("the document: ")
        if is_documents and item.is_inside and item.keyword not in _BOUNDS:
            return ""  # a function of the application may refuse a text for good reasons
        return _said("document" if is_documents else "declaration", item.is_inside, is_valid)
    if item.keyword == "bound":
        return ""
    documented = _in_document(subject, place, name, item, parts)
    if documented is None or documented is is_valid:
        return ""
    return _said("document", documented, is_valid)


def _said(source: str, is_allowed: bool, is_valid: bool) -> str:
    allows, accepts = _ALLOWS[is_allowed], _ACCEPTS[is_valid]
    return f"agreement: the {source} {allows} the value, but the validator {accepts} it"


def _cannot_be_answered(value: object) -> bool:
    """Return whether there is something in a value that no JSON can have.

    The validator may allow it. If the response contains it, the client gets a refusal.
    """
    if isinstance(value, dict):
        return any(_cannot_be_answered(one) for pair in value.items() for one in pair)
    if isinstance(value, list):
        return any(map(_cannot_be_answered, value))
    if isinstance(value, float):
        return not math.isfinite(value)
    if not isinstance(value, str):
        return False
    return _is_infinite(value) or any(0xD800 <= ord(letter) < 0xE000 for letter in value)


def _is_infinite(text: str) -> bool:
    try:
        return not math.isfinite(float(text))
    except ValueError:
        return text == "sNaN"


def _in_document(
    subject: Subject, place: str, name: str, item: Boundary, parts: Parts
) -> bool | None:
    """Return whether the document allows a value; None if it does not speak of it."""
    if place == "body":
        is_json = subject.media_type.endswith("json") and parts.body is not OMITTED
        if not is_json or not subject.schemas.allows(subject.body, subject.baseline().body):
            return None
        return subject.schemas.allows(subject.body, parts.body)
    for parameter in subject.parameters():
        if (parameter["in"], parameter["name"]) == (place, name):
            if item.value is OMITTED:
                return not parameter.get("required")
            return subject.schemas.allows(parameter.get("schema", {}), item.value)
    return None
