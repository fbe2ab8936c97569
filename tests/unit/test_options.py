"""Options declared once are checked and shown in every function that takes them."""

import inspect
from typing import TypedDict, Unpack

import pytest

from rapide._options import OptionSet


class ColorOptions(TypedDict, total=False):
    hue: int
    name: str | None


COLOR = OptionSet(ColorOptions, {"hue": 0, "name": None})


@COLOR.shown
def paint(wall: str, *, name: str | None = "white", **options: Unpack[ColorOptions]) -> None:
    COLOR.complete(options, "paint")


def test_the_signature_shows_each_option_once_with_its_default_and_type() -> None:
    assert (
        str(inspect.signature(paint))
        == "(wall: str, *, name: str | None = 'white', hue: int = 0) -> None"
    )


def test_defaults_fill_what_was_not_given() -> None:
    assert COLOR.complete({"hue": 3}, "paint") == {"hue": 3, "name": None}


def test_a_misspelt_option_is_refused_in_pythons_words() -> None:
    with pytest.raises(TypeError) as caught:
        paint("north", hju=3)  # type: ignore[call-arg]
    message = "paint() got an unexpected keyword argument 'hju'. Did you mean 'hue'?"
    assert str(caught.value) == message
