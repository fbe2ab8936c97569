"""Enqueuing validates like a request, before anything is sent."""

import asyncio
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import AliasChoices, BaseModel, Field, SecretStr
from taskiq import InMemoryBroker

from rapide import Body, Depends, FastAPI, Form, Header, Path, Query, Request, Response
from rapide.jobs import (
    InvalidJobError,
    Job,
    JobError,
    JobTypeError,
    JobValidationError,
    NeedsRequestError,
)
from rapide.requests import HTTPConnection
from rapide.security import OAuth2PasswordBearer
from rapide.testclient import TestClient

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Colour(Enum):
    RED = "red"


class Line(BaseModel):
    item_id: int = Field(alias="itemId")
    price: Decimal
    when: date = date(2026, 1, 1)


class Page(BaseModel):
    size: int = 10


async def done(job: Job, **arguments: Any) -> Any:
    """Enqueue a job and return what it returns."""
    task = await job.enqueue(**arguments)
    result = await task.wait_result(check_interval=0.001, timeout=20)
    result.raise_for_error()
    return result.return_value


async def test_values_reach_the_function_as_a_route_gets_them() -> None:
    def page(page: Annotated[Page, Query()] = Page(), limit: int = 3) -> tuple[int, int]:
        return page.size, limit

    async def work(
        order_id: int,
        lines: list[Line],
        at: datetime,
        uid: UUID,
        colour: Colour,
        tags: Annotated[list[str], Query()],
        dates: Annotated[set[date], Body()],
        page: Annotated[tuple[int, int], Depends(page)],
        slug: Annotated[str, Path(max_length=5)],
        renamed: Annotated[int, Query(alias="re-named")] = 0,
        choice: Annotated[int, Query(validation_alias=AliasChoices("b", "a"))] = 0,
        token: Annotated[str | None, Header()] = None,
    ) -> list[Any]:
        return [order_id, lines, at, uid, colour, tags, dates, page, slug, renamed, choice, token]

    got = await done(
        FastAPI().job(InMemoryBroker())(work),
        order_id="7",
        lines=[Line(itemId=1, price=Decimal("1.10")), {"itemId": "2", "price": "3"}],
        at=datetime(2026, 5, 6),
        uid=UUID(int=5),
        colour=Colour.RED,
        tags=["a"],
        dates={date(2026, 1, 2)},
        limit=9,
        page={"size": 4},
        slug="å",
        a=8,
        **{"re-named": "6"},
    )
    assert got == [
        7,
        [Line(itemId=1, price=Decimal("1.10")), Line(itemId=2, price=Decimal(3))],
        datetime(2026, 5, 6),
        UUID(int=5),
        Colour.RED,
        ["a"],
        {date(2026, 1, 2)},
        (4, 9),
        "å",
        6,
        8,
        None,
    ]


async def test_all_errors_have_the_form_of_a_request() -> None:
    broker = InMemoryBroker()

    def dependency(slug: Annotated[str, Query(max_length=2)]) -> str:
        raise AssertionError("a dependency runs in the worker only")

    @FastAPI().job(broker)
    async def work(order_id: int, line: Line, slug: Annotated[str, Depends(dependency)]) -> None:
        raise AssertionError

    with pytest.raises(JobValidationError) as caught:
        await work.enqueue(order_id="x", line={"itemId": 1, "price": "?"}, slug="long", oder_id=1)
    assert [(error["type"], error["loc"]) for error in caught.value.errors()] == [
        ("extra_forbidden", ("argument", "oder_id")),
        ("string_too_long", ("argument", "slug")),
        ("int_parsing", ("argument", "order_id")),
        ("decimal_parsing", ("argument", "line", "price")),
    ]
    assert "test_enqueue.py" in str(caught.value)
    with pytest.raises(JobValidationError) as missing:
        await work.enqueue()
    assert {error["type"] for error in missing.value.errors()} == {"missing"}
    assert broker.result_backend.results == {}


async def test_an_argument_that_json_would_change_is_refused() -> None:
    class Card(BaseModel):
        number: SecretStr

    @FastAPI().job(InMemoryBroker())
    async def pay(card: Card) -> str:
        return card.number.get_secret_value()

    with pytest.raises(JobTypeError, match="'card' cannot be sent as JSON"):
        await pay.enqueue(card=Card(number=SecretStr("4111")))
    assert await done(pay, card={"number": "4111"}) == "4111"


async def test_bytes_that_are_no_text_are_refused() -> None:
    @FastAPI().job(InMemoryBroker())
    async def store(content: Annotated[bytes, Body()]) -> bytes:
        return content

    assert await done(store, content=b"text") == b"text"
    with pytest.raises(JobTypeError, match="'content'"):
        await store.enqueue(content=b"\xff")


async def test_a_worker_refuses_what_another_version_has_sent() -> None:
    broker, app, left = InMemoryBroker(), FastAPI(), []

    async def session() -> Any:
        yield 1
        left.append("not reached after an error")

    @app.job(broker, retries=5)
    async def work(order_id: int, session: Annotated[int, Depends(session)]) -> None: ...

    task = await work.task.kicker().kiq(order="7")
    result = await task.wait_result(check_interval=0.001, timeout=20)
    assert isinstance(result.error, JobValidationError)
    assert [error["type"] for error in result.error.errors()] == ["extra_forbidden", "missing"]
    assert left == []


async def test_overrides_apply_and_are_noticed() -> None:
    app = FastAPI()

    def real(key: str) -> str:
        return key

    @app.job(InMemoryBroker())
    async def work(value: Annotated[str, Depends(real)]) -> str:
        return value

    assert await done(work, key="real") == "real"
    app.dependency_overrides[real] = lambda: "test"
    assert await done(work) == "test"
    app.dependency_overrides.clear()
    with pytest.raises(JobValidationError):
        await work.enqueue()


async def test_an_override_that_needs_a_request_is_reported() -> None:
    app = FastAPI()

    def real() -> str:
        return "real"

    def wrong(request: Request) -> str:
        return request.method

    @app.job(InMemoryBroker())
    async def work(value: Annotated[str, Depends(real)]) -> str:
        return value

    app.dependency_overrides[real] = wrong
    with pytest.raises(NeedsRequestError, match="request needs a Request"):
        await work.enqueue()


def needs_request(request: Request) -> None: ...


def needs_response(response: Response) -> None: ...


def needs_header(x_key: Annotated[str, Header()]) -> None: ...


def needs_form(name: Annotated[str, Form()]) -> None: ...


def needs_token(token: Annotated[str, Depends(OAuth2PasswordBearer("token"))]) -> None: ...


@pytest.mark.parametrize(
    ("dependency", "named"),
    [
        (needs_request, "request needs a Request"),
        (needs_response, "response needs a Response"),
        (needs_header, "header parameter x_key"),
        (needs_form, "form parameter name"),
        (needs_token, "OAuth2PasswordBearer"),
    ],
)
def test_what_needs_a_request_is_an_error_of_the_declaration(dependency: Any, named: str) -> None:
    async def work(value: Annotated[None, Depends(dependency)]) -> None: ...

    with pytest.raises(NeedsRequestError, match=named) as caught:
        FastAPI().job(InMemoryBroker(), name="receipt")(work)
    message = str(caught.value)
    assert "route: job receipt" in message
    assert f"{dependency.__name__}" in message
    assert "test_enqueue.py:" in message


async def test_what_is_optional_has_its_default() -> None:
    def optional(
        request: Request = None,  # type: ignore[assignment]
        token: Annotated[str | None, Depends(OAuth2PasswordBearer("t", auto_error=False))] = None,
        name: Annotated[str, Form()] = "nobody",
    ) -> list[Any]:
        return [request, token, name]

    @FastAPI().job(InMemoryBroker())
    async def work(value: Annotated[list[Any], Depends(optional)]) -> list[Any]:
        return value

    assert await done(work) == [None, None, "nobody"]


async def test_a_connection_has_the_application_and_the_state_of_its_lifespan() -> None:
    async def lifespan(app: FastAPI) -> Any:
        yield {"pool": "of the lifespan"}

    app = FastAPI(lifespan=lifespan)

    def pool(connection: HTTPConnection) -> tuple[Any, ...]:
        return connection.app is app, connection.state.pool, dict(connection.headers)

    @app.job(InMemoryBroker(await_inplace=True))
    def work(pool: Annotated[tuple[Any, ...], Depends(pool)]) -> tuple[Any, ...]:
        return pool

    @app.post("/")
    async def endpoint() -> Any:
        return (await (await work.enqueue()).get_result()).return_value

    with TestClient(app) as client:
        assert client.post("/").json() == [True, "of the lifespan", {}]


def test_a_generator_is_no_job() -> None:
    async def work() -> Any:
        yield 1

    with pytest.raises(InvalidJobError, match="one result"):
        FastAPI().job(InMemoryBroker())(work)


def test_an_argument_cannot_have_the_name_of_an_option() -> None:
    async def work(delay: int) -> None: ...

    with pytest.raises(InvalidJobError, match="'delay' has the name of an option"):
        FastAPI().job(InMemoryBroker())(work)


def test_wrong_options_are_reported_in_one_line() -> None:
    app, broker = FastAPI(), InMemoryBroker()
    with pytest.raises(TypeError, match=r"app\.job\(\) takes a broker"):
        app.job("redis://")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"job\(\) got an unexpected keyword argument 'retry'"):
        app.job(broker, retry=1)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="retries must be 0 or more"):
        app.job(broker, retries=-1)
    with pytest.raises(TypeError, match="makes a job of a function"):
        app.job(broker)(5)  # type: ignore[arg-type]
    with pytest.raises(JobError, match=r"needs app\.job"):
        app.job(broker)(lambda: 5)
    app.job(broker, name="one")(lambda: 5)
    with pytest.raises(JobError, match="already a job 'one'"):
        app.job(broker, name="one")(lambda: 6)


async def test_calling_a_job_calls_the_function() -> None:
    @FastAPI().job(InMemoryBroker())
    async def double(number: int) -> int:
        """Double a number."""
        return 2 * number

    assert await double(4) == 8
    assert double.__doc__ == "Double a number."
    assert double.name.endswith(":double")


async def test_annotations_may_be_strings_and_blocking_functions_run_in_threads() -> None:
    namespace: dict[str, Any] = {}
    exec(
        "from __future__ import annotations\n"
        "import threading\n"
        "def work(order_id: int) -> bool:\n"
        "    return threading.current_thread() is not threading.main_thread()\n",
        namespace,
    )
    assert await done(FastAPI().job(InMemoryBroker(), name="work")(namespace["work"]), order_id=1)


async def test_many_jobs_of_one_request_do_not_mix_their_arguments() -> None:
    @FastAPI().job(InMemoryBroker())
    async def echo(number: int) -> int:
        await asyncio.sleep(0)
        return number

    tasks = [await echo.enqueue(number=number) for number in range(50)]
    results = [await task.wait_result(check_interval=0.001, timeout=20) for task in tasks]
    assert [result.return_value for result in results] == list(range(50))
