"""Check the arguments of declarations. Each error is one line."""

from __future__ import annotations

from collections.abc import Iterable

#: The longest time in seconds (RFC 9111 section 1.2.2).
LONGEST_TIME = 2**31 - 1


def check_number(owner: str, name: str, value: object, lowest: float, said: str) -> None:
    """Check that a number is at least the lowest one, and no longer time than there is.

    Raises:
        TypeError: It is not a number.
        ValueError: It is out of its range.
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{owner}: {name} must be a number, not {value!r}")
    if not lowest <= value <= LONGEST_TIME:
        raise ValueError(f"{owner}: {name} must be {said}, not {value!r}")


def check_function(owner: str, name: str, value: object) -> None:
    """Check that an argument is a function or None.

    Raises:
        TypeError: It is another object.
    """
    if value is not None and not callable(value):
        raise TypeError(f"{owner}: {name} must be a function, not {value!r}")


def read_texts(owner: str, name: str, value: object) -> tuple[str, ...]:
    """Return texts, of which a single one may be given alone.

    Raises:
        TypeError: There is something else.
    """
    given = (value,) if isinstance(value, str) else value
    items = tuple(given) if isinstance(given, Iterable) else (given,)
    texts = tuple(item for item in items if isinstance(item, str) and item)
    if len(texts) != len(items):
        raise TypeError(f"{owner}: {name} must be a text, or a list of texts, not {value!r}")
    return texts
