"""The application that is to be served, as commands find it."""

from __future__ import annotations

from typing import Any, Protocol


class NoApplication(Exception):
    """An application could not be found; the message says why, in one line.

    Args:
        message: The reason.
        in_import: Whether the application exists and its import failed.
    """

    def __init__(self, message: str, *, in_import: bool = False) -> None:
        super().__init__(message)
        self.in_import = in_import


class Found(Protocol):
    """An application that was found and imported."""

    @property
    def app(self) -> Any:
        """The application."""

    @property
    def import_string(self) -> str:
        """The application as `module:name`, for processes that import it themselves."""
        ...

    @property
    def is_factory(self) -> bool:
        """Whether that is a function that makes the application."""
        ...
