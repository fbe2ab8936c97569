"""The public functions of FastAPI's `utils` module."""

from __future__ import annotations

import re
import warnings
from typing import Any, Protocol

from rapide._imported_names import add_imported_names
from rapide._statuses import allows_body
from rapide.datastructures import DefaultPlaceholder, DefaultType
from rapide.exceptions import FastAPIDeprecationWarning
from rapide.schema import create_model_field as create_model_field

_RANGES = frozenset({"default", "1XX", "2XX", "3XX", "4XX", "5XX"})


class NamedRoute(Protocol):
    """The attributes of a route that its default operation id is made from."""

    @property
    def name(self) -> str: ...
    @property
    def path_format(self) -> str: ...
    @property
    def methods(self) -> set[str] | None: ...


def is_body_allowed_for_status_code(status_code: int | str | None) -> bool:
    """Return whether responses with this status or range of statuses (`4XX`) have a body.

    Args:
        status_code: A status, or a range such as `4XX`.
    """
    if status_code is None or status_code in _RANGES:
        return True
    return allows_body(int(status_code))


def get_path_param_names(path: str) -> set[str]:
    """Return the names between the braces of a path.

    Args:
        path: The path with its parameters, as `/books/{id}`.
    """
    return set(re.findall("{(.*?)}", path))


def generate_operation_id_for_path(*, name: str, path: str, method: str) -> str:
    """Return the operation id of a path and method (deprecated, and not used by Rapide itself)."""
    warnings.warn(
        "fastapi.utils.generate_operation_id_for_path() was deprecated, it is not used internally",
        category=FastAPIDeprecationWarning,
        stacklevel=2,
    )
    return f"{_as_identifier(name + path)}_{method.lower()}"


def generate_unique_id(route: NamedRoute) -> str:
    """Return the default operation id: the route's name, path and first method.

    Args:
        route: The route.
    """
    assert route.methods
    return f"{_as_identifier(route.name + route.path_format)}_{next(iter(route.methods)).lower()}"


def deep_dict_update(main_dict: dict[Any, Any], update_dict: dict[Any, Any]) -> None:
    """Merge `update_dict` into `main_dict`: dictionaries by key, lists by concatenation.

    Args:
        main_dict: The dictionary that is changed.
        update_dict: The values to put into it; dictionaries are merged, lists are joined.
    """
    for key, value in update_dict.items():
        present = main_dict.get(key)
        if isinstance(present, dict) and isinstance(value, dict):
            deep_dict_update(present, value)
        elif isinstance(present, list) and isinstance(value, list):
            main_dict[key] = present + value
        else:
            main_dict[key] = value


def get_value_or_default(
    first_item: DefaultPlaceholder | DefaultType, *extra_items: DefaultPlaceholder | DefaultType
) -> DefaultPlaceholder | DefaultType:
    """Return the first item that is not a default, or the first item if all are defaults.

    Args:
        first_item: The first value.
        *extra_items: Further values.
    """
    for item in (first_item, *extra_items):
        if not isinstance(item, DefaultPlaceholder):
            return item
    return first_item


def _as_identifier(text: str) -> str:
    return re.sub(r"\W", "_", text)


add_imported_names(__name__)
