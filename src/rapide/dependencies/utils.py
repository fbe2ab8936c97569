"""Reading and solving dependencies, under the names that plugins know from FastAPI."""

from rapide.generic.bodies import request_body_to_args as request_body_to_args
from rapide.generic.parameters import request_params_to_args as request_params_to_args
from rapide.generic.solve import SolvedDependency as SolvedDependency
from rapide.generic.solve import solve_dependencies as solve_dependencies
from rapide.signature.callables import get_stream_item_type as get_stream_item_type
from rapide.signature.callables import get_typed_annotation as get_typed_annotation
from rapide.signature.callables import get_typed_return_annotation as get_typed_return_annotation
from rapide.signature.callables import get_typed_signature as get_typed_signature
from rapide.signature.dependencies import get_dependant as get_dependant
from rapide.signature.dependencies import get_flat_params as get_flat_params
from rapide.signature.dependencies import (
    get_parameterless_sub_dependant as get_parameterless_sub_dependant,
)
from rapide.signature.forms import get_validation_alias as get_validation_alias
from rapide.signature.multipart import (
    ensure_multipart_is_installed as ensure_multipart_is_installed,
)
from rapide.signature.parameters import ParamDetails as ParamDetails
from rapide.signature.parameters import add_param_to_fields as add_param_to_fields
from rapide.signature.parameters import analyze_param as analyze_param
