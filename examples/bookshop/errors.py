"""What can go wrong in the shop, and how it is told."""

from typing import Any, ClassVar

from pydantic import BaseModel, Field

from rapide import FastAPI, Request
from rapide.responses import JSONResponse


class Problem(BaseModel):
    """The body of every error that the shop itself raises."""

    detail: str = Field(description="For people", examples=["There is no book 'dracul'."])
    code: str = Field(description="For programs", examples=["not_found"])
    info: dict[str, str | int] = Field(examples=[{"book": "dracul"}])


class ShopError(Exception):
    """A request that the shop understands and cannot fulfil."""

    status_code: ClassVar[int]
    code: ClassVar[str]

    def __init__(self, detail: str, **info: str | int) -> None:
        super().__init__(detail)
        self.problem = Problem(detail=detail, code=self.code, info=info)


class NotFound(ShopError):
    """Something that the request names does not exist."""

    status_code = 404
    code = "not_found"


class Duplicate(ShopError):
    """The slug is taken."""

    status_code = 409
    code = "duplicate"


class OutOfStock(ShopError):
    """Fewer copies are left than were asked for."""

    status_code = 409
    code = "out_of_stock"


class AlreadyCancelled(ShopError):
    """The order has been cancelled before."""

    status_code = 409
    code = "already_cancelled"


class InUse(ShopError):
    """Something else still needs what was to be deleted."""

    status_code = 409
    code = "in_use"


class StaffOnly(ShopError):
    """The staff's key is missing, wrong, or not set on this server."""

    status_code = 403
    code = "staff_only"


def problems(*errors: type[ShopError]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may raise these errors."""
    documented: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        response = documented.setdefault(error.status_code, {"model": Problem, "description": ""})
        response["description"] = f"{response['description']} {error.__doc__}".strip()
    return documented


async def answer_shop_error(_request: Request, error: ShopError) -> JSONResponse:
    """Tell the client what went wrong."""
    return JSONResponse(error.problem.model_dump(), status_code=error.status_code)


def install(app: FastAPI) -> None:
    """Answer domain errors in the same way everywhere."""
    app.exception_handler(ShopError)(answer_shop_error)
