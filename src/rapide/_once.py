"""Make objects when they are first needed, even if several threads need them at the same time.

Rules. An object that takes part in serving is made completely under the single lock `making`, and
published by one assignment at the end. So readers need no lock, the next caller tries again after a
failure, and no user function is called twice if FastAPI calls it once. A single lock cannot be
acquired in a wrong order. It is reentrant, because making one object may need another. It is never
held while code waits for a request.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from threading import RLock
from typing import TYPE_CHECKING, Final, TypeVar

T = TypeVar("T")

#: Held while an object is made that other threads may need too.
making: Final = RLock()

if TYPE_CHECKING:
    from functools import cached_property as cached_property
else:

    class cached_property(functools.cached_property):
        """A `functools.cached_property` that is computed once, even for several threads."""

        def __get__(self, instance: object, owner: type | None = None) -> object:
            """Compute the value, unless another thread has just done it."""
            if instance is None:
                return self
            values = instance.__dict__
            with making:
                try:
                    return values[self.attrname]
                except KeyError:
                    value = values[self.attrname] = self.func(instance)
                    return value


def once(make: Callable[[], T]) -> Callable[[], T]:
    """Return a function that calls `make` at its first use and keeps the result."""
    kept: list[T] = []

    @functools.wraps(make)
    def get() -> T:
        if not kept:
            with making:
                if not kept:
                    kept.append(make())
        return kept[0]

    return get
