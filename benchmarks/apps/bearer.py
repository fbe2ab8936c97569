"""A bearer token checked in a dependency."""

from typing import Annotated, Any

from benchmarks.apps import framework

web = framework()
security = __import__(f"{web.__name__}.security", fromlist=["HTTPBearer"])

scheme = security.HTTPBearer()
USERS = {"secret-token": {"name": "ada", "active": True}}


async def get_user(
    credentials: Annotated[security.HTTPAuthorizationCredentials, web.Depends(scheme)],
) -> dict[str, Any]:
    user = USERS.get(credentials.credentials)
    if user is None:
        raise web.HTTPException(status_code=401, detail="unknown token")
    return user


def create_app() -> Any:
    app = web.FastAPI()

    @app.get("/me")
    async def read_me(user: Annotated[dict[str, Any], web.Depends(get_user)]) -> dict[str, Any]:
        return user

    return app
