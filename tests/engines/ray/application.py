"""Applications for Ray Serve in its three styles: class, function and builder.

`FRAMEWORK` names the package to import: `rapide`, or `fastapi` for which Rapide stands in.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel
from ray import cloudpickle, serve

FRAMEWORK = os.environ["FRAMEWORK"]
if TYPE_CHECKING or FRAMEWORK == "rapide":
    from rapide import Depends, FastAPI, Request, WebSocket
    from rapide.responses import StreamingResponse
else:
    from fastapi import Depends, FastAPI, Request, WebSocket
    from fastapi.responses import StreamingResponse


class Item(BaseModel):
    n: int


async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.entered_in = os.getpid()
    yield


def offset(q: int = 1) -> int:
    return q


def facts(request: Request) -> dict[str, Any]:
    """Where and how a request is served."""
    route = request.scope["route"]
    return {
        "pid": os.getpid(),
        "own lifespan": request.app.state.entered_in == os.getpid(),
        "route": type(route).__module__,
        "not compiled because": route.fallback_reason,
    }


app = FastAPI(lifespan=lifespan)


@serve.deployment(num_replicas=2, ray_actor_options={"num_cpus": 0.1}, health_check_period_s=1)
@serve.ingress(app)
class Service:
    def __init__(self, base: int = 100) -> None:
        self.base = base

    @app.get("/items/{number}")
    async def read(self, number: int, offset: Annotated[int, Depends(offset)]) -> Item:
        return Item(n=self.base + number + offset)

    @app.post("/items")
    def create(self, item: Item) -> Item:
        return Item(n=self.base + item.n)

    @app.get("/slow/{number}")
    async def read_slowly(self, number: int) -> Item:
        await asyncio.sleep(0.05)
        return Item(n=self.base + number)

    @app.get("/facts")
    def facts(self, facts: Annotated[dict[str, Any], Depends(facts)]) -> dict[str, Any]:
        return facts

    @app.get("/lines")
    async def lines(self) -> AsyncIterator[Item]:
        for number in range(3):
            yield Item(n=self.base + number)
            await asyncio.sleep(0.01)

    @app.get("/chunks")
    def chunks(self) -> StreamingResponse:
        def content() -> Iterator[str]:
            yield from map(str, range(5))

        return StreamingResponse(content())

    @app.websocket("/socket")
    async def socket(self, socket: WebSocket, offset: Annotated[int, Depends(offset)]) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_text(f"{self.base + offset} {text}")


def service(args: dict[str, Any]) -> serve.Application:
    """Make the service for a configuration file."""
    return Service.bind(args["base"])


def build() -> FastAPI:
    app = FastAPI(lifespan=lifespan)
    app.get("/facts")(facts)
    return app


function_style = FastAPI(lifespan=lifespan)
function_style.get("/facts")(facts)
# An application that was pickled before, with state of its own.
function_style.state.entered_in = "the process that pickled it"
function_style = cloudpickle.loads(cloudpickle.dumps(function_style))
