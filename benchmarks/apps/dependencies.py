"""Three nested dependencies, one of them with `yield`."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from benchmarks.apps import framework

web = framework()


class Session:
    """Stands for a database session: opened and closed by its dependency."""

    def __init__(self) -> None:
        self.closed = False

    def name_of(self, user_id: int) -> str:
        return f"user-{user_id}"


async def get_session() -> AsyncIterator[Session]:
    session = Session()
    try:
        yield session
    finally:
        session.closed = True


async def get_user_id(x_user: Annotated[int, web.Header()]) -> int:
    return x_user


async def get_current_user(
    session: Annotated[Session, web.Depends(get_session)],
    user_id: Annotated[int, web.Depends(get_user_id)],
) -> dict[str, Any]:
    return {"id": user_id, "name": session.name_of(user_id)}


async def get_active_user(
    user: Annotated[dict[str, Any], web.Depends(get_current_user)],
) -> dict[str, Any]:
    return {**user, "active": True}


async def unrelated() -> str:
    return "not used by any route"


def create_app() -> Any:
    app = web.FastAPI()

    @app.get("/me")
    async def read_me(
        user: Annotated[dict[str, Any], web.Depends(get_active_user)],
    ) -> dict[str, Any]:
        return user

    return app


def create_overridden_app() -> Any:
    """The same application with an override that concerns none of its routes."""
    app = create_app()
    app.dependency_overrides[unrelated] = lambda: "replaced"
    return app
