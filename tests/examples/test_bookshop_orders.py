"""Orders and stock, on both databases."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from .server import READER, Shop


def order(*lines: tuple[str, int]) -> dict[str, Any]:
    return {"lines": [{"book": book, "quantity": quantity} for book, quantity in lines]}


def put_on_shelf(staff: httpx.Client, book: str, copies: int) -> None:
    assert staff.put(f"/stock/{book}", json={"copies": copies}).status_code == 200


def copies_of(staff: httpx.Client, book: str) -> int:
    level: int = staff.get(f"/stock/{book}").json()["stock"]
    return level


def test_an_order_takes_its_copies_and_adds_up_to_the_cent(
    reader: httpx.Client, staff: httpx.Client
) -> None:
    put_on_shelf(staff, "ulysses", 5)
    put_on_shelf(staff, "dubliners", 2)
    staff.patch("/books/ulysses", json={"price": "12.10"})
    staff.patch("/books/dubliners", json={"price": "0.07"})

    answer = reader.post("/orders", json=order(("ulysses", 3), ("dubliners", 2)))

    assert answer.status_code == 201, answer.text
    placed = answer.json()
    assert placed["lines"] == [
        {
            "book": {"slug": "ulysses", "title": "Ulysses"},
            "quantity": 3,
            "unit_price": "12.10",
            "total": "36.30",
        },
        {
            "book": {"slug": "dubliners", "title": "Dubliners"},
            "quantity": 2,
            "unit_price": "0.07",
            "total": "0.14",
        },
    ]
    assert (placed["total"], placed["status"]) == ("36.44", "placed")
    assert placed["cancelled_at"] is None
    assert datetime.fromisoformat(placed["placed_at"]).utcoffset() == timedelta(0)
    assert answer.headers["location"].endswith(f"/orders/{placed['id']}")
    assert reader.get(answer.headers["location"]).json() == placed
    assert (copies_of(staff, "ulysses"), copies_of(staff, "dubliners")) == (2, 0)


def test_an_order_keeps_the_price_of_its_day(reader: httpx.Client, staff: httpx.Client) -> None:
    put_on_shelf(staff, "emma", 1)
    staff.patch("/books/emma", json={"price": "8.00"})
    placed = reader.post("/orders", json=order(("emma", 1))).json()
    staff.patch("/books/emma", json={"price": "9.00"})
    assert reader.get(f"/orders/{placed['id']}").json() == placed
    assert Decimal(placed["total"]) == 8


def test_more_copies_than_are_left_is_a_conflict_that_tells_how_many(
    reader: httpx.Client, staff: httpx.Client
) -> None:
    put_on_shelf(staff, "kim", 1)
    answer = reader.post("/orders", json=order(("kim", 2)))
    assert answer.status_code == 409
    assert answer.json() == {
        "detail": "Only 1 of 'kim' left.",
        "code": "out_of_stock",
        "info": {"book": "kim", "requested": 2, "available": 1},
    }


@pytest.mark.parametrize(("missing", "status"), [(("she", 3), 409), (("zz-no-such-book", 1), 404)])
def test_an_order_that_fails_in_one_line_changes_nothing(
    reader: httpx.Client, staff: httpx.Client, missing: tuple[str, int], status: int
) -> None:
    put_on_shelf(staff, "nostromo", 4)
    put_on_shelf(staff, "she", 1)
    orders = staff.get("/orders").json()["total"]

    # Books are taken in order of their slugs: that of "nostromo" has been when the other fails.
    answer = reader.post("/orders", json=order(missing, ("nostromo", 2)))

    assert answer.status_code == status
    assert (copies_of(staff, "nostromo"), copies_of(staff, "she")) == (4, 1)
    assert staff.get("/orders").json()["total"] == orders


@pytest.mark.parametrize(
    ("body", "loc", "kind"),
    [
        (order(), ["body", "lines"], "too_short"),
        (order(("emma", 0)), ["body", "lines", 0, "quantity"], "greater_than_equal"),
        (order(("emma", 1), ("kim", 21)), ["body", "lines", 1, "quantity"], "less_than_equal"),
        (order(("emma", 1), ("emma", 1)), ["body"], "value_error"),
        (order(("Emma", 1)), ["body", "lines", 0, "book"], "string_pattern_mismatch"),
        (order(("emma", 1)) | {"customer": READER}, ["body", "customer"], "extra_forbidden"),
        (order(("emma", 1)) | {"total": "0.01"}, ["body", "total"], "extra_forbidden"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_at_the_place_of_the_mistake(
    reader: httpx.Client, body: dict[str, Any], loc: list[object], kind: str
) -> None:
    answer = reader.post("/orders", json=body)
    assert answer.status_code == 422
    [error] = answer.json()["detail"]
    assert (error["loc"], error["type"]) == (loc, kind)


def test_broken_json_is_told_with_its_position(reader: httpx.Client) -> None:
    answer = reader.post(
        "/orders", content=b'{"lines": ', headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    [error] = answer.json()["detail"]
    assert (error["type"], error["loc"]) == ("json_invalid", ["body", 10])


def test_a_body_that_is_not_declared_as_json_is_refused(reader: httpx.Client) -> None:
    answer = reader.post("/orders", content=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body"]


def test_of_twenty_orders_at_once_for_the_last_five_copies_five_succeed(
    shop: Shop, staff: httpx.Client
) -> None:
    put_on_shelf(staff, "moby-dick", 5)

    def buy(_number: int) -> httpx.Response:
        with shop.reader() as customer:
            return customer.post("/orders", json=order(("moby-dick", 1)))

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(buy, range(20)))

    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 15
    assert {answer.json()["code"] for answer in answers if answer.is_error} == {"out_of_stock"}
    assert copies_of(staff, "moby-dick") == 0


def test_orders_at_once_for_the_same_books_in_opposite_order_all_succeed(
    shop: Shop, staff: httpx.Client
) -> None:
    put_on_shelf(staff, "hamlet", 12)
    put_on_shelf(staff, "macbeth", 12)

    def buy(number: int) -> int:
        lines = [("hamlet", 1), ("macbeth", 1)]
        with shop.reader() as customer:
            answer = customer.post("/orders", json=order(*(lines if number % 2 else lines[::-1])))
            return answer.status_code

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(buy, range(12))) == [201] * 12
    assert (copies_of(staff, "hamlet"), copies_of(staff, "macbeth")) == (0, 0)


def test_a_cancelled_order_puts_its_copies_back(reader: httpx.Client, staff: httpx.Client) -> None:
    put_on_shelf(staff, "candide", 3)
    put_on_shelf(staff, "germinal", 3)
    placed = reader.post("/orders", json=order(("candide", 2), ("germinal", 3))).json()

    cancelled = reader.post(f"/orders/{placed['id']}/cancel")

    assert cancelled.status_code == 200, cancelled.text
    assert cancelled.json()["status"] == "cancelled"
    assert cancelled.json()["cancelled_at"] >= placed["placed_at"]
    assert cancelled.json() == placed | {
        "status": "cancelled",
        "cancelled_at": cancelled.json()["cancelled_at"],
    }
    assert reader.get(f"/orders/{placed['id']}").json() == cancelled.json()
    assert (copies_of(staff, "candide"), copies_of(staff, "germinal")) == (3, 3)


def test_of_many_requests_to_cancel_an_order_one_succeeds(
    shop: Shop, reader: httpx.Client, staff: httpx.Client
) -> None:
    put_on_shelf(staff, "walden", 2)
    placed = reader.post("/orders", json=order(("walden", 2))).json()

    def cancel(_number: int) -> httpx.Response:
        with shop.reader() as customer:
            return customer.post(f"/orders/{placed['id']}/cancel")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(cancel, range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert copies_of(staff, "walden") == 2
    assert reader.post(f"/orders/{placed['id']}/cancel").json() == {
        "detail": "This order has been cancelled before.",
        "code": "already_cancelled",
        "info": {"order": placed["id"]},
    }


@pytest.mark.parametrize("action", ["", "/cancel"])
def test_an_order_that_does_not_exist_is_a_404(reader: httpx.Client, action: str) -> None:
    unknown = uuid.uuid4()
    answer = reader.request("POST" if action else "GET", f"/orders/{unknown}{action}")
    assert answer.status_code == 404
    assert answer.json()["info"] == {"order": str(unknown)}


def test_an_order_id_that_is_no_uuid_is_a_422(reader: httpx.Client) -> None:
    answer = reader.get("/orders/17")
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["path", "order_id"]


def test_the_staff_lists_orders_by_status_the_newest_first(
    reader: httpx.Client, staff: httpx.Client
) -> None:
    put_on_shelf(staff, "kokoro", 3)
    ids = [reader.post("/orders", json=order(("kokoro", 1))).json()["id"] for _ in range(3)]
    reader.post(f"/orders/{ids[1]}/cancel")

    placed = staff.get("/orders", params={"status": "placed", "size": 100}).json()["items"]
    cancelled = staff.get("/orders", params={"status": "cancelled", "size": 100}).json()["items"]

    assert [item["id"] for item in placed if item["id"] in ids] == [ids[2], ids[0]]
    assert [item["id"] for item in cancelled if item["id"] in ids] == [ids[1]]
    moments = [item["placed_at"] for item in placed]
    assert moments == sorted(moments, reverse=True)


def test_a_book_that_somebody_has_ordered_stays_in_the_catalogue(
    reader: httpx.Client, staff: httpx.Client
) -> None:
    put_on_shelf(staff, "dracula", 1)
    reader.post("/orders", json=order(("dracula", 1)))
    answer = staff.delete("/books/dracula")
    assert answer.status_code == 409
    assert answer.json()["code"] == "in_use"
    assert reader.get("/books/dracula").json()["subjects"] == ["gothic", "horror", "novel"]


def test_deliveries_at_once_all_count(shop: Shop, staff: httpx.Client) -> None:
    put_on_shelf(staff, "pan", 0)

    def deliver(_number: int) -> int:
        with shop.staff() as member:
            return member.post("/stock/pan/deliveries", json={"copies": 2}).status_code

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(deliver, range(10))) == [200] * 10
    assert copies_of(staff, "pan") == 20


def test_stock_is_listed_from_the_lowest_up(staff: httpx.Client) -> None:
    levels = staff.get("/stock", params={"at_most": 1, "size": 100}).json()["items"]
    stocks = [level["stock"] for level in levels]
    assert stocks == sorted(stocks)
    assert set(stocks) == {0, 1}


@pytest.mark.parametrize("copies", [-1, 10_001, "many", None])
def test_a_count_that_cannot_be_is_a_422(staff: httpx.Client, copies: object) -> None:
    answer = staff.put("/stock/emma", json={"copies": copies})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "copies"]
