"""The application: `rapide run examples/bookshop/main.py`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker

from rapide import FastAPI, Request, Response, status
from rapide.responses import RedirectResponse
from rapide.staticfiles import StaticFiles

from . import errors
from .backstage import Backstage
from .database import create_engine
from .routers import (
    accounts,
    authors,
    books,
    covers,
    exports,
    feed,
    orders,
    outbox,
    pages,
    progress,
    stock,
)
from .schemas import Health
from .security import load_signing_key
from .seed import prepare_database
from .settings import Settings


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """Open the database, fill it if it is empty, and share it with every request."""
    settings = Settings()
    engine = create_engine(settings.engine_url())
    try:
        await prepare_database(engine, settings)
        sessions = async_sessionmaker(engine, expire_on_commit=False)
        async with backstage.opened(sessions):
            yield {
                "settings": settings,
                "engine": engine,
                "sessions": sessions,
                "signing_key": await load_signing_key(sessions, settings),
                "backstage": backstage,
            }
    finally:
        await engine.dispose()


def make_backstage(app: FastAPI, settings: Settings) -> Backstage:
    """Decide what happens behind the requests: here, or in several processes."""
    if not settings.redis_url:
        return Backstage()
    from .replicas import Replicas  # needs more packages

    return Replicas(app, settings, settings.redis_url)


app = FastAPI(
    title="Bookshop",
    summary="Public-domain books, their authors, stock and orders.",
    version="1.0.0",
    openapi_tags=[
        {"name": "books", "description": "Search and care for the catalogue."},
        {"name": "authors", "description": "Who wrote the books."},
        {"name": "orders", "description": "Buy books, and think better of it."},
        {"name": "stock", "description": "What is on the shelf: for the staff."},
        {"name": "accounts", "description": "Sign up and log in."},
        {"name": "service", "description": "How the service is."},
    ],
    lifespan=lifespan,
)
backstage = make_backstage(app, Settings())
errors.install(app)
for subject in (
    *(pages, accounts, exports, books, covers, authors),
    *(orders, progress, outbox, stock, feed),
):
    app.include_router(subject.router)
app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")


@app.get("/", include_in_schema=False)
async def show_shop() -> RedirectResponse:
    """Send a browser to the catalogue's page."""
    return RedirectResponse("/catalogue")


@app.get(
    "/health",
    tags=["service"],
    responses={503: {"model": Health, "description": "The database does not answer."}},
)
async def check_health(request: Request, response: Response) -> Health:
    """Tell whether the database answers."""
    engine = request.state.engine
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        return Health(status="unavailable", database=engine.dialect.name)
    return Health(status="ok", database=engine.dialect.name)
