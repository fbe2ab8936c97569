"""Names that tools replace in FastAPI's modules, and what they have put there.

COMPAT: FastAPI 0.165 looks the functions of a module up by name each time it calls one, so tools
and tests replace them there. Rapide calls most of these functions under other names, in other
modules. Where it does, it asks `used` first. `rapide.generic.seams` has the functions that
instrumentation replaces in `rapide.routing`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Final, TypeVar

from rapide.changes import changes

T = TypeVar("T")

#: Names that are used when a route is declared, or when the document is made.
_DECLARING = {
    "dependencies.utils": """analyze_param ensure_multipart_is_installed get_dependant
        get_typed_annotation get_typed_signature""",
    "openapi.utils": """generate_operation_summary get_fields_from_routes
        get_openapi_operation_metadata get_openapi_operation_request_body get_openapi_path
        get_schema_from_model_field validation_error_definition
        validation_error_response_definition""",
    "routing": """compile_path create_model_field get_dependant get_parameterless_sub_dependant
        get_stream_item_type get_typed_return_annotation""",
}

#: Names that are used when a request is served. Compiled code does not look them up.
_SERVING = {
    "dependencies.utils": """contextmanager_in_threadpool request_body_to_args
        request_params_to_args run_in_threadpool solve_dependencies""",
    "encoders": "jsonable_encoder",
    "routing": "format_sse_event is_body_allowed_for_status_code iterate_in_threadpool",
}


def _qualified(names: dict[str, str]) -> frozenset[str]:
    return frozenset(f"{module}.{name}" for module in names for name in names[module].split())


DECLARING: Final = _qualified(_DECLARING)
SERVING: Final = _qualified(_SERVING)

#: The replacements in use now, by module and name, such as `dependencies.utils.get_dependant`.
current: Final[dict[str, Any]] = {}

#: Rapide's own objects under the names that have been replaced.
_originals: Final[dict[str, object]] = {}


def used(name: str, own: T) -> T:
    """Return the replacement of a function, or Rapide's `own` function if there is none."""
    found: T = current.get(name, own)
    return found


def replacement(name: str) -> Any:
    """Return the replacement of a function, or None if there is none."""
    return current.get(name)


class PatchableModule(ModuleType):
    """The class of a module of FastAPI's names. It notices when one of them is replaced."""

    def __setattr__(self, name: str, value: object) -> None:
        qualified = _known(self, name)
        if qualified is not None:
            _originals.setdefault(qualified, getattr(self, name))
        super().__setattr__(name, value)
        if qualified is not None:
            _replace(qualified, value)

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        qualified = _known(self, name)
        if qualified is not None:
            _replace(qualified, _originals.get(qualified))


def notice_replacements(module: str) -> None:
    """Notice from now on what is replaced in a module."""
    sys.modules[module].__class__ = PatchableModule


def _known(module: ModuleType, name: str) -> str | None:
    qualified = f"{module.__name__.partition('.')[2]}.{name}"
    return qualified if qualified in DECLARING or qualified in SERVING else None


def _replace(name: str, value: object) -> None:
    if value is _originals.get(name):
        current.pop(name, None)
    else:
        current[name] = value
    if name in SERVING:
        changes.bump()
