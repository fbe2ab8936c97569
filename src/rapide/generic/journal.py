"""The record of what compiled code has done before it handed a request over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.background import BackgroundTasks
from starlette.responses import Response

from rapide.runtime.extraction import UNREAD, ModelRefused, ValueMissing
from rapide.schema import ModelField, Undefined, ValidationError, get_missing_field_error
from rapide.schema.errors import DefaultRefused, relocate_errors
from rapide.schema.errors import Location as Location
from rapide.types import Overrides

Validated = tuple[object, list[Any]]


class Journal:
    """The steps that compiled code has taken, in order, to be replayed instead of repeated.

    A step is a parameter that was read and validated, or a dependency that was called. Solving the
    same graph again takes the same steps in the same order. So no user code runs twice: neither
    dependencies nor the validators and default factories of parameters. Until all steps are
    replayed, the overrides are those that compiled code used.

    Args:
        results: The result of each step. The steps from the first `UNREAD` on were not taken.
        error: The exception of the step after them, if it raised one.
        body: The decoded body or the form; `UNREAD` if it was not read yet.
    """

    __slots__ = (
        *("_results", "background_tasks", "body", "error", "overrides", "remaining", "response"),
    )

    def __init__(
        self,
        results: Sequence[object],
        error: Exception | None = None,
        overrides: Overrides | None = None,
        response: Response | None = None,
        background_tasks: BackgroundTasks | None = None,
        body: object = UNREAD,
    ) -> None:
        self._results = iter(results)
        self.remaining = 0
        for result in results:
            if result is UNREAD:
                break
            self.remaining += 1
        self.error = error
        self.overrides: Overrides = overrides or {}
        self.response = response
        self.background_tasks = background_tasks
        self.body = body

    @property
    def is_replaying(self) -> bool:
        """Whether there are steps left to replay."""
        return self.remaining > 0 or self.error is not None

    def next(self) -> object:
        """Return the result of the next step."""
        self.remaining -= 1
        return next(self._results)

    def take_errors(self) -> list[object] | None:
        """Return the errors of the step that failed, if compiled code knows all of them."""
        error = self.error
        if not isinstance(error, ModelRefused):
            return None
        self.error = error.__traceback__ = None
        return error.errors

    def fail(self, field: ModelField, content: object, loc: Location) -> Validated | None:
        """Return the outcome of the step that failed: reading `field` from `content` at `loc`.

        It is None if nothing was validated yet, so that the caller must validate.

        Raises:
            Exception: User code raised it during validation, and it is not a validation error.
        """
        error, self.error = self.error, None
        assert error is not None
        refusal: Any = error.error if isinstance(error, DefaultRefused) else error
        # A default factory may raise a ValidationError of its own, not that of the parameter.
        is_of_parameter = content is not Undefined or refusal is not error
        is_missing = content is Undefined and field.field_info.is_required()
        is_refused = is_of_parameter and isinstance(refusal, ValidationError)
        if not (is_missing or is_refused or isinstance(error, ValueMissing)):
            raise error
        # The error and the frame of compiled code refer to each other. Break this cycle.
        error.__traceback__ = None
        if is_missing:
            return None, [get_missing_field_error(loc)]
        if is_refused:
            return None, relocate_errors(refusal.errors(include_url=False), loc)
        return None
