"""API keys in the query, a header or a cookie."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from rapide._documented import documented
from rapide._imported_names import add_imported_names
from rapide.security.base import DescribedScheme, Fields, header_of

if TYPE_CHECKING:
    from rapide.openapi.models import APIKey, APIKeyIn


class APIKeyBase(DescribedScheme):
    """The common base of the three API key schemes.

    SPEC: RFC 9110 section 15.5.2 requires a challenge in every 401 response. No registered scheme
    fits an API key, so the challenge is `APIKey`.
    """

    model: "APIKey"  # pyright: ignore[reportIncompatibleVariableOverride]
    _rapide_model_name = "APIKey"
    _rapide_challenge = "APIKey"

    def __init__(
        self,
        location: "APIKeyIn | str",
        name: str,
        description: str | None,
        scheme_name: str | None,
        auto_error: bool,
    ):
        fields = {"in": location, "name": name, "description": description}
        self._rapide_describe(scheme_name, auto_error, fields)

    def check_api_key(self, api_key: str | None) -> str | None:
        """Return the key, or refuse a missing or empty key."""
        if not api_key:
            self._rapide_refuse()
            return None
        return api_key


@documented
class APIKeyQuery(APIKeyBase):
    """Read the API key in a query parameter.

    Args:
        name: Name of the query parameter. Logs of servers and proxies often keep queries.
        scheme_name: Name of the scheme in the document. Defaults to the name of the class.
        description: Text about the scheme in the document (CommonMark).
        auto_error: Whether a request without a key gets 401. If not, the value is None.
    """

    _rapide_reads = "query"

    def __init__(
        self,
        *,
        name: str,
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ):
        super().__init__("query", name, description, scheme_name, auto_error)

    def _rapide_check(self, query: Mapping[str, str]) -> str | None:
        return self.check_api_key(query.get(self._rapide_described("name")))

    async def __call__(self, request: HTTPConnection) -> str | None:
        """Read the key."""
        return self.check_api_key(request.query_params.get(self._rapide_described("name")))


@documented
class APIKeyHeader(APIKeyBase):
    """Read the API key in a header.

    Args:
        name: Name of the header, in any case.
        scheme_name: Name of the scheme in the document. Defaults to the name of the class.
        description: Text about the scheme in the document (CommonMark).
        auto_error: Whether a request without a key gets 401. If not, the value is None.
    """

    _rapide_reads = "header"

    def __init__(
        self,
        *,
        name: str,
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ):
        super().__init__("header", name, description, scheme_name, auto_error)

    def _rapide_check(self, headers: Fields) -> str | None:
        name = self._rapide_described("name").lower().encode("latin-1")
        return self.check_api_key(header_of(headers, name))

    async def __call__(self, request: HTTPConnection) -> str | None:
        """Read the key."""
        return self.check_api_key(request.headers.get(self._rapide_described("name")))


@documented
class APIKeyCookie(APIKeyBase):
    """Read the API key in a cookie.

    Args:
        name: Name of the cookie.
        scheme_name: Name of the scheme in the document. Defaults to the name of the class.
        description: Text about the scheme in the document (CommonMark).
        auto_error: Whether a request without a key gets 401. If not, the value is None.
    """

    _rapide_reads = "cookie"

    def __init__(
        self,
        *,
        name: str,
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ):
        super().__init__("cookie", name, description, scheme_name, auto_error)

    def _rapide_check(self, cookies: Mapping[str, str]) -> str | None:
        return self.check_api_key(cookies.get(self._rapide_described("name")))

    async def __call__(self, request: HTTPConnection) -> str | None:
        """Read the key."""
        return self.check_api_key(request.cookies.get(self._rapide_described("name")))


add_imported_names(__name__)
