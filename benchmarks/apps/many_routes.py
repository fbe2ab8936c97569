"""1,000 routes in 100 routers, flat or under three nested prefixes."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel

from benchmarks.apps import framework

web = framework()

ROUTERS = 100
RESOURCES = ("orders", "invoices", "payments", "refunds", "shipments")


class Item(BaseModel):
    name: str
    price: float
    tags: list[str] = []


async def get_region(x_region: Annotated[int, web.Header()] = 1) -> int:
    return x_region


Region = Annotated[int, web.Depends(get_region)]


def reader(resource: str) -> Callable[..., Any]:
    async def read(item_id: int) -> dict[str, Any]:
        return {"id": item_id, "name": resource}

    read.__name__ = f"read_{resource}"
    return read


def writer(resource: str) -> Callable[..., Any]:
    async def write(
        item_id: int, item: Item, region: Region, dry_run: bool = False
    ) -> dict[str, Any]:
        return {"id": item_id, "region": region, "name": item.name, "dry_run": dry_run}

    write.__name__ = f"write_{resource}"
    return write


def add_routers(parent: Any, routers: int = ROUTERS) -> None:
    """Include routers of ten routes each: five that read, five that write."""
    for number in range(routers):
        router = web.APIRouter(prefix=f"/region-{number:02}", tags=[f"region {number}"])
        for resource in RESOURCES:
            path = f"/{resource}/{{item_id}}"
            router.add_api_route(path, writer(resource), methods=["PUT"])
            router.add_api_route(path, reader(resource), methods=["GET"])
        parent.include_router(router)


def create_app() -> Any:
    app = web.FastAPI()
    add_routers(app)
    return app


def create_nested_app() -> Any:
    """The same routes under /api, /v1 and /shop, each a router of its own."""
    app = web.FastAPI()
    shop = web.APIRouter(prefix="/shop")
    add_routers(shop)
    version = web.APIRouter(prefix="/v1")
    version.include_router(shop)
    api = web.APIRouter(prefix="/api")
    api.include_router(version)
    app.include_router(api)
    return app
