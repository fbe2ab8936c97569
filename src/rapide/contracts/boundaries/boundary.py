"""A value at a boundary."""

from dataclasses import dataclass
from typing import Final

#: Stands for a value that is left out.
OMITTED: Final = object()


@dataclass(frozen=True, slots=True)
class Boundary:
    """A value at a boundary.

    Attributes:
        label: Which boundary it is.
        value: The value; `OMITTED` if it is left out.
        is_inside: Whether the declaration allows it; None if it does not say.
        where: The way to the value inside of a body.
        keyword: The keyword of JSON Schema that says the same, if there is one.
        origin: What is the same wherever a model is: its name, the way inside of it, and the label.
    """

    label: str
    value: object
    is_inside: bool | None
    where: tuple[str | int, ...] = ()
    keyword: str = ""
    origin: tuple[object, ...] = ()
