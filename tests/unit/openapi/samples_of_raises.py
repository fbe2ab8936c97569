"""Endpoints that raise exceptions made in different ways."""

# mypy: ignore-errors

import contextlib
import http
from enum import IntEnum
from http import HTTPStatus

import starlette.status

from rapide import HTTPException

from .sample import Sample

sample = Sample()
case = sample.case


def fail(code=404):
    raise HTTPException(code)


def fail_402():
    raise HTTPException(402)


def not_found(what) -> HTTPException:
    return HTTPException(404, f"no {what}")


@case(404)
def helper():
    raise not_found("x")


async def anot_found(what):
    return HTTPException(404, f"no {what}")


@case(404)
async def ahelper():
    raise await anot_found("x")


CREDENTIALS_ERROR = HTTPException(401, headers={"WWW-Authenticate": "Bearer"})


@case(401)
def glob():
    raise CREDENTIALS_ERROR


class Errors:
    GONE = HTTPException(410)

    class Inner:
        X = HTTPException(423)


@case(410, 423)
def attr(a: int = 0):
    if a:
        raise Errors.GONE
    raise Errors.Inner.X


ERRS = {"a": HTTPException(409), "b": HTTPException(410)}


@case(409)
def from_dict():
    raise ERRS["a"]


@case(409, 410)
def from_dict_var(k: str = "a"):
    raise ERRS[k]


@case(400)
def raise_from():
    try:
        int("x")
    except ValueError as e:
        raise HTTPException(400) from e


@case(400)
def raise_from_none():
    try:
        int("x")
    except ValueError:
        raise HTTPException(400) from None


@case(404)
def reraise():
    try:
        fail()
    except HTTPException:
        raise


@case(404)
def reraise_name():
    try:
        fail()
    except HTTPException as e:
        raise e


@case(404)
def reraise_cond(x: str = ""):
    try:
        fail()
    except HTTPException as e:
        if e.status_code != 404:
            raise
        return 1


@case()
def caught():
    try:
        fail()
    except HTTPException:
        return 1


@case()
def caught_exception():
    try:
        fail()
    except Exception:
        return 1


@case(400)
def translated():
    try:
        fail()
    except HTTPException:
        raise HTTPException(400)  # noqa: B904


@case(404)
def caught_other():
    try:
        fail()
    except ValueError:
        return 1


@case(404, 409, 403)
def statuses(a: int = 0):
    if a == 1:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    if a == 2:
        raise HTTPException(http.HTTPStatus.CONFLICT.value)
    raise HTTPException(starlette.status.HTTP_403_FORBIDDEN)


CODE = 404


@case(404)
def const():
    raise HTTPException(CODE)


@case(404)
def local_var():
    err = HTTPException(404)
    raise err


@case(404, 409)
def local_var2(a: int = 0):
    err = HTTPException(404)
    if a:
        err = HTTPException(409)
    raise err


@case(404)
def local_code():
    code = 404
    raise HTTPException(code)


@case(404, 409)
def match_(a: int = 0):
    match a:
        case 1:
            raise HTTPException(404)
        case _:
            raise HTTPException(409)


@case(404)
def or_raise(a: int = 0):
    return a or fail()


@case()
def never():
    if False:
        raise HTTPException(404)


@case()
def after_return():
    return 1
    raise HTTPException(404)


def inner_def_():
    def inner():
        raise HTTPException(404)

    return inner


@case()
def not_called():
    inner_def_()


@case(404)
def with_suppress():
    with contextlib.suppress(ValueError):
        fail()


@case()
def with_suppress2():
    with contextlib.suppress(HTTPException):
        fail()


@case(404)
def assert_never(x: str = ""):
    def abort(code, msg=""):
        raise HTTPException(code, msg)

    abort(404)


@case(404, 400)
def ternary(x: int = 0):
    raise HTTPException(404 if x else 400)


@case()
def unknown(x: int = 0):
    raise HTTPException(x)


def from_exc(e):
    return HTTPException(400, str(e))


@case(400)
def conv():
    try:
        int("")
    except ValueError as e:
        raise from_exc(e)  # noqa: B904


def pick(x):
    if x:
        return HTTPException(404)
    return HTTPException(409)


@case(404, 409)
def picks(x: int = 0):
    raise pick(x)


class Factory:
    @staticmethod
    def nf():
        return HTTPException(404)

    @classmethod
    def make(cls):
        return HTTPException(409)

    @property
    def err(self):
        return HTTPException(410)


@case(404, 409)
def factories(x: int = 0):
    if x:
        raise Factory.nf()
    raise Factory.make()


@case(404)
def with_traceback():
    raise HTTPException(404).with_traceback(None)


@case(404)
def for_else():
    for _ in []:
        pass
    else:
        raise HTTPException(404)


@case(404)
def comp():
    return [fail() for _ in range(1)]


@case(404)
def walrus(a: int = 0):
    if e := HTTPException(404):
        raise e


class Codes(IntEnum):
    A = 404


@case(404)
def enum_():
    raise HTTPException(Codes.A)


@case(404)
def starstar():
    raise HTTPException(status_code=404)


ARGS = {"status_code": 404, "detail": "x"}


@case(404)
def starstar2():
    raise HTTPException(**ARGS)


@case(404)
def exc_group():
    try:
        ...
    finally:
        raise HTTPException(404)


@case(404)
def loop_retry():
    while True:
        try:
            fail()
        except ValueError:
            continue


@case(404)
def param_default(code: int = 3):
    def go(c: int = 404):
        raise HTTPException(c)

    go()


def raiser(exc):
    raise exc


@case(404)
def pass_exc():
    raiser(HTTPException(404))


def or_404(x, exc=HTTPException(404)):
    if x is None:
        raise exc
    return x


@case(404)
def or404():
    or_404(None)


@case(409)
def or409():
    or_404(None, HTTPException(409))


def ensure(cond, cls, *a):
    if not cond:
        raise cls(*a)


class Conflict(HTTPException):
    def __init__(self):
        super().__init__(409)


@case(409)
def ensured():
    ensure(False, Conflict)
