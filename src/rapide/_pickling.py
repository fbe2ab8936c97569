"""Make copies and pickles that contain an object's input, not the results computed from it.

A shallow copy (`copy.copy`) shares the values of the object, as in FastAPI. A deep copy and a
pickle (for example by cloudpickle, with which Ray sends applications to its workers) omit the
values that belong to this object or process: compiled code, route tables, versions of changes.
"""

from collections.abc import Collection


class Shared:
    """A value that shallow copies share, and that deep copies and pickles omit."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __reduce__(self) -> tuple[object, ...]:
        return _left_out, ()


class Portable:
    """An object with arbitrary attributes, which copies and pickles rebuild from its values.

    Starlette's `State` itself cannot be pickled: it looks up every missing attribute, including
    those that pickle reads, in values that it does not have yet.
    """

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __reduce__(self) -> tuple[object, ...]:
        return type(self.value), (vars(self.value)["_state"],)


#: The marker of an omitted value.
_LEFT_OUT = Shared(None)


def _left_out() -> Shared:
    return _LEFT_OUT


def state_of(
    instance: object, *, left_out: Collection[str] = (), shared: Collection[str] = ()
) -> dict[str, object]:
    """Return the attributes for a copy of `instance`, for its `__getstate__`.

    Args:
        instance: The object to copy.
        left_out: Attributes that no copy has.
        shared: Attributes that only shallow copies have.
    """
    return {
        name: Shared(value) if name in shared else value
        for name, value in vars(instance).items()
        if name not in left_out
    }


def restore(instance: object, state: dict[str, object]) -> None:
    """Set the attributes of a copy, for its `__setstate__`."""
    attributes = vars(instance)
    for name, value in state.items():
        if isinstance(value, (Shared, Portable)):
            if value is not _LEFT_OUT:
                attributes[name] = value.value
        else:
            attributes[name] = value
