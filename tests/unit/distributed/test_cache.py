"""Responses that are kept: which ones, for whom, how long, and what clients see of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import httpx
import pytest

from rapide import APIRouter, Cookie, Depends, FastAPI, Header, HTTPException, Request, Response
from rapide.compiler import forcing_generic
from rapide.distributed.answers import Answers
from rapide.distributed.cache import Cache
from rapide.responses import PlainTextResponse, StreamingResponse
from rapide.security import APIKeyCookie, APIKeyHeader, HTTPBearer
from rapide.signature.errors import KeptAnswersError
from rapide.testclient import TestClient


@pytest.fixture(params=["compiled", "generic"], autouse=True)
def _path(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.param == "compiled":
        yield
        return
    with forcing_generic():
        yield


bearer = HTTPBearer()


def read_theme(theme: Annotated[str, Cookie()] = "light") -> str:
    return theme


Theme = Annotated[str, Depends(read_theme)]


class Book:
    def __init__(self, number: int) -> None:
        self.number = number


FoundBook = Annotated[Book, Depends(Book)]


class Counter:
    """Counts the executions of endpoints."""

    def __init__(self) -> None:
        self.number = 0

    def count(self) -> dict[str, int]:
        self.number += 1
        return {"number": self.number}


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def app() -> FastAPI:
    return FastAPI()


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def test_an_endpoint_runs_once_for_a_url(
    app: FastAPI, client: TestClient, counter: Counter
) -> None:
    @app.get("/books/{slug}", cache=Cache(60))
    async def read(slug: str, page: int = 1) -> dict[str, int]:
        return counter.count()

    first, second = client.get("/books/a"), client.get("/books/a")
    assert first.json() == second.json() == {"number": 1}
    assert "age" not in first.headers
    assert second.headers["age"] == "0"
    assert first.headers["cache-control"] == second.headers["cache-control"] == "max-age=60"
    assert client.get("/books/b").json() == {"number": 2}
    assert client.get("/books/a?page=2").json() == {"number": 3}
    assert client.get("/books/a?page=x").status_code == 422
    assert client.get("/books/a", headers={"host": "other"}).json() == {"number": 4}


def test_a_function_in_a_thread_is_cached(
    app: FastAPI, client: TestClient, counter: Counter
) -> None:
    @app.get("/", cache=Cache(60))
    def read() -> dict[str, int]:
        return counter.count()

    assert client.get("/").json() == client.get("/").json() == {"number": 1}


def test_a_function_that_only_builds_a_value_is_cached(app: FastAPI, client: TestClient) -> None:
    @app.get("/{number}", cache=Cache(60))
    def read(number: int) -> dict[str, int]:
        return {"number": number}

    assert client.get("/3").json() == client.get("/3").json() == {"number": 3}
    assert client.get("/3").headers["age"] == "0"


def test_clients_with_the_same_content_get_304(
    app: FastAPI, client: TestClient, counter: Counter
) -> None:
    @app.get("/", cache=Cache(60))
    async def read(response: Response) -> dict[str, int]:
        response.headers["X-Own"] = "1"
        return counter.count()

    tag = client.get("/").headers["etag"]
    assert tag.startswith('"')
    for condition in (tag, f"W/{tag}", f'"other", W/"x,y", {tag}', "*"):
        answer = client.get("/", headers={"If-None-Match": condition})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
        assert answer.headers["cache-control"] == "max-age=60"
        assert "content-type" not in answer.headers
        assert "x-own" not in answer.headers
    for condition in ('"other"', "", tag.strip('"'), 'W/"other"'):
        assert client.get("/", headers={"If-None-Match": condition}).status_code == 200
    assert counter.number == 1


def test_the_first_request_can_be_conditional_too(app: FastAPI, client: TestClient) -> None:
    @app.get("/", cache=Cache(60))
    async def read() -> str:
        return "same"

    tag = client.get("/").headers["etag"]
    other = FastAPI()
    other.add_api_route("/", read, cache=Cache(60))
    answer = TestClient(other).get("/", headers={"If-None-Match": tag})
    assert answer.status_code == 304


def test_a_head_request_gets_the_entry_of_get_and_makes_none(
    app: FastAPI, client: TestClient, counter: Counter
) -> None:
    @app.api_route("/", methods=["GET", "HEAD", "POST"], cache=Cache(60))
    async def read() -> dict[str, int]:
        return counter.count()

    client.head("/")
    assert client.get("/").json() == {"number": 2}
    answer = client.head("/")
    assert answer.headers["age"] == "0"
    assert answer.headers["content-length"] == str(len(client.get("/").content))
    assert client.post("/").json() == {"number": 3}
    assert "etag" not in client.post("/").headers


def test_declared_headers_and_cookies_are_part_of_the_key(
    app: FastAPI, client: TestClient, counter: Counter
) -> None:
    @app.get("/", cache=Cache(60))
    async def read(
        theme: Theme,
        accept_language: Annotated[str, Header()] = "en",
    ) -> dict[str, int]:
        return counter.count()

    answer = client.get("/")
    assert answer.headers["vary"] == "accept-language, cookie"
    variants: list[dict[str, str]] = [
        {"Accept-Language": "fr"},
        {"Cookie": "theme=dark"},
        {"Cookie": "theme=light"},
    ]
    for number, headers in enumerate(variants, 2):
        for _ in range(2):
            assert client.get("/", headers=headers).json() == {"number": number}
    # Other cookies are not.
    assert client.get("/", headers={"Cookie": "other=1; theme=dark"}).json() == {"number": 3}


def test_vary_names_what_code_reads_itself(
    app: FastAPI, client: TestClient, counter: Counter
) -> None:
    @app.get("/", cache=Cache(60, vary="X-Tenant"))
    async def read(request: Request, response: Response) -> dict[str, Any]:
        response.headers["Vary"] = "X-Tenant"
        return {**counter.count(), "tenant": request.headers.get("x-tenant")}

    for tenant, number in (("a", 1), ("b", 2), ("a", 1)):
        answer = client.get("/", headers={"X-Tenant": tenant})
        assert answer.json() == {"number": number, "tenant": tenant}
    assert answer.headers["vary"] == "x-tenant, cookie"


@pytest.mark.parametrize(
    "refusal", ["set-cookie: a=1", "vary: X-Other", "vary: *", "cache-control: no-store"]
)
def test_responses_that_refuse_it_are_not_kept(
    app: FastAPI, client: TestClient, counter: Counter, refusal: str
) -> None:
    name, _, value = refusal.partition(": ")

    @app.get("/", cache=Cache(60))
    async def read(response: Response) -> dict[str, int]:
        response.headers[name] = value
        return counter.count()

    assert client.get("/").json() == {"number": 1}
    answer = client.get("/")
    assert answer.json() == {"number": 2}
    assert answer.headers[name].startswith(value)


def test_only_declared_statuses_and_no_exceptions_are_kept(
    app: FastAPI, client: TestClient, counter: Counter
) -> None:
    @app.get("/{status}", cache=Cache(60, statuses=[200, 404]))
    async def read(status: int) -> Response:
        if status == 410:
            counter.count()
            raise HTTPException(404)
        return PlainTextResponse(str(counter.count()["number"]), status)

    assert client.get("/404").text == client.get("/404").text == "1"
    assert client.get("/404", headers={"If-None-Match": "*"}).status_code == 404
    assert [client.get("/500").text, client.get("/500").text] == ["2", "3"]
    client.get("/410")
    answer = client.get("/410")
    assert counter.number == 5
    assert "etag" not in answer.headers


def test_streams_that_are_returned_are_sent_and_not_kept(
    app: FastAPI, client: TestClient, counter: Counter
) -> None:
    @app.get("/", cache=Cache(60))
    async def read() -> Any:
        async def parts() -> AsyncIterator[str]:
            yield str(counter.count()["number"])
            yield "."

        return StreamingResponse(parts())

    assert [client.get("/").text, client.get("/").text] == ["1.", "2."]


def test_dependencies_run_for_each_request(app: FastAPI, client: TestClient) -> None:
    seen: list[str] = []

    def check(credentials: Annotated[Any, Depends(bearer)]) -> str:
        if credentials.credentials not in ("ann", "bob"):
            raise HTTPException(403)
        seen.append(credentials.credentials)
        return str(credentials.credentials)

    checked = Depends(check)

    @app.get("/shared", dependencies=[checked], cache=Cache(60, shared=True))
    async def read_shared() -> int:
        return len(seen)

    @app.get("/own", cache=Cache(60))
    async def read_own(user: str = checked) -> list[str]:
        return [user, str(len(seen))]

    @app.get("/named", cache=Cache(60, vary=["authorization"]))
    async def read_named(user: str = checked) -> list[str]:
        return [user, str(len(seen))]

    def get(path: str, token: str | None) -> Any:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = client.get(path, headers=headers)
        return answer.json() if answer.status_code == 200 else answer.status_code

    assert get("/shared", "ann") == get("/shared", "bob") == 1
    assert get("/own", "ann") == ["ann", "3"]
    assert get("/own", "ann") == ["ann", "4"]
    assert get("/named", "ann") == ["ann", "5"]
    assert get("/named", "bob") == ["bob", "6"]
    assert get("/named", "ann") == ["ann", "5"]
    for path in ("/shared", "/own", "/named"):
        assert (get(path, None), get(path, "eve")) == (401, 403)
    headers = {"Authorization": "Bearer ann"}
    controls = [
        client.get(path, headers=headers).headers["cache-control"]
        for path in ("/shared", "/own", "/named")
    ]
    assert controls == ["private, max-age=60", "private, no-cache", "private, max-age=60"]


def test_credentials_in_other_headers_and_cookies_are_not_shared(
    app: FastAPI, client: TestClient, counter: Counter
) -> None:
    cookie, header = APIKeyCookie(name="session"), APIKeyHeader(name="X-Key")

    @app.get("/cookie", dependencies=[Depends(cookie)], cache=Cache(60))
    async def by_cookie() -> dict[str, int]:
        return counter.count()

    @app.get("/header", dependencies=[Depends(header)], cache=Cache(60))
    async def by_header() -> dict[str, int]:
        return counter.count()

    @app.get("/request", cache=Cache(60))
    async def by_request(request: Request) -> dict[str, Any]:
        return {"session": request.cookies.get("session"), **counter.count()}

    for path, headers in (
        ("/cookie", {"Cookie": "session=a"}),
        ("/header", {"X-Key": "a"}),
        ("/request", {"Cookie": "session=a"}),
    ):
        before = counter.number
        for number in (1, 2):
            assert client.get(path, headers=headers).json()["number"] == before + number
    assert client.get("/cookie").status_code == 401
    before = counter.number
    assert [client.get("/request").json()["number"] for _ in "12"] == [before + 1] * 2
    assert "cookie" in client.get("/request").headers["vary"]


def test_a_function_names_what_else_the_answer_depends_on(
    app: FastAPI, client: TestClient, counter: Counter
) -> None:
    async def find_tenant(request: Request) -> None:
        request.state.tenant = request.query_params.get("tenant") or None

    def read_tenant(request: Request) -> str | None:
        tenant: str | None = request.state.tenant
        return tenant and tenant.lower()

    cache = Cache(60, key=read_tenant, shared=True)

    @app.get("/", dependencies=[Depends(find_tenant)], cache=cache)
    async def read() -> dict[str, int]:
        return counter.count()

    assert client.get("/?tenant=A").json() == client.get("/?tenant=A").json() == {"number": 1}
    assert [client.get("/").json()["number"] for _ in "12"] == [2, 3]


def test_directives_of_requests(app: FastAPI, client: TestClient, counter: Counter) -> None:
    @app.get("/plain", cache=Cache(60))
    async def read() -> dict[str, int]:
        return counter.count()

    app.add_api_route("/reload", read, cache=Cache(60, reload=True))
    no_store, no_cache = {"Cache-Control": "no-store"}, {"Cache-Control": "max-age=0, no-cache"}
    assert [client.get("/plain", headers=no_store).json()["number"] for _ in "12"] == [1, 2]
    assert client.get("/plain").json() == {"number": 3}
    assert client.get("/plain", headers=no_store).json() == {"number": 3}
    assert client.get("/plain", headers=no_cache).json() == {"number": 3}
    assert client.get("/reload").json() == {"number": 4}
    assert client.get("/reload", headers=no_cache).json() == {"number": 5}


def test_tags_are_made_of_the_valid_parameters(
    app: FastAPI, client: TestClient, counter: Counter
) -> None:
    answers = Answers()

    @app.get("/books/{number}", cache=Cache(60, tags=["books", "book:{number}"], store=answers))
    async def read(number: int) -> dict[str, int]:
        return counter.count()

    router = APIRouter()

    @router.get("/{number}", cache=Cache(60, tags="{shop}:{book.number}", store=answers))
    async def read_of_shop(book: FoundBook) -> dict[str, int]:
        return counter.count()

    app.include_router(router, prefix="/{shop}")

    @app.delete("/tags/{tag}")
    async def forget(tag: str) -> None:
        await answers.invalidate(tag)

    def get(path: str) -> int:
        number: int = client.get(path).json()["number"]
        return number

    assert (get("/books/07"), get("/books/8"), get("/ada/07")) == (1, 2, 3)
    client.delete("/tags/book:7")
    client.delete("/tags/ada:7")
    assert (get("/books/07"), get("/books/8"), get("/ada/07")) == (4, 2, 5)
    client.delete("/tags/books")
    assert (get("/books/07"), get("/books/8"), get("/ada/07")) == (6, 7, 5)
    assert client.get("/books/8").headers["cache-control"] == "no-cache"


def test_an_answer_made_during_an_invalidation_is_not_kept(
    app: FastAPI, client: TestClient, counter: Counter
) -> None:
    answers = Answers()

    @app.get("/", cache=Cache(60, tags=["a"], store=answers))
    async def read(invalidates: bool = False) -> dict[str, int]:
        if counter.number == 0:
            await answers.invalidate("a")
        return counter.count()

    assert [client.get("/").json()["number"] for _ in "123"] == [1, 2, 2]


def test_an_answer_is_forgotten_in_time_and_may_be_stale_meanwhile(
    app: FastAPI, counter: Counter
) -> None:
    began, goes_on = asyncio.Event(), asyncio.Event()

    @app.get("/", cache=Cache(0.01, stale=60, client_seconds=5))
    async def read() -> dict[str, int]:
        if counter.number == 1:
            began.set()
            await goes_on.wait()
        return counter.count()

    async def play() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            assert (await client.get("/")).json() == {"number": 1}
            await asyncio.sleep(0.02)
            renewing = asyncio.create_task(client.get("/"))
            await began.wait()
            old = await client.get("/")
            assert old.json() == {"number": 1}
            assert old.headers["cache-control"] == "max-age=5"
            goes_on.set()
            assert (await renewing).json() == {"number": 2}

    asyncio.run(play())


def test_nobody_waits_for_requests_that_leave_no_answer(app: FastAPI, counter: Counter) -> None:
    goes_on = asyncio.Event()

    @app.api_route("/", methods=["GET", "HEAD"], cache=Cache(60))
    async def read() -> dict[str, int]:
        number = counter.count()
        if number["number"] <= 2:
            await goes_on.wait()
        return number

    async def play() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            headers = {"Cache-Control": "no-store"}
            first = asyncio.create_task(client.head("/"))
            second = asyncio.create_task(client.get("/", headers=headers))
            while counter.number < 2:
                await asyncio.sleep(0)
            assert (await client.get("/")).json() == {"number": 3}
            goes_on.set()
            await first
            assert (await second).json() == {"number": 2}
            assert (await client.get("/")).json() == {"number": 3}

    asyncio.run(play())


@pytest.mark.parametrize("outcome", ["kept", "refused", "failed"])
def test_concurrent_requests_wait_for_one_execution(
    app: FastAPI, counter: Counter, outcome: str
) -> None:
    running: list[None] = []
    most = [0]

    @app.get("/", cache=Cache(60))
    async def read(response: Response) -> dict[str, int]:
        running.append(None)
        most[0] = max(most[0], len(running))
        counter.count()
        await asyncio.sleep(0.02)
        running.pop()
        if outcome == "failed":
            raise HTTPException(418)
        if outcome == "refused":
            response.set_cookie("a", "b")
        return {"number": counter.number}

    async def play() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return list(await asyncio.gather(*(client.get("/") for _ in range(20))))

    found = asyncio.run(play())
    assert {answer.status_code for answer in found} == {418 if outcome == "failed" else 200}
    assert counter.number == (1 if outcome == "kept" else 20)
    # Those that waited for an answer that cannot be shared run at the same time.
    assert most == [1 if outcome == "kept" else 19]


def test_a_cancelled_execution_lets_another_request_make_the_answer(
    app: FastAPI, counter: Counter
) -> None:
    @app.get("/", cache=Cache(60))
    async def read() -> dict[str, int]:
        counter.count()
        await asyncio.sleep(3600 if counter.number == 1 else 0)
        return {"number": counter.number}

    async def play() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            first = asyncio.create_task(client.get("/"))
            while counter.number == 0:
                await asyncio.sleep(0)
            others = [asyncio.create_task(client.get("/")) for _ in range(5)]
            await asyncio.sleep(0)
            first.cancel()
            for other in others:
                assert (await other).json() == {"number": 2}

    asyncio.run(play())


def test_answers_in_memory_are_bounded(app: FastAPI, client: TestClient, counter: Counter) -> None:
    @app.get("/few/{name}", cache=Cache(60, store=Answers(max_entries=2)))
    async def read(name: str) -> dict[str, int]:
        return counter.count()

    @app.get("/small/{name}", cache=Cache(60, store=Answers(max_bytes=1000)))
    async def read_large(name: str, size: int = 0) -> str:
        counter.count()
        return "x" * size

    def is_kept(path: str) -> bool:
        return "age" in client.get(path).headers

    assert [is_kept(f"/few/{name}") for name in "ababcab"] == [
        *(False, False, True, True, False, False, False)
    ]
    assert not is_kept("/small/a?size=2000")
    assert not is_kept("/small/a?size=2000")
    assert [is_kept(f"/small/{name}?size=400") for name in "aabba"] == [
        *(False, True, False, True, False)
    ]


def test_a_route_that_cannot_be_cached_is_refused_at_its_declaration(app: FastAPI) -> None:
    async def items() -> AsyncIterator[str]:
        yield ""

    async def read(item: dict[str, int]) -> int:
        return 1

    async def read_stream() -> StreamingResponse:
        return StreamingResponse(items())

    async def read_nothing() -> None: ...

    refused: list[tuple[Any, dict[str, Any], str]] = [
        (items, {"cache": Cache(1)}, "A stream cannot be cached"),
        (read_stream, {"cache": Cache(1)}, "A stream cannot be cached"),
        (read_nothing, {"cache": Cache(1), "response_class": StreamingResponse}, "A stream"),
        (read, {"cache": Cache(1)}, "cannot read a body"),
        (read_nothing, {"cache": Cache(1), "methods": ["POST"]}, "Only responses to GET and HEAD"),
        (read_nothing, {"cache": Cache(1, tags=["a:{b}"])}, "names 'b'"),
    ]
    for endpoint, options, problem in refused:
        with pytest.raises(KeptAnswersError, match=problem) as error:
            app.add_api_route("/x", endpoint, **options)
        assert "route: " in str(error.value)
        assert "test_cache.py" in str(error.value)
    with pytest.raises(TypeError, match="cache must be a Cache"):
        app.add_api_route("/x", read_nothing, cache=60)  # type: ignore[arg-type]
    router = APIRouter()
    router.add_api_route("/x", read_nothing, cache=Cache(1, tags=["{known}"]), methods=["GET"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seconds": 0}, "seconds must be more than 0"),
        ({"seconds": 1, "stale": -1}, "stale must be 0 or more"),
        ({"seconds": 1, "lease": 0.1}, "lease must be at least 1"),
        ({"seconds": 1, "client_seconds": -1}, "client_seconds must be 0 or more"),
        ({"seconds": 1, "vary": ["a b"]}, "vary must be names of headers, not 'a b'"),
        ({"seconds": 1, "statuses": [100]}, "statuses from 200 to 599, not 100"),
        ({"seconds": 1, "tags": ["{"]}, "the tag '{' is not valid"),
        ({"seconds": 1, "tags": ["{}"]}, "the tag '{}' is not valid"),
        ({"seconds": 1, "store": "http://localhost"}, "Redis URL"),
    ],
)
def test_wrong_options_of_a_cache(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Cache(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seconds": "60"}, "Cache: seconds must be a number, not '60'"),
        ({"seconds": True}, "Cache: seconds must be a number, not True"),
        ({"seconds": 1, "tags": 5}, "Cache: tags must be a text, or a list of texts, not 5"),
        ({"seconds": 1, "vary": [""]}, "Cache: vary must be a text, or a list of texts"),
        ({"seconds": 1, "key": "x"}, "Cache: key must be a function, not 'x'"),
        ({"seconds": 1, "statuses": ["200"]}, "Cache: statuses must be a number, not '200'"),
    ],
)
def test_options_of_a_wrong_type(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError) as error:
        Cache(**options)
    assert str(error.value).startswith(message)


def test_the_store_is_checked() -> None:
    with pytest.raises(TypeError, match=r"a client of redis\.asyncio"):
        Cache(1, store=object())
    with pytest.raises(ValueError, match="max_entries"):
        Answers(max_entries=0)


def test_the_document_and_the_plan_name_the_cache(app: FastAPI) -> None:
    @app.get("/a", cache=Cache(60))
    async def read() -> int:
        return 1

    app.add_api_route("/b", read)
    paths = app.openapi()["paths"]
    responses = paths["/a"]["get"]["responses"]
    assert "ETag" in responses["200"]["headers"]
    assert "304" in responses
    assert paths["/b"]["get"]["responses"].keys() == {"200"}
    assert "headers" not in paths["/b"]["get"]["responses"]["200"]
