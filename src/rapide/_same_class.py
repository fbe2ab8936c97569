"""Say whether a list has objects of one class only.

Where the package was built with a C compiler, Python imports the extension beside this module
(`_same_class.c`). The function here does the same otherwise.
"""

from __future__ import annotations

from itertools import repeat
from operator import is_


def is_list_of(items: object, wanted: type, /) -> bool:
    """Return whether an object is a list of objects of exactly one class."""
    return type(items) is list and all(map(is_, map(type, items), repeat(wanted)))
