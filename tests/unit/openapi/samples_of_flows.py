"""Endpoints whose errors depend on what catches, translates or calls, in different ways."""

# mypy: ignore-errors

import asyncio
import contextlib
import functools
from http import HTTPStatus

from rapide import BackgroundTasks, HTTPException

from .sample import Sample

sample = Sample()
case = sample.case


class KwDefault(HTTPException):
    def __init__(self, **kwargs):
        kwargs.setdefault("status_code", 404)
        super().__init__(**kwargs)


@case()
def kwdefault():
    raise KwDefault()


class Mixin:
    def fail(self):
        raise HTTPException(404)


class M2(Mixin):
    def go(self):
        self.fail()


@case(404)
def mixin():
    M2().go()


class Meta(Exception):
    pass


@case()
def unhandled():
    raise Meta


@case(404)
def nested_try():
    try:
        try:
            raise HTTPException(404)
        except ValueError:
            pass
    finally:
        pass


@case(404)
def except_else():
    try:
        pass
    except HTTPException:
        pass
    else:
        raise HTTPException(404)


@case(404)
def raise_in_except_of_same():
    try:
        raise HTTPException(400)
    except HTTPException as e:
        raise HTTPException(404) from e


@case(400)
def isinstance_reraise():
    try:
        raise HTTPException(400)
    except Exception as e:
        if isinstance(e, HTTPException):
            raise
        raise


@case(400)
def tuple_except():
    try:
        raise HTTPException(400)
    except (ValueError, KeyError):
        pass


@case()
def tuple_except2():
    try:
        raise HTTPException(400)
    except (ValueError, HTTPException):
        pass


ERR = (ValueError, HTTPException)


@case()
def tuple_except3():
    try:
        raise HTTPException(400)
    except ERR:
        pass


@case()
def bare():
    try:
        raise HTTPException(400)
    except:  # noqa: E722
        pass


@case(400)
def caught_sub():
    try:
        raise HTTPException(400)
    except Sub404:
        pass


class Sub404(HTTPException):
    def __init__(self, detail="x", *, status_code=404, headers=None):
        super().__init__(status_code, detail, headers)


@case(404)
def kwonly():
    raise Sub404()


@case(410)
def kwonly2():
    raise Sub404(status_code=410)


class Diamond(Sub404):
    pass


@case(404)
def diamond():
    raise Diamond("x")


class WithNew(HTTPException):
    def __new__(cls, *a, **k):
        return super().__new__(cls)

    def __init__(self):
        super().__init__(status_code=int(HTTP))


HTTP = "404"


@case()
def int_str():
    raise WithNew()


@contextlib.contextmanager
def mapping():
    try:
        yield
    except KeyError as e:
        raise HTTPException(404) from e


@case(404)
def ctx():
    with mapping():
        return {}["a"]


@contextlib.asynccontextmanager
async def amapping():
    try:
        yield
    except KeyError as e:
        raise HTTPException(409) from e


@case(409)
async def actx():
    async with amapping():
        return {}["a"]


class CM:
    def __enter__(self):
        return self

    def __exit__(self, t, e, tb):
        if t is KeyError:
            raise HTTPException(404)


@case(404)
def cm():
    with CM():
        pass


table = {"a": lambda: fail(404), "b": lambda: fail(405)}


def fail(code):
    raise HTTPException(code)


@case()
def dispatch(k: str = "a"):
    table[k]()


@case(404)
def recursion(n: int = 3):
    return rec(n)


def rec(n):
    if n == 0:
        raise HTTPException(404)
    return rec(n - 1)


def global_code():
    global CODE
    CODE = 500


CODE = 404


@case()
def rebound():
    raise HTTPException(CODE)


@case(404)
def aug():
    code = 404
    code += 0
    raise HTTPException(404)


@case()
def aug2():
    code = 404
    code += 5
    raise HTTPException(code)


@case()
def loop_codes():
    for code in (404, 409):
        raise HTTPException(code)


@case(404)
def str_code():
    raise HTTPException(status_code=404, detail=f"{1}")


@case(404, 409)
def dict_get(k: str = "a"):
    raise HTTPException({"a": 404, "b": 409}[k])


@case(404)
def or_default():
    raise HTTPException(None or 404)  # noqa: SIM222


@case()
def arith():
    raise HTTPException(400 + 4)


class Lazy:
    def __getattr__(self, n):
        raise AttributeError


@case()
def lazy():
    Lazy().x()


@case(404)
async def agen():
    async def g():
        yield 1
        raise HTTPException(404)

    async for x in g():  # noqa: B007
        pass


@case()
async def agen_unused():
    async def g():
        yield 1
        raise HTTPException(404)

    g()


@case(404)
def lru():
    cached()


@functools.lru_cache
def cached():
    raise HTTPException(404)


class Cached:
    @functools.cached_property
    def x(self):
        raise HTTPException(404)

    @functools.lru_cache  # noqa: B019
    def y(self):
        raise HTTPException(405)


@case(405)
def lru_m():
    Cached().y()


@case(404)
def methodref():
    f = M2().fail
    f()


@case(404)
def passes_callback():
    call_it(fail404)


def fail404():
    raise HTTPException(404)


def call_it(f):
    f()


@case(404)
def passes_lambda():
    call_it(lambda: fail(404))


@case(404)
async def background():
    asyncio.get_running_loop().call_soon(fail404)
    fail404()


@case()
async def background2():
    asyncio.get_running_loop().call_soon(fail404)


@case()
def bgtask(b: BackgroundTasks):
    b.add_task(fail404)


@case(404)
def walk_type_checking():
    from typing import TYPE_CHECKING

    if TYPE_CHECKING:
        raise HTTPException(500)
    raise HTTPException(404)


@case(404)
def asserts():
    assert fail404()


@case()
def nothing_raised():
    return HTTPException(404)


@case(404)
def ann_local():
    exc: HTTPException = HTTPException(404)
    raise exc


@case(404)
def cond_class(x: bool = False):
    cls = Sub404 if x else Diamond
    raise cls()


@case(404)
def phrase():
    raise HTTPException(HTTPStatus(404))


@case(404)
def enum_value():
    raise HTTPException(HTTPStatus.NOT_FOUND.value)


@case(404)
def raise_none():
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError as exc:
        raise HTTPException(404, str(exc)) from None


@case(404)
def group():
    try:
        raise HTTPException(404)
    except* ValueError:
        pass
