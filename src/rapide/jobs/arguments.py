"""The arguments of a job: validate them like a request, and turn them into JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic_core import PydanticSerializationError

from rapide.exceptions import EndpointContext
from rapide.jobs.errors import JobTypeError, JobValidationError
from rapide.schema import ModelField, get_missing_field_error
from rapide.signature.forms import get_param_aliases

_WHERE: Final = "argument"
_PLAIN: Final = (str, int, float, bool, type(None))
#: The engine's message, which Pydantic writes, has five more levels of lists at most.
_DEEPEST: Final = 250


class Arguments:
    """The arguments that a job takes.

    Args:
        fields: The parameters of the function and of its dependencies.
        place: Where the function is defined.
    """

    def __init__(self, fields: tuple[ModelField, ...], place: EndpointContext) -> None:
        self._keys = [(item, [key for _, key in get_param_aliases(item)]) for item in fields]
        self._known = {key for _, keys in self._keys for key in keys}
        self._place = place

    def prepare(self, given: Mapping[str, object]) -> dict[str, object]:
        """Validate the arguments and return them as JSON data.

        Raises:
            JobValidationError: They are not valid, or the job does not take one of them.
            JobTypeError: One of them would be another value after it was sent as JSON.
        """
        errors = [] if self._known.issuperset(given) else list(self._unknown(given))
        ready: dict[str, object] = {}
        for item, keys in self._keys:
            for key in keys:
                if key in given:
                    break
            else:
                errors.extend(_missing(item, keys[0]))
                continue
            value, wrong = item.validate(given[key], loc=(_WHERE, key))
            if wrong:
                errors.extend(error for error in wrong if error not in errors)
            elif key not in ready:
                ready[key] = _as_json(item, key, given[key], value)
        if errors:
            raise JobValidationError(errors, endpoint_ctx=self._place)
        return ready

    def refusal(self, given: Mapping[str, object], error: Exception | None) -> Exception:
        """Return the exception for arguments that compiled code has refused with this error."""
        try:
            self.prepare(given)
        except JobValidationError as refusal:
            return refusal
        return error or JobValidationError([], endpoint_ctx=self._place)

    def _unknown(self, given: Mapping[str, object]) -> Iterator[dict[str, Any]]:
        for key in given:
            if key not in self._known:
                yield {
                    "type": "extra_forbidden",
                    "loc": (_WHERE, key),
                    "msg": "Extra inputs are not permitted",
                    "input": given[key],
                }


def _missing(item: ModelField, key: str) -> list[Any]:
    if not item.field_info.is_required():
        return []
    error = get_missing_field_error((_WHERE, key))
    return [error]


def _as_json(item: ModelField, key: str, given: object, value: object) -> object:
    """Return an argument as JSON data from which the worker makes an equal value."""
    if is_json(given):
        return given
    try:
        data = item.serialize(value, mode="json")
    except (PydanticSerializationError, ValueError, TypeError) as error:
        raise _lost(key, str(error)) from None
    again, wrong = item.validate(data)
    if wrong or not is_json(data) or not _is_same(item, again, value):
        raise _lost(key, "the worker would get another value")
    return data


def _is_same(item: ModelField, one: object, other: object) -> bool:
    """Return whether two values are equal, or consist of equal values."""
    return one == other or item.serialize(one, mode="python") == item.serialize(
        other, mode="python"
    )


def _lost(key: str, why: str) -> JobTypeError:
    return JobTypeError(
        f"The argument {key!r} cannot be sent as JSON: {why}. Give the job what it needs to find "
        "the value, such as an identifier."
    )


def is_json(value: object) -> bool:
    """Return whether a value is made of JSON's own types, so that it can be sent as it is."""
    if type(value) is str or value is None:
        return True
    try:
        # JSON has no infinite numbers, circles or endless depth.
        json.dumps(value, allow_nan=False)
    except (ValueError, TypeError, RecursionError):
        return False
    level = [value]
    for _ in range(_DEEPEST):
        if not level:
            return True
        if not all(map(_is_json_item, level)):
            return False
        level = [part for item in level for part in _parts(item)]
    return False


def _is_json_item(item: object) -> bool:
    if type(item) is dict:
        return all(type(key) is str for key in item)
    return type(item) is list or type(item) in _PLAIN


def _parts(item: object) -> Iterable[object]:
    if type(item) is dict:
        return item.values()
    return item if type(item) is list else ()
