"""Keyword options that many functions share, declared once in a `TypedDict`.

A function takes them as `**options: Unpack[SomeOptions]`. Type checkers then check each
keyword; `OptionSet.shown` makes `inspect.signature` and `help` list them one by one, and
`OptionSet.complete` refuses a misspelt one as Python itself would.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class OptionSet:
    """The options of a `TypedDict`, with their defaults.

    Args:
        declaration: A `TypedDict` class with `total=False`.
        defaults: The default of every option, in the order in which they are shown.
    """

    def __init__(self, declaration: type, defaults: Mapping[str, Any]) -> None:
        self.defaults = dict(defaults)
        # PERF: startup; dozens of signatures share these objects.
        self._parameters = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=default,
                annotation=declaration.__annotations__[name],
            )
            for name, default in defaults.items()
        ]

    def shown(self, function: F) -> F:
        """Show the options, instead of `**options`, in the signature of `function`."""
        signature = inspect.signature(function)
        *own, _variadic = signature.parameters.values()
        names = {parameter.name for parameter in own}
        shared = [p for p in self._parameters if p.name not in names]
        function.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*own, *shared]
        )
        return function

    def complete(self, options: Mapping[str, Any], function: str) -> dict[str, Any]:
        """Add the defaults of the options that were not given.

        Raises:
            TypeError: An option does not exist; the message names `function`.
        """
        for name in options:
            if name not in self.defaults:
                raise TypeError(
                    f"{function}() got an unexpected keyword argument {name!r}{self._hint(name)}"
                )
        return {**self.defaults, **options}

    def _hint(self, name: str) -> str:
        from difflib import get_close_matches

        close = get_close_matches(name, self.defaults, 1)
        return f". Did you mean {close[0]!r}?" if close else ""
