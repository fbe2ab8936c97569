"""A call of each operation of two applications, and what it gives."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """A call, by names of Python.

    `gives` is what it gives as JSON; None if it is not known. An error is `{"error": status, …}`.
    `keep` says which property of the answer a later call may use as `"$name"`: the name, the
    property, and the credentials that it becomes. `first` says how many items of a
    stream are enough.
    """

    name: str
    args: dict[str, Any] = field(default_factory=dict)
    gives: Any = None
    group: str = ""
    keep: tuple[str, ...] = ()
    first: int | None = None


NAMES_ON_THE_WIRE = {
    "from_": "from",
    "x_token": "x-token",
    "x_numbers": "x-numbers",
    "request_body": "requestBody",
    "self_": "self",
    "request_": "request",
    "def_": "def",
    "last_event_id": "last-event-id",
}

EVERYTHING = {
    "class": "first",
    "json": 3,
    "date": "2024-02-29",
    "datetime": "2024-02-29T10:00:00Z",
    "span": "PT1H",
    "price": "0.10",
    "color": "not red",
    "colors": ["red"],
    "level": 7,
    "pet": {"kind": "dog", "petName": "Waldi"},
    "maybe": {"kind": "cat", "lives": 8},
    "pair": [2, "b"],
    "counts": {"a": 1.5},
    "fixed": 1,
    "whatever": [None, {"a": "ä"}],
    "nested": {"a": {"b": 1}},
    "labels": ["x"],
    "tree": {"name": "a", "branches": [{"name": "b", "branches": []}]},
    "extra": True,
}
DEFAULTS = {
    "str": "text",
    "list": [1, 2],
    "time": "01:02:00",
    "uuid": "00000000-0000-0000-0000-000000000001",
    "model_name": "x",
}
PARAMS = {
    "item_id": 7,
    "kind": "not red",
    "rest": "a/b c?d%",
    "day": "2024-02-29",
    "item_id_query": "00000000-0000-0000-0000-000000000001",
    "flag": True,
    "tags": ["a&b", "ä"],
    "levels": [-1, 7],
    "from_": "x=y",
    "price": "1.50",
    "x_token": "secret",
    "x_numbers": [5],
    "session": "abc",
}
PARAMS_BACK = {
    **{key: PARAMS[key] for key in PARAMS if key not in ("item_id_query",)},
    "query_id": PARAMS["item_id_query"],
}
MISSING = {"error": 404, "body": {"reason": "missing"}}


def of(group: str, *calls: tuple[Any, ...]) -> list[Call]:
    return [Call(name, args, gives, group) for name, args, gives in calls]


SURFACE = [
    *of(
        "values",
        ("read_params", PARAMS, PARAMS_BACK),
        ("filtered", {"limit": 3, "words": ["a", "b"]}, {"limit": 3, "words": ["a", "b"]}),
        ("filtered", {}, {"limit": 10, "words": []}),
        ("styles", {"ids": [1, 2], "where": {"a": "b"}}, ["1,2", "b"]),
        ("post_everything", {"body": EVERYTHING}, EVERYTHING | DEFAULTS),
        ("put_everything", {"body": "é", "request_body": EVERYTHING}, {"item": "é first"}),
        ("put_everything", {"body": "b"}, {"item": None}),
        (
            "several",
            {"tree": {"name": "a"}, "pet": {"kind": "cat"}, "number": None},
            [{"name": "a", "branches": []}, {"kind": "cat", "lives": 9}, None],
        ),
        ("several", {"tree": {"name": "a"}}, [{"name": "a", "branches": []}, None, 5]),
        (
            "post_list",
            {"body": [{"name": "a"}, {"kind": "dog"}]},
            [{"name": "a", "branches": []}, {"kind": "dog", "petName": "Rex"}],
        ),
        ("post_text", {"body": "täxt"}, "täxt"),
        ("post_form", {"name": "a&b", "codes": [1, 2]}, {"name": "a&b", "codes": [1, 2]}),
        ("maybe_form", {"name": "a"}, "a"),
        ("post_fields", {"name": "a", "flag": True}, {"a": True}),
        (
            "upload",
            {
                "note": "n",
                "file": {"$file": "content", "name": "a.txt"},
                "more": [{"$file": "1"}, {"$file": "2"}],
            },
            ["n", "content", "a.txt", "1", "2"],
        ),
    ),
    *of(
        "answers",
        ("nothing", {}, None),
        ("none", {}, None),
        ("plain", {}, "plain ä"),
        ("head_plain", {}, None),
        ("page", {}, "<p>"),
        ("raw", {}, "\x00\xff"),
        ("moved", {}, None),
        ("either", {"how": "json"}, {"how": "json"}),
        ("either", {"how": "image"}, "\x89PNG"),
        ("either", {"how": "later"}, {"name": "later", "branches": []}),
        ("either", {"how": "missing"}, MISSING),
        ("fails", {"status": 409}, {"error": 409, "body": {"reason": "taken"}}),
        ("fails", {"status": 418}, {"error": 418, "body": {"detail": "tea"}}),
        ("fails", {"status": 500}, {"unexpected": 500, "body": {"detail": "broken"}}),
    ),
    *of(
        "streams",
        (
            "lines",
            {"count": 2},
            [{"name": f"{number}\u2028ä", "branches": []} for number in range(2)],
        ),
        (
            "events",
            {},
            [
                {"data": {"name": name, "branches": []}, "event": "message"}
                for name in ("one", "two")
            ],
        ),
        (
            "days",
            {},
            [
                {"data": "2024-02-29", "event": "message"},
                {"data": "one\nday", "event": "message"},
            ],
        ),
        (
            "raw_events",
            {},
            [
                {"data": "a\nb", "event": "greeting", "id": "7", "retry": 10},
                {"data": "c", "event": "message"},
            ],
        ),
    ),
    *of("", ("echo", {"room": 3, "word": ["a", "b"]}, ['[3,["a","b"]]', "héllo"])),
    *of(
        "secure",
        (
            "log_in",
            {"username": "me", "password": "x y"},
            {"access_token": "me:x y", "token_type": "bearer"},
        ),
        ("by_token", {}, "t1"),
        ("by_bearer", {}, "t2"),
        ("by_basic", {}, ["name", "pass:word"]),
        ("by_digest", {}, "d1"),
        ("by_openid", {}, "Bearer o1"),
        ("by_keys", {}, ["k1", "k 2", "k3"]),
    ),
    *of(
        "odd_names",
        ("list_", {}, [1]),
        ("class_", {"self_": 4, "def_": 5}, [4, 2, 5]),
        ("twice", {}, 1),
        ("twice_post", {}, 2),
        ("value_1st", {}, 1),
    ),
    *of("", ("values_get", {}, "values")),
]
CREDENTIALS: dict[str, Any] = {
    "oauth2_password_bearer": "t1",
    "http_bearer": "t2",
    "http_basic": ["name", "pass:word"],
    "http_digest": "d1",
    "openid_connect": "o1",
    "api_key_header": "k1",
    "api_key_query": "k 2",
    "api_key_cookie": "k3",
}


def bookshop(visitor: str, changes: int = 0) -> list[Call]:
    """The calls of a visitor of the bookshop, who has books, authors and orders of their own.

    `changes` says how often the stock has been changed before: each visitor does it four times.
    """
    book = {
        "title": f"A Book of {visitor}",
        "authors": ["$author"],
        "year": 1871,
        "language": "en",
        "subjects": ["novel", "science-fiction"],
        "price": "7.49",
        "stock": 3,
    }
    account = {"email": f"{visitor}@example.org", "password": "call me Ishmael"}
    staff = {"username": "staff@example.org", "password": "open sesame"}
    image = {"$file": "not an image", "name": "cover.png"}
    search = {"title": visitor, "subject": ["novel"], "price_max": "8", "sort": "-year"}
    order = {"lines": [{"book": "$book", "quantity": 2}]}
    return [
        Call("check_health", {}, {"status": "ok", "database": "sqlite"}, "service"),
        Call("sign_up", {"body": account}, {"role": "customer"}, "accounts"),
        Call("sign_up", {"body": account}, {"error": 409}, "accounts"),
        Call("read_account", {}, {"error": 401}, "accounts"),
        Call("log_in", {**staff, "password": "wrong"}, {"error": 400}, "accounts"),
        Call("log_in", staff, {}, "accounts", ("token", "access_token", "account")),
        Call("read_account", {}, {"role": "staff"}, "accounts"),
        Call("create_author", {"body": {"name": visitor}}, {}, "authors", ("author", "slug")),
        Call("read_author", {"slug": "$author"}, {"books": []}, "authors"),
        Call("list_authors", {"name": visitor}, {"total": 1}, "authors"),
        Call("create_book", {"body": book}, {"price": "7.49"}, "books", ("book", "slug")),
        # There is one message: Node.js reports an error if it closes while others arrive.
        Call("watch_stock", {"after": changes}, None, first=1),
        Call("create_book", {"body": {**book, "year": 1}}, {"error": 422}, "books"),
        Call("read_book", {"slug": "$book"}, {"stock": 3}, "books"),
        Call("read_book", {"slug": "none"}, {"error": 404}, "books"),
        Call("search_books", search, {"total": 1}, "books"),
        Call("export_books", search, None, "books"),
        Call("change_book", {"slug": "$book", "body": {"year": 1872}}, {"year": 1872}, "books"),
        Call("put_cover", {"slug": "$book", "image": image}, {"error": 415}, "books"),
        Call("read_cover", {"slug": "$book"}, {"error": 404}, "books"),
        Call("delete_cover", {"slug": "$book"}, {"error": 404}, "books"),
        Call("place_order", {"body": order}, {"status": "placed"}, "orders", ("order", "id")),
        Call("read_order", {"order_id": "$order"}, {"status": "placed"}, "orders"),
        Call("list_orders", {"status": "placed"}, {}, "orders"),
        Call("follow_order", {"order_id": "$order"}, None, first=1),
        Call("ship_order", {"order_id": "$order"}, {"status": "shipped"}, "orders"),
        Call("cancel_order", {"order_id": "$order"}, {"error": 409}, "orders"),
        Call("list_letters", {"size": 1}, {}, "orders"),
        Call("list_stock", {}, {}, "stock"),
        Call("read_stock", {"slug": "$book"}, {"stock": 1}, "stock"),
        Call("count_stock", {"slug": "$book", "body": {"copies": 5}}, {"stock": 5}, "stock"),
        Call("receive_delivery", {"slug": "$book", "body": {"copies": 2}}, {"stock": 7}, "stock"),
        Call("follow_stock", {"last_event_id": 0}, None, "books", first=1),
        Call("delete_book", {"slug": "$book"}, {"error": 409}, "books"),
    ]
