"""`Dependant` and the functions about it, under FastAPI's names."""

from rapide._imported_names import add_imported_names
from rapide.signature.callables import is_async_gen_callable as _is_async_gen_callable
from rapide.signature.callables import is_coroutine_callable as _is_coroutine_callable
from rapide.signature.callables import is_gen_callable as _is_gen_callable
from rapide.signature.models import Dependant
from rapide.signature.models import UsesScopesCache as _UsesScopesCache
from rapide.signature.models import get_cache_key as _get_cache_key
from rapide.signature.models import get_computed_scope as _get_computed_scope
from rapide.signature.models import get_oauth_scopes as _get_oauth_scopes
from rapide.signature.models import get_security_scheme as _get_security_scheme
from rapide.signature.models import is_security_scheme as _is_security_scheme
from rapide.signature.models import uses_scopes as _uses_scopes

# COMPAT: FastAPI 0.165 has the underscored names. Plugins import some of them.
__all__ = [
    "Dependant",
    "_UsesScopesCache",
    "_get_cache_key",
    "_get_computed_scope",
    "_get_oauth_scopes",
    "_get_security_scheme",
    "_is_async_gen_callable",
    "_is_coroutine_callable",
    "_is_gen_callable",
    "_is_security_scheme",
    "_uses_scopes",
]

add_imported_names(__name__)
