"""Security schemes: dependencies that read credentials and describe themselves in OpenAPI."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rapide._submodules import loading

if TYPE_CHECKING:
    from rapide.security.api_key import APIKeyCookie, APIKeyHeader, APIKeyQuery
    from rapide.security.http import (
        HTTPAuthorizationCredentials,
        HTTPBasic,
        HTTPBasicCredentials,
        HTTPBearer,
        HTTPDigest,
    )
    from rapide.security.oauth2 import (
        OAuth2,
        OAuth2AuthorizationCodeBearer,
        OAuth2PasswordBearer,
        OAuth2PasswordRequestForm,
        OAuth2PasswordRequestFormStrict,
    )
    from rapide.security.open_id_connect_url import OpenIdConnect
    from rapide.security.scopes import SecurityScopes

__all__ = [
    "APIKeyCookie",
    "APIKeyHeader",
    "APIKeyQuery",
    "HTTPAuthorizationCredentials",
    "HTTPBasic",
    "HTTPBasicCredentials",
    "HTTPBearer",
    "HTTPDigest",
    "OAuth2",
    "OAuth2AuthorizationCodeBearer",
    "OAuth2PasswordBearer",
    "OAuth2PasswordRequestForm",
    "OAuth2PasswordRequestFormStrict",
    "OpenIdConnect",
    "SecurityScopes",
]

_MODULE_BY_PREFIX = {
    "APIKey": "api_key",
    "HTTP": "http",
    "OAuth2": "oauth2",
    "OpenId": "open_id_connect_url",
    "Security": "scopes",
}


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    # PERF: startup. The package needs only `SecurityScopes`, and applications need few schemes.
    if name in __all__:
        module = next(m for prefix, m in _MODULE_BY_PREFIX.items() if name.startswith(prefix))
        value = globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
        return value
    return _load_submodule(name)


_load_submodule = loading(
    __name__, "api_key", "base", "http", "oauth2", "open_id_connect_url", "utils"
)
