"""The constructor of `APIRoute`, which takes the options of `options.py`.

Editors do not list the options behind `**options`. Instead of this module, they read
`constructed.pyi`, which has them one by one.
"""

from typing import Annotated, Any, Unpack

from typing_extensions import Doc

from rapide.routing.options import CONSTRUCTOR_OPTIONS, ConstructorOptions
from rapide.types import IncEx as IncEx  # a type that refers to itself is evaluated here
from rapide.types import UserCallable


class ConstructedRoute:
    """A route that is made of a path, an endpoint and options."""

    __slots__ = ()

    @CONSTRUCTOR_OPTIONS.shown
    def __init__(
        self,
        path: Annotated[str, Doc("Path with its parameters, as `/books/{book_id}`.")],
        endpoint: Annotated[UserCallable, Doc("The function that answers.")],
        **options: Unpack[ConstructorOptions],
    ) -> None:
        """Make a route.

        Raises:
            DeclarationError: The endpoint, or one of its dependencies, cannot be served.
        """
        settings = CONSTRUCTOR_OPTIONS.complete(options, "APIRoute.__init__")
        self._rapide_construct(path, endpoint, settings)

    def _rapide_construct(self, path: str, endpoint: UserCallable, said: dict[str, Any]) -> None:
        """Keep the options."""
        raise NotImplementedError
