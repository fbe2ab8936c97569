"""Routes whose plans are looked at."""

from typing import Any

from pydantic import BaseModel

from rapide import FastAPI
from rapide.plan.build import build_plan
from rapide.plan.operations import Operation, Plan, ValidateGroup


class Item(BaseModel):
    name: str
    size: int = 1


class Paging(BaseModel):
    limit: int = 10


def route_of(endpoint: Any, path: str = "/", method: str = "GET", **options: Any) -> Any:
    app = FastAPI()
    app.add_api_route(path, endpoint, methods=[method], **options)
    return app.routes[-1]


def plan_of(endpoint: Any, path: str = "/", method: str = "GET", **options: Any) -> Plan:
    return build_plan(route_of(endpoint, path, method, **options), {}).plan


def kinds(plan: Plan) -> list[type[Operation]]:
    return [type(operation) for operation in plan.every]


def find(plan: Plan, kind: type[Any], number: int = 0) -> Any:
    return [operation for operation in plan.every if isinstance(operation, kind)][number]


def reads(plan: Plan, number: int = 0) -> tuple[Any, ...]:
    group: ValidateGroup = find(plan, ValidateGroup, number)
    return group.reads
