"""Limits of rates: token buckets in memory, keys of clients, and the 429."""

from __future__ import annotations

import pickle
from typing import Annotated, Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import WebSocketDenialResponse

from rapide import APIRouter, Depends, FastAPI, Request, WebSocket
from rapide.compiler import forcing_generic
from rapide.limits import MemoryRates, Rate, RequestLimits
from rapide.runtime.rates import client_network
from rapide.testclient import TestClient

ran: list[str] = []


def note() -> None:
    ran.append("dependency")


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def take(store: MemoryRates, *buckets: tuple[str, Rate]) -> bool:
    levels = anyio.run(store.take, buckets)
    return all(level >= rate.unit for level, (_, rate) in zip(levels or (), buckets, strict=True))


def header_key(request: Request) -> str | None:
    return request.headers.get("x-key")


def limited_app(rate: Rate, **options: Any) -> FastAPI:
    app = FastAPI(**options)

    @app.get("/limited", limits=RequestLimits(rate=rate))
    async def limited() -> str:
        return "done"

    return app


def statuses(client: TestClient, path: str, times: int, **headers: str) -> list[int]:
    return [client.get(path, headers=headers).status_code for _ in range(times)]


def test_a_bucket_admits_its_burst_and_then_what_comes_back() -> None:
    clock = Clock()
    store, rate = MemoryRates(clock=clock), Rate(3, per=1, burst=5)
    assert [take(store, ("a", rate)) for _ in range(6)] == [True] * 5 + [False]
    clock.now = 333_333
    assert not take(store, ("a", rate))
    clock.now = 333_334
    assert [take(store, ("a", rate)) for _ in range(2)] == [True, False]
    clock.now = 60_000_000
    assert [take(store, ("a", rate)) for _ in range(6)] == [True] * 5 + [False]


@given(
    requests=st.integers(1, 50),
    per=st.sampled_from([0.001, 0.25, 1, 7, 60]),
    burst=st.integers(1, 20),
    steps=st.lists(st.integers(0, 3_000_000), min_size=1, max_size=60),
)
def test_a_bucket_behaves_like_its_model(
    requests: int, per: float, burst: int, steps: list[int]
) -> None:
    clock = Clock()
    store, rate = MemoryRates(clock=clock), Rate(requests, per=per, burst=burst)
    admitted: list[int] = []
    tokens = burst * rate.unit
    for step in steps:
        clock.now += step
        tokens = min(burst * rate.unit, tokens + step * requests)
        expected = tokens >= rate.unit
        tokens -= rate.unit if expected else 0
        assert take(store, ("key", rate)) == expected
        if expected:
            admitted.append(clock.now)
    # In each window of time, there are never more than the burst and what came back.
    for index, begin in enumerate(admitted):
        for count, end in enumerate(admitted[index:], 1):
            assert (count - burst) * rate.unit <= (end - begin) * requests


def test_a_token_is_taken_from_all_buckets_or_from_none() -> None:
    store = MemoryRates(clock=Clock())
    few, many = ("few", Rate(1)), ("many", Rate(5))
    assert take(store, few, many)
    assert not take(store, few, many)
    assert [take(store, many) for _ in range(5)] == [True] * 4 + [False]


def test_the_number_of_buckets_is_bounded() -> None:
    store = MemoryRates(keys=10, clock=Clock())
    for number in range(1000):
        assert take(store, (str(number), Rate(1)))
    assert [*store.levels] == [str(number) for number in range(990, 1000)]
    copy = pickle.loads(pickle.dumps(store))
    assert copy.keys == 10


@pytest.mark.parametrize("is_generic", [False, True])
def test_a_refused_request_gets_429_before_its_dependencies_run(is_generic: bool) -> None:
    ran.clear()
    app = FastAPI()
    rate = Rate(2, per=3600, name="posts")

    @app.post("/posts", limits=RequestLimits(rate=rate))
    async def post(body: dict[str, int], noted: Annotated[None, Depends(note)]) -> int:
        return body["n"]

    def ask() -> None:
        client = TestClient(app)
        assert [client.post("/posts", json={"n": n}).status_code for n in range(2)] == [200] * 2
        answer = client.post("/posts", content=b"no JSON")
        assert (answer.status_code, answer.json()) == (429, {"detail": "Too Many Requests"})
        assert answer.headers["retry-after"] == "1800"
        assert answer.headers["ratelimit-policy"] == '"posts";q=2;w=3600'
        assert answer.headers["ratelimit"] == '"posts";r=0;t=3600'

    if is_generic:
        with forcing_generic():
            ask()
    else:
        ask()
    assert ran == ["dependency"] * 2


def test_each_key_has_its_own_bucket_and_none_is_not_limited() -> None:
    client = TestClient(limited_app(Rate(1, per=3600, key=header_key)))
    assert statuses(client, "/limited", 2, **{"x-key": "a"}) == [200, 429]
    assert statuses(client, "/limited", 2, **{"x-key": "b" * 5000}) == [200, 429]
    assert statuses(client, "/limited", 3) == [200] * 3


def test_a_key_may_be_found_by_a_coroutine() -> None:
    async def key(request: Request) -> str | None:
        await anyio.sleep(0)
        return request.query_params.get("user")

    client = TestClient(limited_app(Rate(1, per=3600, key=key)))
    assert statuses(client, "/limited?user=ä", 2) == [200, 429]
    assert statuses(client, "/limited?user=b", 1) == [200]


def test_a_key_that_is_no_text_is_reported() -> None:
    client = TestClient(limited_app(Rate(1, key=lambda request: 5)))  # type: ignore[arg-type,return-value]
    with pytest.raises(TypeError, match="must be a string or None, not 5"):
        client.get("/limited")


def test_rates_of_route_and_application_apply_together() -> None:
    app = FastAPI(limits=RequestLimits(rate=Rate(3, per=3600)))
    router = APIRouter()

    @router.get("/one", limits=RequestLimits(rate=[Rate(1, per=3600), Rate(9, per=60)]))
    async def one() -> int:
        return 1

    @router.get("/two")
    def two() -> int:
        return 2

    app.include_router(router, prefix="/a")
    app.include_router(router, prefix="/b")
    client = TestClient(app)
    assert statuses(client, "/a/one", 2) == [200, 429]
    assert statuses(client, "/b/one", 2) == [200, 429]  # another bucket of the same route
    assert statuses(client, "/a/two", 2) == [200, 429]  # the third of the application
    policy = client.get("/a/one").headers["ratelimit-policy"]
    assert policy == '"1 in 3600s";q=1;w=3600, "9 in 60s";q=9;w=60, "3 in 3600s";q=3;w=3600'


def test_rates_with_one_name_share_their_buckets() -> None:
    app = FastAPI()
    limits = RequestLimits(rate=Rate(2, per=3600, name='the "shared" one'))
    app.get("/one", limits=limits)(lambda: 1)
    app.get("/two", limits=limits)(lambda: 2)
    client = TestClient(app)
    assert statuses(client, "/one", 1) + statuses(client, "/two", 2) == [200, 200, 429]
    assert client.get("/one").headers["ratelimit"].startswith(r'"the \"shared\" one";r=0;t=')
    assert statuses(TestClient(FastAPI(routes=app.routes)), "/one", 1)


def test_a_websocket_is_denied_by_a_rate_of_the_application() -> None:
    app = FastAPI(limits=RequestLimits(rate=Rate(1, per=3600)))

    @app.websocket("/talk")
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()

    client = TestClient(app)
    with client.websocket_connect("/talk") as socket:
        assert socket.receive_text() == "hello"
    with pytest.raises(WebSocketDenialResponse) as denied, client.websocket_connect("/talk"):
        pass
    assert denied.value.status_code == 429
    assert denied.value.headers["retry-after"] == "3600"


def test_the_answer_is_a_problem_document_if_the_application_answers_so() -> None:
    client = TestClient(limited_app(Rate(1, per=3600), problem_details=True))
    client.get("/limited")
    answer = client.get("/limited")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 429
    assert answer.headers["retry-after"] == "3600"


def test_the_document_has_the_429() -> None:
    for options in ({}, {"document_errors": True}):
        responses = limited_app(Rate(1), **options).openapi()["paths"]["/limited"]["get"][
            "responses"
        ]
        assert responses["429"]["headers"].keys() >= {"Retry-After", "RateLimit-Policy"}


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        (None, ""),
        (("192.0.2.1", 80), "192.0.2.1"),
        (("2001:db8:1:2:3:4:5:6", 80), "2001:db8:1:2::/64"),
        (("::ffff:192.0.2.1", 80), "192.0.2.1"),
        (("fe80::1%eth0", 80), "fe80::/64"),
        (("not:an:address", 80), "not:an:address"),
        (("testclient", 5), "testclient"),
    ],
)
def test_a_client_is_its_address_or_its_network(client: object, expected: str) -> None:
    assert client_network({"client": client}) == expected


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Rate(0), "Rate: requests must be at least 1"),
        (lambda: Rate(1, per=0), "Rate: per must be at least 0.001 seconds"),
        (lambda: Rate(1, per=float("inf")), "Rate: per must be"),
        (lambda: Rate(1, per=float("nan")), "Rate: per must be"),
        (lambda: Rate(1, burst=0), "Rate: burst must be at least 1"),
        (lambda: Rate(10**6, per=10**9), "Rate: burst × per must be"),
        (lambda: Rate(1, name="Größe"), "Rate: name must be printable ASCII text"),
        (lambda: MemoryRates(0), "MemoryRates: keys must be at least 1"),
        (lambda: RequestLimits(rate=[Rate(1), Rate(1)]), "RequestLimits: rate must be given once"),
    ],
)
def test_wrong_options_are_reported(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_a_rate_that_is_something_else_is_reported() -> None:
    with pytest.raises(TypeError, match="rate must be a Rate or a list of them"):
        RequestLimits(rate=5)  # type: ignore[arg-type]


def test_limits_are_shown_in_short() -> None:
    limits = RequestLimits(rate=Rate(100, per=60, burst=20, key=header_key, name="api"))
    assert str(limits) == "rate=Rate(100, per=60, burst=20, key=header_key, name='api')"
    assert pickle.loads(pickle.dumps(limits)) == limits


def test_a_repeated_request_that_is_answered_from_memory_counts_too() -> None:
    app = FastAPI()
    ran: list[int] = []

    @app.post("/pay", idempotency=True, limits=RequestLimits(rate=Rate(2, per=3600)))
    async def pay() -> int:
        ran.append(1)
        return len(ran)

    client = TestClient(app)
    answers = [client.post("/pay", headers={"Idempotency-Key": '"a"'}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert len(ran) == 1
