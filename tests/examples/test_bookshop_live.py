"""What the shop tells by itself: event stream, WebSocket, letters; and the long table."""

import csv
import io
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from .live import events, eventually, follow, message, next_changes, watch
from .server import BOOKSHOP, READER, STAFF, STAFFED, Shop, serve, uvicorn


def put_on_shelf(staff: httpx.Client, book: str, copies: int) -> None:
    assert staff.put(f"/stock/{book}", json={"copies": copies}).status_code == 200


def place(reader: httpx.Client, *books: str) -> str:
    answer = reader.post("/orders", json={"lines": [{"book": book} for book in books]})
    assert answer.status_code == 201, answer.text
    order_id: str = answer.json()["id"]
    return order_id


def test_every_change_of_stock_is_an_event(
    client: httpx.Client, staff: httpx.Client, reader: httpx.Client
) -> None:
    with events(client) as stream:
        first = next(stream)
        assert set(first) == {"id", "retry"}
        put_on_shelf(staff, "nana", 4)
        order_id = place(reader, "nana")
        reader.post(f"/orders/{order_id}/cancel")
        staff.post("/stock/nana/deliveries", json={"copies": 6})
        changes = next_changes(stream, 4)
    start = int(first["id"])
    assert changes == [
        (start + 1, "nana", 4),
        (start + 2, "nana", 3),
        (start + 3, "nana", 4),
        (start + 4, "nana", 10),
    ]


def test_a_client_that_comes_back_gets_what_it_missed(
    client: httpx.Client, staff: httpx.Client
) -> None:
    with events(client) as stream:
        next(stream)
        put_on_shelf(staff, "nostromo", 1)
        [(last, _, _)] = next_changes(stream, 1)
    for copies in (2, 3):
        put_on_shelf(staff, "nostromo", copies)
    for after, expected in ((last, [2, 3]), (last + 1, [3])):
        with events(client, after) as stream:
            changes = next_changes(stream, len(expected))
        assert [stock for _, _, stock in changes] == expected


def test_every_change_of_stock_is_sent_over_a_websocket(
    shop: Shop, staff: httpx.Client, reader: httpx.Client
) -> None:
    with watch(shop) as socket, watch(shop) as left:
        left.close()
        socket.send("text that nobody waits for")
        put_on_shelf(staff, "moby-dick", 2)
        place(reader, "moby-dick")
        changes = [message(socket) for _ in range(2)]
    with watch(shop, f"?after={changes[0]['id']}") as socket:
        assert message(socket) == changes[1]
    with pytest.raises(InvalidStatus), watch(shop, "?after=first"):
        pass
    assert [(change["book"], change["stock"]) for change in changes] == [
        ("moby-dick", 2),
        ("moby-dick", 1),
    ]
    assert "Traceback" not in shop.log.read_text()


def test_an_order_that_fails_is_no_event(
    client: httpx.Client, staff: httpx.Client, reader: httpx.Client
) -> None:
    put_on_shelf(staff, "she", 0)
    with events(client) as stream:
        next(stream)
        lines = [{"book": "kim"}, {"book": "she"}]
        assert reader.post("/orders", json={"lines": lines}).status_code == 409
        put_on_shelf(staff, "she", 1)
        assert [book for _, book, _ in next_changes(stream, 1)] == ["she"]


@pytest.mark.parametrize("last", ["first", "-1", "99999999999999999999"])
def test_an_event_number_that_cannot_be_is_a_422(client: httpx.Client, last: str) -> None:
    answer = client.get("/stock-changes", headers={"Last-Event-ID": last})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["header", "last-event-id"]


def test_changes_at_once_are_all_told_in_the_order_of_their_numbers(
    shop: Shop, client: httpx.Client, staff: httpx.Client
) -> None:
    put_on_shelf(staff, "germinal", 0)

    def deliver(_number: int) -> None:
        with shop.staff() as member:
            member.post("/stock/germinal/deliveries", json={"copies": 1})

    with events(client) as stream:
        start = int(next(stream)["id"])
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(deliver, range(16)))
        changes = next_changes(stream, 16)
    assert [stock for _, _, stock in changes] == list(range(1, 17))
    numbers = [number for number, _, _ in changes]
    assert numbers == sorted(numbers)
    assert numbers[0] > start


def test_a_change_in_one_process_is_told_by_another(tmp_path: Path) -> None:
    command = uvicorn(BOOKSHOP)
    with (
        serve(command, tmp_path, **STAFFED) as one,
        serve(command, tmp_path, **STAFFED) as two,
        one.client() as client,
        two.staff() as staff,
        events(client) as stream,
    ):
        next(stream)
        put_on_shelf(staff, "emma", 9)
        assert next_changes(stream, 1)[0][1:] == ("emma", 9)


@pytest.mark.parametrize("action", ["ship", "cancel"])
def test_a_websocket_tells_the_status_until_nothing_more_can_happen(
    shop: Shop, staff: httpx.Client, reader: httpx.Client, action: str
) -> None:
    put_on_shelf(staff, "villette", 1)
    order_id = place(reader, "villette")
    for email in (READER, STAFF):
        with follow(shop, order_id, email) as socket:
            if email == READER:
                assert message(socket) == {"id": order_id, "status": "placed"}
                assert staff.post(f"/orders/{order_id}/{action}").status_code == 200
            done = {"ship": "shipped", "cancel": "cancelled"}[action]
            assert message(socket) == {"id": order_id, "status": done}
            with pytest.raises(ConnectionClosed):
                socket.recv(timeout=30)
            assert socket.close_code == 1000


def test_a_websocket_may_be_left_at_any_time(
    shop: Shop, staff: httpx.Client, reader: httpx.Client
) -> None:
    put_on_shelf(staff, "persuasion", 1)
    order_id = place(reader, "persuasion")
    with follow(shop, order_id, READER) as socket:
        message(socket)
        socket.send("text that nobody waits for")
        socket.send(b"bytes, likewise")
        reader.post(f"/orders/{order_id}/cancel")
        assert message(socket)["status"] == "cancelled"
    order_id = place(reader, "persuasion")
    with follow(shop, order_id, READER) as socket:
        message(socket)
    assert reader.post(f"/orders/{order_id}/cancel").status_code == 200
    assert "Traceback" not in shop.log.read_text()


def test_a_websocket_is_refused_to_strangers_other_customers_and_for_no_order(
    shop: Shop, staff: httpx.Client, reader: httpx.Client
) -> None:
    put_on_shelf(staff, "emma", 1)
    order_id = place(reader, "emma")
    shop.reader("other@example.org").close()
    for tried, email, status, code in (
        (order_id, None, 401, b"not_authenticated"),
        (order_id, "other@example.org", 404, b"not_found"),
        (str(uuid.uuid4()), READER, 404, b"not_found"),
    ):
        with pytest.raises(InvalidStatus) as refused, follow(shop, tried, email):
            pass
        assert refused.value.response.status_code == status
        assert code in refused.value.response.body


def test_a_customer_sees_only_the_own_orders(
    shop: Shop, staff: httpx.Client, reader: httpx.Client
) -> None:
    put_on_shelf(staff, "ulysses", 1)
    order_id = place(reader, "ulysses")
    with shop.reader("other@example.org") as other:
        assert other.get(f"/orders/{order_id}").status_code == 404
        assert other.post(f"/orders/{order_id}/cancel").status_code == 404
        assert other.get("/orders").json()["items"] == []
    own = reader.get("/orders").json()["items"]
    assert own[0]["id"] == order_id
    assert {order["customer"] for order in own} == {READER}
    assert staff.get(f"/orders/{order_id}").json() == own[0]


def test_a_shipped_order_cannot_be_cancelled_nor_a_cancelled_one_shipped(
    staff: httpx.Client, reader: httpx.Client
) -> None:
    put_on_shelf(staff, "dubliners", 2)
    shipped, cancelled = place(reader, "dubliners"), place(reader, "dubliners")
    assert staff.post(f"/orders/{shipped}/ship").json()["status"] == "shipped"
    assert reader.post(f"/orders/{cancelled}/cancel").json()["status"] == "cancelled"
    refusals = [
        reader.post(f"/orders/{shipped}/cancel"),
        staff.post(f"/orders/{shipped}/ship"),
        staff.post(f"/orders/{cancelled}/ship"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refusals] == [
        (409, "already_shipped"),
        (409, "already_shipped"),
        (409, "already_cancelled"),
    ]
    assert staff.get("/stock/dubliners").json()["stock"] == 1


def test_an_order_is_confirmed_by_a_letter(staff: httpx.Client, reader: httpx.Client) -> None:
    put_on_shelf(staff, "candide", 1)
    staff.patch("/books/candide", json={"price": "5.50"})
    order_id = place(reader, "candide")
    subject = f"Your order {order_id}"

    def find() -> list[dict[str, str]]:
        letters = staff.get("/outbox", params={"size": 100}).json()["items"]
        return [letter for letter in letters if letter["subject"] == subject]

    [letter] = eventually(find)
    assert letter["recipient"] == READER
    assert letter["text"] == ("Thank you for your order.\n\n1 × Candide: 5.50\n\nTotal: 5.50\n")


def test_the_whole_catalogue_comes_as_one_table(client: httpx.Client) -> None:
    answer = client.get("/books.csv", params={"sort": "year"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="books.csv"'
    assert "content-length" not in answer.headers
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert len(rows) == client.get("/books").json()["total"] > 600
    years = [int(row["year"]) for row in rows]
    assert years == sorted(years)
    ballads = next(row for row in rows if row["slug"] == "lyrical-ballads")
    assert ballads["authors"] == "Samuel Taylor Coleridge; William Wordsworth"


def test_a_table_has_the_filters_of_the_search_and_no_pages(client: httpx.Client) -> None:
    params = {"author": "shakespeare", "title": "hamlet"}
    lines = client.get("/books.csv", params=params).text.split("\r\n")
    assert len(lines) == 3
    assert lines[1].startswith("hamlet,Hamlet,William Shakespeare,1603,en,drama,")
    assert client.get("/books.csv", params={"page": 2}).status_code == 422


def test_the_page_shows_what_is_found_and_escapes_what_was_typed(client: httpx.Client) -> None:
    page = client.get("/catalogue", params={"q": "zola GERM"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'id="germinal"' in page.text
    assert 'id="nana"' not in page.text
    typed = '"><script>alert(1)</script>'
    page = client.get("/catalogue", params={"q": typed})
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "0 books" in page.text
