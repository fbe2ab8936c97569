"""Keyword options that many functions share, declared once in a `TypedDict`.

A function takes them as `**options: Unpack[SomeOptions]`, so type checkers check each keyword.
`OptionSet.shown` makes `inspect.signature` and `help` list them one by one. `OptionSet.complete`
rejects a misspelt option as Python itself would.
"""

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class OptionSet:
    """The options of a `TypedDict`, with their defaults.

    Args:
        declaration: A `TypedDict` class with `total=False`.
        defaults: The default of every option, in the order in which they are shown and passed on.
        additions: Our own options, which default to None. They are passed on only if they are
            given, so that an override written for FastAPI gets only the options that it expects.
    """

    def __init__(
        self, declaration: type, defaults: Mapping[str, object], additions: Collection[str] = ()
    ) -> None:
        self.defaults = dict(defaults)
        self._additions = frozenset(additions)
        shown = {**self.defaults, **dict.fromkeys(additions)}
        # PERF: startup. Dozens of signatures share these objects.
        self._parameters = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=default,
                annotation=declaration.__annotations__[name],
            )
            for name, default in shown.items()
        ]

    def shown(self, function: F) -> F:
        """Show the options instead of `**options` in the signature of `function`."""
        signature = inspect.signature(function)
        *own, _variadic = signature.parameters.values()
        names = {parameter.name for parameter in own}
        shared = [p for p in self._parameters if p.name not in names]
        function.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*own, *shared]
        )
        return function

    def complete(self, options: Mapping[str, object], function: str) -> dict[str, Any]:
        """Add the defaults of the options that were not given, in the order of the defaults.

        Raises:
            TypeError: An option does not exist; the message names `function`.
        """
        said = {**self.defaults, **options}
        # PERF: thousand-routes. The sizes differ only if an unusual option was given.
        if len(said) != len(self.defaults):
            self._refuse_unknown(options, function)
        return said

    def _refuse_unknown(self, options: Mapping[str, object], function: str) -> None:
        for name in options:
            if name not in self.defaults and name not in self._additions:
                raise TypeError(
                    f"{function}() got an unexpected keyword argument {name!r}{self._hint(name)}"
                )

    def _hint(self, name: str) -> str:
        from difflib import get_close_matches

        close = get_close_matches(name, [*self.defaults, *self._additions], 1)
        return f". Did you mean {close[0]!r}?" if close else ""
