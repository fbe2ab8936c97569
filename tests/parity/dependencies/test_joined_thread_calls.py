"""Sync dependencies and sync endpoints that follow each other: joined, they answer as apart."""

import contextvars
from enum import Enum
from typing import Annotated, Any

import anyio
from anyio import from_thread
from anyio.to_thread import current_default_thread_limiter
from pydantic import AfterValidator

from ..harness import parity


@parity(
    "/3?q=5&size=2.5",
    "/3",
    "/three?q=5",
    "/3?q=x",
    "/3?size=x",
    "/x?q=x&size=x",
    "/async/1",
    trio=True,
)
def test_steps_give_their_values_and_errors_to_each_other(fw):
    app = fw.FastAPI()

    def first(q: int = 1):
        fw.log.append(("first", q))
        return q

    def second(number: Annotated[int, fw.Depends(first)], size: Annotated[float, fw.Query()] = 1):
        fw.log.append(("second", number))
        return [number, size]

    @app.get("/{item}")
    def read(item: int, found: Annotated[Any, fw.Depends(second)]) -> list[Any]:
        fw.log.append("endpoint")
        return [item, *found]

    @app.get("/async/{item}")
    async def read_async(item: int, found: Annotated[Any, fw.Depends(second)]) -> list[Any]:
        return [item, *found]

    return app


@parity(
    "/?at=none", "/?at=first", "/?at=second", "/?at=endpoint", "/?at=result", "/?at=response",
    "/crash?at=first", "/crash?at=second", "/crash?at=endpoint", "/stop?at=first",
    "/stop?at=second", "/stop?at=endpoint",
)  # fmt: skip
def test_an_exception_of_a_step_leaves_as_it_does_alone(fw):
    app = fw.FastAPI()
    raised = {"": fw.HTTPException(418, "tea"), "crash": LookupError("no"), "stop": StopIteration()}

    def held():
        fw.log.append("in")
        try:
            yield "held"
        except BaseException as error:
            fw.log.append(type(error).__name__)
            raise
        finally:
            fw.log.append("out")

    def fail(here: str, at: str, kind: str) -> str:
        fw.log.append(here)
        if at == here:
            raise raised[kind]
        return here

    def first(request: fw.Request, held: Annotated[str, fw.Depends(held)], at: str):
        return fail("first", at, request.url.path[1:])

    def second(request: fw.Request, first: Annotated[str, fw.Depends(first)], at: str):
        return [first, fail("second", at, request.url.path[1:])]

    @app.get("/{kind}")
    @app.get("/")
    def read(request: fw.Request, steps: Annotated[Any, fw.Depends(second)], at: str) -> list[str]:
        fail("endpoint", at, request.url.path[1:])
        if at == "response":
            return fw.Response("own", 202)
        return {"not": "a list"} if at == "result" else steps

    return app


@parity("/", "/", "/after", "/after")
def test_overrides_changed_by_a_step_count_for_the_next(fw):
    app = fw.FastAPI()

    def real(q: int = 1):
        fw.log.append("real")
        return ["real", q]

    def other(p: int = 2):
        fw.log.append("other")
        return ["other", p]

    def change():
        fw.log.append("change")
        if not app.dependency_overrides.pop(real, None):
            app.dependency_overrides[real] = other
        return "change"

    @app.get("/")
    def read(one: Annotated[Any, fw.Depends(change)], two: Annotated[Any, fw.Depends(real)]):
        fw.log.append("endpoint")
        return [one, two]

    @app.get("/after")
    def after(one: Annotated[Any, fw.Depends(real)], two: Annotated[Any, fw.Depends(change)]):
        return [one, two]

    return app


variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


@parity("/", "/", "/async", trio=True)
def test_a_context_variable_that_a_step_sets_is_not_seen_by_the_next(fw):
    app = fw.FastAPI()

    async def outside():
        variable.set("by the handler")

    def step(name: str):
        def dependency():
            fw.log.append((name, variable.get()))
            variable.set(name)

        return fw.Depends(dependency)

    @app.get("/", dependencies=[step("early"), fw.Depends(outside), step("first"), step("second")])
    def read():
        return variable.get()

    @app.get("/async", dependencies=[step("first"), step("second"), step("third")])
    async def read_async():
        return variable.get()

    return app


@parity("/", "/", compiled=True)
def test_what_is_provided_between_steps_is_what_was_provided_before(fw):
    app = fw.FastAPI()

    def first(response: fw.Response, tasks: fw.BackgroundTasks, request: fw.Request):
        response.headers["x-first"] = request.headers.get("x", "none")
        tasks.add_task(fw.log.append, "first's task")
        request.state.first = True

    def second(response: fw.Response, scopes: fw.security.SecurityScopes):
        response.headers["x-second"] = response.headers["x-first"] + scopes.scope_str
        scopes.scopes.append("more")

    @app.get("/", dependencies=[fw.Depends(first), fw.Security(second, scopes=["a", "b"])])
    def read(request: fw.Request, response: fw.Response, tasks: fw.BackgroundTasks):
        tasks.add_task(fw.log.append, "the endpoint's task")
        response.status_code = 201
        return request.state.first

    return app


@parity("/?colour=red&odd=3", "/?colour=scarlet&odd=3")
def test_validators_of_users_between_steps_stay_in_the_event_loop(fw):
    app = fw.FastAPI()

    def here(name: str) -> None:
        try:
            loop = anyio.get_current_task() is not None
        except RuntimeError:  # sniffio's and anyio's own errors for threads without a loop
            loop = False
        fw.log.append((name, loop))

    class Colour(Enum):
        RED = "red"

        @classmethod
        def _missing_(cls, value):
            here("enum")
            return cls.RED

    def check(value: int) -> int:
        here("validator")
        return value

    def make() -> int:
        here("factory")
        return 1

    def first():
        fw.log.append("first")

    def second(colour: Colour, odd: Annotated[int, AfterValidator(check)]):
        fw.log.append("second")

    @app.get("/", dependencies=[fw.Depends(first), fw.Depends(second)])
    def read(made: Annotated[int, fw.Query(default_factory=make)]):
        return made

    return app


@parity("/?at=first", "/?at=second", "/?at=none", trio=True)
def test_a_request_cancelled_during_a_step_goes_no_further(fw):
    app = fw.FastAPI()

    class Cancelling:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            if scope["type"] != "http":
                await self.app(scope, receive, send)
                return
            with anyio.CancelScope() as cancelling:
                scope["cancelling"] = cancelling
                await self.app(scope, receive, send)
            if cancelling.cancelled_caught:
                await send({"type": "http.response.start", "status": 504, "headers": []})
                await send({"type": "http.response.body", "body": b""})

    app.add_middleware(Cancelling)

    def cancel(request, here: str, at: str) -> None:
        fw.log.append(here)
        if here == at:
            from_thread.run_sync(request.scope["cancelling"].cancel)

    def first(request: fw.Request, at: str):
        cancel(request, "first", at)

    def second(request: fw.Request, at: str):
        cancel(request, "second", at)

    @app.get("/", dependencies=[fw.Depends(first), fw.Depends(second)])
    def read():
        fw.log.append("endpoint")

    return app


@parity("/", "/health", trio=True)
def test_a_step_holds_one_token_of_the_limiter(fw):
    app = fw.FastAPI()

    def borrowed() -> int:
        return from_thread.run_sync(lambda: int(current_default_thread_limiter().borrowed_tokens))

    def first():
        return borrowed()

    @app.get("/")
    @app.get("/health")
    def read(before: Annotated[int, fw.Depends(first)]):
        return [before, borrowed()]

    return app


@parity("/", "/async")
def test_other_dependencies_between_steps_run_in_their_turn(fw):
    app = fw.FastAPI()

    def step(name: str, limit: int | None = None):
        def dependency():
            fw.log.append(name)

        return fw.Depends(dependency)

    async def asynchronous():
        fw.log.append("async")

    def generator():
        fw.log.append("in")
        yield
        fw.log.append("out")

    between = [fw.Depends(asynchronous), fw.Depends(generator)]
    steps = [step("1"), step("2"), between[0], step("3"), step("4"), between[1], step("5")]

    @app.get("/", dependencies=steps)
    def read():
        fw.log.append("endpoint")

    @app.get("/async", dependencies=[*steps, step("6")])
    async def read_async():
        fw.log.append("endpoint")

    return app
