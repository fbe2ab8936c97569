"""What is made when it is first needed, also when several threads need it at the same time.

Rules. What takes part in serving is made under the one lock `making`, completely, and published by
one assignment at the end. So whoever finds it needs no lock, what fails is tried again by the next
one, and no function of users is called twice where FastAPI calls it once. One lock for everything
cannot be taken in a wrong order. It is reentrant, because what is made may need other things, and
it is never held while somebody waits for a request.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, TypeVar

T = TypeVar("T")

#: Held while something is made that other threads may need too.
making: Final = RLock()

if TYPE_CHECKING:
    from functools import cached_property as cached_property
else:

    class cached_property(functools.cached_property):
        """`functools.cached_property`, computed once even if several threads ask at once."""

        def __get__(self, instance: Any, owner: type | None = None) -> Any:
            """Compute the value, unless another thread has done it meanwhile."""
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
    """Let a function be called at its first use only; its result is kept."""
    kept: list[T] = []

    @functools.wraps(make)
    def get() -> T:
        if not kept:
            with making:
                if not kept:
                    kept.append(make())
        return kept[0]

    return get
