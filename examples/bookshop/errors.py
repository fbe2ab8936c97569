"""What can go wrong in the shop, and how it is told."""

from collections.abc import Mapping
from types import MappingProxyType
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
    headers: Mapping[str, str] = MappingProxyType({})

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


class AlreadyShipped(ShopError):
    """The order has left the house."""

    status_code = 409
    code = "already_shipped"


class TooLarge(ShopError):
    """The file is larger than the shop takes."""

    status_code = 413
    code = "too_large"


class NotAnImage(ShopError):
    """The file is none of the kinds of image that browsers show."""

    status_code = 415
    code = "not_an_image"


class NotAuthenticated(ShopError):
    """The token is missing, wrong, or too old."""

    status_code = 401
    code = "not_authenticated"
    headers = MappingProxyType({"WWW-Authenticate": "Bearer"})


class NotAllowed(ShopError):
    """The token was not given for this."""

    status_code = 403
    code = "not_allowed"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This needs the scope {scope!r}.", scope=scope)
        # SPEC: RFC 6750 section 3.1.
        self.headers = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}


class RefusedLogin(Exception):
    """No token: told as OAuth clients expect it, RFC 6749 section 5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.body = {"error": error, "error_description": description}


def problems(*errors: type[ShopError]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may raise these errors."""
    documented: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        response = documented.setdefault(error.status_code, {"model": Problem, "description": ""})
        response["description"] = f"{response['description']} {error.__doc__}".strip()
    return documented


async def answer_shop_error(_request: Request, error: ShopError) -> JSONResponse:
    """Tell the client what went wrong."""
    return JSONResponse(
        error.problem.model_dump(), status_code=error.status_code, headers=error.headers
    )


async def answer_refused_login(_request: Request, error: RefusedLogin) -> JSONResponse:
    """Tell an OAuth client why it gets no token."""
    return JSONResponse(error.body, status_code=400)


def install(app: FastAPI) -> None:
    """Answer domain errors in the same way everywhere."""
    app.exception_handler(ShopError)(answer_shop_error)
    app.exception_handler(RefusedLogin)(answer_refused_login)
