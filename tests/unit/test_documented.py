"""Arguments are documented once, in a docstring, and annotations show it when they are read."""

import inspect
import typing
from typing import Annotated, Any

import pytest
from typing_extensions import Doc

from rapide._documented import LaterSignature, documented, read_arguments


@documented
def paint(wall: str, hue: "int | None" = None, *, name: str = "north") -> bool:
    """Paint a wall.

    Args:
        wall: Name of the wall.
        hue: Angle in degrees:
            from 0 to 359.

    Raises:
        ValueError: There is no such wall.
    """
    return bool(wall and hue and name)


DOCUMENTED = {
    "wall": Annotated[str, Doc("Name of the wall.")],
    "hue": Annotated[int | None, Doc("Angle in degrees: from 0 to 359.")],
    "name": str,
    "return": bool,
}


@documented
class Painter:
    """Someone who paints.

    Args:
        wall: Name of the wall.
    """

    def __init__(self, wall: str) -> None: ...


def test_the_texts_of_a_docstring_are_read_with_their_further_lines() -> None:
    assert read_arguments(paint.__doc__) == {
        "wall": "Name of the wall.",
        "hue": "Angle in degrees: from 0 to 359.",
    }


@pytest.mark.parametrize("docstring", [None, "", "Paint.", "Paint.\n\nRaises:\n    E: no."])
def test_without_a_section_no_argument_has_a_text(docstring: str | None) -> None:
    assert read_arguments(docstring) == {}


def read_by(way: Any) -> Any:
    """The annotations of a function that nobody has read before."""

    @documented
    def fresh(wall: str) -> None:
        """Paint.

        Args:
            wall: Name of the wall.
        """

    return way(fresh)


@pytest.mark.parametrize(
    "way",
    [
        lambda function: function.__annotations__["wall"],
        lambda function: function.__annotations__.get("wall"),
        lambda function: dict(function.__annotations__)["wall"],
        lambda function: {**function.__annotations__}["wall"],
        lambda function: next(iter(function.__annotations__.values())),
        lambda function: dict(function.__annotations__.items())["wall"],
        lambda function: (function.__annotations__ | {})["wall"],
        lambda function: function.__annotations__.copy()["wall"],
        lambda function: typing.get_type_hints(function, include_extras=True)["wall"],
        lambda function: inspect.get_annotations(function)["wall"],
        lambda function: inspect.signature(function).parameters["wall"].annotation,
    ],
)
def test_however_annotations_are_read_they_have_the_documentation(way: Any) -> None:
    assert read_by(way) == Annotated[str, Doc("Name of the wall.")]


def test_an_annotation_that_is_a_text_becomes_its_type() -> None:
    assert paint.__annotations__ == DOCUMENTED


def test_a_class_documents_the_parameters_of_its_constructor() -> None:
    shown = inspect.signature(Painter).parameters["wall"]
    assert shown.annotation == DOCUMENTED["wall"]


def test_annotations_can_be_replaced() -> None:
    def replace(function: Any) -> Any:
        function.__annotations__["wall"] = int
        return dict(function.__annotations__)

    assert read_by(replace) == {"wall": int, "return": None}


def test_a_signature_is_made_once_when_it_is_read() -> None:
    made = []

    def make() -> inspect.Signature:
        made.append("made")
        return inspect.signature(paint)

    later = LaterSignature.made_by(make)
    assert made == []
    assert later == inspect.signature(paint)
    assert str(later) == str(inspect.signature(paint))
    assert later.replace(return_annotation=int).parameters == later.parameters
    assert made == ["made"]
