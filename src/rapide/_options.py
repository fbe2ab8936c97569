"""Keyword options that many functions share, declared once in a `TypedDict`.

A function takes them as `**options: Unpack[SomeOptions]`, so type checkers check each keyword.
`OptionSet.shown` makes `inspect.signature` and `help` list them one by one. `OptionSet.complete`
rejects a misspelt option as Python itself would.
"""

import inspect
from collections.abc import Callable, Collection, Mapping
from types import FunctionType
from typing import Annotated, Any, ForwardRef, TypeVar, get_args, get_origin

from rapide._documented import LaterAnnotations, LaterSignature, annotate

F = TypeVar("F", bound=Callable[..., object])


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
        self._declaration = declaration
        self._additions = frozenset(additions)
        self._shown = {**self.defaults, **dict.fromkeys(additions)}

    def shown(self, function: F) -> F:
        """Show the options instead of `**options` in signature and annotations of `function`."""
        declared = function.__annotations__
        function.__signature__ = LaterSignature.made_by(  # type: ignore[attr-defined]
            lambda: self._show_in(function, declared)
        )
        function.__annotations__ = LaterAnnotations(
            declared, lambda: _annotations(self._show_in(function, declared))
        )
        return function

    def _show_in(self, function: Any, declared: dict[str, Any]) -> inspect.Signature:
        plain = FunctionType(
            function.__code__,
            function.__globals__,
            argdefs=function.__defaults__,
            closure=function.__closure__,
        )
        plain.__kwdefaults__, plain.__annotations__ = function.__kwdefaults__, declared
        signature = inspect.signature(plain)
        *own, _variadic = signature.parameters.values()
        names = {parameter.name for parameter in own}
        annotations = {
            name: _evaluated(annotation, self._declaration.__module__)
            for name, annotation in self._declaration.__annotations__.items()
        }
        shared = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotations[name]
            )
            for name, default in self._shown.items()
            if name not in names
        ]
        return signature.replace(parameters=[*own, *shared])

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


def _evaluated(annotation: Any, module: str) -> object:
    declared = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    if not isinstance(declared, ForwardRef):
        return annotation
    return annotate(declared.__forward_arg__, module, *get_args(annotation)[1:])


def _annotations(signature: inspect.Signature) -> dict[str, object]:
    parameters = signature.parameters.values()
    annotations = {p.name: p.annotation for p in parameters if p.annotation is not p.empty}
    return {**annotations, "return": signature.return_annotation}
