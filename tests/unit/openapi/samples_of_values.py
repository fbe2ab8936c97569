"""Endpoints whose errors depend on arguments, classes, and the handlers of several exceptions."""

# mypy: ignore-errors

from typing import Annotated

from rapide import Depends, HTTPException
from rapide.responses import JSONResponse

from .sample import Sample

sample = Sample()
app = sample.app
case = sample.case


class Base:
    async def run(self):
        raise HTTPException(501)


class Impl(Base):
    async def run(self):
        return 1


def impl() -> Base:
    return Impl()


@case()
async def overridden(b: Annotated[Base, Depends(impl)]):
    await b.run()


@case()
async def exact(b: Annotated[Base, Depends(Impl)]):
    await b.run()


def maybe(strict: bool):
    if strict:
        raise HTTPException(404)


@case(404)
def const_arg():
    maybe(True)


@case()
def const_false():
    maybe(False)


@case(409)
def nested_guard():
    try:
        inner()
    except KeyError:
        raise HTTPException(409)  # noqa: B904


def inner():
    try:
        raise HTTPException(400)
    except HTTPException:
        raise KeyError  # noqa: B904


def retry(f):
    try:
        return f()
    except HTTPException:
        return None


def fail():
    raise HTTPException(404)


@case()
def guarded_callback():
    retry(fail)


class E(Exception): ...


class F(E): ...


@app.exception_handler(E)
async def he(r, e):
    return JSONResponse({}, 409)


@app.exception_handler(F)
async def hf(r, e):
    return JSONResponse({}, 410)


@case(410)
def mro():
    raise F


@case(409)
def mro2():
    raise E


@case()
def caught_base():
    try:
        raise F
    except E:
        pass


def outer_dep():
    try:
        yield 1
    except E:
        raise HTTPException(418)  # noqa: B904


@case(409, 418)
def dep_translates(a=Depends(outer_dep)):
    raise E


class Multi(HTTPException):
    def __init__(self, kind):
        if kind == "a":
            super().__init__(404)
        else:
            super().__init__(409)


@case(404, 409)
def multi():
    raise Multi("a")


class Status(HTTPException):
    status_map = {"a": 404}

    def __init__(self, k):
        super().__init__(self.status_map[k])


@case(404)
def mapped():
    raise Status("a")


class Partial_(HTTPException):
    def __init__(self, detail=None, status_code=None):
        super().__init__(status_code or 404, detail)


@case(404)
def or_default():
    raise Partial_()


@case(410)
def or_given():
    raise Partial_(status_code=410)


class Kw(HTTPException):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, status_code=404, **kwargs)


@case(404)
def kw():
    raise Kw(detail="x")


class NoInit(HTTPException):
    """x"""


@case(404)
def noinit():
    raise NoInit(404)


@case(404)
def noinit_kw():
    raise NoInit(detail="x", status_code=404)


async def handler2(r, e):
    match e.code:
        case 1:
            return JSONResponse({}, 404)
        case _:
            return JSONResponse({}, 409)


class G(Exception):
    code = 1


app.add_exception_handler(G, handler2)


@case(404, 409)
def matched():
    raise G


async def handler3(r, e):
    status = 404 if e.x else 409
    content = {"a": 1}
    if e.x:
        content["b"] = 2
    return JSONResponse(content=content, status_code=status)


class H(Exception):
    x = 1


app.add_exception_handler(H, handler3)


@case(404, 409)
def handler_vars():
    raise H


STATUS = {KeyError: 404}


async def handler4(r, e):
    return JSONResponse({}, STATUS.get(type(e), 400))


class I(Exception): ...  # noqa: E742


app.add_exception_handler(I, handler4)


@case()
def handler_get():
    raise I
