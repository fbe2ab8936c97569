"""FastrAPI: its server in Rust, `def` handlers, Pydantic."""

from typing import Any

from fastrapi import FastrAPI, Header, HTTPException

from benchmarks.peers import contents


def serve(app: FastrAPI, port: int) -> None:
    app.serve("127.0.0.1", port)


def plain() -> FastrAPI:
    app = FastrAPI()

    @app.get("/")
    def root() -> str:
        return contents.TEXT

    return app


def hello() -> FastrAPI:
    app = FastrAPI()

    @app.get("/")
    def root() -> dict[str, str]:
        return contents.HELLO

    return app


browser = not_found = hello


def parameters() -> FastrAPI:
    app = FastrAPI()

    @app.get("/users/{user_id}/items/{item_id}")
    def read_item(
        user_id: int,
        item_id: int,
        limit: int = 10,
        q: str | None = None,
        detailed: bool = False,
    ) -> dict[str, Any]:
        # Limits in `Annotated` are ignored.
        if item_id < 1 or not 1 <= limit <= 100:
            raise HTTPException(status_code=422, detail="beyond the limits")
        return {
            "user_id": user_id,
            "item_id": item_id,
            "limit": limit,
            "q": q,
            "detailed": detailed,
        }

    return app


def models() -> FastrAPI:
    app = FastrAPI()

    @app.post("/orders")
    def create_order(order: contents.Order) -> contents.Receipt:
        return contents.receipt_of(order)

    return app


def bearer() -> FastrAPI:
    app = FastrAPI()

    @app.get("/me")
    def read_me(authorization: str | None = Header(None)) -> dict[str, Any]:
        user = contents.user_of(authorization)
        if user is None:
            raise HTTPException(status_code=401, detail="unknown token")
        return user

    return app


def threads() -> FastrAPI:
    app = FastrAPI()

    @app.get("/items/{item_id}")
    def read_item(item_id: int) -> dict[str, Any]:
        return contents.slow_item(item_id)

    return app


def model_list() -> FastrAPI:
    app = FastrAPI()

    @app.get("/items")
    def read_items() -> list[contents.Item]:
        return contents.ITEMS

    return app


def many_routes() -> FastrAPI:
    app = FastrAPI()

    def add(path: str, resource: str) -> None:
        @app.put(f"{path}/{{item_id}}")
        def write(item_id: int, item: contents.RoutedItem) -> dict[str, Any]:
            return {"id": item_id, "name": item.name}

        @app.get(f"{path}/{{item_id}}")
        def read(item_id: int) -> dict[str, Any]:
            return {"id": item_id, "name": resource}

    for path, resource in contents.prefixes():
        add(path, resource)
    return app
