"""Requests that are repeated: one execution, the same answer, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import httpx
import pytest

from rapide import BackgroundTasks, Depends, FastAPI, File, HTTPException, Request, Response
from rapide.compiler import forcing_generic
from rapide.distributed.answers import Answers
from rapide.distributed.idempotency import Idempotency
from rapide.limits import RequestLimits
from rapide.responses import StreamingResponse
from rapide.security import APIKeyCookie
from rapide.signature.errors import KeptAnswersError
from rapide.testclient import TestClient

KEY = "Idempotency-Key"


@pytest.fixture(params=["compiled", "generic"], autouse=True)
def _path(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.param == "compiled":
        yield
        return
    with forcing_generic():
        yield


@pytest.fixture
def app() -> FastAPI:
    return FastAPI()


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture
def executed() -> list[Any]:
    """What endpoints were called with."""
    return []


def test_a_repeated_request_gets_the_same_answer(
    app: FastAPI, client: TestClient, executed: list[Any]
) -> None:
    @app.post("/orders", status_code=201, idempotency=True)
    async def order(body: dict[str, Any], response: Response) -> dict[str, Any]:
        executed.append(body)
        response.headers["Location"] = f"/orders/{len(executed)}"
        response.set_cookie("order", str(len(executed)))
        return {"number": len(executed), **body}

    first, second = (client.post("/orders", json={"a": 1}, headers={KEY: '"k"'}) for _ in "12")
    assert (first.status_code, first.json()) == (201, {"number": 1, "a": 1})
    assert second.status_code == 201
    assert second.content == first.content
    assert second.headers.multi_items() == first.headers.multi_items()
    # A key without quotes is the same one.
    assert client.post("/orders", json={"a": 1}, headers={KEY: "k"}).json() == first.json()
    assert client.post("/orders", json={"a": 1}, headers={KEY: "l"}).json()["number"] == 2


def test_another_request_with_the_same_key_is_refused(
    app: FastAPI, client: TestClient, executed: list[Any]
) -> None:
    @app.post("/accounts/{name}", idempotency=True)
    async def pay(name: str, body: dict[str, Any], note: str = "") -> int:
        executed.append(body)
        return len(executed)

    headers = {KEY: "k"}
    assert client.post("/accounts/ann", json={"a": 1}, headers=headers).json() == 1
    for path, body in (
        ("/accounts/ann", {"a": 2}),
        ("/accounts/bob", {"a": 1}),
        ("/accounts/ann?note=x", {"a": 1}),
    ):
        answer = client.post(path, json=body, headers=headers)
        assert answer.status_code == 422
        assert answer.json() == {"detail": "The Idempotency-Key belongs to another request"}
    assert client.post("/accounts/ann", json={"a": 1}, headers=headers).json() == 1


@pytest.mark.parametrize("key", ["", '""', '"a', 'a"b" "', "x" * 256, "é", '"a\\b"'])
def test_a_key_that_is_not_valid_is_refused(app: FastAPI, client: TestClient, key: str) -> None:
    @app.post("/", idempotency=True)
    async def run() -> int:
        return 1

    answer = client.post("/", headers=[(KEY.encode(), key.encode())])
    assert answer.status_code == (200 if key == 'a"b" "' else 400)


def test_a_key_is_required_unless_the_route_says_otherwise(
    app: FastAPI, client: TestClient, executed: list[Any]
) -> None:
    @app.post("/required", idempotency=True)
    async def run(body: dict[str, int] | None = None) -> int:
        executed.append(body)
        return len(executed)

    app.add_api_route(
        "/optional", run, methods=["PATCH", "PUT"], idempotency=Idempotency(required=False)
    )
    answer = client.post("/required")
    assert (answer.status_code, answer.json()["detail"]) == (
        400,
        "The header Idempotency-Key is missing",
    )
    twice = [(KEY, "a"), (KEY, "b")]
    assert client.post("/required", headers=twice).status_code == 400
    assert [client.patch("/optional").json() for _ in "12"] == [1, 2]
    assert [client.patch("/optional", headers={KEY: "k"}).json() for _ in "12"] == [3, 3]
    # Other methods of the route are not concerned.
    assert [client.put("/optional", headers={KEY: "k"}).json() for _ in "12"] == [4, 5]


def test_problem_documents_say_what_is_wrong() -> None:
    app = FastAPI(problem_details=True)

    @app.post("/", idempotency=True)
    async def run() -> int:
        return 1

    answer = TestClient(app).post("/")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "The header Idempotency-Key is missing"


def test_errors_are_not_kept(app: FastAPI, executed: list[Any]) -> None:
    @app.post("/{how}", idempotency=True)
    async def run(how: str) -> Response:
        executed.append(how)
        if len(executed) < 3:
            if how == "returned":
                return Response(status_code=503)
            raise HTTPException(402) if how == "refused" else RuntimeError
        return Response(str(len(executed)), 409)

    for how, status in (("returned", 503), ("refused", 402), ("raised", 500)):
        executed.clear()
        client = TestClient(app, raise_server_exceptions=False)
        answers = [client.post(f"/{how}", headers={KEY: how}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [status, status, 409, 409]
        assert answers[3].text == "3"


def test_dependencies_run_for_each_request_and_a_key_belongs_to_its_caller(
    app: FastAPI, client: TestClient, executed: list[Any]
) -> None:
    def check(request: Request) -> str:
        user = request.headers.get("authorization")
        if user is None:
            raise HTTPException(401)
        return user

    @app.post("/", idempotency=True)
    async def run(user: str = Depends(check)) -> str:
        executed.append(user)
        return user

    def read_id(request: Request) -> str:
        return request.headers["authorization"].split("-")[0]

    app.add_api_route("/by-id", run, methods=["POST"], idempotency=Idempotency(caller=read_id))

    def post(path: str, user: str | None) -> Any:
        headers = {KEY: "k"} if user is None else {KEY: "k", "Authorization": user}
        answer = client.post(path, headers=headers)
        return answer.json() if answer.status_code == 200 else answer.status_code

    assert [post("/", user) for user in ("ann", "bob", None, "ann")] == ["ann", "bob", 401, "ann"]
    assert executed == ["ann", "bob"]
    assert [post("/by-id", user) for user in ("ann-1", "ann-2", "bob-1")] == [
        *("ann-1", "ann-1", "bob-1")
    ]


def test_a_key_belongs_to_the_credentials_that_schemes_read(
    app: FastAPI, client: TestClient, executed: list[Any]
) -> None:
    @app.post("/", dependencies=[Depends(APIKeyCookie(name="session"))], idempotency=True)
    async def run() -> int:
        executed.append(None)
        return len(executed)

    def post(cookie: str) -> Any:
        return client.post("/", headers={KEY: "k", "Cookie": cookie}).json()

    assert [post("session=a"), post("session=b"), post("x=1; session=a")] == [1, 2, 1]


def test_background_tasks_run_with_the_execution_only(
    app: FastAPI, client: TestClient, executed: list[Any]
) -> None:
    @app.post("/", idempotency=True)
    async def run(tasks: BackgroundTasks) -> None:
        tasks.add_task(executed.append, "sent")

    for _ in range(3):
        assert client.post("/", headers={KEY: "k"}).status_code == 200
    assert executed == ["sent"]


def test_a_body_that_the_route_does_not_declare_is_compared_too(
    app: FastAPI, client: TestClient, executed: list[Any]
) -> None:
    @app.post("/", idempotency=True)
    async def run(request: Request) -> int:
        executed.append(await request.body())
        return len(executed)

    def post(content: bytes) -> int:
        return client.post("/", content=content, headers={KEY: "k"}).status_code

    assert [post(b"a" * 100_000), post(b"a" * 100_000), post(b"b")] == [200, 200, 422]
    assert executed == [b"a" * 100_000]


def test_a_body_that_is_too_large_is_not_kept_for_the_endpoint(
    app: FastAPI, client: TestClient, executed: list[Any]
) -> None:
    @app.post("/", max_body_size=1000, idempotency=True)
    async def run() -> None:
        executed.append(None)

    def parts(number: int) -> Iterator[bytes]:
        for _ in range(number):
            yield b"x" * 600

    assert client.post("/", content=parts(1), headers={KEY: "k"}).status_code == 200
    assert client.post("/", content=parts(5), headers={KEY: "l"}).status_code == 413
    assert len(executed) == 1


def test_the_boundary_of_a_form_is_no_part_of_the_request(
    app: FastAPI, client: TestClient, executed: list[Any]
) -> None:
    @app.post("/", idempotency=True)
    async def run(file: Annotated[bytes, File()]) -> int:
        executed.append(file)
        return len(executed)

    def post(content: bytes) -> int:
        return client.post("/", files={"file": content}, headers={KEY: "k"}).status_code

    # The client chooses another boundary each time.
    assert [post(b"a" * 70_000), post(b"a" * 70_000), post(b"b")] == [200, 200, 422]
    assert len(executed) == 1


def test_an_answer_in_parts_is_repeated_and_a_large_one_is_not(
    app: FastAPI, client: TestClient, executed: list[Any]
) -> None:
    @app.post("/{size}", idempotency=Idempotency(max_bytes=100))
    async def run(size: int) -> Any:
        executed.append(size)

        async def parts() -> AsyncIterator[bytes]:
            yield b"x" * size
            yield b"."

        return StreamingResponse(parts(), media_type="text/plain")

    first, second = (client.post("/10", headers={KEY: "k"}) for _ in "12")
    assert first.text == second.text == "x" * 10 + "."
    assert first.headers["content-type"] == second.headers["content-type"]
    answers = [client.post("/100", headers={KEY: "l"}) for _ in "12"]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert len(executed) == 2


async def _play(app: FastAPI, number: int, **options: Any) -> list[httpx.Response]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        requests = (client.post("/", headers={KEY: "k"}, **options) for _ in range(number))
        return list(await asyncio.gather(*requests))


def test_concurrent_requests_wait_for_the_answer_or_are_refused(
    app: FastAPI, executed: list[Any]
) -> None:
    async def run() -> int:
        executed.append(None)
        await asyncio.sleep(0.02)
        return len(executed)

    app.add_api_route("/", run, methods=["POST"], idempotency=True)
    assert [answer.json() for answer in asyncio.run(_play(app, 50))] == [1] * 50

    other = FastAPI()
    other.add_api_route("/", run, methods=["POST"], idempotency=Idempotency(wait=False))
    statuses = [answer.status_code for answer in asyncio.run(_play(other, 50))]
    assert sorted(statuses) == [200, *[409] * 49]


def test_requests_that_waited_for_a_failure_run_one_after_the_other(
    app: FastAPI, executed: list[Any]
) -> None:
    running: list[int] = [0]

    @app.post("/", idempotency=True)
    async def run() -> int:
        executed.append(None)
        running[0] += 1
        await asyncio.sleep(0)
        assert running[0] == 1
        running[0] -= 1
        if len(executed) < 3:
            raise HTTPException(503)
        return len(executed)

    answers = asyncio.run(_play(app, 10))
    assert sorted(answer.status_code for answer in answers) == [*[200] * 8, 503, 503]
    assert len(executed) == 3


def test_an_execution_that_is_cut_short_is_repeated(app: FastAPI, executed: list[Any]) -> None:
    @app.post("/", limits=RequestLimits(timeout=0.02), idempotency=True)
    async def run() -> int:
        executed.append(None)
        await asyncio.sleep(3600 if len(executed) == 1 else 0)
        return len(executed)

    client = TestClient(app)
    statuses = [client.post("/", headers={KEY: "k"}).status_code for _ in "123"]
    assert statuses == [504, 200, 200]
    assert len(executed) == 2


def test_a_route_that_cannot_be_repeated_is_refused_at_its_declaration(app: FastAPI) -> None:
    async def items() -> AsyncIterator[str]:
        yield ""

    async def run() -> None: ...

    with pytest.raises(KeptAnswersError, match="A stream cannot be repeated"):
        app.post("/", idempotency=True)(items)
    with pytest.raises(KeptAnswersError, match="other methods can be repeated anyway"):
        app.put("/", idempotency=True)(run)
    with pytest.raises(TypeError, match="idempotency must be True, False or an Idempotency"):
        app.post("/", idempotency=60)(run)  # type: ignore[arg-type]
    app.post("/", idempotency=False)(run)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seconds": 0}, "seconds must be more than 0"),
        ({"lease": 0}, "lease must be at least 1"),
        ({"max_bytes": -1}, "max_bytes must be 0 or more"),
    ],
)
def test_wrong_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Idempotency(**options)


def test_the_document_names_the_header_and_the_refusals(app: FastAPI) -> None:
    async def run() -> int:
        return 1

    store = Answers()
    app.add_api_route("/a", run, methods=["POST"], idempotency=Idempotency(store=store))
    app.add_api_route(
        "/b", run, methods=["POST"], idempotency=Idempotency(store=store, required=False)
    )
    app.add_api_route("/c", run, methods=["POST"])
    paths = app.openapi()["paths"]
    described = paths["/a"]["post"]
    assert described["parameters"][0]["name"] == KEY
    assert described["parameters"][0]["required"] is True
    assert described["responses"].keys() == {"200", "400", "409", "422", "503"}
    assert paths["/b"]["post"]["parameters"][0]["required"] is False
    assert paths["/c"]["post"]["responses"].keys() == {"200"}
    assert "parameters" not in paths["/c"]["post"]
