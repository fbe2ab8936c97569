"""OpenID Connect discovery."""

from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from rapide._documented import documented
from rapide._imported_names import add_imported_names
from rapide.security.base import DescribedScheme, Fields, header_of

if TYPE_CHECKING:
    from rapide.openapi.models import OpenIdConnect as OpenIdConnectModel


@documented
class OpenIdConnect(DescribedScheme):
    """Read the `Authorization` header without checking it.

    A subclass must check it. This class connects the scheme with the OpenAPI document.

    Args:
        openIdConnectUrl: URL of the discovery document (OpenID Connect Discovery section 4).
        scheme_name: Name of the scheme in the document. Defaults to the name of the class.
        description: Text about the scheme in the document (CommonMark).
        auto_error: Whether a request without the header gets 401. If not, the value is None.
    """

    model: "OpenIdConnectModel"  # pyright: ignore[reportIncompatibleVariableOverride]
    _rapide_model_name = "OpenIdConnect"

    def __init__(
        self,
        *,
        openIdConnectUrl: str,
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ):
        fields = {"openIdConnectUrl": openIdConnectUrl, "description": description}
        self._rapide_describe(scheme_name, auto_error, fields)

    _rapide_reads = "header"

    def _rapide_check(self, headers: Fields) -> str | None:
        return self._rapide_read(header_of(headers, b"authorization"))

    async def __call__(self, request: HTTPConnection) -> str | None:
        """Read the header."""
        return self._rapide_read(request.headers.get("Authorization"))

    def _rapide_read(self, authorization: str | None) -> str | None:
        if not authorization:
            self._rapide_refuse()
            return None
        return authorization


add_imported_names(__name__)
