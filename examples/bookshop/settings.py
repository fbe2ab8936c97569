"""What the environment decides."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings
from sqlalchemy import URL, make_url

ASYNC_DRIVERS = {
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
}


class Settings(BaseSettings):
    """The shop's settings, read from environment variables."""

    db_path: Path = Field(default=Path("bookshop.db"), validation_alias="BOOKSHOP_DB")
    """The SQLite file, used unless `DATABASE_URL` is set."""

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    """`postgres://…`, `postgresql://…` or `sqlite:///…`."""

    redis_url: str | None = Field(default=None, validation_alias="REDIS_URL")
    """`redis://…`: several processes share the shop, and a worker runs its jobs."""

    covers: Path = Field(default=Path("bookshop-covers"), validation_alias="BOOKSHOP_COVERS")
    """The directory of the cover images; made when the first one arrives."""

    secret: SecretStr | None = Field(
        default=None, min_length=32, validation_alias="BOOKSHOP_SECRET"
    )
    """What tokens are signed with; unless set, a key that the first start left in the database."""

    staff_password: SecretStr | None = Field(
        default=None, min_length=8, validation_alias="BOOKSHOP_STAFF_PASSWORD"
    )
    """The password of the staff's account; without it there is none."""

    def engine_url(self) -> URL:
        """The database's URL with the asynchronous driver in it."""
        if not self.database_url:
            return URL.create(ASYNC_DRIVERS["sqlite"], database=str(self.db_path))
        url = make_url(self.database_url)
        # asyncpg calls libpq's `sslmode` plain `ssl`; the values are the same.
        query = {"ssl" if key == "sslmode" else key: url.query[key] for key in url.query}
        return url.set(drivername=ASYNC_DRIVERS.get(url.drivername, url.drivername), query=query)
