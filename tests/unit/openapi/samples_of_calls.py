"""Endpoints that reach the line that raises in different ways."""

# mypy: ignore-errors

import asyncio
import functools
from typing import Annotated, Any

import anyio

from rapide import Depends, HTTPException
from rapide.concurrency import run_in_threadpool

from .sample import Sample

sample = Sample()
case = sample.case


def fail(code=404):
    raise HTTPException(code)


def fail_402():
    raise HTTPException(402)


@case(402)
async def executor():
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, fail_402)


@case(402)
async def executor_inline():
    await asyncio.get_running_loop().run_in_executor(None, fail_402)


@case(402)
async def executor_get_event_loop():
    await asyncio.get_event_loop().run_in_executor(None, fail_402)


@case(402)
async def pool():
    await run_in_threadpool(fail_402)


@case(410)
async def pool_args():
    await run_in_threadpool(fail, 410)


@case(410)
async def pool_kw():
    await run_in_threadpool(fail, code=410)


@case(410)
async def tothread():
    await asyncio.to_thread(fail, 410)


@case(410)
async def partial_thread():
    await asyncio.to_thread(functools.partial(fail, 410))


@case(410)
def partial_call():
    functools.partial(fail, 410)()


@case(410)
def partial_kw():
    f = functools.partial(fail, code=410)
    f()


bound410 = functools.partial(fail, 410)


@case(410)
def partial_global():
    bound410()


@case(410)
async def lambda_thread():
    await asyncio.to_thread(lambda: fail(410))


@case(402)
async def executor_lambda():
    await asyncio.get_running_loop().run_in_executor(None, lambda: fail_402())


@case(410)
async def executor_partial():
    await asyncio.get_running_loop().run_in_executor(None, functools.partial(fail, 410))


@case(410)
async def executor_args():
    await asyncio.get_running_loop().run_in_executor(None, fail, 410)


class Configured:
    def __init__(self, code):
        self.code = code

    def __call__(self):
        raise HTTPException(self.code)


class Service2:
    def __call__(self, x: int = 1):
        raise HTTPException(402)

    def method(self):
        raise HTTPException(403)

    @classmethod
    def cls(cls):
        raise HTTPException(405)

    @staticmethod
    def st():
        raise HTTPException(406)


c2 = Service2()


@case(409)
def callable_dep(a: Annotated[Any, Depends(Configured(409))]): ...
@case(402, 422)
def callable2_dep(a: Annotated[Any, Depends(c2)]): ...
@case(403)
def method_dep(a: Annotated[Any, Depends(c2.method)]): ...
@case(405)
def cls_dep(a: Annotated[Any, Depends(Service2.cls)]): ...
@case(406)
def st_dep(a: Annotated[Any, Depends(Service2.st)]): ...


class ClassDep:
    def __init__(self):
        raise HTTPException(407)


@case(407)
def class_dep(a: Annotated[ClassDep, Depends()]): ...
@case(410)
def partial_dep(a: Annotated[Any, Depends(functools.partial(fail, 410))]): ...
def gen():
    raise HTTPException(403)
    yield


async def agen():
    try:
        yield 1
    except ValueError:
        raise HTTPException(409)  # noqa: B904
    finally:
        pass


@case(403)
def gen_dep(a: Annotated[Any, Depends(gen)]): ...
@case(409)
def agen_dep(a: Annotated[Any, Depends(agen)]): ...
def sub_dep(a: Annotated[Any, Depends(gen)]): ...
@case(403)
def subdep(a: Annotated[Any, Depends(sub_dep)]): ...
@case(406, dependencies=[Depends(Service2.st)])
def route_dep(): ...


class Service:
    def __init__(self, session=None):
        self.session = session

    def get(self):
        if not self.session:
            raise HTTPException(404)

    async def aget(self):
        self.get()


@case(404)
async def service(s: Annotated[Service, Depends()]):
    await s.aget()


def get_service() -> Service:
    return Service()


@case(404)
async def service2(s: Annotated[Service, Depends(get_service)]):
    await s.aget()


@case(404)
async def service3(s=Depends(get_service)):
    s.get()


@case(404)
def nested_called():
    def inner():
        raise HTTPException(404)

    inner()


def deco(f):
    @functools.wraps(f)
    async def wrapper(*a, **k):
        if not a:
            raise HTTPException(418)
        return await f(*a, **k)

    return wrapper


@case(418, 404)
@deco
async def decorated():
    raise HTTPException(404)


def deco_handles(f):
    @functools.wraps(f)
    async def wrapper(*a, **k):
        try:
            return await f(*a, **k)
        except HTTPException:
            return 1

    return wrapper


@case()
@deco_handles
async def decorated_handles():
    raise HTTPException(404)


@case(402, 404)
async def gather():
    await asyncio.gather(asyncio.to_thread(fail), pool())


@case(404)
async def taskgroup():
    await anyio.to_thread.run_sync(fail)


@case(404)
async def create_task():
    t = asyncio.create_task(helper_async())
    await t


async def helper_async():
    raise HTTPException(404)


@case(404)
async def waitfor():
    await asyncio.wait_for(helper_async(), 1)


@case(404)
async def var_await():
    c = helper_async()
    await c


class Abstract:
    def run(self):
        raise NotImplementedError


class Impl(Abstract):
    def run(self):
        raise HTTPException(404)


@case(404)
def abstract(a: Annotated[Abstract, Depends(Impl)]):
    a.run()


class Shelf:
    @property
    def books(self):
        raise HTTPException(410)

    def __truediv__(self, other):
        raise HTTPException(409)

    def __getitem__(self, place):
        raise HTTPException(404)


shelf = Shelf()


@case(410)
def property_read():
    return shelf.books


@case(409)
def operator():
    return shelf / 2


@case(404)
def item():
    return shelf[0]


@case(402)
def default_by_position():
    def inner(code=fail_402()): ...


@case(402)
def default_by_name():
    def inner(*, code=fail_402()): ...


@case(402)
def default_of_lambda():
    return [lambda code=fail_402(): code]
