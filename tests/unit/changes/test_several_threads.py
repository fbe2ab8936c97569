"""Several threads use applications for the first time, and change them, all at once."""

import linecache
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

import rapide.routing.runner
from rapide import APIRouter, Depends, FastAPI, HTTPException, Request
from rapide._once import cached_property, once
from rapide.changes import Changes, WatchedDict, WatchedList, changes
from rapide.codegen.load import load_function
from rapide.concurrency import DependencyConcurrency
from rapide.responses import JSONResponse
from rapide.testclient import TestClient
from tests.parity.client import Answer, drive, to_steps
from tests.parity.harness import Framework

THREADS = 8
Work = Callable[[int], Any]
#: What goes wrong does not go wrong each time.
repeatedly = pytest.mark.parametrize("turn", range(8))


@pytest.fixture(autouse=True)
def switching_often() -> Iterator[None]:
    """Let threads take turns after every few instructions."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(work: Work, threads: int = THREADS) -> list[Any]:
    """Call a function in several threads that begin at the same moment."""
    barrier = threading.Barrier(threads)

    def begin(number: int) -> Any:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begin, range(threads)))


def answers(app: FastAPI, requests: str, *, is_direct: bool = False) -> list[Answer]:
    """Send requests in an event loop of the calling thread."""
    fw = Framework("rapide")
    fw.is_direct = is_direct
    found = drive(app, to_steps(requests), fw, "asyncio", repr)
    return [answer for answer in found if "/" in answer.label]  # the rest is the lifespan


def seen(app: FastAPI, requests: str, *, is_direct: bool = False) -> list[tuple[Any, ...]]:
    return [
        (answer.status or answer.raised, b"".join(answer.chunks))
        for answer in answers(app, requests, is_direct=is_direct)
    ]


class Shape(BaseModel):
    sides: Annotated[int, Field(ge=3)] = 3


class CountingMiddleware:
    made = 0

    def __init__(self, app: Any) -> None:
        type(self).made += 1
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


def large_application() -> FastAPI:
    app = FastAPI()

    def size(size: int = 1) -> int:
        return size

    for number in range(40):
        router = APIRouter(prefix=f"/{number}")

        @router.get("/{item}")
        def read(item: int, size: Annotated[int, Depends(size)], q: str = "x") -> Shape:
            return Shape(sides=item)

        app.include_router(router)
    return app


@repeatedly
@pytest.mark.parametrize("is_direct", [False, True], ids=["ASGI", "direct"])
def test_the_first_requests_of_an_application_are_answered(is_direct: bool, turn: int) -> None:
    app = large_application()
    found = together(lambda n: seen(app, f"/{n}/7 /{n}/x /{n}/3?size=2 /0/4", is_direct=is_direct))
    for ok, wrong, other, shared in found:
        assert ok == (200, b'{"sides":7}')
        assert wrong[0] == 422
        assert other == (200, b'{"sides":3}')
        assert shared == (200, b'{"sides":4}')


@repeatedly
def test_first_requests_of_one_route_compile_it_once(
    monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    made: Counter[str] = Counter()
    compile_route = rapide.compiler.compile_route

    def counting(route: Any, *values: Any, **options: Any) -> Any:
        made[route.path] += 1
        return compile_route(route, *values, **options)

    monkeypatch.setattr("rapide.compiler.compile_route", counting)
    app = large_application()
    made.clear()
    together(lambda n: answers(app, "/1/7 /2/7", is_direct=n % 2 == 0))
    assert made == {"/1/{item}": 1, "/2/{item}": 1}


@repeatedly
def test_middleware_is_built_once(turn: int) -> None:
    app = large_application()
    app.add_middleware(CountingMiddleware)
    CountingMiddleware.made = 0
    together(lambda n: answers(app, f"/{n}/7", is_direct=n % 2 == 0))
    assert CountingMiddleware.made == 1


def test_middleware_may_send_requests_to_the_routes_while_it_is_built() -> None:
    class Warming(CountingMiddleware):
        def __init__(self, app: Any) -> None:
            super().__init__(app)
            with ThreadPoolExecutor(1) as pool:
                self.warm = pool.submit(seen, app, "/1/7").result(timeout=30)

    app = large_application()
    app.add_middleware(Warming)
    assert seen(app, "/2/8") == [(200, b'{"sides":8}')]


@repeatedly
def test_every_thread_gets_the_same_document(turn: int) -> None:
    app = large_application()
    documents = together(lambda _: app.openapi())
    assert len({id(document) for document in documents}) == 1
    assert len(documents[0]["paths"]) == 40


@repeatedly
def test_ids_of_operations_are_made_once_per_route(turn: int) -> None:
    made: Counter[str] = Counter()

    def unique_id(route: Any) -> str:
        made[route.path] += 1
        return f"{route.path} {made[route.path]}"

    app = FastAPI(generate_unique_id_function=unique_id)
    router = APIRouter()
    for number in range(20):
        router.get(f"/{number}")(lambda: None)
    app.include_router(router, prefix="/x")
    made.clear()
    together(lambda n: app.openapi() if n % 2 else answers(app, f"/x/{n}"))
    assert set(made.values()) == {1}


def test_a_thread_is_answered_by_the_override_that_it_has_set() -> None:
    app = FastAPI()

    def dependency() -> Callable[[], str]:
        def original() -> str:
            return "original"

        return original

    dependencies = [dependency() for _ in range(THREADS)]
    for number, call in enumerate(dependencies):

        def read(value: Annotated[str, Depends(call)]) -> str:
            return value

        app.get(f"/{number}")(read)

    def change(number: int) -> None:
        call = dependencies[number]
        for turn in range(60):
            value = f"{number} {turn}"
            app.dependency_overrides[call] = lambda value=value: value
            is_direct = turn % 2 == 0
            assert seen(app, f"/{number}", is_direct=is_direct) == [(200, f'"{value}"'.encode())]
            if turn % 3 == 0:
                del app.dependency_overrides[call]
                assert seen(app, f"/{number}", is_direct=is_direct) == [(200, b'"original"')]

    together(change)


def test_a_thread_finds_the_routes_that_it_has_added_and_no_others() -> None:
    app = FastAPI()
    router = APIRouter()
    app.get("/always")(lambda: "always")
    app.include_router(router, prefix="/x")
    removing = threading.Lock()

    def change(number: int) -> None:
        for turn in range(30):
            path = f"/{number}/{turn}"
            router.get(path)(lambda turn=turn: turn)
            route = next(r for r in router.routes.copy() if r.path == path)
            assert seen(app, f"/x{path} /always") == [
                (200, str(turn).encode()),
                (200, b'"always"'),
            ]
            if turn % 5 == 0:
                assert f"/x{path}" in app.openapi()["paths"]
            with removing:  # a list compares while it looks for what is to be removed
                router.routes.remove(route)
            assert seen(app, f"/x{path} /always")[0][0] == 404
            if turn % 5 == 0:
                assert f"/x{path}" not in app.openapi()["paths"]

    together(change, 4)


def test_a_guard_that_appears_is_met_by_every_request_after_it() -> None:
    def guard() -> None:
        """Let everybody in."""

    def refuse() -> None:
        raise HTTPException(403)

    app = FastAPI(dependencies=[Depends(guard)])
    app.get("/")(lambda: 1)
    shut = [0]  # odd while the guard refuses
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            before = shut[0]
            status, _ = seen(app, "/")[0]
            if before % 2 and shut[0] == before:
                assert status == 403

    def work(number: int) -> None:
        if number:
            ask()
            return
        try:
            for _ in range(40):
                app.dependency_overrides[guard] = refuse
                shut[0] += 1
                assert seen(app, "/")[0][0] == 403
                shut[0] += 1
                app.dependency_overrides.clear()
                assert seen(app, "/")[0] == (200, b"1")
        finally:
            done.set()

    together(work, 4)


def test_a_table_that_cannot_be_made_is_an_error_each_time() -> None:
    app = FastAPI()
    app.get("/fine")(lambda: 1)
    router = APIRouter()
    router.get("/{tenant}")(lambda tenant: tenant)
    app.include_router(router, prefix="/x/{tenant}")

    @app.exception_handler(Exception)
    async def sorry(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse(str(error), 500)

    problem = "Duplicated param name tenant at path /x/{tenant}/{tenant}"
    for is_direct in (False, True, True, False):
        for answer in answers(app, "/x/1/2 /fine", is_direct=is_direct):
            assert (answer.status, answer.chunks) == (500, [f'"{problem}"'.encode()])
            assert problem in answer.raised
    app.router.routes.pop()
    assert seen(app, "/fine") == [(200, b"1")]


def test_middleware_that_cannot_be_built_is_an_error_each_time() -> None:
    class Broken:
        def __init__(self, app: Any) -> None:
            raise LookupError("no key")

    app = FastAPI()
    app.add_middleware(Broken)
    app.get("/")(lambda: 1)
    for _ in range(2):
        with pytest.raises(LookupError, match="no key"):
            TestClient(app).get("/")
        with pytest.raises(LookupError, match="no key"):
            app._rapide_direct.build()


def test_no_change_is_lost() -> None:
    own, routes, overrides = Changes(), WatchedList[int](), WatchedDict[int, int]()
    before = changes.version, changes.overrides, changes.graphs

    def change(number: int) -> None:
        for turn in range(500):
            own.bump()
            routes.append(turn)
            overrides[number] = turn
            changes.bump_graphs()

    together(change)
    count = THREADS * 500
    assert own.version == routes.version == len(routes) == count
    assert changes.overrides - before[1] == changes.graphs - before[2] == count
    assert changes.version - before[0] == 3 * count


def test_functions_of_one_label_get_different_files() -> None:
    def load(number: int) -> list[Any]:
        sources = [f"def give():\n    return {number}, {turn}\n" for turn in range(20)]
        return [(source, load_function(source, "GET /one", "give", {})) for source in sources]

    made = [pair for pairs in together(load) for pair in pairs]
    files = {function.__code__.co_filename for _, function in made}
    assert len(files) == len(made)
    for source, function in made:
        assert "".join(linecache.getlines(function.__code__.co_filename)) == source


def test_a_value_that_is_computed_late_is_computed_once() -> None:
    made: Counter[int] = Counter()

    class Thing:
        def __init__(self, number: int) -> None:
            self.number = number

        @cached_property
        def value(self) -> object:
            made[self.number] += 1
            return object()

    things = [Thing(number) for number in range(300)]
    values = together(lambda _: [thing.value for thing in things])
    assert all(len({id(value) for value in same}) == 1 for same in zip(*values, strict=True))
    assert set(made.values()) == {1}


def test_a_function_for_once_is_called_once_and_again_after_an_error() -> None:
    made: list[int] = []

    @once
    def make() -> object:
        made.append(1)
        if len(made) == 1:
            raise LookupError
        return object()

    with pytest.raises(LookupError):
        make()
    assert len({id(value) for value in together(lambda _: make())}) == 1
    assert len(made) == 2


@repeatedly
def test_parameters_of_one_type_are_read_for_the_first_time(turn: int) -> None:
    app = FastAPI()
    name = f"items{turn}"
    model = type(name, (BaseModel,), {"__annotations__": {"item": int}})
    for number in range(THREADS):

        def read(q: Annotated[int, Field(ge=turn)], body: model | list[model]) -> Any:  # type: ignore[valid-type]
            return body

        app.post(f"/{number}")(read)
    before = list(warnings.filters)
    found = together(lambda n: answers(app, f"POST /{n}?q={n + 5}"))
    assert {answer.status for [answer] in found} == {422}
    assert list(warnings.filters) == before


def test_a_limit_of_calls_is_one_limit() -> None:
    limits = [DependencyConcurrency(2) for _ in range(50)]
    app = FastAPI()

    @app.get("/")
    async def count(request: Request) -> bool:
        return all(limit.get_semaphore() is limit.get_semaphore() for limit in limits)

    assert all(found == [(200, b"true")] for found in together(lambda _: seen(app, "/")))
