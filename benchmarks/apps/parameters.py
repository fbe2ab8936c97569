"""Path and query parameters, converted and validated."""

from typing import Annotated, Any

from benchmarks.apps import framework

web = framework()


def create_app() -> Any:
    app = web.FastAPI()

    @app.get("/users/{user_id}/items/{item_id}")
    async def read_item(
        user_id: int,
        item_id: Annotated[int, web.Path(ge=1)],
        limit: Annotated[int, web.Query(ge=1, le=100)] = 10,
        q: str | None = None,
        detailed: bool = False,
    ) -> dict[str, Any]:
        return {
            "user_id": user_id,
            "item_id": item_id,
            "limit": limit,
            "q": q,
            "detailed": detailed,
        }

    return app
