"""Which of the three ways an answer takes to JSON, and in which thread."""

import math
import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, field_serializer, field_validator

from ..harness import parity


class Measure(BaseModel):
    model_config = ConfigDict(allow_inf_nan=True)

    name: str = "é\u2028"
    ratio: float | None = math.nan
    length: timedelta = timedelta(minutes=1, seconds=1.5)
    price: Decimal = Decimal("1.50")


class Finite(Measure):
    ratio: float | None = None


KINDS = ("model", "values", "finite")
WAYS = ("default", "response-model", "explicit", "subclass", "none", "returned")


@parity(*(f"/{way}/{kind}" for way in WAYS for kind in KINDS), openapi=False)
def test_a_response_class_decides_how_an_answer_becomes_json(fw):
    """Pydantic writes JSON for a declared type and the default class.

    Any class that is given renders dumped values, and without a type `jsonable_encoder` is used.
    """
    app = fw.FastAPI()
    JSONResponse = fw.responses.JSONResponse

    class Own(JSONResponse):
        media_type = "application/x-own+json"

    options = {
        "default": {},
        "response-model": {},
        "explicit": {"response_class": JSONResponse},
        "subclass": {"response_class": Own},
        "none": {"response_model": None},
        "returned": {},
    }
    values = {
        "model": (Measure, Measure()),
        "values": (dict[str, Any], Measure().model_dump()),
        "finite": (Finite, Finite()),
    }

    def add(way, kind):
        annotation, value = values[kind]

        def read():
            return Own(fw.encoders.jsonable_encoder(value)) if way == "returned" else value

        read.__annotations__ = {"return": annotation}
        given = dict(options[way])
        if way == "response-model":
            del read.__annotations__["return"]
            given["response_model"] = annotation
        app.get(f"/{way}/{kind}", name=f"{way}-{kind}", **given)(read)

    for way in WAYS:
        for kind in KINDS:
            add(way, kind)
    return app


@parity("/sync /async /explicit /many /none", trio=True)
def test_answers_of_sync_endpoints_are_validated_in_the_pool(fw):
    """They are serialized on the event loop."""
    app = fw.FastAPI()

    def note(what):
        is_main = threading.current_thread() is threading.main_thread()
        fw.log.append(f"{what} on the {'loop' if is_main else 'pool'}")

    class Item(BaseModel):
        name: str

        @field_validator("name")
        @classmethod
        def check(cls, value):
            note("validated")
            return value

        @field_serializer("name")
        def write(self, value: str) -> str:
            note("serialized")
            return value

    def values():
        note("called")
        return {"name": "a"}

    async def async_values():
        return values()

    app.get("/sync", response_model=Item)(values)
    app.get("/async", response_model=Item)(async_values)
    app.get("/explicit", response_model=Item, response_class=fw.responses.JSONResponse)(values)
    app.get("/many", response_model=list[Item])(lambda: [values(), values()])
    app.get("/none")(lambda: Item(**values()))
    return app
