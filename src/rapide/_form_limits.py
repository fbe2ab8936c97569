"""Limits on the parsing of forms for an endpoint's parameters."""

from functools import cache
from typing import Any

from pydantic import ConfigDict, NonNegativeInt, with_config
from typing_extensions import TypedDict


@with_config(ConfigDict(strict=True, extra="forbid"))
class _FormLimits(TypedDict, total=False):
    """The limits of automatic parsing. The others keep Starlette's defaults."""

    max_fields: NonNegativeInt
    """The maximal number of fields that are not files. Defaults to 1000."""
    max_files: NonNegativeInt
    """The maximal number of files. Defaults to 1000."""
    max_part_size: NonNegativeInt
    """The maximal size in bytes of a field that is not a file. Defaults to 1 MiB."""


# COMPAT: FastAPI 0.165's errors begin with the private name.
FormLimits = _FormLimits


def validate_form_limits(limits: FormLimits | None) -> FormLimits:
    """Validate limits and return them; `None` means no limits.

    Raises:
        pydantic.ValidationError: A key is unknown, or a value is not a non-negative integer.
    """
    if limits is None:
        return {}
    checked: FormLimits = _adapter().validate_python(limits)
    return checked


_validate_form_limits = validate_form_limits  # COMPAT: the name in FastAPI 0.165.


@cache
def _adapter() -> Any:
    # PERF: startup. Most applications set no limits.
    from pydantic import TypeAdapter

    return TypeAdapter(FormLimits)
