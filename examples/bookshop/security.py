"""Who may do what: passwords, tokens, and the scopes that routes ask for."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Annotated

import jwt
from anyio import CapacityLimiter, to_thread
from pwdlib import PasswordHash
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from rapide import Depends, Security
from rapide.requests import HTTPConnection
from rapide.security import OAuth2PasswordBearer, SecurityScopes

from .errors import NotAllowed, NotAuthenticated
from .models import Role, SigningKey, now
from .settings import Settings

ALGORITHM = "HS256"
TOKEN_LIFE = timedelta(minutes=30)

SCOPES = {
    "orders": "Place orders; read, follow and cancel your own.",
    "orders:all": "Read, ship and cancel everybody's orders; read the outbox.",
    "catalogue": "Change books, authors and covers.",
    "stock": "See and change what is on the shelf.",
}
SCOPES_OF_ROLE = {Role.CUSTOMER: ["orders"], Role.STAFF: list(SCOPES)}

# Argon2 takes 64 MiB and a moment of a whole core for each password, on purpose.
passwords = PasswordHash.recommended()
hashing = CapacityLimiter(4)

bearer = OAuth2PasswordBearer(
    tokenUrl="token", scopes=SCOPES, scheme_name="Account", auto_error=False
)


async def hash_password(password: SecretStr) -> str:
    """What is kept of a password."""
    return await to_thread.run_sync(passwords.hash, password.get_secret_value(), limiter=hashing)


async def check_password(password: str, password_hash: str | None) -> bool:
    """Compare; where there is no account it takes as long, so that time does not tell."""

    def check() -> bool:
        return passwords.verify(password, password_hash or _hash_of_nobody()) and bool(
            password_hash
        )

    return await to_thread.run_sync(check, limiter=hashing)


@cache
def _hash_of_nobody() -> str:
    return passwords.hash("")


async def load_signing_key(sessions: async_sessionmaker[AsyncSession], settings: Settings) -> str:
    """The environment's secret, or else the key that all processes find in the database."""
    if settings.secret is not None:
        return settings.secret.get_secret_value()
    async with sessions() as session:
        return (await session.scalars(select(SigningKey.key))).one()


def make_token(key: str, email: str, scopes: list[str]) -> str:
    """A signed JWT, good for a while."""
    claims = {"sub": email, "scope": " ".join(scopes), "exp": now() + TOKEN_LIFE}
    return jwt.encode(claims, key, ALGORITHM)


@dataclass(frozen=True)
class Caller:
    """Who sends a request, and what the token allows."""

    email: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Whether the token was given for this, too."""
        return scope in self.scopes


async def get_caller(
    needed: SecurityScopes,
    connection: HTTPConnection,
    token: Annotated[str | None, Depends(bearer)],
) -> Caller:
    """Read the token of a request or WebSocket; insist on the scopes that the route names."""
    if token is None:
        raise NotAuthenticated("Log in first: the header Authorization is missing.")
    try:
        claims = jwt.decode(
            token,
            connection.state.signing_key,
            algorithms=[ALGORITHM],
            options={"require": ["sub", "exp", "scope"]},
        )
    except jwt.InvalidTokenError as error:
        raise NotAuthenticated("The token is wrong or too old: log in again.") from error
    caller = Caller(claims["sub"], frozenset(claims["scope"].split()))
    for scope in needed.scopes:
        if not caller.may(scope):
            raise NotAllowed(scope)
    return caller


Customer = Annotated[Caller, Security(get_caller, scopes=["orders"])]
"""Somebody with an account; the staff has one, too."""
