"""HTTP authentication schemes (RFC 9110 section 11): Basic, Bearer and Digest."""

from base64 import b64decode
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel
from starlette.requests import HTTPConnection

from rapide._documented import documented
from rapide._imported_names import add_imported_names
from rapide.exceptions import HTTPException as HTTPException
from rapide.security.base import DescribedScheme, Fields, header_of
from rapide.security.utils import get_authorization_scheme_param

if TYPE_CHECKING:
    from rapide.openapi.models import HTTPBase as HTTPBaseModel


class HTTPBasicCredentials(BaseModel):
    """The user name and password that `HTTPBasic` returns."""

    username: str
    """The user's name."""
    password: str
    """The password."""


class HTTPAuthorizationCredentials(BaseModel):
    """The scheme and credentials of an `Authorization` header, split at the first space."""

    scheme: str
    """The scheme, such as `Bearer`."""
    credentials: str
    """What follows the scheme."""


#: The class, which somebody may replace by another one under its name.
_CREDENTIALS: Final = HTTPAuthorizationCredentials
_credentials_of: Final = HTTPAuthorizationCredentials.__pydantic_validator__.validate_python


@documented
class HTTPBase(DescribedScheme):
    """Read the credentials of any HTTP authentication scheme.

    Args:
        scheme: Name of the HTTP scheme in the OpenAPI document and in the challenge. The scheme
            of a request is not compared with it.
        scheme_name: Name of the scheme in the document. Defaults to the name of the class.
        description: Text about the scheme in the document (CommonMark).
        auto_error: Whether a request without credentials gets 401. If not, the value is None.
    """

    model: "HTTPBaseModel"  # pyright: ignore[reportIncompatibleVariableOverride]
    _rapide_model_name = "HTTPBase"
    _rapide_raises_fastapis = True

    def __init__(
        self,
        *,
        scheme: str,
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ):
        fields = {"scheme": scheme, "description": description}
        self._rapide_describe(scheme_name, auto_error, fields)

    def make_authenticate_headers(self) -> dict[str, str]:
        """Return the challenge of the 401 response (RFC 9110 section 11.6.1)."""
        return {"WWW-Authenticate": f"{self._rapide_described('scheme').title()}"}

    def _rapide_challenges(self) -> dict[str, str]:
        return self.make_authenticate_headers()

    def _rapide_read(
        self, authorization: str | None, scheme: str | None = None
    ) -> HTTPAuthorizationCredentials | None:
        """Return the credentials if they are of this scheme."""
        given_scheme, credentials = get_authorization_scheme_param(authorization)
        is_given = authorization and given_scheme and credentials
        if not is_given or scheme not in (None, given_scheme.lower()):
            self._rapide_refuse()
            return None
        if HTTPAuthorizationCredentials is _CREDENTIALS:
            # PERF: bearer. As the class does when it is called, without a call of Python's.
            given = {"scheme": given_scheme, "credentials": credentials}
            return _credentials_of(given)  # type: ignore[no-any-return]
        return HTTPAuthorizationCredentials(scheme=given_scheme, credentials=credentials)

    _rapide_reads = "header"

    def _rapide_check(self, headers: Fields) -> HTTPAuthorizationCredentials | None:
        return self._rapide_read(header_of(headers, b"authorization"))

    async def __call__(self, request: HTTPConnection) -> HTTPAuthorizationCredentials | None:
        """Read the credentials."""
        return self._rapide_read(request.headers.get("Authorization"))


@documented
class HTTPBasic(HTTPBase):
    """Read the user name and password (RFC 7617).

    Credentials that cannot be decoded are refused even without `auto_error`.

    Args:
        scheme_name: Name of the scheme in the document. Defaults to the name of the class.
        realm: Realm of the challenge (RFC 7617 section 2). Browsers show it.
        description: Text about the scheme in the document (CommonMark).
        auto_error: Whether a request without credentials gets 401. If not, the value is None.
    """

    def __init__(
        self,
        *,
        scheme_name: str | None = None,
        realm: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ):
        super().__init__(
            scheme="basic", scheme_name=scheme_name, description=description, auto_error=auto_error
        )
        self.realm = realm

    def make_authenticate_headers(self) -> dict[str, str]:
        """Return the challenge of the 401 response, with the realm (RFC 7617 section 2)."""
        return {"WWW-Authenticate": f'Basic realm="{self.realm}"' if self.realm else "Basic"}

    _rapide_reads = "header"

    def _rapide_check(self, headers: Fields) -> HTTPBasicCredentials | None:  # type: ignore[override]
        return self._rapide_read_basic(header_of(headers, b"authorization"))

    async def __call__(  # type: ignore[override]
        self, request: HTTPConnection
    ) -> HTTPBasicCredentials | None:
        """Read the credentials."""
        return self._rapide_read_basic(request.headers.get("Authorization"))

    def _rapide_read_basic(self, authorization: str | None) -> HTTPBasicCredentials | None:
        scheme, param = get_authorization_scheme_param(authorization)
        if not authorization or scheme.lower() != "basic":
            self._rapide_refuse()
            return None
        try:
            data = b64decode(param).decode("ascii")
        except ValueError as error:
            raise self.make_not_authenticated_error() from error
        username, colon, password = data.partition(":")
        if not colon:
            raise self.make_not_authenticated_error()
        return HTTPBasicCredentials(username=username, password=password)


@documented
class HTTPBearer(HTTPBase):
    """Read a bearer token (RFC 6750 section 2.1).

    Args:
        bearerFormat: Format of the token, such as `JWT`, for readers of the document.
        scheme_name: Name of the scheme in the document. Defaults to the name of the class.
        description: Text about the scheme in the document (CommonMark).
        auto_error: Whether a request without a token gets 401. If not, the value is None.
    """

    _rapide_model_name = "HTTPBearer"

    def __init__(
        self,
        *,
        bearerFormat: str | None = None,
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ):
        fields = {"scheme": "bearer", "bearerFormat": bearerFormat, "description": description}
        self._rapide_describe(scheme_name, auto_error, fields)

    _rapide_reads = "header"

    def _rapide_check(self, headers: Fields) -> HTTPAuthorizationCredentials | None:
        return self._rapide_read(header_of(headers, b"authorization"), "bearer")

    async def __call__(self, request: HTTPConnection) -> HTTPAuthorizationCredentials | None:
        """Read the token."""
        return self._rapide_read(request.headers.get("Authorization"), "bearer")


@documented
class HTTPDigest(HTTPBase):
    """Read the credentials of digest authentication without checking them (RFC 7616).

    A subclass must check them. This class connects the scheme with the OpenAPI document.

    Args:
        scheme_name: Name of the scheme in the document. Defaults to the name of the class.
        description: Text about the scheme in the document (CommonMark).
        auto_error: Whether a request without credentials gets 401. If not, the value is None.
    """

    def __init__(
        self,
        *,
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ):
        super().__init__(
            scheme="digest", scheme_name=scheme_name, description=description, auto_error=auto_error
        )

    _rapide_reads = "header"

    def _rapide_check(self, headers: Fields) -> HTTPAuthorizationCredentials | None:
        return self._rapide_read(header_of(headers, b"authorization"), "digest")

    async def __call__(self, request: HTTPConnection) -> HTTPAuthorizationCredentials | None:
        """Read the credentials."""
        return self._rapide_read(request.headers.get("Authorization"), "digest")


add_imported_names(__name__)
