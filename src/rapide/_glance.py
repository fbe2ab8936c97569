"""Notice at each request, and cheaply, that a watched class or name may have changed.

Where the package was built with a C compiler, Python imports the extension beside this module
(`_glance.c`). The functions here do the same otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: The namespace of a module, and a name in it.
Name = tuple[dict[str, Any], str]

_watch: Any = None
_flags = 0
_known: list[tuple[dict[str, Any], str, object]] = []


def remember(watch: object, flags: int, names: Sequence[Name], /) -> None:
    """Take the present state for unchanged: the flags of a watch, and what the names stand for.

    `watch` is a class, or an object that has the attribute `__flags__`; see `_watch.py`.
    """
    global _watch, _flags
    _watch, _flags = watch, flags
    _known[:] = [(namespace, name, namespace.get(name)) for namespace, name in names]


def has_changed() -> bool:
    """Return whether the state may not be the remembered one any more."""
    return _watch.__flags__ != _flags or any(
        namespace.get(name) is not value for namespace, name, value in _known
    )
