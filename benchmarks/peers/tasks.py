"""The works that every peer gets, and what a right answer is.

The requests are those of the table of serving, and FastAPI's answer is the measure. A work also has
requests that must be refused, so that nobody is fast by not looking.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.flows import FLOWS, Flow
from benchmarks.inprocess import Answer
from benchmarks.serving import WORKS_SERVED
from benchmarks.works import INVALID_ORDER, ORDER, Request, Work, select, versus

REFUSED = range(400, 500)


def same_json(expected: Answer, answer: Answer) -> bool:
    """The same status, and JSON that says the same, whatever the spacing and the order of keys."""
    is_json = answer.content_type.startswith("application/json")
    return is_json and expected.status == answer.status and parsed(answer) == parsed(expected)


def same_text(expected: Answer, answer: Answer) -> bool:
    """The same status and text."""
    is_text = answer.content_type.startswith("text/plain")
    return is_text and expected.status == answer.status and answer.body == expected.body


def same_status(expected: Answer, answer: Answer) -> bool:
    """The same status; what a "not found" says is each framework's own."""
    return expected.status == answer.status


def all_errors(expected: Answer, answer: Answer) -> bool:
    """A status that blames the client, and JSON with a list of as many errors."""
    wanted = len(longest_list(parsed(expected)))
    return answer.status in (400, 422) and len(longest_list(parsed(answer))) >= wanted


def longest_list(value: Any) -> list[Any]:
    """The longest list of objects or texts in the value's first two levels."""
    if isinstance(value, dict):
        return max((longest_list(inner) for inner in value.values()), key=len, default=[])
    return value if isinstance(value, list) else []


def parsed(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Task:
    """A work, how its answers are compared, and what has to be refused."""

    work: Work
    same: Callable[[Answer, Answer], bool] = same_json
    refused: tuple[Request, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers that the answer must have."""
    apart: Request | None = None
    """A request that blocks half a second, and must not make another wait."""
    latency: bool = False
    """Whether latency at a fixed rate is measured too."""
    flow: Flow | None = None
    """What is measured instead of the request, for works that wrk cannot ask for."""

    @property
    def name(self) -> str:
        return self.work.name

    @property
    def title(self) -> str:
        return self.work.title

    @property
    def request(self) -> Request:
        return self.work.request


def task(name: str, *refused: Request, **options: Any) -> Task:
    (work,) = select([name], WORKS_SERVED)
    return Task(work, refused=refused, **options)


def order(**changes: Any) -> Request:
    """An order with one thing wrong."""
    return Request.json("/orders", {**ORDER, **changes})


def flow_task(name: str) -> Task:
    """Return a task whose answers the load generator checks."""
    (flow,) = select([name], FLOWS)
    return Task(versus(name, flow.title, flow.app, Request(flow.path)), flow=flow)


ITEM = "/users/42/items/7"
LINE = {"sku": "PAPER-A4", "quantity": 0, "price": 4.5}
ADDRESS = {"street": "12 St James's Square", "city": "London", "country": "GBR"}

TASKS: tuple[Task, ...] = (
    task("plain", same=same_text),
    task("hello", latency=True),
    task("browser"),
    task(
        "parameters",
        Request(f"{ITEM}?limit=101"),
        Request(f"{ITEM}?limit=0"),
        Request(f"{ITEM}?limit=many"),
        Request(f"{ITEM}?detailed=perhaps"),
        Request("/users/42/items/0"),
        Request("/users/ada/items/7"),
        latency=True,
    ),
    task(
        "models",
        order(customer=7),
        order(lines=[LINE]),
        order(address=ADDRESS),
        Request("/orders", "POST", {"content-type": "application/json"}, b'{"customer": '),
        Request.json("/orders", INVALID_ORDER),
        latency=True,
    ),
    task("invalid", same=all_errors),
    task("dependencies", Request("/me"), Request("/me", headers={"x-user": "ada"})),
    task("bearer", Request("/me"), Request("/me", headers={"authorization": "Bearer other-token"})),
    task("threads", Request("/items/seven"), apart=Request("/items/0")),
    task("model_list"),
    task("upload"),
    task("not_found", same=same_status),
    task(
        "middleware",
        headers={
            "access-control-allow-origin": "https://example.com",
            "x-served-by": "benchmark",
        },
    ),
    task("many_routes", Request("/region-99/shipments/seven")),
    flow_task("websocket"),
)
