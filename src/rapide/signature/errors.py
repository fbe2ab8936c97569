"""Errors of declarations that cannot be served, one class per mistake.

Every message says what is wrong and what to write instead. It then names the route, the parameter,
the place where the callable is defined, and the chain of dependencies that leads to it.
"""

from rapide.exceptions import DependencyScopeError, FastAPIError
from rapide.signature.callables import describe_callable
from rapide.types import UserCallable


class DeclarationError(FastAPIError):
    """A route, dependency or parameter is declared in a way that cannot be served.

    Args:
        problem: What is wrong. COMPAT: includes the phrases that tests for FastAPI 0.165 match.
        instead: What to write instead.
        parameter: The name of the wrong parameter.
    """

    def __init__(self, problem: str, *, instead: str = "", parameter: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.instead = instead
        self.parameter = parameter
        self.route: str | None = None
        self.place = ""
        self.chain: list[str] = []

    def in_callable(self, call: UserCallable) -> None:
        """Add a callable whose signature was being read. The innermost one comes first."""
        name, place = describe_callable(call)
        if not self.chain:
            self.place = place
        self.chain.insert(0, name)

    def in_route(self, route: str) -> "DeclarationError":
        """Add the route (`GET /items/{item_id}`) and return the error."""
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
    # COMPAT: FastAPI 0.165 raises AssertionError for these.
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
    """A parameter has a type that cannot be read from its part of the request."""


class UnknownParameterKindError(_MisdeclaredParameterError):
    """A declaration is not a path, query, header, cookie or body parameter."""


class UncallableDependencyError(_MisdeclaredParameterError):
    """A dependency cannot be called."""


class CalledDependencyError(DeclarationError, TypeError):
    """`Depends` has the result of a call, or another value, instead of a callable."""


class NotADependencyError(DeclarationError, AttributeError):
    """A list of dependencies contains an object that is not a `Depends`."""


class LoneDependencyError(DeclarationError, TypeError):
    """`dependencies=` has a single `Depends` instead of a list."""


class NotARouterError(DeclarationError, AttributeError):
    """An included object is not a router."""


class EmptyPathError(DeclarationError):
    """A route has neither a path nor a prefix."""


class LaneError(DeclarationError, ValueError):
    """A route names a lane of threads that does not exist."""


class KeptAnswersError(DeclarationError, ValueError):
    """The answers of a route cannot be cached or repeated as it says."""


class InvalidResponseTypeError(DeclarationError):
    """Pydantic cannot build a field of the type of a response."""


class UnwantedResponseTypeError(DeclarationError, AssertionError):
    """A response model is declared for a status that has no body."""


class ScopeMismatchError(DeclarationError, DependencyScopeError):
    """A dependency that lives until the response depends on one that ends before it."""


class DependencyCycleError(DeclarationError, RecursionError):
    """A dependency depends on itself, directly or by way of others."""
