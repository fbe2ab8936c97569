"""Draw the JSON values and texts that a client sends for a type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from .catalogue import ODD_TEXTS, ODD_VALUES
from .description import Model, Parameter, Type


def fitting(draw: DrawFn, type_: Type, models: Mapping[str, Model], by_name: bool = False) -> Any:
    """Draw a JSON value of the right shape."""
    if not type_.model:
        return of_type(draw, type_, constrained=True)
    fields = models[type_.model].fields

    def one() -> dict[str, Any]:
        return {
            field.name if by_name else field.sent_as[0]: fitting(draw, field.type, models, by_name)
            for field in fields
            if not field.has_default() or draw(st.booleans())
        }

    return [one() for _ in range(draw(st.integers(0, 2)))] if type_.many else one()


def of_type(draw: DrawFn, type_: Type, constrained: bool) -> Any:
    """Draw a value of a type, mostly the one that fits every constraint when there may be some."""
    if constrained and draw(st.integers(0, 9)) < 9:
        return type_.values[0]
    return draw(st.sampled_from(type_.values))


def spoiled(draw: DrawFn, value: Any) -> Any:
    """Put something odd in the place of a value, or somewhere inside it."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        key = draw(st.sampled_from(sorted(value)))
        match draw(st.sampled_from(("spoil", "drop", "add"))):
            case "spoil":
                return value | {key: spoiled(draw, value[key])}
            case "drop":
                return {name: item for name, item in value.items() if name != key}
            case _:
                return value | {draw(st.sampled_from(("extra", "é", ""))): 1}
    if isinstance(value, list) and value and draw(st.booleans()):
        return [*value[:-1], spoiled(draw, value[-1])]
    return draw(st.sampled_from(ODD_VALUES))


def texts(
    draw: DrawFn, parameter: Parameter, odd: bool = False, constrained: bool = True
) -> list[str]:
    """Draw what a client writes for a parameter: several texts for a list."""
    if odd:
        return [draw(st.sampled_from(ODD_TEXTS)) for _ in range(draw(st.integers(1, 2)))]
    constrained = constrained and (bool(parameter.options) or parameter.place == "path")
    value = of_type(draw, parameter.type, constrained)
    return [as_text(item) for item in (value if isinstance(value, list) else [value])]


def as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
