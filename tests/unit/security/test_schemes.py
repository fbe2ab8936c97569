"""Security schemes read, refuse and describe themselves as FastAPI's."""

import base64
from typing import Any

import fastapi.exceptions
import fastapi.security
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

import rapide.exceptions
import rapide.security
from rapide.security.base import SecurityBase

pytestmark = pytest.mark.anyio

SCHEMES: list[tuple[str, dict[str, Any]]] = [
    ("APIKeyQuery", {"name": "key"}),
    ("APIKeyHeader", {"name": "x-key", "scheme_name": "Key", "description": "A key."}),
    ("APIKeyCookie", {"name": "key"}),
    ("HTTPBasic", {}),
    ("HTTPBasic", {"realm": "shop", "description": "Staff."}),
    ("HTTPBearer", {}),
    ("HTTPBearer", {"bearerFormat": "JWT", "scheme_name": "Token"}),
    ("HTTPDigest", {}),
    ("OAuth2", {}),
    ("OAuth2", {"flows": {"implicit": {"authorizationUrl": "/a", "scopes": {"r": "Read"}}}}),
    ("OAuth2PasswordBearer", {"tokenUrl": "token"}),
    ("OAuth2PasswordBearer", {"tokenUrl": "t", "scopes": {"r": "Read"}, "refreshUrl": "/again"}),
    ("OAuth2AuthorizationCodeBearer", {"authorizationUrl": "/a", "tokenUrl": "/t"}),
    ("OpenIdConnect", {"openIdConnectUrl": "/.well-known/openid-configuration"}),
]

BASIC = base64.b64encode(b"ann:s:t").decode()

CONNECTIONS: list[tuple[str, dict[str, str]]] = [
    ("", {}),
    ("key=abc", {}),
    ("key=", {}),
    ("", {"x-key": "abc"}),
    ("", {"x-key": ""}),
    ("", {"cookie": "key=abc"}),
    *(
        ("", {"authorization": value})
        for value in (
            "",
            " ",
            "Bearer",
            "Bearer ",
            "Bearer token",
            "bearer   token  ",
            "BEARER a b",
            "Digest x=1",
            "Other thing",
            f"Basic {BASIC}",
            f"basic  {BASIC} ",
            "Basic",
            "Basic !!!",
            "Basic bm9jb2xvbg==",
            "Basic w6k6w6k=",
            "Basic abc",
        )
    ),
]


def connection(kind: str, query: str, headers: dict[str, str]) -> HTTPConnection:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": kind, "query_string": query.encode(), "headers": raw})


async def outcome(scheme: Any, request: HTTPConnection) -> Any:
    try:
        found = await scheme(request)
    except HTTPException as error:
        base = (
            rapide.exceptions if type(error).__module__.startswith("rapide") else fastapi.exceptions
        )
        is_own = type(error) is base.HTTPException
        return error.status_code, error.detail, error.headers, is_own
    return found if found is None or isinstance(found, str) else found.model_dump()


@pytest.mark.parametrize("auto_error", [True, False])
@pytest.mark.parametrize(("name", "options"), SCHEMES, ids=str)
async def test_credentials_are_read_and_refused_as_in_fastapi(
    name: str, options: dict[str, Any], auto_error: bool
) -> None:
    ours = getattr(rapide.security, name)(**options, auto_error=auto_error)
    theirs = getattr(fastapi.security, name)(**options, auto_error=auto_error)
    for query, headers in CONNECTIONS:
        for kind in ("http", "websocket"):
            request = connection(kind, query, headers)
            assert await outcome(ours, request) == await outcome(theirs, request), (query, headers)


@pytest.mark.parametrize(("name", "options"), SCHEMES, ids=str)
def test_the_openapi_description_is_fastapis(name: str, options: dict[str, Any]) -> None:
    ours = getattr(rapide.security, name)(**options)
    theirs = getattr(fastapi.security, name)(**options)
    dumped = [
        s.model.model_dump(mode="json", by_alias=True, exclude_none=True) for s in (ours, theirs)
    ]
    assert dumped[0] == dumped[1]
    assert (ours.scheme_name, ours.auto_error) == (theirs.scheme_name, theirs.auto_error)
    assert isinstance(ours, SecurityBase)
    assert ours.model is ours.model


def test_the_description_waits_until_it_is_read() -> None:
    assert "model" not in vars(rapide.security.HTTPBearer())


async def test_a_subclass_can_set_its_own_model_and_error() -> None:
    from rapide.openapi.models import APIKey, APIKeyIn

    class Renamed(rapide.security.APIKeyHeader):
        def __init__(self) -> None:
            super().__init__(name="x-key")
            self.model = APIKey(**{"in": APIKeyIn.header}, name="x-other")

        def make_not_authenticated_error(self) -> HTTPException:
            return HTTPException(403)

    scheme = Renamed()
    assert await scheme(connection("http", "", {"x-other": "abc"})) == "abc"
    with pytest.raises(HTTPException) as caught:
        await scheme(connection("http", "", {"x-key": "abc"}))
    assert caught.value.status_code == 403


async def test_any_http_scheme_names_itself_in_the_challenge() -> None:
    from rapide.security.http import HTTPBase

    with pytest.raises(HTTPException) as caught:
        await HTTPBase(scheme="hoba")(connection("http", "", {}))
    assert caught.value.headers == {"WWW-Authenticate": "Hoba"}


def test_security_scopes_join_the_scopes() -> None:
    scopes = rapide.security.SecurityScopes(["a", "b"])
    assert (scopes.scopes, scopes.scope_str) == (["a", "b"], "a b")
    assert rapide.security.SecurityScopes().scopes == []


def test_the_password_form_splits_its_scopes() -> None:
    form = rapide.security.OAuth2PasswordRequestForm(username="u", password="p", scope="a  b")
    assert (form.scopes, form.grant_type, form.client_id) == (["a", "b"], None, None)
    strict = rapide.security.OAuth2PasswordRequestFormStrict("password", "u", "p")
    assert vars(strict) == vars(
        fastapi.security.OAuth2PasswordRequestFormStrict("password", "u", "p")
    )


def test_an_unknown_scheme_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'HTTPNothing'"):
        _ = rapide.security.HTTPNothing
