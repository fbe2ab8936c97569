"""Limits on how a form is parsed for an endpoint's parameters."""

from functools import cache
from typing import Any

from pydantic import ConfigDict, NonNegativeInt, with_config
from typing_extensions import TypedDict


@with_config(ConfigDict(strict=True, extra="forbid"))
class _FormLimits(TypedDict, total=False):
    """Limits of the automatic parsing; what is not given keeps Starlette's default."""

    max_fields: NonNegativeInt
    """Greatest number of fields that are not files. Defaults to 1000."""
    max_files: NonNegativeInt
    """Greatest number of files. Defaults to 1000."""
    max_part_size: NonNegativeInt
    """Greatest size in bytes of a field that is not a file. Defaults to 1 MiB."""


# COMPAT: FastAPI 0.165's errors begin with the private name.
FormLimits = _FormLimits


def validate_form_limits(limits: FormLimits | None) -> FormLimits:
    """Return the limits, or none at all for `None`.

    Raises:
        pydantic.ValidationError: A key is unknown, or a value is not a whole number from 0.
    """
    if limits is None:
        return {}
    checked: FormLimits = _adapter().validate_python(limits)
    return checked


_validate_form_limits = validate_form_limits  # COMPAT: the name in FastAPI 0.165.


@cache
def _adapter() -> Any:
    # PERF: startup; most applications set no limits.
    from pydantic import TypeAdapter

    return TypeAdapter(FormLimits)
