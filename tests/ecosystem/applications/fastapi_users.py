"""Accounts in SQLAlchemy: registering, tokens, cookies, verification, new passwords, the staff."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi_users import (
    BaseUserManager,
    FastAPIUsers,
    IntegerIDMixin,
    InvalidPasswordException,
    schemas,
)
from fastapi_users.authentication import (
    AuthenticationBackend,
    BearerTransport,
    CookieTransport,
    JWTStrategy,
)
from fastapi_users.authentication.strategy.db import DatabaseStrategy
from fastapi_users.db import SQLAlchemyBaseUserTable, SQLAlchemyUserDatabase
from fastapi_users_db_sqlalchemy.access_token import (
    SQLAlchemyAccessTokenDatabase,
    SQLAlchemyBaseAccessTokenTable,
)
from sqlalchemy import ForeignKey, update
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import StaticPool

SECRET = "a secret of thirty-two characters"
SCRUBS = {
    r"eyJ[\w-]+\.[\w-]+\.[\w-]+": "JWT",
    r'"access_token":"(?!JWT)[\w-]+"': '"access_token":"TOKEN"',
    r"library=[\w-]{20,}": "library=TOKEN",
}


class Base(DeclarativeBase): ...


class User(SQLAlchemyBaseUserTable[int], Base):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="")


class AccessToken(SQLAlchemyBaseAccessTokenTable[int], Base):
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="cascade"))


class UserRead(schemas.BaseUser[int]):
    name: str


class UserCreate(schemas.BaseUserCreate):
    name: str = ""


class UserUpdate(schemas.BaseUserUpdate):
    name: str | None = None


engine = create_async_engine("sqlite+aiosqlite://", poolclass=StaticPool)
make_session = async_sessionmaker(engine, expire_on_commit=False)
events: list[tuple[str, str]] = []
tokens: dict[str, str] = {}


async def get_session() -> AsyncIterator:
    async with make_session() as session:
        yield session


Session = Annotated[object, Depends(get_session)]


async def get_users(session: Session):
    yield SQLAlchemyUserDatabase(session, User)


async def get_tokens(session: Session):
    yield SQLAlchemyAccessTokenDatabase(session, AccessToken)


class UserManager(IntegerIDMixin, BaseUserManager[User, int]):
    reset_password_token_secret = verification_token_secret = SECRET

    async def validate_password(self, password: str, user) -> None:
        if len(password) < 5:
            raise InvalidPasswordException("too short")

    async def on_after_register(self, user: User, request: Request | None = None) -> None:
        events.append(("registered", user.email))

    async def on_after_login(self, user, request=None, response=None) -> None:
        events.append(("logged in", f"{user.email} {request.url.path} {response.status_code}"))

    async def on_after_request_verify(self, user, token, request=None) -> None:
        tokens["verify"] = token

    async def on_after_forgot_password(self, user, token, request=None) -> None:
        tokens["reset"] = token


async def get_manager(users=Depends(get_users)):
    yield UserManager(users)


bearer = AuthenticationBackend(
    "jwt", BearerTransport("auth/jwt/login"), lambda: JWTStrategy(SECRET, lifetime_seconds=3600)
)
cookie = AuthenticationBackend(
    "cookie",
    CookieTransport("library", cookie_max_age=3600, cookie_secure=False),
    lambda tokens=Depends(get_tokens): DatabaseStrategy(tokens, lifetime_seconds=3600),
)
accounts = FastAPIUsers[User, int](get_manager, [bearer, cookie])
reader = accounts.current_user(active=True)
librarian = accounts.current_user(active=True, superuser=True)
guest = accounts.current_user(optional=True)


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


app = FastAPI(lifespan=lifespan)
app.include_router(accounts.get_auth_router(bearer), prefix="/auth/jwt", tags=["auth"])
app.include_router(accounts.get_auth_router(cookie), prefix="/auth/cookie", tags=["auth"])
app.include_router(accounts.get_register_router(UserRead, UserCreate), prefix="/auth")
app.include_router(accounts.get_reset_password_router(), prefix="/auth")
app.include_router(accounts.get_verify_router(UserRead), prefix="/auth")
app.include_router(
    accounts.get_users_router(UserRead, UserUpdate, requires_verification=True), prefix="/users"
)


@app.get("/loans")
async def list_loans(user: Annotated[User, Depends(reader)]) -> str:
    return f"loans of {user.name}"


@app.get("/staff")
def show_staff(user: Annotated[User, Depends(librarian)]) -> str:
    return user.email


@app.get("/hello")
async def hello(user: Annotated[User | None, Depends(guest)]) -> str:
    return user.name if user else "stranger"


@app.post("/promotions/{number}", status_code=204)
async def promote(number: int) -> None:
    async with make_session.begin() as session:
        await session.execute(update(User).where(User.id == number).values(is_superuser=True))


def talk(client) -> None:
    client.document()
    eliot = {"email": "eliot@example.org", "password": "silas-marner", "name": "George Eliot"}
    client.post("/auth/register", json=eliot)
    client.post("/auth/register", json=eliot)
    client.post("/auth/register", json={**eliot, "email": "no address"})
    client.post("/auth/register", json={**eliot, "email": "b@example.org", "password": "abc"})
    client.post("/auth/register", json={"email": "austen@example.org", "password": "persuasion"})

    form = {"username": eliot["email"], "password": eliot["password"]}
    client.post("/auth/jwt/login", data={**form, "password": "wrong"})
    client.post("/auth/jwt/login", data={"username": "only"})
    token = client.post("/auth/jwt/login", data=form).json()["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    for path in ("/loans", "/staff", "/hello", "/users/me"):
        client.get(path)
        client.get(path, headers=headers)
        client.get(path, headers={"authorization": "Bearer nonsense"})

    client.post("/auth/request-verify-token", json={"email": eliot["email"]})
    client.post("/auth/verify", json={"token": tokens["verify"] + "x"})
    client.post("/auth/verify", json={"token": tokens["verify"]})
    client.post("/auth/verify", json={"token": tokens["verify"]})
    client.get("/users/me", headers=headers)
    client.patch("/users/me", headers=headers, json={"name": "Mary Ann Evans"})
    client.patch("/users/me", headers=headers, json={"email": "austen@example.org"})
    client.get("/users/2", headers=headers)

    client.post("/promotions/1")
    client.get("/staff", headers=headers)
    client.get("/users/2", headers=headers)
    client.patch("/users/2", headers=headers, json={"name": "Jane Austen", "is_active": False})
    client.get("/users/9", headers=headers)
    client.delete("/users/2", headers=headers)
    client.delete("/users/2", headers=headers)

    client.post("/auth/forgot-password", json={"email": eliot["email"]})
    client.post("/auth/reset-password", json={"token": "nonsense", "password": "romola"})
    client.post("/auth/reset-password", json={"token": tokens["reset"], "password": "abc"})
    client.post("/auth/reset-password", json={"token": tokens["reset"], "password": "romola"})
    client.post("/auth/cookie/login", data=form)
    client.post("/auth/cookie/login", data={**form, "password": "romola"})
    client.get("/loans")
    client.post("/auth/cookie/logout")
    client.get("/loans")
    client.post("/auth/jwt/logout", headers=headers)
    client.note("events", events)
