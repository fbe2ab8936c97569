"""Call a function while the garbage collector is paused, if that can be done unseen.

If the package was built with a C compiler, Python imports the extension beside this module
(`uncollected.c`) instead. In Python, other threads could see the pause, so there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")


def call_uncollected(function: Callable[[Argument], Result], argument: Argument, /) -> Result:
    """Call a function that runs no Python code with one argument."""
    return function(argument)
