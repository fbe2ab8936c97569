"""Ten thousand small items as JSON Lines."""

from collections.abc import AsyncIterable
from typing import Any

from pydantic import BaseModel

from benchmarks.apps import framework

web = framework()


class Reading(BaseModel):
    number: int
    sensor: str
    celsius: float


def create_app() -> Any:
    app = web.FastAPI()

    @app.get("/readings")
    async def stream_readings() -> AsyncIterable[Reading]:
        for number in range(10_000):
            yield Reading(number=number, sensor="cellar", celsius=11.5)

    return app
