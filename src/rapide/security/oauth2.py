"""OAuth2: bearer tokens and the form of the password flow (RFC 6749, RFC 6750)."""

from typing import TYPE_CHECKING, Annotated, Any

from starlette.requests import HTTPConnection

from rapide._documented import documented
from rapide._imported_names import add_imported_names
from rapide.exceptions import HTTPException as HTTPException
from rapide.param_functions import Form
from rapide.security.base import DescribedScheme, Fields, header_of
from rapide.security.scopes import SecurityScopes
from rapide.security.utils import get_authorization_scheme_param

if TYPE_CHECKING:
    from rapide.openapi.models import OAuth2 as OAuth2Model
    from rapide.openapi.models import OAuthFlows as OAuthFlowsModel

__all__ = [
    "OAuth2",
    "OAuth2AuthorizationCodeBearer",
    "OAuth2PasswordBearer",
    "OAuth2PasswordRequestForm",
    "OAuth2PasswordRequestFormStrict",
    "SecurityScopes",
]


@documented
class OAuth2PasswordRequestForm:
    """The form of a token request of the password flow (RFC 6749 section 4.3.2).

    Use it as a dependency: `form: Annotated[OAuth2PasswordRequestForm, Depends()]`.

    Args:
        grant_type: `"password"`, or None if the client leaves it out.
        username: Name of the user.
        password: Password of the user.
        scope: Scopes, separated by spaces (RFC 6749 section 3.3). `scopes` has them as a list.
        client_id: Identifier of the client, if it sends that in the form.
        client_secret: Secret of the client, if it sends that in the form.
    """

    def __init__(
        self,
        *,
        grant_type: Annotated[str | None, Form(pattern="^password$")] = None,
        username: Annotated[str, Form()],
        password: Annotated[str, Form(json_schema_extra={"format": "password"})],
        scope: Annotated[str, Form()] = "",
        client_id: Annotated[str | None, Form()] = None,
        client_secret: Annotated[str | None, Form(json_schema_extra={"format": "password"})] = None,
    ):
        self.grant_type = grant_type
        self.username = username
        self.password = password
        self.scopes = scope.split()
        self.client_id = client_id
        self.client_secret = client_secret


@documented
class OAuth2PasswordRequestFormStrict(OAuth2PasswordRequestForm):
    """The same form with a required `grant_type=password`, as the specification requires.

    Args:
        grant_type: `"password"`. A form without it is answered with 422.
        username: Name of the user.
        password: Password of the user.
        scope: Scopes, separated by spaces (RFC 6749 section 3.3). `scopes` has them as a list.
        client_id: Identifier of the client, if it sends that in the form.
        client_secret: Secret of the client, if it sends that in the form.
    """

    def __init__(
        self,
        grant_type: Annotated[str, Form(pattern="^password$")],
        username: Annotated[str, Form()],
        password: Annotated[str, Form()],
        scope: Annotated[str, Form()] = "",
        client_id: Annotated[str | None, Form()] = None,
        client_secret: Annotated[str | None, Form()] = None,
    ):
        super().__init__(
            grant_type=grant_type,
            username=username,
            password=password,
            scope=scope,
            client_id=client_id,
            client_secret=client_secret,
        )


@documented
class OAuth2(DescribedScheme):
    """Read the `Authorization` header of a request that uses any OAuth2 flow.

    Args:
        flows: OAuth Flows Object (OpenAPI 3.1 section 4.8.28). Defaults to an empty one.
        scheme_name: Name of the scheme in the document. Defaults to the name of the class.
        description: Text about the scheme in the document (CommonMark).
        auto_error: Whether a request without the header gets 401. If not, the value is None.
    """

    model: "OAuth2Model"  # pyright: ignore[reportIncompatibleVariableOverride]
    _rapide_model_name = "OAuth2"
    _rapide_raises_fastapis = True

    def __init__(
        self,
        *,
        flows: "OAuthFlowsModel | dict[str, dict[str, Any]] | None" = None,
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ):
        fields = {"flows": {} if flows is None else flows, "description": description}
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


class _OAuth2Bearer(OAuth2):
    async def __call__(self, request: HTTPConnection) -> str | None:
        """Read the bearer token."""
        return self._rapide_read(request.headers.get("Authorization"))

    def _rapide_read(self, authorization: str | None) -> str | None:
        scheme, token = get_authorization_scheme_param(authorization)
        if not authorization or scheme.lower() != "bearer":
            self._rapide_refuse()
            return None
        return token


@documented
class OAuth2PasswordBearer(_OAuth2Bearer):
    """Read the bearer token of a client that uses the password flow.

    Args:
        tokenUrl: Path or URL of the token endpoint (RFC 6749 section 3.2).
        scheme_name: Name of the scheme in the document. Defaults to the name of the class.
        scopes: Texts about the scopes by name, in the document.
        description: Text about the scheme in the document (CommonMark).
        auto_error: Whether a request without a token gets 401. If not, the value is None.
        refreshUrl: URL that renews a token (RFC 6749 section 6), for readers of the document.
    """

    _rapide_reads = "header"

    def __init__(
        self,
        tokenUrl: str,
        scheme_name: str | None = None,
        scopes: dict[str, str] | None = None,
        description: str | None = None,
        auto_error: bool = True,
        refreshUrl: str | None = None,
    ):
        flow = {"tokenUrl": tokenUrl, "refreshUrl": refreshUrl, "scopes": dict(scopes or {})}
        super().__init__(
            flows={"password": flow},
            scheme_name=scheme_name,
            description=description,
            auto_error=auto_error,
        )


@documented
class OAuth2AuthorizationCodeBearer(_OAuth2Bearer):
    """Read the bearer token of a client that uses the authorization code flow.

    Args:
        authorizationUrl: URL where the user grants access (RFC 6749 section 3.1).
        tokenUrl: URL of the token endpoint (RFC 6749 section 3.2).
        refreshUrl: URL that renews a token (RFC 6749 section 6), for readers of the document.
        scheme_name: Name of the scheme in the document. Defaults to the name of the class.
        scopes: Texts about the scopes by name, in the document.
        description: Text about the scheme in the document (CommonMark).
        auto_error: Whether a request without a token gets 401. If not, the value is None.
    """

    _rapide_reads = "header"

    def __init__(
        self,
        authorizationUrl: str,
        tokenUrl: str,
        refreshUrl: str | None = None,
        scheme_name: str | None = None,
        scopes: dict[str, str] | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ):
        flow = {
            "authorizationUrl": authorizationUrl,
            "tokenUrl": tokenUrl,
            "refreshUrl": refreshUrl,
            "scopes": dict(scopes or {}),
        }
        super().__init__(
            flows={"authorizationCode": flow},
            scheme_name=scheme_name,
            description=description,
            auto_error=auto_error,
        )


add_imported_names(__name__)
