"""The errors of jobs that users meet."""

from __future__ import annotations

from rapide.exceptions import FastAPIError, ValidationException


class JobValidationError(ValidationException):
    """The arguments of a job are not valid.

    `errors()` has the form of the errors of a request. The place of an argument begins with
    `"argument"`.
    """


class JobError(FastAPIError):
    """A job cannot be enqueued or run as it is asked for."""


class JobTypeError(JobError, TypeError):
    """An argument does not survive the way to the worker."""
