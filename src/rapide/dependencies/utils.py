"""Functions that read and solve dependencies, under FastAPI's names.

COMPAT: FastAPI 0.165 has the underscored names. Code that builds routes itself imports them.
docs/ecosystem.md lists each name with the plugins that use it.
"""

from typing import Any

from rapide._imported_names import add_imported_names
from rapide._replaced import notice_replacements
from rapide.generic.bodies import request_body_to_args
from rapide.generic.parameters import request_params_to_args
from rapide.generic.solve import SolvedDependency, solve_dependencies
from rapide.schema import lenient_issubclass
from rapide.signature.bodies import get_body_field as _get_body_field
from rapide.signature.bodies import should_embed_body_fields as _should_embed_body_fields
from rapide.signature.callables import (
    get_stream_item_type,
    get_typed_annotation,
    get_typed_return_annotation,
    get_typed_signature,
)
from rapide.signature.dependencies import (
    get_dependant,
    get_flat_params,
    get_parameterless_sub_dependant,
)
from rapide.signature.dependencies import get_flat_body_params as _get_flat_body_params
from rapide.signature.dependencies import (
    get_flat_fields_from_params as _get_flat_fields_from_params,
)
from rapide.signature.forms import get_param_aliases as _get_param_aliases
from rapide.signature.forms import get_param_model as _get_param_model
from rapide.signature.forms import get_validation_alias
from rapide.signature.models import Dependant
from rapide.signature.multipart import (
    ensure_multipart_is_installed,
    multipart_incorrect_install_error,
    multipart_not_installed_error,
)
from rapide.signature.parameters import ParamDetails, add_param_to_fields, analyze_param
from rapide.signature.parameters import injected_slot as _injected_slot

__all__ = [
    "ParamDetails",
    "SolvedDependency",
    "_get_body_field",
    "_get_flat_body_params",
    "_get_flat_fields_from_params",
    "_get_param_aliases",
    "_get_param_model",
    "_should_embed_body_fields",
    "add_non_field_param_to_dependency",
    "add_param_to_fields",
    "analyze_param",
    "ensure_multipart_is_installed",
    "get_dependant",
    "get_flat_params",
    "get_parameterless_sub_dependant",
    "get_stream_item_type",
    "get_typed_annotation",
    "get_typed_return_annotation",
    "get_typed_signature",
    "get_validation_alias",
    "lenient_issubclass",
    "multipart_incorrect_install_error",
    "multipart_not_installed_error",
    "request_body_to_args",
    "request_params_to_args",
    "solve_dependencies",
]


def add_non_field_param_to_dependency(
    *, param_name: str, type_annotation: Any, dependant: Dependant
) -> bool | None:
    """Record a parameter that receives an object of the request; return None for others."""
    slot = _injected_slot(type_annotation)
    if slot is None:
        return None
    setattr(dependant, slot, param_name)
    return True


add_imported_names(__name__)
notice_replacements(__name__)
