"""What copies and pickles of an object hold: what it was given, not what it has worked out of it.

A shallow copy (`copy.copy`) shares the values of the object, as in FastAPI. A deep copy and a
pickle (of cloudpickle, for example, with which Ray sends applications to its workers) leave out
what belongs to this object or to this process: compiled code, route tables, moments of the clock.
"""

from collections.abc import Collection
from typing import Any


class Shared:
    """A value that shallow copies share, and that deep copies and pickles do not hold."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __reduce__(self) -> Any:
        return _left_out, ()


class Portable:
    """An object with attributes of any name, which copies and pickles make out of its values.

    Starlette's `State` cannot be pickled itself: it looks for every missing attribute, also those
    that pickle asks for, in values that it does not have yet.
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __reduce__(self) -> Any:
        return type(self.value), (vars(self.value)["_state"],)


#: Stands for what was left out.
_LEFT_OUT = Shared(None)


def _left_out() -> Shared:
    return _LEFT_OUT


def state_of(
    instance: object, *, left_out: Collection[str] = (), shared: Collection[str] = ()
) -> dict[str, Any]:
    """The attributes that a copy of `instance` gets, for its `__getstate__`.

    Args:
        instance: What is copied.
        left_out: Attributes that no copy has.
        shared: Attributes that only shallow copies have.
    """
    return {
        name: Shared(value) if name in shared else value
        for name, value in vars(instance).items()
        if name not in left_out
    }


def restore(instance: object, state: dict[str, Any]) -> None:
    """Return a copy its attributes, for its `__setstate__`."""
    attributes = vars(instance)
    for name, value in state.items():
        if isinstance(value, (Shared, Portable)):
            if value is not _LEFT_OUT:
                attributes[name] = value.value
        else:
            attributes[name] = value
