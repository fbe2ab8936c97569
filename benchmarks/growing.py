"""One process that measures what a cost becomes when something grows.

    python -m benchmarks.growing FRAMEWORK KIND SIZE

It prints JSON. The costs of start-up are CPU times in milliseconds and memory in MiB. A request is
called by ASGI; its CPU time, in microseconds, is the smallest mean of several batches, since other
processes can only make a batch slower.
"""

import asyncio
import inspect
import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

from benchmarks.inprocess import receive_of, scope_of
from benchmarks.works import Request

BATCHES = 7
#: CPU time of a batch, about.
BATCH_SECONDS = 0.05

Built = tuple[Any, Request]


def memory() -> float:
    """The resident memory of this process in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def endpoint_with(parameters: dict[str, Any]) -> Any:
    """Return an endpoint that has these parameters, by name, with these annotations."""

    async def endpoint(**values: Any) -> dict[str, int]:
        return {"count": len(values)}

    endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
            for name, annotation in parameters.items()
        ]
    )
    return endpoint


def one_endpoint() -> Any:
    """Return a new endpoint with a parameter in the path and another in the query."""

    async def endpoint(key: int, q: str | None = None) -> Any:
        return {"key": key}

    del endpoint.__annotations__["return"]
    return endpoint


def flat(fw: Any, size: int) -> Built:
    """Routes of the application itself; the last one is asked."""
    app = fw.FastAPI()
    for number in range(size):
        app.get(f"/r{number // 10}/e{number % 10}/{{key}}")(one_endpoint())
    return app, Request(f"/r{(size - 1) // 10}/e{(size - 1) % 10}/1")


def nested(fw: Any, size: int) -> Built:
    """Routes of routers with ten routes each, which the application includes."""
    app = fw.FastAPI()
    for number in range(size // 10):
        router = fw.APIRouter(prefix=f"/r{number}")
        for index in range(10):
            router.get(f"/e{index}/{{key}}")(one_endpoint())
        app.include_router(router)
    return app, Request(f"/r{size // 10 - 1}/e9/1")


def dependencies(fw: Any, size: int) -> Built:
    """Dependencies of one endpoint, side by side."""

    def one(number: int) -> Any:
        async def dependency() -> int:
            return number

        return dependency

    app = fw.FastAPI()
    needed = {f"d{n}": Annotated[int, fw.Depends(one(n))] for n in range(size)}
    app.get("/")(endpoint_with(needed))
    return app, Request("/")


def chain(fw: Any, size: int) -> Built:
    """Dependencies of which each one needs the next."""

    async def first() -> int:
        return 0

    def one(inner: Any) -> Any:
        async def dependency(value: Annotated[int, fw.Depends(inner)]) -> int:
            return value + 1

        return dependency

    last: Any = first
    for _ in range(size - 1):
        last = one(last)
    app = fw.FastAPI()
    app.get("/")(endpoint_with({"value": Annotated[int, fw.Depends(last)]}))
    return app, Request("/")


def yielding(fw: Any, size: int) -> Built:
    """Dependencies with `yield`, side by side."""

    def one(number: int) -> Any:
        async def dependency() -> Any:
            yield number

        return dependency

    app = fw.FastAPI()
    needed = {f"d{n}": Annotated[int, fw.Depends(one(n))] for n in range(size)}
    app.get("/")(endpoint_with(needed))
    return app, Request("/")


def parameters(fw: Any, size: int) -> Built:
    """Validated parameters of the query."""
    app = fw.FastAPI()
    app.get("/")(endpoint_with({f"p{n}": Annotated[int, fw.Query(ge=0)] for n in range(size)}))
    return app, Request("/?" + "&".join(f"p{n}={n}" for n in range(size)))


def headers(fw: Any, size: int) -> Built:
    """Headers of the request that nobody reads, beside one that is read."""
    app = fw.FastAPI()
    app.get("/")(endpoint_with({"x_0": Annotated[str, fw.Header()]}))
    return app, Request("/", headers={f"x-{n}": "value" for n in range(size)})


def model() -> Any:
    from pydantic import BaseModel, Field

    class Item(BaseModel):
        id: int
        name: str = Field(min_length=1, max_length=100)
        price: float = Field(gt=0)
        tags: list[str] = []

    return Item


def items(size: int) -> list[dict[str, Any]]:
    return [{"id": n, "name": f"n{n}", "price": n + 1.5, "tags": ["a", "b"]} for n in range(size)]


def body(fw: Any, size: int) -> Built:
    """Models in the body of a request."""
    app = fw.FastAPI()

    async def endpoint(items: Any) -> Any:
        return {"count": len(items)}

    endpoint.__annotations__ = {"items": list[model()]}  # type: ignore[misc]
    app.post("/")(endpoint)
    content = json.dumps(items(size)).encode()
    return app, Request("/", "POST", {"content-type": "application/json"}, content)


def models(fw: Any, size: int) -> Built:
    """Models in an answer."""
    item = model()
    found = [item(**values) for values in items(size)]

    async def endpoint() -> Any:
        return found

    endpoint.__annotations__ = {"return": list[item]}  # type: ignore[valid-type]
    app = fw.FastAPI()
    app.get("/")(endpoint)
    return app, Request("/")


def untyped(fw: Any, size: int) -> Built:
    """Dictionaries in an answer without a model."""
    found = items(size)

    async def endpoint() -> Any:
        return found

    endpoint.__annotations__ = {}
    app = fw.FastAPI()
    app.get("/")(endpoint)
    return app, Request("/")


KINDS: dict[str, Callable[[Any, int], Built]] = {
    made.__name__: made
    for made in (
        *(flat, nested, dependencies, chain, yielding, parameters, headers),
        *(body, models, untyped),
    )
}


async def send(message: dict[str, Any]) -> None:
    """Check the status of an answer, and forget the rest."""
    assert message.get("status", 200) == 200, message


async def ask(app: Any, request: Request, times: int) -> None:
    scope = scope_of(request)
    for _ in range(times):
        await app({**scope, "state": {}}, receive_of(request), send)


def measure(framework: str, kind: str, size: int) -> dict[str, float]:
    """Declare an application of this size, ask it, and measure both."""
    fw = import_module(framework)
    fw.FastAPI, fw.APIRouter  # noqa: B018 - importing is another cost
    model()
    costs: dict[str, float] = {}
    bare, clock = memory(), time.process_time
    with asyncio.Runner() as runner:
        runner.get_loop()
        start = clock()
        app, request = KINDS[kind](fw, size)
        costs["declare"] = 1e3 * (clock() - start)
        costs["memory"] = memory() - bare
        start = clock()
        runner.run(ask(app, request, 1))
        costs["first"] = 1e3 * (clock() - start)
        runner.run(ask(app, request, 5))
        start = clock()
        runner.run(ask(app, request, 5))
        times = max(3, int(BATCH_SECONDS / max((clock() - start) / 5, 1e-6)))
        means = []
        for _ in range(BATCHES):
            start = clock()
            runner.run(ask(app, request, times))
            means.append((clock() - start) / times)
        costs["request"] = 1e6 * min(means)
        start = clock()
        app.openapi()
        costs["document"] = 1e3 * (clock() - start)
    costs["process"] = memory()
    return costs


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
