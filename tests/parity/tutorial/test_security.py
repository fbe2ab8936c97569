"""Tutorial: security, from OAuth2 with passwords to API keys."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Annotated

from ..client import GET, POST, document
from ..harness import parity


def sign(claims: dict, key: bytes = b"key of this test") -> str:
    """A JSON Web Token (RFC 7519) signed with HMAC SHA-256."""

    def part(data: bytes) -> bytes:
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    head = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = head + b"." + part(json.dumps(claims).encode())
    return (body + b"." + part(hmac.digest(key, body, "sha256"))).decode()


def read_token(token: str) -> dict | None:
    body, _, _ = token.rpartition(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(body.partition(".")[2] + "=="))
    except ValueError:
        return None
    fresh = claims.get("exp", 0) > time.time()
    return claims if fresh and hmac.compare_digest(sign(claims), token) else None


FOREVER = 4_000_000_000


def bearer(token):
    return {"authorization": f"Bearer {token}"}


@parity(
    POST("/token", form={"username": "ada", "password": "engine", "scope": "read"}),
    POST("/token", form={"username": "ada", "password": "wrong"}),
    POST("/token", form={"username": "ada"}),
    "/me",
    GET("/me", headers=bearer(sign({"sub": "ada", "exp": FOREVER, "scopes": ["read"]}))),
    GET("/me", headers=bearer(sign({"sub": "ada", "exp": 1, "scopes": ["read"]}))),
    GET("/me", headers=bearer(sign({"sub": "ada", "exp": FOREVER}, b"another key"))),
    GET("/me", headers=bearer("nonsense")),
    GET("/me", headers={"authorization": "Basic YTpi"}),
    GET("/loans", headers=bearer(sign({"sub": "ada", "exp": FOREVER, "scopes": ["read"]}))),
    GET("/loans", headers=bearer(sign({"sub": "ada", "exp": FOREVER, "scopes": ["loans"]}))),
    GET(
        "/loans", headers=bearer(sign({"sub": "ada", "exp": FOREVER, "scopes": ["loans", "read"]}))
    ),
    "/status",
    document("/openapi.json"),
)
def test_oauth2_with_password_and_tokens(fw):
    """The chapters lead from the first steps to tokens and scopes."""
    security = fw.security
    scheme = security.OAuth2PasswordBearer(
        tokenUrl="token", scopes={"read": "Read yourself", "loans": "Read loans"}
    )
    salt = b"a fixed salt"
    users = {"ada": hashlib.scrypt(b"engine", salt=salt, n=16, r=1, p=1)}
    app = fw.FastAPI()

    async def current_user(
        scopes: security.SecurityScopes, token: Annotated[str, fw.Depends(scheme)]
    ):
        challenge = f'Bearer scope="{scopes.scope_str}"' if scopes.scopes else "Bearer"
        claims = read_token(token)
        if claims is None or claims["sub"] not in users:
            raise fw.HTTPException(401, "unknown", headers={"WWW-Authenticate": challenge})
        if not set(scopes.scopes) <= set(claims.get("scopes", ())):
            raise fw.HTTPException(401, "not allowed", headers={"WWW-Authenticate": challenge})
        return claims["sub"]

    async def reader(user: Annotated[str, fw.Security(current_user, scopes=["read"])]):
        return user

    @app.post("/token")
    async def token(form: Annotated[security.OAuth2PasswordRequestForm, fw.Depends()]):
        digest = hashlib.scrypt(form.password.encode(), salt=salt, n=16, r=1, p=1)
        if not secrets.compare_digest(digest, users.get(form.username, b"")):
            raise fw.HTTPException(status_code=400, detail="wrong name or password")
        claims = {"sub": form.username, "exp": FOREVER, "scopes": form.scopes}
        return {"access_token": sign(claims), "token_type": "bearer"}

    @app.get("/me")
    async def me(user: Annotated[str, fw.Depends(reader)]):
        return user

    @app.get("/loans")
    async def loans(user: Annotated[str, fw.Security(reader, scopes=["loans"])]):
        return [user]

    @app.get("/status")
    async def status(user: Annotated[str, fw.Depends(current_user)]):
        return user

    return app


def basic(text):
    return {"authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@parity(
    "/basic /key",
    GET("/basic", headers=basic("ada:engine")),
    GET("/basic", headers=basic("ada:wrong")),
    GET("/basic", headers=basic("no colon")),
    GET("/basic", headers={"authorization": "Basic ?"}),
    GET("/key", headers={"x-api-key": "k1"}),
    GET("/key", headers={"x-api-key": "k2"}),
    GET("/key?key=k1"),
    GET("/key", headers={"cookie": "key=k1"}),
)
def test_http_basic_and_api_keys(fw):
    """Keys are in a header, in the query and in a cookie."""
    security = fw.security
    app = fw.FastAPI()

    def user(given: Annotated[security.HTTPBasicCredentials, fw.Depends(security.HTTPBasic())]):
        if not secrets.compare_digest(given.password.encode(), b"engine"):
            raise fw.HTTPException(401, headers={"WWW-Authenticate": "Basic"})
        return given.username

    @app.get("/basic")
    def protected(user: Annotated[str, fw.Depends(user)]):
        return user

    def key(
        in_header: Annotated[
            str | None, fw.Depends(security.APIKeyHeader(name="x-api-key", auto_error=False))
        ],
        in_query: Annotated[
            str | None, fw.Depends(security.APIKeyQuery(name="key", auto_error=False))
        ],
        in_cookie: Annotated[
            str | None, fw.Depends(security.APIKeyCookie(name="key", auto_error=False))
        ],
    ):
        given = in_header or in_query or in_cookie
        if given != "k1":
            raise fw.HTTPException(403, f"unknown key {given}")
        return given

    @app.get("/key")
    def keyed(key: Annotated[str, fw.Security(key)]):
        return key

    return app
