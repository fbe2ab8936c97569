"""Declarations that cannot be served, one class each.

Every message says what is wrong and what to write instead, then the route, the parameter, where the
callable is defined and how the endpoint comes to depend on it.
"""

from collections.abc import Callable
from typing import Any

from rapide.exceptions import DependencyScopeError, FastAPIError
from rapide.signature.callables import describe_callable


class DeclarationError(FastAPIError):
    """A route, dependency or parameter is declared in a way that cannot be served.

    Args:
        problem: What is wrong. COMPAT: the phrases that tests written for FastAPI 0.165 match.
        instead: What to write.
        parameter: Name of the parameter at fault.
    """

    def __init__(self, problem: str, *, instead: str = "", parameter: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.instead = instead
        self.parameter = parameter
        self.route: str | None = None
        self.place = ""
        self.chain: list[str] = []

    def in_callable(self, call: Callable[..., Any]) -> None:
        """Note a callable whose signature was being read: the innermost first."""
        name, place = describe_callable(call)
        if not self.chain:
            self.place = place
        self.chain.insert(0, name)

    def in_route(self, route: str) -> "DeclarationError":
        """Note the route (`GET /items/{item_id}`) and give the error back."""
        self.route = route
        return self

    def __str__(self) -> str:
        details = {
            "instead": self.instead,
            "route": self.route,
            "parameter": self.parameter,
            "defined at": self.place,
            "reached by": " → ".join(self.chain),
        }
        lines = [f"  {label}: {text}" for label, text in details.items() if text]
        return "\n".join((self.problem, *lines))


class InvalidParameterTypeError(DeclarationError):
    """Pydantic cannot build a field of a parameter's type."""


class _MisdeclaredParameterError(DeclarationError, AssertionError):
    # COMPAT: FastAPI 0.165 finds these with assertions.
    pass


class DefaultInAnnotatedError(_MisdeclaredParameterError):
    """A declaration inside `Annotated` carries a default."""


class PathParameterDefaultError(_MisdeclaredParameterError):
    """A path parameter has a default, which could never apply."""


class AmbiguousParameterError(_MisdeclaredParameterError):
    """A parameter is declared twice: in `Annotated` and as its default."""


class InjectedTypeError(_MisdeclaredParameterError):
    """A type that the framework injects is declared as a value of the request."""


class WrongPathParameterError(_MisdeclaredParameterError):
    """A name in the path is declared as another kind of parameter."""


class UnsupportedParameterTypeError(_MisdeclaredParameterError):
    """A type that cannot be read from where the parameter comes from."""


class UnknownParameterKindError(_MisdeclaredParameterError):
    """A declaration that is neither path, query, header, cookie nor body."""


class UncallableDependencyError(_MisdeclaredParameterError):
    """A dependency that cannot be called."""


class CalledDependencyError(DeclarationError, TypeError):
    """`Depends` has what a callable returned, or another value, in the place of a callable."""


class NotADependencyError(DeclarationError, AttributeError):
    """A list of dependencies has something that is no `Depends`."""


class LoneDependencyError(DeclarationError, TypeError):
    """`dependencies=` takes a list, and has one `Depends`."""


class NotARouterError(DeclarationError, AttributeError):
    """Something is included that is no router."""


class EmptyPathError(DeclarationError):
    """A route has no path, neither of its own nor a prefix."""


class InvalidResponseTypeError(DeclarationError):
    """Pydantic cannot build a field of the type of an answer."""


class UnwantedResponseTypeError(DeclarationError, AssertionError):
    """A response model is declared for a status that has no body."""


class ScopeMismatchError(DeclarationError, DependencyScopeError):
    """A dependency kept until the response depends on one left before it."""
