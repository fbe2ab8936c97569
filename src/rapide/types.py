"""Type aliases shared by the public interface."""

from __future__ import annotations

import types
from collections.abc import Callable, Coroutine, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from rapide._imported_names import add_imported_names

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.main import IncEx

    ModelNameMap = dict[type[BaseModel] | type[Enum], str]

T = TypeVar("T")

__all__ = ["DecoratedCallable", "DependencyCacheKey", "IncEx", "ModelNameMap", "UnionType"]

#: An object of a JSON document.
JsonObject: TypeAlias = dict[str, Any]
#: A function, class or other callable of an application's, which may take and return anything.
UserCallable: TypeAlias = Callable[..., Any]
#: What a call of a coroutine function returns, for a result of type `T`.
CoroutineOf: TypeAlias = Coroutine[Any, Any, T]
#: Callables that replace dependencies, by the dependency.
Overrides: TypeAlias = Mapping[UserCallable, UserCallable]

DecoratedCallable = TypeVar("DecoratedCallable", bound=UserCallable)
UnionType = types.UnionType


class Decorator(Protocol):
    """A decorator that returns the decorated function unchanged."""

    def __call__(self, function: DecoratedCallable, /) -> DecoratedCallable: ...


DependencyCacheKey = tuple[UserCallable | None, tuple[str, ...], str]


def __getattr__(name: str) -> Any:
    # PERF: startup. Only these two aliases need Pydantic's models.
    if name == "IncEx":
        from pydantic.main import IncEx

        return IncEx
    if name == "ModelNameMap":
        from pydantic import BaseModel

        return dict[type[BaseModel] | type[Enum], str]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


add_imported_names(__name__)
